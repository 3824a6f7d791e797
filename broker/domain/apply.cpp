// apply and restore: events onto a Directory. Nothing here refuses; decide has seen to that.
#include <algorithm>
#include <utility>

#include "broker/domain/applier.hpp"
#include "broker/domain/directory.hpp"
#include "broker/domain/tables.hpp"
#include "broker/domain/text.hpp"

namespace treeline {

void Applier::on(const OrgPut& e) {
    const Org* before = d_.org(e.org.id);
    Org org;
    static_cast<OrgRecord&>(org) = e.org;
    place(org);
    const bool moved = before != nullptr && before->ancestors != org.ancestors;
    const bool reaches_below = before != nullptr && (moved || before->suspended_here_or_above !=
                                                                  org.suspended_here_or_above);
    if (before == nullptr || reaches_below) {
        touch(org.id);
    }
    if (before != nullptr) {
        if (moved) {
            touch(before->parent);
        }
        detach(*before);
    }
    const std::uint64_t id = number(org.id);
    if (org.parent == OrgId{}) {
        if (!d_.trees_.contains(id)) {
            put_row(d_.trees_, id, {});
        }
    } else {
        add(d_.children_, number(org.parent), id);
        note(d_.children_by_name_, child_key(org.parent, fold_name(org.name)), org.id);
    }
    d_.next_.next_org = std::max(d_.next_.next_org, id + 1);
    put_row(d_.orgs_, id, std::move(org));
    if (reaches_below) {
        place_below(e.org.id);
    }
}

// What an org knows of the orgs above it. REQUIRES: those are placed.
void Applier::place(Org& org) const {
    const Org* parent = d_.org(org.parent);
    org.ancestors.clear();
    org.root = org.id;
    org.suspended_here_or_above = org.status == OrgStatus::suspended;
    if (parent != nullptr) {
        org.ancestors = parent->ancestors;
        org.ancestors.push_back(parent->id);
        org.root = parent->root;
        org.suspended_here_or_above |= parent->suspended_here_or_above;
    }
}

void Applier::place_below(OrgId above) {
    const NumberSet* found = d_.children_.find(number(above));
    const NumberSet children = found == nullptr ? NumberSet{} : *found;
    children.visit(0, [&](std::uint64_t id) {
        place(edit_row(d_.orgs_, id));
        touch(OrgId{id});
        place_below(OrgId{id});
        return true;
    });
}

void Applier::detach(const Org& org) {
    if (org.parent != OrgId{}) {
        drop(d_.children_, number(org.parent), number(org.id));
        forget(d_.children_by_name_, child_key(org.parent, fold_name(org.name)), org.id);
    }
}

void Applier::on(const OrgRemoved& e) {
    if (const Org* org = d_.org(e.org)) {
        detach(*org);
        touch(org->parent);
        d_.org_marks_.erase(number(e.org));
        d_.permissions_.erase(number(e.org));
        d_.pushes_.erase(number(e.org));
        d_.trees_.erase(number(e.org));
        d_.orgs_.erase(number(e.org));
    }
}

void Applier::on(const UserPut& e) {
    const User* before = d_.user(e.user.id);
    User user = keeping_changed_at(before);
    static_cast<UserRecord&>(user) = e.user;
    if (before != nullptr) {
        detach(*before);
    }
    if (before != nullptr) {
        user.last_login_at = before->last_login_at;
    }
    if (before == nullptr || before->status != user.status) {
        touch_orgs_of(user.id);
    }
    note(d_.users_by_email_, user.email, user.id);
    if (user.reset) {
        note(d_.users_by_reset_, user.reset->token, user.id);
    }
    d_.next_.next_user = std::max(d_.next_.next_user, number(user.id) + 1);
    put_row(d_.users_, number(e.user.id), std::move(user));
}

void Applier::detach(const User& user) {
    forget(d_.users_by_email_, user.email, user.id);
    if (user.reset) {
        forget(d_.users_by_reset_, user.reset->token, user.id);
    }
}

void Applier::on(const UserRemoved& e) {
    if (const User* user = d_.user(e.user)) {
        detach(*user);
        d_.users_.erase(number(e.user));
    }
}

void Applier::on(const MembershipPut& e) {
    const Membership* before = d_.membership(e.membership.id);
    Membership membership = keeping_changed_at(before);
    static_cast<MembershipRecord&>(membership) = e.membership;
    if (before != nullptr) {
        touch(before->org);
        detach(*before);
    }
    touch(membership.org);
    touch_orgs_of(membership.user);
    const std::uint64_t id = number(membership.id);
    add(d_.members_, number(membership.org), id);
    if (membership.user != UserId{}) {
        add(d_.memberships_of_, number(membership.user), id);
    }
    invite(membership, true);
    d_.next_.next_membership = std::max(d_.next_.next_membership, id + 1);
    put_row(d_.memberships_, id, std::move(membership));
}

void Applier::detach(const Membership& membership) {
    drop(d_.members_, number(membership.org), number(membership.id));
    if (membership.user != UserId{}) {
        drop(d_.memberships_of_, number(membership.user), number(membership.id));
    }
    invite(membership, false);
}

// Keeps the index of invitations: `waits` puts it there, else it goes.
void Applier::invite(const Membership& membership, bool waits) {
    if (membership.user != UserId{} || membership.invited_email.empty()) {
        return;
    }
    if (membership.invite && waits) {
        note(d_.invitations_by_token_, membership.invite->token, membership.id);
    } else if (membership.invite) {
        forget(d_.invitations_by_token_, membership.invite->token, membership.id);
    }
    const NumberSet* held = d_.invitations_.find(membership.invited_email);
    NumberSet ids = held == nullptr ? NumberSet{} : *held;
    if (waits) {
        ids.insert(number(membership.id));
    } else {
        ids.erase(number(membership.id));
    }
    if (ids.empty()) {
        d_.invitations_.erase(membership.invited_email);
    } else {
        d_.invitations_.set(membership.invited_email.str(), std::move(ids));
    }
}

void Applier::on(const MembershipRemoved& e) {
    if (const Membership* membership = d_.membership(e.membership)) {
        touch(membership->org);
        touch_orgs_of(membership->user);
        detach(*membership);
        d_.memberships_.erase(number(e.membership));
    }
}

void Applier::on(const DevicePut& e) {
    const Device* before = d_.device(e.device.id);
    Device device = keeping_changed_at(before);
    static_cast<DeviceRecord&>(device) = e.device;
    if (before == nullptr || before->org != device.org || before->owner != device.owner) {
        touch(device.org);
        touch(before == nullptr ? device.org : before->org);
    }
    if (before != nullptr) {
        detach(*before);
    }
    const std::uint64_t id = number(device.id);
    add(d_.devices_of_, number(device.org), id);
    note(d_.devices_by_token_, device.token, device.id);
    if (device.staged_token) {
        note(d_.devices_by_token_, *device.staged_token, device.id);
    }
    d_.next_.next_device = std::max(d_.next_.next_device, id + 1);
    put_row(d_.devices_, id, std::move(device));
}

void Applier::detach(const Device& device) {
    drop(d_.devices_of_, number(device.org), number(device.id));
    forget(d_.devices_by_token_, device.token, device.id);
    if (device.staged_token) {
        forget(d_.devices_by_token_, *device.staged_token, device.id);
    }
}

void Applier::on(const DeviceRemoved& e) {
    if (const Device* device = d_.device(e.device)) {
        touch(device->org);
        detach(*device);
        d_.devices_.erase(number(e.device));
    }
}

void Applier::on(const LoginPut& e) {
    if (const LoginRecord* before = d_.login(e.login.id)) {
        detach(*before);
    }
    const LoginId id = e.login.id;
    add(d_.logins_of_, number(e.login.user), number(id));
    note(d_.logins_by_access_, e.login.access, id);
    note(d_.logins_by_refresh_, e.login.refresh, id);
    for (const TokenHash& spent : e.login.spent_refreshes) {
        note(d_.logins_by_spent_, spent, id);
    }
    d_.next_.next_login = std::max(d_.next_.next_login, number(id) + 1);
    put_row(d_.logins_, number(id), e.login);
    set_last_login(e.login.user, e.login.created_at);
}

void Applier::set_last_login(UserId id, const std::optional<UnixTime>& at) {
    const User* user = d_.user(id);
    if (user != nullptr && at && (!user->last_login_at || *user->last_login_at < *at)) {
        edit_row(d_.users_, number(id)).last_login_at = at;
    }
}

void Applier::detach(const LoginRecord& login) {
    drop(d_.logins_of_, number(login.user), number(login.id));
    forget(d_.logins_by_access_, login.access, login.id);
    forget(d_.logins_by_refresh_, login.refresh, login.id);
    for (const TokenHash& spent : login.spent_refreshes) {
        forget(d_.logins_by_spent_, spent, login.id);
    }
}

void Applier::on(const LoginRemoved& e) {
    if (const LoginRecord* login = d_.login(e.login)) {
        detach(*login);
        d_.logins_.erase(number(e.login));
    }
}

void Applier::on(const TreeCounted& e) {
    const auto* before = Directory::found(d_.trees_, number(e.root));
    Directory::Tree tree = before == nullptr ? Directory::Tree{} : *before;
    tree.revision = e.revision;
    tree.next_role = std::max(tree.next_role, RoleId{e.next_role});
    put_row(d_.trees_, number(e.root), std::move(tree));
}

void Applier::on(const ChangedAt& e) {
    switch (e.kind) {
        case ChangedAt::Kind::org:
            return set_org_changed_at(OrgId{e.id}, e.tree_revision);
        case ChangedAt::Kind::user:
            set_changed_at(d_.users_, e.id, e.tree_revision);
            return set_last_login(UserId{e.id}, e.last_login_at);
        case ChangedAt::Kind::membership:
            return set_changed_at(d_.memberships_, e.id, e.tree_revision);
        case ChangedAt::Kind::device:
            return set_changed_at(d_.devices_, e.id, e.tree_revision);
        case ChangedAt::Kind::rights:
            d_.org_marks_.edit(e.id).rights_changed_at = e.tree_revision;
            return;
        case ChangedAt::Kind::roles:
            return set_roles_changed_at(OrgId{e.id}, e.tree_revision);
    }
}

void Applier::set_org_changed_at(OrgId org, std::uint64_t at) {
    if (d_.org(org) != nullptr) {
        d_.org_marks_.edit(number(org)).changed_at = at;
    }
}

void Applier::set_roles_changed_at(OrgId root, std::uint64_t at) {
    if (d_.trees_.contains(number(root))) {
        edit_row(d_.trees_, number(root)).roles_changed_at = at;
    }
}

// Whoever has two memberships may hold by one what a change at the other would give him.
void Applier::touch_orgs_of(UserId user) {
    d_.memberships(user, [&](const Membership& membership) {
        touch(membership.org);
        return true;
    });
}

// Each once, after a push of several roles as well, and those of a whole tree together.
void Applier::mark_each(std::vector<OrgId>& orgs, std::uint64_t Directory::OrgMarks::* mark) {
    std::ranges::sort(orgs);
    orgs.erase(std::unique(orgs.begin(), orgs.end()), orgs.end());
    for (const Org* org : d_.orgs(orgs)) {
        if (org != nullptr) {
            d_.org_marks_.edit(number(org->id)).*mark = d_.tree_revision(org->root);
        }
    }
}

void Applier::mark_touched() {
    mark_each(touched_, &Directory::OrgMarks::rights_changed_at);
    mark_each(sets_touched_, &Directory::OrgMarks::changed_at);
    for (const OrgId root : roles_touched_) {
        set_roles_changed_at(root, d_.tree_revision(root));
    }
}

void Applier::count(const std::vector<OrgId>& trees) {
    for (const OrgId root : trees) {
        on(TreeCounted{root, d_.tree_revision(root) + 1, 0});
    }
}

std::uint64_t Applier::tree_revision_of(OrgId org_id) const {
    const Org* org = d_.org(org_id);
    return org == nullptr ? 0 : d_.tree_revision(org->root);
}

void Applier::stamp_one(const OrgPut& e) {
    set_org_changed_at(e.org.id, tree_revision_of(e.org.id));
}
void Applier::stamp_one(const UserPut& e) {
    const Membership* home = d_.membership(e.user.home);
    const std::uint64_t at = home == nullptr ? 0 : tree_revision_of(home->org);
    set_changed_at(d_.users_, number(e.user.id), at);
}
void Applier::stamp_one(const MembershipPut& e) {
    set_changed_at(d_.memberships_, number(e.membership.id), tree_revision_of(e.membership.org));
}
void Applier::stamp_one(const DevicePut& e) {
    set_changed_at(d_.devices_, number(e.device.id), tree_revision_of(e.device.org));
}

Directory apply(Directory before, const Change& change) {
    Applier applier(before);
    for (const Event& event : change.events) {
        applier.put(event);
    }
    applier.forget_answers(change.at);
    applier.count(change.trees);
    applier.mark_touched();
    for (const Event& event : change.events) {
        applier.stamp(event);
    }
    applier.set_revision(Revision{number(before.revision()) + 1});
    return before;
}

Directory restore(Revision revision, const std::vector<Event>& events) {
    Directory directory;
    Applier applier(directory);
    for (const Event& event : events) {
        applier.put(event);
    }
    applier.set_revision(revision);
    return directory;
}

}  // namespace treeline
