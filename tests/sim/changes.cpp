// Random changes of rights, through the real decide and apply where a command exists.
#include "tests/sim/simulation.hpp"

namespace treeline {

void Simulation::attempt(const Command& command) {
    const auto decided = rig_.build.attempt(command);
    if (decided.has_value() && !decided->change.events.empty()) {
        rig_.build.take(decided->change);
        ++tally_.changes;
    }
}

void Simulation::put(Event event) {
    Change change;
    change.at = rig_.now.wall;
    change.trees = {orgs_[0]};
    change.events.push_back(std::move(event));
    rig_.build.take(change);
    ++tally_.changes;
}

void Simulation::random_change() {
    rig_.build.now = rig_.now.wall;
    const std::size_t chance = dice_.below(100);
    if (chance < 30) {
        change_permissions();
    } else if (chance < 50) {
        change_membership();
    } else if (chance < 85) {
        change_device();
    } else {
        change_status();
    }
}

void Simulation::change_permissions() {
    PermissionSet set;
    for (const Permission permission :
         {Permission::org_devices_view, Permission::org_devices_control,
          Permission::own_devices_view, Permission::suborgs_view, Permission::suborgs_enter}) {
        set.set(index(permission), !dice_.one_in(3));
    }
    PutPermissions command;
    command.org = orgs_[dice_.below(orgs_.size())];
    command.role = dice_.one_in(2) ? role_staff : role_user;
    command.permissions = set;
    attempt(command);
}

void Simulation::change_membership() {
    const UserId user = users_[1 + dice_.below(users_.size() - 1)];
    const auto memberships = rig_.build.directory().memberships_of(user);
    if (dice_.one_in(2) && memberships.size() > 1) {
        attempt(
            EndMembership{memberships[dice_.below(memberships.size())]->id, true, std::nullopt});
        return;
    }
    CreateMembership command;
    command.org = orgs_[dice_.below(orgs_.size())];
    command.user = user;
    command.role = dice_.one_in(2) ? role_staff : role_user;
    if (windows_) {
        command.not_before = rig_.now.wall + Millis{dice_.below(2'000)};
        command.not_after = *command.not_before + Millis{1 + dice_.below(3'000)};
    }
    attempt(command);
}

void Simulation::change_device() {
    const DeviceId id = devices_[dice_.below(devices_.size())];
    const Device* device = rig_.build.directory().device(id);
    if (device == nullptr) {
        return;
    }
    const std::size_t chance = dice_.below(40);
    if (chance == 0) {
        attempt(DeleteDevice{id, std::nullopt});
    } else if (chance == 1) {
        attempt(RotateToken{id, rig_.build.next_token()});
    } else if (chance < 12) {
        attempt(SetOwner{id, users_[dice_.below(users_.size())], std::nullopt});
    } else {  // what a transfer does
        DeviceRecord record = *device;
        record.org = orgs_[dice_.below(orgs_.size())];
        record.owner = {};
        ++record.ownership_epoch;
        record.readable_from_epoch =
            dice_.one_in(2) ? record.ownership_epoch : record.readable_from_epoch;
        put(DevicePut{record});
    }
}

void Simulation::change_status() {
    const OrgId org = orgs_[1 + dice_.below(orgs_.size() - 1)];
    const UserId user = users_[1 + dice_.below(users_.size() - 1)];
    const std::size_t chance = dice_.below(20);
    if (chance == 0) {
        attempt(SuspendUser{user});
    } else if (chance == 1) {
        LoginId login{};
        rig_.build.directory().logins(user, [&](const LoginRecord& record) {
            login = record.id;
            return false;
        });
        if (login != LoginId{}) {
            put(LoginRemoved{login});
        }
    } else {
        OrgRecord record = *rig_.build.directory().org(org);
        record.status = record.status == OrgStatus::active && dice_.one_in(3) ? OrgStatus::suspended
                                                                              : OrgStatus::active;
        put(OrgPut{record});
    }
}

}  // namespace treeline
