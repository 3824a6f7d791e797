// Home: one device on its home shard: last values, sequence, presence, connection, downlinks.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/recycling_allocator.hpp"
#include "broker/authority/authorise.hpp"
#include "broker/hub/mail.hpp"

namespace treeline {

// A frame that waits for the device. It is dropped when `by` loses `control`.
struct Downlink {
    std::string frame;
    Pin pin = 0;
    UserId by{};  // 0: nobody whose rights could end
    UnixTime valid_until = unix_time_max;
};

// Owned by one home. Bounded: when full it folds to the newest value per pin.
class DownlinkQueue {
  public:
    using Downlinks = std::list<Downlink, RecyclingAllocator<Downlink>>;

    DownlinkQueue(std::size_t frames_max, std::size_t size_bytes_max)
        : frames_max_(frames_max), size_bytes_max_(size_bytes_max) {}

    // False, the queue as it was, when there is no room even after folding. Adds to `folded`.
    [[nodiscard]] bool push(Downlink&& downlink, std::uint64_t& folded);
    Downlinks take();
    bool empty() const { return waiting_.empty(); }
    void clear();
    // Drops what `keep` refuses; returns how many.
    template <class Keep>
    std::size_t prune(Keep&& keep) {
        Downlinks kept;
        const std::size_t before = waiting_.size();
        size_bytes_ = 0;
        for (Downlink& downlink : waiting_) {
            if (keep(downlink)) {
                size_bytes_ += downlink.frame.size();
                kept.push_back(std::move(downlink));
            }
        }
        waiting_ = std::move(kept);
        return before - waiting_.size();
    }

  private:
    const std::size_t frames_max_;
    const std::size_t size_bytes_max_;
    Downlinks waiting_;  // a deque would cost an idle device 600 bytes
    std::size_t size_bytes_ = 0;
};

// A user's rights on a device, as a shard found them last. They stand while its world does.
struct StandingVerdict {
    UserId user{};
    DeviceId device{};
    std::uint64_t fence = 0;  // of that world; 0: none yet
    DeviceVerdict verdict;
};

struct Home {
    explicit Home(const HubLimits& limits)
        : downlinks(limits.downlinks_max, limits.downlinks_size_bytes_max) {}

    std::map<Pin, HeldValue> last;
    std::uint64_t sequence = 0;  // of the last stamp; starts again with the process
    Presence presence;
    SeatId seat;              // its connection; generation 0: none
    bool ready = false;       // downlinks may flow
    bool can_rotate = false;  // as announced: its firmware takes a new token
    std::size_t buff_in = 0;  // as announced; 0: not known
    DownlinkQueue downlinks;
    std::optional<SteadyTime> offline_due;  // gone, but nobody has been told yet
    std::vector<SteadyTime> logins;         // of the last minute
    std::uint16_t next_message_id = 1;
    StandingVerdict writer;  // who wrote to it last

    bool connected() const { return seat.generation != 0; }
    std::uint16_t take_message_id();
    // Does body + header fit into the device's buffer? Before it is known, nothing is assumed of a
    // device that isn't there.
    bool takes(Pin pin, std::size_t value_size) const;
    // Counts a login unless there were too many within the minute before.
    bool may_log_in(SteadyTime now, std::uint32_t per_minute);
};

// The last values of `pins` (empty: all) that people may read: received in `from_epoch` or later.
std::vector<HeldValue> readable(const Home& home, const std::vector<Pin>& pins,
                                std::uint64_t from_epoch);

}  // namespace treeline
