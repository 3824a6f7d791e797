// A write read by hand: of all that apps ask, this is what is asked by the million.
#pragma once

#include <optional>
#include <string_view>

#include "broker/session/app_message.hpp"

namespace treeline {

// The last device that was named, so that naming it again costs a compare, not the permutation.
// Owned by one session; the key of the ids never changes.
class DeviceMemo {
  public:
    DeviceId device(std::uint64_t on_the_wire, const WireIds& wire) {
        if (on_the_wire != on_the_wire_) {
            on_the_wire_ = on_the_wire;
            device_ = wire.device(on_the_wire);
        }
        return device_;
    }

  private:
    std::uint64_t on_the_wire_ = 0;
    DeviceId device_{};
};

// nullopt: not a write, or one that is odd in any way. Then decode() has the word.
std::optional<AppRequest> decode_write(std::string_view bytes, const WireIds& wire,
                                       DeviceMemo& memo);

}  // namespace treeline
