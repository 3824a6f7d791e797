// Spill: what a shard wants to send on one lane. A full lane holds it back and blocks nobody.
#pragma once

#include <cstdint>
#include <list>

#include "base/mailbox.hpp"
#include "broker/hub/mail.hpp"

namespace treeline {

// Owned by the sending shard, one per lane. Control mail always waits in order. Values wait up to
// `values_max`, then fold to the newest per (device, pin) of one world (never over a switch point),
// then the oldest are dropped. What was folded or dropped is counted and told to the receiver.
class Spill {
  public:
    explicit Spill(std::size_t values_max) : values_max_(values_max) {}

    void push(Mail&& mail);
    // Hands over as much as fits.
    void flush(Mailbox<Mail>& lane);
    bool empty() const { return waiting_.empty(); }
    std::size_t size() const { return waiting_.size(); }
    // Values folded or dropped since the last call.
    std::uint64_t take_spilled();

  private:
    void shrink();
    void fold();
    void drop_oldest(std::size_t keep);

    const std::size_t values_max_;
    std::list<Mail> waiting_;
    std::size_t values_ = 0;  // INVARIANT: the number of ValueMails in waiting_
    bool blocked_ = false;    // the last flush left something behind
    std::uint64_t spilled_ = 0;
};

}  // namespace treeline
