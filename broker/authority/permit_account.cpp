// May this user? The rules for acts on accounts: profile, password, logout, deletion, transfer
// (tenancy.md §5).
#include "broker/authority/permit_rules.hpp"

namespace treeline {
namespace {

Objection permit_act(const Asker& asker, UserId user, Permission permission) {
    if (asker.directory.user(user) == nullptr ||
        !sees_user(asker.directory, asker.user, user, asker.now)) {
        return unseen();
    }
    if (auto objection = need_everywhere(asker, user, permission)) {
        return objection;
    }
    return acts_upward_on(asker, user);
}

}  // namespace

Objection permit_on(const Asker& asker, const PatchUser& command) {
    if (command.user == asker.user) {
        return std::nullopt;  // one's own profile
    }
    return permit_act(asker, command.user, Permission::users_edit);
}

Objection permit_on(const Asker&, const DeleteUser&) {
    return unseen();
}
Objection permit_on(const Asker& asker, const SetPassword& command) {
    return permit_act(asker, command.user, Permission::users_set_password);
}

Objection permit_on(const Asker& asker, const ForceLogout& command) {
    if (command.user == asker.user) {
        return std::nullopt;  // one's own sessions
    }
    return permit_act(asker, command.user, Permission::users_force_logout);
}

Objection permit_on(const Asker&, const TransferUser&) {
    return unseen();
}

}  // namespace treeline
