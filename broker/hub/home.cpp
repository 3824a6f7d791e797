// A home's own rules: downlinks that fold, frames that fit, logins per minute.
#include "broker/hub/home.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace treeline {
namespace {
constexpr Millis minute{60'000};
constexpr std::size_t frame_header_size = 5;
}  // namespace

bool DownlinkQueue::push(Downlink&& downlink, std::uint64_t& folded) {
    const std::size_t size = downlink.frame.size();
    if (waiting_.size() >= frames_max_ || size_bytes_ + size > size_bytes_max_) {
        Downlinks kept;
        std::set<Pin> seen{downlink.pin};
        std::size_t kept_bytes = 0;
        for (auto at = waiting_.rbegin(); at != waiting_.rend(); ++at) {
            if (seen.insert(at->pin).second) {
                kept_bytes += at->frame.size();
                kept.push_front(*at);
            }
        }
        if (kept.size() >= frames_max_ || kept_bytes + size > size_bytes_max_) {
            return false;
        }
        folded += waiting_.size() - kept.size();
        waiting_ = std::move(kept);
        size_bytes_ = kept_bytes;
    }
    size_bytes_ += size;
    waiting_.push_back(std::move(downlink));
    return true;
}

DownlinkQueue::Downlinks DownlinkQueue::take() {
    size_bytes_ = 0;
    return std::exchange(waiting_, {});
}

void DownlinkQueue::clear() {
    waiting_.clear();
    size_bytes_ = 0;
}

std::uint16_t Home::take_message_id() {
    const std::uint16_t id = next_message_id;
    next_message_id = id == 0xffff ? std::uint16_t{1} : static_cast<std::uint16_t>(id + 1);
    return id;
}

bool Home::takes(Pin pin, std::size_t value_size) const {
    if (buff_in == 0 && !connected()) {
        return true;
    }
    const std::size_t limit = buff_in == 0 ? buff_in_default : buff_in;
    const std::size_t body = 3 + std::to_string(pin).size() + 1 + value_size;  // vw 0 pin 0 value
    return body + frame_header_size <= limit;
}

bool Home::may_log_in(SteadyTime now, std::uint32_t per_minute) {
    std::erase_if(logins, [&](SteadyTime login) { return login + minute <= now; });
    if (per_minute != 0 && logins.size() >= per_minute) {
        return false;
    }
    if (per_minute != 0) {
        logins.push_back(now);
    }
    return true;
}

std::vector<HeldValue> readable(const Home& home, const std::vector<Pin>& pins,
                                std::uint64_t from_epoch) {
    std::vector<HeldValue> values;
    for (const auto& [pin, held] : home.last) {
        const bool wanted = pins.empty() || std::ranges::find(pins, pin) != pins.end();
        if (wanted && held.epoch >= from_epoch) {
            values.push_back(held);
        }
    }
    return values;
}

}  // namespace treeline
