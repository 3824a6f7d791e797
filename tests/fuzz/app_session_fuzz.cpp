// Fuzzes the app's conversation: the first byte chooses encoding and sign-in, then raw frames.
#include <string_view>

#include <google/protobuf/stubs/logging.h>

#include "base/check.hpp"
#include "broker/session/app_session.hpp"

namespace {

using namespace treeline;

const google::protobuf::LogSilencer silence;

bool closes(const AppActions& actions) {
    for (std::size_t at = 0; at < actions.size(); ++at) {
        if (std::holds_alternative<AppClose>(actions[at])) {
            CHECK(at + 1 == actions.size());
            return true;
        }
    }
    return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    std::string_view input(reinterpret_cast<const char*>(data + 1), size - 1);
    const auto encoding = (data[0] & 1U) != 0 ? Encoding::json : Encoding::protobuf;
    const std::size_t step = 1 + (data[0] >> 2U);
    Now now{SteadyTime(Millis(1'000'000)), from_unix_ms(1'700'000'000'000)};
    AppSession session(encoding, (data[0] & 2U) != 0, AppLimits{}, now);
    const WireIds wire;
    bool is_closed = false;
    while (!input.empty()) {
        const std::string_view piece = input.substr(0, step);
        input.remove_prefix(piece.size());
        now.steady += Millis(50);
        const auto received = session.receive(piece, wire, now);
        CHECK(!is_closed || received.empty());
        is_closed = is_closed || closes(received);
        for (const AppAction& action : received) {
            const auto* request = std::get_if<AppRequested>(&action);
            if (request != nullptr && std::holds_alternative<AppSignIn>(request->request.body)) {
                session.signed_in(now);
            }
        }
        is_closed = closes(session.expire(now)) || is_closed;
        CHECK(is_closed == (session.deadline() == steady_time_max));
    }
    return 0;
}
