// to_events: a Directory as the shortest sequence of events that makes it again.
#include <vector>

#include "broker/domain/directory.hpp"

namespace treeline {
namespace {

using Emit = std::function<void(const Event&)>;

void emit_changed_at(const Emit& emit, ChangedAt::Kind kind, std::uint64_t id, std::uint64_t at) {
    if (at != 0) {
        emit(ChangedAt{kind, id, at, {}});
    }
}

// Parents before their children, whatever the order of their ids after moves.
void emit_subtree(const Directory& directory, OrgId id, const Emit& emit) {
    const Org& org = *directory.org(id);
    emit(OrgPut{org});
    emit_changed_at(emit, ChangedAt::Kind::org, number(id), directory.org_changed_at(id));
    emit_changed_at(emit, ChangedAt::Kind::rights, number(id), directory.rights_changed_at(id));
    directory.children(id, OrgId{}, [&](OrgId child) {
        emit_subtree(directory, child, emit);
        return true;
    });
}

void emit_tree(const Directory& directory, OrgId root, const Emit& emit) {
    emit_subtree(directory, root, emit);
    for (const RoleRecord& role : directory.roles(root)) {
        emit(RolePut{role});
    }
    emit(TreeCounted{root, directory.tree_revision(root), number(directory.next_role(root))});
    emit_changed_at(emit, ChangedAt::Kind::roles, number(root), directory.roles_changed_at(root));
}

void emit_people(const Directory& directory, const Emit& emit) {
    directory.all_users(UserId{}, [&](const User& user) {
        emit(UserPut{user});
        emit(
            ChangedAt{ChangedAt::Kind::user, number(user.id), user.changed_at, user.last_login_at});
        return true;
    });
    directory.all_memberships(MembershipId{}, [&](const Membership& membership) {
        emit(MembershipPut{membership});
        emit_changed_at(emit, ChangedAt::Kind::membership, number(membership.id),
                        membership.changed_at);
        return true;
    });
}

void emit_devices(const Directory& directory, const Emit& emit) {
    directory.all_devices(DeviceId{}, [&](const Device& device) {
        emit(DevicePut{device});
        emit_changed_at(emit, ChangedAt::Kind::device, number(device.id), device.changed_at);
        return true;
    });
}

}  // namespace

void emit_events(const Directory& directory, const Emit& emit) {
    emit(Founded{directory.wire().key()});
    for (const OrgId root : directory.roots()) {
        emit_tree(directory, root, emit);
    }
    // Before the sets: what has been set since stands.
    directory.all_pushes([&](const PushRecord& push) {
        emit(PushPut{push});
        return true;
    });
    directory.all_permissions([&](const PermissionsRecord& permissions) {
        emit(PermissionsPut{permissions});
        return true;
    });
    emit_people(directory, emit);
    emit_devices(directory, emit);
    directory.all_logins([&](const LoginRecord& login) {
        emit(LoginPut{login});
        return true;
    });
    directory.all_transfers(TransferId{}, [&](const TransferRecord& transfer) {
        emit(TransferPut{transfer});
        return true;
    });
    directory.all_answers([&](const KeptAnswer& answer) {
        emit(AnswerKept{answer});
        return true;
    });
    emit(directory.next());
}

}  // namespace treeline
