// Outbox: what waits to be written to one app, as items, never as bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <boost/smart_ptr/local_shared_ptr.hpp>
#include <boost/smart_ptr/make_local_shared.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include "base/recycling_allocator.hpp"
#include "broker/hub/shard.hpp"
#include "broker/session/app_session.hpp"

namespace treeline {

// A message encoded once per shard and encoding, shared by the seats of one shard.
using SharedFrame = boost::local_shared_ptr<const std::string>;

inline SharedFrame shared(std::string frame) {
    return boost::allocate_local_shared<std::string>(RecyclingAllocator<std::string>(),
                                                     std::move(frame));
}

class SharedFrames {
  public:
    // `make(encoding)`: the bytes, asked for once per encoding.
    template <class Make>
    const SharedFrame& in(Encoding encoding, Make&& make) {
        SharedFrame& frame = frames_[static_cast<std::size_t>(encoding)];
        if (!frame) {
            frame = shared(make(encoding));
        }
        return frame;
    }

  private:
    SharedFrame frames_[2];
};

// Of a message that one seat gets.
inline SharedFrame shared_frame(const AppMessage& message, Encoding encoding, const WireIds& wire) {
    return shared(frame_message(message, encoding, wire));
}

inline SharedFrame shared_reply(const AppReply& reply, Encoding encoding, const WireIds& wire) {
    return shared(frame_reply(reply, encoding, wire));
}

struct OutItem {
    enum class Kind : std::uint8_t { value, presence, event, reply, control } kind{};
    SharedFrame frame;
    DeviceId device{};  // 0: about no device
    Pin pin = 0;
    std::uint64_t epoch = 0;     // of what it tells, which a transfer may cut; 0: of nothing
    std::optional<Stamp> stamp;  // of a live value
    std::unique_ptr<AppReply> reply =
        nullptr;                // kept in the plain where a revocation may have to change it
    std::uint32_t request = 0;  // of a reply
};

// Owned by one seat. Bounded: values fold to the newest per (device, pin), then the oldest are
// dropped, both counted in lagged(). Presence coalesces per device.
class Outbox {
  public:
    using Items = std::list<OutItem, RecyclingAllocator<OutItem>>;

    Outbox(std::size_t messages_max, std::size_t size_bytes_max)
        : messages_max_(messages_max), size_bytes_max_(size_bytes_max) {}

    // False: it doesn't fit and can't be folded; the session must end (4413).
    [[nodiscard]] bool push(OutItem&& item);
    // What says that a right ended always fits; it is bounded by watches_max.
    void push_always(OutItem&& item);
    void count_lagged(std::uint64_t dropped) { lagged_ += dropped; }

    bool empty() const { return items_.empty() && lagged_ == 0; }
    bool under_half() const {
        return items_.size() < messages_max_ / 2 && size_bytes_ < size_bytes_max_ / 2;
    }
    std::uint64_t lagged() const { return lagged_; }
    std::uint64_t folded_total() const { return folded_total_; }
    // Everything, in order; the outbox is empty afterwards. `lagged` is the count to tell first.
    Items take(std::uint64_t& lagged);
    void clear();
    // Visits every item; false removes it. The visitor may replace an item's frame.
    void prune(const std::function<bool(OutItem&)>& keep);

  private:
    using Key = std::uint64_t;
    static constexpr std::uint64_t presence_pin = 256;

    bool fits(std::size_t size) const {
        // One item always fits: an answer larger than the bound goes to whoever keeps up.
        return items_.empty() ||
               (items_.size() < messages_max_ && size_bytes_ + size <= size_bytes_max_);
    }
    static std::optional<Key> key_of(const OutItem& item);
    void append(OutItem&& item);
    void erase(Items::iterator at);
    void start_folding();
    bool drop_oldest_value();

    const std::size_t messages_max_;
    const std::size_t size_bytes_max_;
    Items items_;
    std::size_t size_bytes_ = 0;  // INVARIANT: the sum of the frames' sizes
    // Only while folding: the newest foldable item per key.
    bool folding_ = false;
    boost::unordered_flat_map<Key, Items::iterator> newest_;
    std::uint64_t lagged_ = 0;
    std::uint64_t folded_total_ = 0;
};

}  // namespace treeline
