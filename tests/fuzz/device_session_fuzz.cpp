// Fuzzes the device's conversation: bytes, pauses and verdicts on its login.
//
//   input = *(step u8, bytes)   step: size of the piece in its low 5 bits, pause in the others
#include <string_view>

#include "base/check.hpp"
#include "broker/session/device_session.hpp"

namespace {

using namespace treeline;

constexpr Millis pause_unit{700};

bool closes(const DeviceActions& actions) {
    for (std::size_t at = 0; at < actions.size(); ++at) {
        if (std::holds_alternative<DeviceClose>(actions[at])) {
            CHECK(at + 1 == actions.size());
            return true;
        }
    }
    return false;
}

DeviceActions turn(DeviceSession& session, std::string_view bytes, Now now) {
    auto actions = session.receive(bytes, now);
    if (!actions.empty()) {
        if (const auto* login = std::get_if<DeviceLogin>(&actions.back())) {
            CHECK(login->token.size() == 32);
            session.admitted(login->id, Zone{}, now);
            actions = session.receive({}, now);
        }
    }
    return actions;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view input(reinterpret_cast<const char*>(data), size);
    Now now{SteadyTime(Millis(1'000'000)), from_unix_ms(1'700'000'000'000)};
    DeviceSession session(DeviceLimits{}, now);
    bool is_closed = false;
    while (!input.empty()) {
        const auto step = static_cast<unsigned char>(input.front());
        input.remove_prefix(1);
        const std::string_view piece = input.substr(0, step & 0x1fU);
        input.remove_prefix(piece.size());
        now.steady += pause_unit * (step >> 5U);
        now.wall += pause_unit * (step >> 5U);
        for (const auto& actions : {session.expire(now), turn(session, piece, now)}) {
            CHECK(!is_closed || actions.empty());
            is_closed = is_closed || closes(actions);
        }
        CHECK(is_closed == (session.deadline() == steady_time_max));
    }
    return 0;
}
