// From records to JSON, with `above` and `outside` for what the viewer may not see.
#include "broker/api/render.hpp"

#include <algorithm>
#include <array>

#include "broker/api/format.hpp"

namespace treeline {
namespace {

using K = FieldKind;

constexpr std::array<std::string_view, 6> kind_names{"root",   "business", "partner",
                                                     "client", "personal", "branch"};
constexpr std::array<std::string_view, 3> user_status_names{"pending", "active", "suspended"};

constexpr Field org_fields[]{
    {"id", K::id, true},
    {"parent", K::id, true, true},
    {"name", K::text, true},
    {"kind", K::text, true},
    {"can_create_suborgs", K::flag, true},
    {"status", K::text, true},
    {"timezone", K::text, true},
    {"description", K::prose, true},
    {"metadata", K::metadata, true},
    {"created_at", K::time, true},
    {"revision", K::number},
};
constexpr Field user_fields[]{
    {"id", K::id, true},
    {"email", K::email, true},
    {"name", K::text, true},
    {"status", K::text, true},
    {"title", K::text, true},
    {"phone", K::text, true, true},
    {"locale", K::text, true},
    {"timezone", K::text, true},
    {"email_verified_at", K::time, true, true},
    {"created_at", K::time, true},
    {"home_org", K::hidden_id},
    {"membership", K::id},
    {"memberships", K::objects},
    {"invitations", K::objects},
    {"last_login_at", K::time, true, true},
    {"scope", K::text},
    {"revision", K::number},
};
constexpr Field membership_fields[]{
    {"id", K::id, true},
    {"org", K::hidden_id, true},
    {"user", K::hidden_id, true, true},
    {"email", K::text},
    {"role", K::number, true},
    {"status", K::text, true},
    {"not_before", K::time, true, true},
    {"not_after", K::time, true, true},
    {"granted_by", K::hidden_id, true, true},
    {"revision", K::number},
};
constexpr Field device_fields[]{
    {"id", K::id, true},
    {"org", K::id, true},
    {"owner", K::hidden_id, true, true},
    {"name", K::text, true},
    {"online", K::flag, true, true},
    {"last_seen_at", K::time, true, true},
    {"ownership_epoch", K::number, true},
    {"created_at", K::time, true},
    {"metadata", K::metadata, true},
    {"tags", K::texts, true},
    {"token", K::secret},
    {"revision", K::number},
};
constexpr Field pin_fields[]{
    {"pin", K::number, true},
    {"values", K::values, true},
    {"at", K::time, true, true},
    {"revision", K::number},
};
constexpr Field permissions_fields[]{
    {"permissions", K::texts, true}, {"linked", K::flag}, {"revision", K::number}};
constexpr Field revision_fields[]{{"revision", K::number, true}};

json::value time_or_null(const std::optional<UnixTime>& time) {
    return time ? json::value(format_time(*time)) : json::value(nullptr);
}

json::object object_of(const Metadata& metadata) {
    json::object out;
    for (const auto& [key, value] : metadata) {
        out[to_utf8(key)] = to_utf8(value);
    }
    return out;
}

// How something of `other` reads to a viewer who may not see it and stands at `standing`.
json::value hidden_word(const View& view, OrgId standing, OrgId other) {
    return hidden(view.directory, standing, other) == Hidden::above ? "above" : "outside";
}

OrgId home_org(const Directory& directory, UserId user) {
    const User* const found = directory.user(user);
    const Membership* const home = found == nullptr ? nullptr : directory.membership(found->home);
    return home == nullptr ? OrgId{} : home->org;
}

// phone and last_login_at: only where the whole account is in the viewer's reach (tenancy.md §2,
// account acts).
bool reaches_account(const View& view, const User& user) {
    if (user.id == view.viewer) {
        return true;
    }
    const auto memberships = view.directory.memberships_of(user.id);
    return std::ranges::all_of(memberships, [&](const Membership* membership) {
        return contains(
            org_permissions(view.directory, view.viewer, membership->org, view.now).permissions,
            Permission::users_view);
    });
}

// An invitation shows no user, so that it tells nothing of whether the address is known here.
bool is_invitation(const Membership& membership) {
    return membership.status == MembershipStatus::pending && !membership.invited_email.empty();
}

}  // namespace

json::value user_id(const View& view, OrgId standing, UserId user) {
    if (user == UserId{}) {
        return nullptr;
    }
    if (sees_user(view.directory, view.viewer, user, view.now)) {
        return view.directory.wire().of(user);
    }
    return hidden_word(view, standing, home_org(view.directory, user));
}

json::value org_id(const View& view, OrgId org) {
    if (org == OrgId{}) {
        return nullptr;
    }
    if (sees_org(view.directory, view.viewer, org, view.now)) {
        return view.directory.wire().of(org);
    }
    return hidden_word(view, home_org(view.directory, view.viewer), org);
}

const Shape org_shape{"Org", org_fields};
const Shape user_shape{"User", user_fields};
const Shape membership_shape{"Membership", membership_fields};
const Shape device_shape{"Device", device_fields};
const Shape pin_shape{"Pin", pin_fields};
const Shape permissions_shape{"RolePermissions", permissions_fields};
const Shape revision_shape{"Revision", revision_fields};

std::string_view name(OrgKind kind) {
    return kind_names[static_cast<std::size_t>(kind)];
}

std::optional<OrgKind> org_kind_named(std::string_view wanted) {
    const auto found = std::ranges::find(kind_names, wanted);
    if (found == kind_names.end()) {
        return std::nullopt;
    }
    return static_cast<OrgKind>(found - kind_names.begin());
}

json::object show(const View& view, const Org& org) {
    const bool sees_parent = sees_org(view.directory, view.viewer, org.parent, view.now);
    return {{"id", view.directory.wire().of(org.id)},
            {"parent", sees_parent ? json::value(view.directory.wire().of(org.parent))
                                   : json::value(nullptr)},
            {"name", org.name},
            {"kind", name(org.kind)},
            {"can_create_suborgs", org.can_create_suborgs},
            {"status", org.status == OrgStatus::active ? "active" : "suspended"},
            {"timezone", org.timezone},
            {"description", org.description},
            {"metadata", object_of(org.metadata)},
            {"created_at", format_time(org.created_at)}};
}

json::object show(const View& view, const User& user) {
    const bool reaches = reaches_account(view, user);
    const json::value phone = reaches ? json::value(user.phone.view()) : json::value(nullptr);
    return {{"id", view.directory.wire().of(user.id)},
            {"email", user.email},
            {"name", user.name},
            {"status", user_status_names[static_cast<std::size_t>(user.status)]},
            {"title", user.title},
            {"phone", phone},
            {"locale", user.locale},
            {"timezone", user.timezone},
            {"email_verified_at", time_or_null(user.email_verified_at)},
            {"last_login_at", reaches ? time_or_null(user.last_login_at) : json::value(nullptr)},
            {"created_at", format_time(user.created_at)}};
}

json::object show(const View& view, const Membership& membership) {
    json::object out{
        {"id", view.directory.wire().of(membership.id)},
        {"org", org_id(view, membership.org)},
        {"user", is_invitation(membership) ? json::value(nullptr)
                                           : user_id(view, membership.org, membership.user)},
        {"role", number(membership.role)},
        {"status", membership.status == MembershipStatus::active ? "active" : "pending"},
        {"not_before", time_or_null(membership.not_before)},
        {"not_after", time_or_null(membership.not_after)},
        {"granted_by", user_id(view, membership.org, membership.granted_by)}};
    if (is_invitation(membership)) {
        out["email"] = membership.invited_email.view();
    }
    return out;
}

json::object show(const View& view, const Device& device, const Presence& presence) {
    const WireIds& wire = view.directory.wire();
    json::array tags;
    for (const std::string& tag : device.tags) {
        tags.emplace_back(tag);
    }
    // `view` of a device includes its owner's id (tenancy.md §3, Visible).
    return {{"id", wire.of(device.id)},
            {"org", wire.of(device.org)},
            {"owner",
             device.owner == UserId{} ? json::value(nullptr) : json::value(wire.of(device.owner))},
            {"name", device.name},
            {"online", presence.online},
            {"last_seen_at", presence.at == UnixTime{} ? json::value(nullptr)
                                                       : json::value(format_time(presence.at))},
            {"ownership_epoch", device.ownership_epoch},
            {"created_at", format_time(device.created_at)},
            {"metadata", object_of(device.metadata)},
            {"tags", std::move(tags)}};
}

json::object show(const StoredValue& value) {
    json::array values;
    for (const std::string_view item : items_of(value.bytes)) {
        values.emplace_back(to_utf8(item));
    }
    return {{"pin", value.pin}, {"values", std::move(values)}, {"at", format_time(value.at)}};
}

json::array names_of(const PermissionSet& permissions) {
    json::array names;
    for (const Permission permission : all_permissions()) {
        if (contains(permissions, permission)) {
            names.emplace_back(name(permission));
        }
    }
    return names;
}

}  // namespace treeline
