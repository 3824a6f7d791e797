// Applier: the only one that changes a Directory. Private to apply*.cpp.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "broker/domain/directory.hpp"

namespace treeline {

// Changes one Directory. Each `on` keeps the tables and every index of them in step.
class Applier {
  public:
    explicit Applier(Directory& directory) : d_(directory) {}

    void put(const Event& event) {
        std::visit([this](const auto& e) { on(e); }, event);
    }
    void count(const std::vector<OrgId>& trees);
    void stamp(const Event& event) {
        std::visit([this](const auto& e) { stamp_one(e); }, event);
    }
    // After count: the orgs and roles that `put` has touched get their tree's revision.
    void mark_touched();
    void forget_answers(UnixTime now);
    void set_revision(Revision revision) { d_.revision_ = revision; }

  private:
    void on(const Founded& e) { d_.wire_ = WireIds(e.wire_key); }
    void on(const OrgPut& e);
    void on(const OrgRemoved& e);
    void on(const UserPut& e);
    void on(const UserRemoved& e);
    void on(const MembershipPut& e);
    void on(const MembershipRemoved& e);
    void on(const RolePut& e);
    void on(const RoleRemoved& e);
    void on(const PermissionsPut& e);
    void on(const PushPut& e);
    void on(const DevicePut& e);
    void on(const DeviceRemoved& e);
    void on(const LoginPut& e);
    void on(const LoginRemoved& e);
    void on(const TransferPut& e);
    void on(const AnswerKept& e);
    void on(const CountersPut& e) { d_.next_ = e; }
    void on(const TreeCounted& e);
    void on(const ChangedAt& e);

    void detach(const Org& org);
    void detach(const User& user);
    void detach(const Membership& membership);
    void detach(const Device& device);
    void detach(const LoginRecord& login);
    void set_last_login(UserId id, const std::optional<UnixTime>& at);
    void set_org_changed_at(OrgId org, std::uint64_t at);
    void set_roles_changed_at(OrgId root, std::uint64_t at);
    void touch(OrgId org) {
        if (touched_.empty() || touched_.back() != org) {
            touched_.push_back(org);
        }
    }
    void touch_orgs_of(UserId user);
    void mark_each(std::vector<OrgId>& orgs, std::uint64_t Directory::OrgMarks::* mark);
    void place(Org& org) const;
    void place_below(OrgId org);
    void invite(const Membership& membership, bool waits);

    struct PushedPair;
    using PairsByRole = std::map<RoleId, std::vector<PushedPair>>;
    static PairsByRole pairs_by_role(const Directory& directory, const PushRecord& push);
    void put_pushed(RoleId role, const std::vector<PushedPair>& pairs);
    void put_set(OrgId org, const Directory::RoleSet& set);
    void write_set(OrgId org, const Directory::RoleSet& set);
    template <class IsFirst>  // bool(OrgId)
    void follow_from(OrgId id, RoleId role, const IsFirst& is_first);
    template <class IsFirst>
    void let_follow(OrgId above, RoleId role, const PermissionSet& held, const IsFirst& is_first);

    // Objects get the revision that their tree has now.
    void stamp_one(const OrgPut& e);
    void stamp_one(const UserPut& e);
    void stamp_one(const MembershipPut& e);
    void stamp_one(const DevicePut& e);
    template <class Other>
    void stamp_one(const Other&) {}
    std::uint64_t tree_revision_of(OrgId org) const;

    template <class T>
    static void put_row(Directory::Table<T>& table, std::uint64_t id, T row) {
        table.set(id, Shared(new Directory::Row<T>(std::move(row))));
    }
    // The row, to be changed; itself where no older Directory holds it, empty where none was.
    template <class T>
    static T& edit_row(Directory::Table<T>& table, std::uint64_t id) {
        Shared<Directory::Row<T>>& row = table.edit(id);
        if (!row) {
            row = Shared(new Directory::Row<T>(T{}));
        }
        return row.own().facts;
    }
    template <class T>
    static void set_changed_at(Directory::Table<T>& table, std::uint64_t id, std::uint64_t at) {
        if (table.contains(id)) {
            edit_row(table, id).changed_at = at;
        }
    }
    static void add(Directory::Index& index, std::uint64_t of, std::uint64_t id) {
        index.edit(of).insert(id);
    }
    static void drop(Directory::Index& index, std::uint64_t of, std::uint64_t id) {
        NumberSet& ids = index.edit(of);
        ids.erase(id);
        if (ids.empty()) {
            index.erase(of);
        }
    }
    template <class Id, class Key>
    static void note(HashIndex<Id>& index, const Key& key, Id id) {
        index.insert(Directory::BytesHash{}(key), id);
    }
    template <class Id, class Key>
    static void forget(HashIndex<Id>& index, const Key& key, Id id) {
        index.erase(Directory::BytesHash{}(key), id);
    }
    template <class T>
    static T keeping_changed_at(const T* before) {
        T row;
        row.changed_at = before == nullptr ? 0 : before->changed_at;
        return row;
    }

    Directory& d_;
    std::vector<OrgId> touched_;  // whose rights_changed_at is to move; some twice
    // Where a set was put, or follows one that was: its last change is its org's. Some twice.
    std::vector<OrgId> sets_touched_;
    std::vector<OrgId> roles_touched_;  // roots
};

}  // namespace treeline
