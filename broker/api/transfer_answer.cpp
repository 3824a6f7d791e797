// A transfer as an answer: what stands on a side that the reader may not see is named for neither.
#include <array>

#include "broker/api/format.hpp"
#include "broker/api/render.hpp"
#include "broker/authority/walk.hpp"
#include "broker/domain/transfer.hpp"

namespace treeline {
namespace {

using K = FieldKind;

constexpr std::array<std::string_view, 5> state_names{"offered", "accepted", "declined",
                                                      "cancelled", "expired"};
constexpr std::array<std::string_view, 3> history_names{"move", "keep", "cut"};

constexpr Field transfer_fields[]{
    {"id", K::id, true, true},
    {"device", K::id, true},
    {"device_name", K::text, false, true},
    {"state", K::text, true},
    {"from", K::object, true},
    {"to", K::object, true},
    {"reason", K::text},
    {"missing_permission", K::text},
    {"blockers", K::texts},
    {"contract", K::object},
    {"made_by", K::hidden_id, false, true},
    {"created_at", K::time},
    {"expires_at", K::time, false, true},
    {"closed_at", K::time, false, true},
    {"revision", K::number},
};

// `view` of an org's devices includes their owners' ids.
json::value owner_id(const View& view, OrgId org, UserId owner) {
    const Org* const found = view.directory.org(org);
    if (owner != UserId{} && found != nullptr && is_active(view.directory, view.viewer) &&
        contains(grants_at(view.directory, view.viewer, *found, view.now).permissions,
                 Permission::org_devices_view)) {
        return view.directory.wire().of(owner);
    }
    return user_id(view, org, owner);
}

template <class Id>
json::value echo(const View& view, Id id) {
    return id == Id{} ? json::value(nullptr) : json::value(view.directory.wire().of(id));
}

// What the maker couldn't see reads as it was sent, be there such an org and user or not.
json::object target_of(const View& view, const TransferRecord& transfer) {
    if (!transfer.is_blind) {
        return {{"org", org_id(view, transfer.into_org)},
                {"owner", owner_id(view, transfer.into_org, transfer.to_user)}};
    }
    return {{"org", transfer.to_org != OrgId{} ? echo(view, transfer.to_org)
                                               : org_id(view, transfer.into_org)},
            {"owner", echo(view, transfer.to_user)}};
}

json::value time_or_null(UnixTime time) {
    return time == UnixTime{} ? json::value(nullptr) : json::value(format_time(time));
}

json::value name_of(const View& view, const TransferRecord& transfer, TransferState state) {
    const Device* const device = view.directory.device(transfer.device);
    const bool may_know =
        device != nullptr && (state == TransferState::offered ||
                              sees_device(view.directory, view.viewer, device->id, view.now));
    return may_know ? json::value(device->name) : json::value(nullptr);
}

}  // namespace

const Shape transfer_shape{"Transfer", transfer_fields};

json::object show(const View& view, const TransferRecord& transfer) {
    const TransferState state = state_at(transfer, view.now);
    const bool has_expired = state == TransferState::expired;
    json::object contract{
        {"history", transfer.history
                        ? json::value(history_names[static_cast<std::size_t>(*transfer.history)])
                        : json::value(nullptr)},
        {"rotate_token",
         transfer.rotate_token ? json::value(*transfer.rotate_token) : json::value(nullptr)},
        {"notify", transfer.notify}};
    return {
        {"id", echo(view, transfer.id)},
        {"device", view.directory.wire().of(transfer.device)},
        {"device_name", name_of(view, transfer, state)},
        {"state", state_names[static_cast<std::size_t>(state)]},
        {"from", json::object{{"org", org_id(view, transfer.from_org)},
                              {"owner", owner_id(view, transfer.from_org, transfer.from_owner)}}},
        {"to", target_of(view, transfer)},
        {"contract", std::move(contract)},
        {"made_by", user_id(view, transfer.from_org, transfer.made_by)},
        {"created_at", format_time(transfer.created_at)},
        {"expires_at", time_or_null(transfer.expires_at)},
        {"closed_at", time_or_null(has_expired ? transfer.expires_at : transfer.closed_at)}};
}

}  // namespace treeline
