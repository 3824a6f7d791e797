// OutboxStore: what the outbox must not forget, as rows of the registry's own store.
//
//   mail/read              REVISION                                the watermark: letters up to it
//                                                                  have rows, or are done with
//   mail/waiting/POSITION  QUEUED_MS DUE_MS TRIES                  not sent yet
//   mail/parked/POSITION   PARKED_MS WHY                           not to be sent
//   POSITION = revision "." index, decimal, so wide that they sort
//
// The letters themselves stand in the log, which keeps its entries.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "broker/domain/ids.hpp"
#include "broker/mail/letter.hpp"
#include "storage/store.hpp"

namespace treeline::mail {

struct Waiting {
    UnixTime queued_at{};  // when it was read from the log
    UnixTime due_at{};
    std::uint32_t tries = 0;
    bool operator==(const Waiting&) const = default;
};
struct Parked {
    UnixTime at{};
    std::string why;  // a word for people: "rcpt_550"
    bool operator==(const Parked&) const = default;
};

// Owned by the mail thread. put_read, put, park, remove and forget wait for commit().
class OutboxStore {
  public:
    explicit OutboxStore(storage::Store& store) : store_(store) {}

    storage::Result<std::optional<Revision>> read_up_to() const;
    // Fail with `corruption` for a row that is none.
    storage::Result<std::map<Position, Waiting>> waiting() const;
    storage::Result<std::map<Position, Parked>> parked() const;

    void put_read(Revision revision);
    void put(Position position, const Waiting& waiting);
    void remove(Position position);  // of the waiting ones
    void park(Position position, const Parked& parked);
    void forget(Position position);  // of the parked ones
    bool has_writes() const { return !batch_.empty(); }
    // All that was put since the last one, or nothing.
    storage::Result<void> commit(storage::Durability durability);

  private:
    storage::Store& store_;
    std::vector<storage::Write> batch_;
};

}  // namespace treeline::mail
