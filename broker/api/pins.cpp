// /devices/{id}/pins: the values a device last had, and writing one to it.
#include "broker/api/call.hpp"
#include "broker/api/format.hpp"
#include "broker/api/render.hpp"

namespace treeline {
namespace {

using K = FieldKind;

constexpr Field put_fields[]{{"values", K::values, true}};
constexpr Field delivery_fields[]{{"delivery", K::text, true}, {"revision", K::number}};
const Shape put_shape{"PutPin", put_fields};
const Shape delivery_shape{"Delivery", delivery_fields};

std::optional<Pin> pin_of(const Call& call) {
    return parse_pin(call.path[1]);
}

std::uint64_t device_revision(const Call& call) {
    const Device* const device = call.directory().device(call.device());
    return device == nullptr ? 0 : tree_revision(call.directory(), device->org);
}

using Shown = Answer (*)(const Call&, const std::vector<StoredValue>&);

// Values come from the device's home shard: the right is asked for before and again behind.
void read_values(CallPtr call, std::vector<Pin> pins, Shown shown) {
    if (auto problem = lacks(*call, call->device(), DeviceRight::view)) {
        return answer(std::move(call), *problem);
    }
    const ApiParts& parts = *call->parts;
    const DeviceId device = call->device();
    auto back = [call = std::move(call), shown](std::vector<StoredValue> values) mutable {
        call->now = call->parts->clock().wall;
        if (auto problem = lacks(*call, call->device(), DeviceRight::view)) {
            return answer(std::move(call), *problem);
        }
        Answer found = shown(*call, values);
        answer(std::move(call), std::move(found));
    };
    parts.shard.read_values(device, std::move(pins), parts.clock(),
                            Reply<std::vector<StoredValue>>(std::move(back)));
}

Answer show_all(const Call& call, const std::vector<StoredValue>& values) {
    json::array items;
    for (const StoredValue& value : values) {
        items.emplace_back(show(value));
    }
    return list_answer(std::move(items), 0, values.size(), device_revision(call));
}

// A pin that was never written has no values and no time.
Answer show_one(const Call& call, const std::vector<StoredValue>& values) {
    Answer found;
    found.revision = device_revision(call);
    if (values.empty()) {
        found.body = {{"pin", *pin_of(call)}, {"values", json::array{}}, {"at", nullptr}};
    } else {
        found.body = show(values.front());
    }
    return found;
}

void get_pins(CallPtr call) {
    read_values(std::move(call), {}, show_all);
}

void get_pin(CallPtr call) {
    const auto pin = pin_of(*call);
    if (!pin) {
        return answer(std::move(call), not_found());
    }
    read_values(std::move(call), {*pin}, show_one);
}

Problem problem_of_write(AppStatus status) {
    switch (status) {
        case AppStatus::too_large:
            return {.status = 422, .code = "too_large", .detail = "over what the device takes"};
        case AppStatus::device_slow:
            return {.status = 503, .code = "device_slow", .retry_after_s = 1};
        case AppStatus::not_found:
            return not_found();
        default:
            return {.status = 503, .code = "unavailable", .retry_after_s = 1};
    }
}

// The write was made under a right that held; what the answer tells is asked for again.
Checked<Answer> written(const Call& call, const WriteOutcome& outcome) {
    if (!sees_device(call.directory(), call.caller.user, call.device(), call.now)) {
        return not_found();
    }
    if (outcome.status != AppStatus::ok) {
        return problem_of_write(outcome.status);
    }
    Answer found;
    found.revision = device_revision(call);
    found.body["delivery"] = outcome.delivery == Delivery::delivered ? "delivered" : "stored";
    return found;
}

// 404 and 403 first, then what is wrong with the body.
std::optional<Problem> cannot_put(Call& call) {
    if (auto problem = lacks(call, call.device(), DeviceRight::control)) {
        return problem;
    }
    if (!pin_of(call)) {
        return not_found();
    }
    if (call.body.has("values") && call.body.texts("values").empty()) {
        call.body.refuse(invalid("values holds at least one"));
    }
    if (call.body.refused()) {
        return call.body.refused();
    }
    if (join_items(call.body.texts("values")).size() > value_size_bytes_max) {
        return problem_of_write(AppStatus::too_large);
    }
    return std::nullopt;
}

void put_pin(CallPtr call) {
    if (auto problem = cannot_put(*call)) {
        return answer(std::move(call), *problem);
    }
    const ApiParts& parts = *call->parts;
    const UserId by = call->caller.user;
    const DeviceId device = call->device();
    const Pin pin = pin_of(*call).value_or(0);
    std::string bytes = join_items(call->body.texts("values"));
    auto back = [call = std::move(call)](WriteOutcome outcome) mutable {
        call->now = call->parts->clock().wall;
        Checked<Answer> result = written(*call, outcome);
        answer(std::move(call), std::move(result));
    };
    parts.shard.write_value(by, device, pin, std::move(bytes), Origin::api, parts.clock(),
                            Reply<WriteOutcome>(std::move(back)));
}

const Route table[]{
    {.method = "GET",
     .pattern = "/api/v1/devices/{id}/pins",
     .permission = "view",
     .summary = "Every stored value, with its time",
     .handler = get_pins,
     .answer = &pin_shape,
     .is_list = true},
    {.method = "GET",
     .pattern = "/api/v1/devices/{id}/pins/{pin}",
     .permission = "view",
     .summary = "The stored value of one pin",
     .handler = get_pin,
     .answer = &pin_shape},
    {.method = "PUT",
     .pattern = "/api/v1/devices/{id}/pins/{pin}",
     .permission = "control",
     .summary = "Write to a pin: delivered to the device, or stored durably until it comes",
     .handler = put_pin,
     .answer = &delivery_shape,
     .body = &put_shape},
};

}  // namespace

std::span<const Route> pin_routes() {
    return table;
}

}  // namespace treeline
