// permit: who may ask at all, and the refusals' words.
#include "broker/authority/permit.hpp"

#include "broker/authority/permit_rules.hpp"

namespace treeline {
namespace {

template <class Kind, class... Kinds>
constexpr bool is_one_of = (std::is_same_v<Kind, Kinds> || ...);

// The host's operator acts for nobody: only by the commands that are made for it.
Objection permit_operator(const Directory& directory, const Command& command, UnixTime now) {
    if (const auto* accepted = std::get_if<AcceptInvitation>(&command)) {
        const Membership* invitation = directory.invitation_by_token(accepted->token);
        return invitation == nullptr ? std::nullopt : check_maker(directory, *invitation, now);
    }
    return std::visit(
        []<class Kind>(const Kind&) -> Objection {
            if constexpr (is_one_of<Kind, CreateRoot, SignIn, RefreshLogin, RequestReset,
                                    FinishReset, StageToken>) {
                return std::nullopt;
            }
            return forbidden("The operator may not do this.");
        },
        command);
}

Objection permit_device(const Directory& directory, DeviceId device, const Command& command) {
    if (directory.device(device) == nullptr) {
        return unseen();
    }
    if (std::holds_alternative<SetDeviceMeta>(command)) {
        return std::nullopt;
    }
    return forbidden("A device may not do this.");
}

Objection permit_user(const Asker& asker, const Command& command) {
    return std::visit(
        [&]<class Kind>(const Kind& kind) -> Objection {
            if constexpr (is_one_of<Kind, CreateRoot, SignIn, RefreshLogin, RequestReset,
                                    FinishReset, AcceptInvitation, StageToken, SetDeviceMeta>) {
                return forbidden("No user may do this.");
            } else {
                return permit_on(asker, kind);
            }
        },
        command);
}

// Is there a membership above the org that would give `permission` if it only had suborgs.enter?
bool lacks_only_enter(const Asker& asker, const Org& org, Permission permission) {
    bool found = false;
    walk(asker.directory, asker.user, org, asker.now, [&](const Standing& standing) {
        found =
            found || (standing.reach == Reach::view && contains(standing.effective, permission) &&
                      permission > Permission::own_devices_transfer);
    });
    return found;
}

bool is_live_member(const Asker& asker, OrgId org) {
    const Membership* membership =
        asker.directory.membership(asker.directory.membership_of(asker.user, org));
    return membership != nullptr && is_live(asker.directory, *membership, asker.now);
}

}  // namespace

std::optional<Refusal> permit(const Directory& directory, const Actor& actor,
                              const Command& command, UnixTime now) {
    if (actor.is_operator()) {
        return permit_operator(directory, command, now);
    }
    if (const DeviceId* device = std::get_if<DeviceId>(&actor.who)) {
        return permit_device(directory, *device, command);
    }
    const Asker asker{directory, *actor.user(), now};
    if (!is_active(directory, asker.user)) {
        return unseen();
    }
    return permit_user(asker, command);
}

Command with_standing(const Directory& directory, const Actor& actor, Command command,
                      UnixTime now) {
    const bool is_user = actor.user() != nullptr;
    const Asker asker{directory, is_user ? *actor.user() : UserId{}, now};
    if (auto* transfer = std::get_if<CreateTransfer>(&command)) {
        transfer->way = is_user ? way_of(asker, *transfer) : TransferWay::unknown;
    } else if (auto* deletion = std::get_if<DeleteUser>(&command)) {
        deletion->in_reach = memberships_in_reach(asker, deletion->user);
    }
    return command;
}

Refusal unseen() {
    return {RefusalCode::not_found, std::nullopt, {}, false};
}

Refusal forbidden(std::string detail, std::optional<Permission> missing) {
    return {RefusalCode::forbidden, missing, std::move(detail), false};
}

Refusal device_refusal(const Directory& directory, UserId user, DeviceId device, DeviceRight right,
                       UnixTime now) {
    const Asker asker{directory, user, now};
    if (!sees_device(directory, user, device, now)) {
        return unseen();
    }
    const Device& found = *directory.device(device);
    Permission missing = org_permission(right);
    if (found.owner == user && own_permission(right) && is_live_member(asker, found.org)) {
        missing = *own_permission(right);
    } else if (lacks_only_enter(asker, *directory.org(found.org), missing)) {
        missing = Permission::suborgs_enter;
    }
    return forbidden("You may see this device, but not do this.", missing);
}

Refusal org_refusal(const Directory& directory, UserId user, OrgId org, Permission permission,
                    UnixTime now) {
    const Asker asker{directory, user, now};
    if (!sees_org(directory, user, org, now)) {
        return unseen();
    }
    const bool enter = lacks_only_enter(asker, *directory.org(org), permission);
    return forbidden("You may see this organization, but not do this.",
                     enter ? Permission::suborgs_enter : permission);
}

Objection need(const Asker& asker, OrgId org, Permission permission) {
    const Org* found = asker.directory.org(org);
    if (found == nullptr) {
        return unseen();
    }
    const Grants grants = grants_at(asker.directory, asker.user, *found, asker.now);
    if (contains(grants.permissions, permission)) {
        return std::nullopt;
    }
    return org_refusal(asker.directory, asker.user, org, permission, asker.now);
}

}  // namespace treeline
