// Fuzzer of the HTTP door: any bytes in any cuts, answered and asked again, never a crash.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.hpp"
#include "broker/edge/http_door.hpp"
#include "broker/edge/upgrade.hpp"

namespace treeline {
namespace {

void carry_out(HttpDoor& door, std::vector<HttpAction> actions, Now now) {
    for (int answers = 0; answers < 64; ++answers) {
        const HttpAsked* asked = nullptr;
        for (const HttpAction& action : actions) {
            asked = std::get_if<HttpAsked>(&action);
        }
        if (asked == nullptr) {
            return;
        }
        CHECK(asked->request.body.size() <= http_body_size_bytes_max);
        static_cast<void>(upgrade_app(asked->request, {}));
        static_cast<void>(bearer(asked->request));
        actions = door.answer(HttpResponse{200, {}, "ok"}, false, now);
    }
}

void run(std::string_view input) {
    Now now{SteadyTime(Millis(0)), UnixTime(Millis(0))};
    HttpDoor door("127.0.0.1", HttpLimits{}, now);
    while (!input.empty()) {
        const std::size_t size =
            std::min<std::size_t>(static_cast<unsigned char>(input.front()) + 1U, input.size());
        if (!door.busy()) {
            carry_out(door, door.receive(input.substr(0, size), now), now);
        }
        input.remove_prefix(size);
        now.steady += Millis(100);
        static_cast<void>(door.expire(now));
    }
}

}  // namespace
}  // namespace treeline

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    treeline::run({reinterpret_cast<const char*>(data), size});
    return 0;
}
