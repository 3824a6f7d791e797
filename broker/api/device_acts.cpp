// /devices/{id}/token and /owner: acts on one device that have a permission of their own.
#include "broker/api/call.hpp"
#include "broker/api/device_answer.hpp"
#include "broker/api/render.hpp"
#include "broker/identity/token.hpp"

namespace treeline {
namespace {

constexpr Field owner_fields[]{{"owner", FieldKind::id, true, true}};
const Shape owner_shape{"PutOwner", owner_fields};

Checked<Prepared> prepare_rotate(Call& call) {
    if (auto problem = lacks(call, call.device(), DeviceRight::rotate_token)) {
        return *problem;
    }
    call.access_token = fresh_device_token(call);
    return Prepared{RotateToken{call.device(), hash_token(call.access_token)}, call.actor(), {}};
}

Checked<Prepared> prepare_owner(Call& call, std::optional<UserId> owner) {
    if (auto problem = lacks(call, call.device(), DeviceRight::transfer)) {
        return *problem;
    }
    return Prepared{SetOwner{call.device(), owner, if_match(call)}, call.actor(),
                    call.directory().device(call.device())->changed_at};
}

Checked<Prepared> prepare_put_owner(Call& call) {
    if (call.body.is_null("owner")) {
        return prepare_owner(call, std::nullopt);
    }
    return prepare_owner(call, call.directory().wire().user(call.body.id("owner")));
}

Checked<Prepared> prepare_clear_owner(Call& call) {
    return prepare_owner(call, std::nullopt);
}

const Route table[]{
    {.method = "POST",
     .pattern = "/api/v1/devices/{id}/token",
     .permission = "rotate_token",
     .summary = "A new token; the old one is refused and its connection closed before the answer",
     .handler = writes<prepare_rotate, finish_device>,
     .answer = &device_shape},
    {.method = "PUT",
     .pattern = "/api/v1/devices/{id}/owner",
     .permission = "transfer",
     .summary = "Give the device an owner from its org",
     .handler = writes<prepare_put_owner, finish_device>,
     .answer = &device_shape,
     .body = &owner_shape},
    {.method = "DELETE",
     .pattern = "/api/v1/devices/{id}/owner",
     .permission = "transfer",
     .summary = "Leave the device without an owner",
     .handler = writes<prepare_clear_owner, finish_device>,
     .answer = &device_shape},
};

}  // namespace

std::span<const Route> device_act_routes() {
    return table;
}

}  // namespace treeline
