// Presence first, then the check, then the rendering, in one turn.
#include "broker/api/device_answer.hpp"

#include <array>

#include "broker/api/render.hpp"
#include "broker/identity/token.hpp"

namespace treeline {
namespace {

Checked<Answer> device_answer(const Call& call, const Directory& directory, DeviceId id,
                              const Presence& presence) {
    if (!sees_device(directory, call.caller.user, id, call.now)) {
        if (call.route->method == "GET") {
            return not_found();
        }
        return only_revision(home_revision(directory, call.caller.user));
    }
    const Device& device = *directory.device(id);
    Answer found;
    found.body = show(View{directory, call.caller.user, call.now}, device, presence);
    if (!call.access_token.empty()) {
        found.body["token"] =
            call.is_repeated ? json::value(nullptr) : json::value(call.access_token);
    }
    found.revision = tree_revision(directory, device.org);
    found.etag = device.changed_at;
    return found;
}

}  // namespace

void answer_device(CallPtr call, const World& world, DeviceId device) {
    // Invisible and missing ones are asked for alike: the way to 404 is the same for both.
    Shard& shard = call->parts->shard;
    auto back = [call = std::move(call), world, device](std::vector<Presence> found) mutable {
        call->now = call->parts->clock().wall;
        const Presence presence = found.empty() ? Presence{} : found.front();
        const World latest = newest(*call, world);
        Checked<Answer> result = device_answer(*call, *latest, device, presence);
        answer(std::move(call), std::move(result));
    };
    shard.presences({device}, Reply<std::vector<Presence>>(std::move(back)));
}

void finish_device(CallPtr call, const World& world, std::uint64_t) {
    const DeviceId device = call->device();
    answer_device(std::move(call), world, device);
}

std::string fresh_device_token(const Call& call) {
    std::array<std::byte, 24> random{};
    call.parts->random(random);
    return device_token(random);
}

}  // namespace treeline
