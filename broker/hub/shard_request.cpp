// The requests of an app about devices: write, read, devices, explain.
#include <charconv>
#include <utility>

#include "broker/hub/shard_impl.hpp"

namespace treeline {
namespace {

constexpr std::size_t page_default = 50;
constexpr std::size_t page_max = 1'000;

// A cursor is the last device's wire id: it tells no more than the page did.
std::optional<std::uint64_t> decode_cursor(const std::string& cursor, const WireIds& wire) {
    if (cursor.empty()) {
        return 0;
    }
    std::uint64_t id = 0;
    const char* end = cursor.data() + cursor.size();
    const auto parsed = std::from_chars(cursor.data(), end, id);
    const bool whole = parsed.ec == std::errc{} && parsed.ptr == end;
    const DeviceId device = whole ? wire.device(id) : DeviceId{};
    return device == DeviceId{} ? std::nullopt : std::optional(number(device));
}

}  // namespace

void Shard::Impl::on_app_write(AppSeat& seat, std::uint32_t request, AppWrite& write) {
    const DeviceRights held = rights(seat.acting, seat.user, write.device).rights;
    if (!contains(held, DeviceRight::view)) {
        return refuse(seat, request, AppStatus::not_found);
    }
    if (write.items.empty()) {
        return refuse(seat, request, AppStatus::bad_request, "no values");
    }
    if (!contains(held, DeviceRight::control)) {
        return refuse(seat, request, AppStatus::forbidden);
    }
    std::string bytes =
        write.items.size() == 1 ? std::move(write.items.front()) : join_items(write.items);
    if (bytes.size() > value_size_bytes_max) {
        return refuse(seat, request, AppStatus::too_large);
    }
    send(home_of(write.device), WriteAsk{.request = request,
                                         .by = seat.user,
                                         .writer = seat.id,
                                         .device = write.device,
                                         .pin = write.pin,
                                         .bytes = std::move(bytes),
                                         .origin = Origin::app});
}

void Shard::Impl::on_written(const WriteAnswer& answered) {
    AppSeat* asker = app(answered.writer);
    if (asker == nullptr) {
        return;
    }
    if (answered.outcome.status != AppStatus::ok) {
        return refuse(*asker, answered.request, answered.outcome.status);
    }
    AppReply reply = reply_about(*asker, answered.request, answered.device);
    reply.result = answered.outcome.delivery;
    answer(*asker, std::move(reply));
}

// OK, counted in the device's tree while the asker may see it.
AppReply Shard::Impl::reply_about(AppSeat& seat, std::uint32_t request, DeviceId device) {
    AppReply reply = reply_of(seat, request, AppStatus::ok);
    const Device* record = world_->device(device);
    if (record != nullptr &&
        contains(rights(seat.acting, seat.user, device).rights, DeviceRight::view)) {
        reply.revision = tree_revision(record->org);
    }
    return reply;
}

void Shard::Impl::on_app_read(AppSeat& seat, std::uint32_t request, const AppRead& read) {
    if (!sees(*world_, seat.user, read.device)) {
        return refuse(seat, request, AppStatus::not_found);
    }
    ask_values(read.device, read.pins,
               [this, id = seat.id, request, device = read.device](std::vector<HeldValue> values) {
                   AppSeat* asker = app(id);
                   if (asker == nullptr) {
                       return;
                   }
                   if (!sees(*world_, asker->user, device)) {  // the right is gone meanwhile
                       return refuse(*asker, request, AppStatus::not_found);
                   }
                   AppStoredValues stored{device, {}};
                   const std::uint64_t from = world_->device(device)->readable_from_epoch;
                   for (HeldValue& held : values) {
                       if (held.epoch >= from) {
                           stored.values.push_back(std::move(held.value));
                       }
                   }
                   AppReply reply = reply_about(*asker, request, device);
                   reply.result = std::move(stored);
                   answer(*asker, std::move(reply), device);
               });
}

void Shard::Impl::on_app_devices(AppSeat& seat, std::uint32_t request, const AppDevices& asked) {
    if (asked.org != OrgId{} && !sees_org(*world_, seat.user, asked.org, now_.wall)) {
        return refuse(seat, request, AppStatus::not_found);
    }
    const auto after = decode_cursor(asked.cursor, world_->wire());
    if (!after || asked.limit > page_max) {
        return refuse(seat, request, AppStatus::bad_request, after ? "limit" : "cursor");
    }
    DeviceFilter filter;
    filter.org = asked.org;
    filter.subtree = asked.subtree;
    const PageRequest wanted{.after = *after,
                             .limit = asked.limit == 0 ? page_default : asked.limit};
    const Page<DeviceId> page = visible_devices(*world_, seat.user, filter, wanted, now_.wall);
    AppReply reply = reply_of(seat, request, AppStatus::ok);
    if (asked.org != OrgId{}) {
        reply.revision = tree_revision(asked.org);
    }
    AppDevicePage answer_page;
    if (page.next_after != 0) {
        answer_page.next_cursor = std::to_string(world_->wire().of(DeviceId{page.next_after}));
    }
    reply.result = std::move(answer_page);
    ask_presences(page.items, [this, id = seat.id, reply = std::move(reply)](PresenceList list) {
        if (AppSeat* asker = app(id)) {
            finish_devices(*asker, reply, list);
        }
    });
}

// Rendered in the present world: what has gone out of sight since is left out.
void Shard::Impl::finish_devices(AppSeat& seat, AppReply reply, const PresenceList& presences) {
    AppDevicePage& page = std::get<AppDevicePage>(reply.result);
    for (const auto& [id, presence] : presences) {
        const Device* device = world_->device(id);
        if (device != nullptr && sees(*world_, seat.user, id)) {
            page.devices.push_back({id, device->org, device->owner, device->name, presence.online});
        }
    }
    answer(seat, std::move(reply));
}

void Shard::Impl::on_app_explain(AppSeat& seat, std::uint32_t request, const AppExplain& asked) {
    if (!sees(*world_, seat.user, asked.device)) {
        return refuse(seat, request, AppStatus::not_found);
    }
    const std::optional<DeviceRight> action = device_right_named(asked.action);
    if (!action) {
        return refuse(seat, request, AppStatus::bad_request, "unknown action");
    }
    const Explanation why = explain_device(*world_, seat.user, asked.device, *action, now_.wall);
    AppReply reply = reply_about(seat, request, asked.device);
    reply.result = AppExplanation{
        .allowed = why.allowed,
        .rule = std::string(name(why.rule)),
        .membership_org = why.membership_org,
        .role = number(why.role),
        .missing_permission = why.missing ? std::string(name(*why.missing)) : std::string()};
    answer(seat, std::move(reply), asked.device);
}

}  // namespace treeline
