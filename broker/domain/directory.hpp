// The Directory: who exists and who may, at one revision. Immutable once published; any thread.
// Copying is O(1) and a change copies one short path, because the tables share structure.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash_index.hpp"
#include "base/hash_trie.hpp"
#include "base/number_set.hpp"
#include "base/radix_map.hpp"
#include "base/shared.hpp"
#include "broker/domain/event.hpp"
#include "broker/domain/ids.hpp"
#include "broker/domain/records.hpp"
#include "broker/domain/wire_id.hpp"

namespace treeline {

struct Org : OrgRecord {
    OrgId root{};
    std::vector<OrgId> ancestors;  // root first, without itself
    bool suspended_here_or_above = false;
};
struct User : UserRecord {
    std::uint64_t changed_at = 0;           // the tree's revision of its last change: the ETag
    std::optional<UnixTime> last_login_at;  // from the sign-ins there were
};
struct Membership : MembershipRecord {
    std::uint64_t changed_at = 0;
};
struct Device : DeviceRecord {
    std::uint64_t changed_at = 0;
};

class Directory {
  public:
    Revision revision() const { return revision_; }
    // How many changes the tree of `root` has seen: the only revision that leaves the broker.
    std::uint64_t tree_revision(OrgId root) const;
    // The tree's revision of the org's last change, or of one in its sets: the ETag.
    std::uint64_t org_changed_at(OrgId org) const;
    // The tree's revision of the last change in the org that bears on who may what: its place, its
    // suspension, its sets, its memberships and what else their users hold, its devices' owners and
    // their coming and going; and of the last change of the tree's roles. 0: not known.
    std::uint64_t rights_changed_at(OrgId org) const;
    std::uint64_t roles_changed_at(OrgId root) const;
    const WireIds& wire() const { return wire_; }

    // Null where there is none. Pointers live as long as this Directory.
    const Org* org(OrgId id) const;
    const User* user(UserId id) const;
    const Membership* membership(MembershipId id) const;
    const Device* device(DeviceId id) const;
    const LoginRecord* login(LoginId id) const;
    // The same for many at once, each in its place: faster, as RadixMap::find_all is.
    std::vector<const Org*> orgs(const std::vector<OrgId>& ids) const;
    std::vector<const User*> users(const std::vector<UserId>& ids) const;
    std::vector<const Membership*> memberships(const std::vector<MembershipId>& ids) const;
    std::vector<std::size_t> membership_counts(const std::vector<UserId>& of) const;
    const RoleRecord* role(OrgId root, RoleId id) const;
    std::vector<RoleRecord> roles(OrgId root) const;  // ascending id

    // What the next custom role of the tree is called.
    RoleId next_role(OrgId root) const;

    // permissions(org, role) as set; empty where nothing was ever put.
    PermissionSet permissions(OrgId org, RoleId role) const;
    RoleValue role_value(OrgId org, RoleId role) const;
    bool is_linked(OrgId org, RoleId role) const;
    // The last push from `org` that was not undone; null: none.
    const PushRecord* last_push(OrgId org) const;
    const TransferRecord* transfer(TransferId id) const;
    // Null: nobody asked so in the last 24 h.
    const KeptAnswer* kept_answer(const TokenHash& key) const;

    const User* user_by_email(std::string_view folded_email) const;
    const Device* device_by_token(const TokenHash& token) const;
    // A pending membership by its link; a user by the reset that waits.
    const Membership* invitation_by_token(const TokenHash& token) const;
    const User* user_by_reset(const TokenHash& token) const;
    const LoginRecord* login_by_access(const TokenHash& access) const;
    const LoginRecord* login_by_refresh(const TokenHash& refresh) const;
    const LoginRecord* login_by_spent_refresh(const TokenHash& refresh) const;

    // Is `org` the org `above` itself or below it? One compare for known orgs; false for unknown.
    bool is_within(OrgId org, OrgId above) const;

    // The child of `parent` whose name compares equal (text.hpp); 0: none.
    OrgId child_named(OrgId parent, std::string_view folded_name) const;
    // The invitations that wait for an address nobody here has yet.
    std::vector<const Membership*> invitations_to(std::string_view folded_email) const;
    // 0: none.
    MembershipId membership_of(UserId user, OrgId org) const;

    // In ascending id. `after` is exclusive (0: from the start); `visit` returns false to stop.
    std::vector<OrgId> roots() const;
    std::vector<const Membership*> memberships_of(UserId user) const;
    template <class Visit>  // bool(const Membership&); as memberships_of, without a copy
    void memberships(UserId user, Visit&& visit) const;
    template <class Visit>  // bool(OrgId)
    void children(OrgId org, OrgId after, Visit&& visit) const;
    template <class Visit>  // bool(const Membership&)
    void members(OrgId org, MembershipId after, Visit&& visit) const;
    template <class Visit>  // bool(MembershipId); as members, without a look at them
    void member_ids(OrgId org, Visit&& visit) const;
    template <class Visit>  // bool(const Device&)
    void devices(OrgId org, DeviceId after, Visit&& visit) const;
    template <class Visit>  // bool(const LoginRecord&)
    void logins(UserId user, Visit&& visit) const;
    template <class Visit>  // bool(const TransferRecord&)
    void transfers_of(DeviceId device, TransferId after, Visit&& visit) const;
    // Every id of a kind that exists, ascending; for checkpoints, lists over all, and tests.
    template <class Visit>  // bool(const Org&)
    void all_orgs(OrgId after, Visit&& visit) const;
    template <class Visit>  // bool(const User&)
    void all_users(UserId after, Visit&& visit) const;
    template <class Visit>  // bool(const Membership&)
    void all_memberships(MembershipId after, Visit&& visit) const;
    template <class Visit>  // bool(const Device&)
    void all_devices(DeviceId after, Visit&& visit) const;
    template <class Visit>  // bool(const LoginRecord&)
    void all_logins(Visit&& visit) const;

    template <class Visit>  // bool(const TransferRecord&)
    void all_transfers(TransferId after, Visit&& visit) const;
    template <class Visit>  // bool(const PushRecord&)
    void all_pushes(Visit&& visit) const;
    template <class Visit>  // bool(const KeptAnswer&), oldest first
    void all_answers(Visit&& visit) const;
    template <class Visit>  // bool(const PermissionsRecord&)
    void all_permissions(Visit&& visit) const;

    // The next free numbers; `decide` takes ids from here, `apply` moves them on.
    const CountersPut& next() const { return next_; }

  private:
    friend class Applier;  // apply.cpp: the only one that changes a Directory

    struct BytesHash {
        std::uint64_t operator()(std::string_view text) const {
            return std::hash<std::string_view>{}(text);
        }
        // A token's hash is random already.
        std::uint64_t operator()(const TokenHash& token) const {
            std::uint64_t value = 0;
            std::memcpy(&value, token.data(), sizeof value);
            return value;
        }
    };
    struct Tree {
        std::map<RoleId, RoleRecord> roles;
        RoleId next_role{1};
        std::uint64_t revision = 0;
        std::uint64_t roles_changed_at = 0;
    };
    // Beside the orgs' rows, since a push moves those of a whole tree.
    struct OrgMarks {
        std::uint64_t changed_at = 0;
        std::uint64_t rights_changed_at = 0;
    };
    template <class T>
    struct Row : Counted {
        explicit Row(T what) : facts(std::move(what)) {}
        T facts;
    };
    template <class T>
    using Table = RadixMap<Shared<Row<T>>>;
    using Index = RadixMap<NumberSet>;  // from an org or user to the ids that belong to it
    struct RoleSet {
        RoleId role{};
        PermissionSet permissions;
        bool is_linked = false;
    };
    using RoleSets = std::vector<RoleSet>;  // ascending
    const RoleSet* role_set(OrgId org, RoleId role) const;

    template <class T>
    static const T* found(const Table<T>& table, std::uint64_t id) {
        const auto* row = table.find(id);
        return row == nullptr ? nullptr : &(*row)->facts;
    }
    template <class T, class Id>
    static std::vector<const T*> all_found(const Table<T>& table, const std::vector<Id>& ids) {
        std::vector<const T*> facts(ids.size());
        std::ranges::transform(table.find_all(numbers(ids)), facts.begin(), [](const auto* row) {
            return row == nullptr ? nullptr : &(*row)->facts;
        });
        return facts;
    }
    template <class Id>
    static std::vector<std::uint64_t> numbers(const std::vector<Id>& ids) {
        std::vector<std::uint64_t> all(ids.size());
        std::ranges::transform(ids, all.begin(), [](Id id) { return number(id); });
        return all;
    }
    // The row of the first id under the key's hash that has the key; null: none.
    template <class T, class Id, class Key, class Has>  // bool(const T&)
    static const T* found_by(const HashIndex<Id>& index, const Key& key, const Table<T>& table,
                             Has&& has) {
        const auto numbered = [&](Id id) { return found(table, static_cast<std::uint64_t>(id)); };
        return numbered(index.find(BytesHash{}(key), [&](Id id) {
            const T* row = numbered(id);
            return row != nullptr && has(*row);
        }));
    }
    // Calls visit(row) for each id of `index[of]` greater than `after`.
    template <class T, class Visit>
    static void visit_index(const Index& index, std::uint64_t of, std::uint64_t after,
                            const Table<T>& table, Visit& visit) {
        if (const NumberSet* ids = index.find(of)) {
            ids->visit(after, [&](std::uint64_t id) { return visit(*found(table, id)); });
        }
    }
    template <class T, class Visit>
    static void visit_table(const Table<T>& table, std::uint64_t after, Visit& visit) {
        table.visit(after,
                    [&](std::uint64_t, const Shared<Row<T>>& row) { return visit(row->facts); });
    }

    Revision revision_{};
    WireIds wire_;
    CountersPut next_;

    Table<Org> orgs_;
    Table<User> users_;
    Table<Membership> memberships_;
    Table<Device> devices_;
    Table<LoginRecord> logins_;
    Table<Tree> trees_;             // by root
    Table<RoleSets> permissions_;   // by org
    Table<PushRecord> pushes_;      // by org
    RadixMap<OrgMarks> org_marks_;  // by org
    Table<TransferRecord> transfers_;
    Table<KeptAnswer> answers_;  // by the order in which they came
    std::uint64_t next_answer_ = 1;

    Index children_, members_, devices_of_;  // by org
    Index memberships_of_, logins_of_;       // by user
    Index transfers_of_;                     // by device
    HashIndex<OrgId> children_by_name_;      // by "PARENT/folded name"
    HashIndex<UserId> users_by_email_;
    HashTrie<std::string, NumberSet, BytesHash> invitations_;  // by address
    HashIndex<DeviceId> devices_by_token_;                     // both of them, where one is staged
    HashIndex<MembershipId> invitations_by_token_;
    HashIndex<UserId> users_by_reset_;
    HashIndex<std::uint64_t> answers_by_key_;
    HashIndex<LoginId> logins_by_access_, logins_by_refresh_, logins_by_spent_;
};

template <class Visit>
void Directory::children(OrgId org, OrgId after, Visit&& visit) const {
    if (const NumberSet* ids = children_.find(number(org))) {
        ids->visit(number(after), [&](std::uint64_t id) { return visit(OrgId{id}); });
    }
}
template <class Visit>
void Directory::members(OrgId org, MembershipId after, Visit&& visit) const {
    visit_index(members_, number(org), number(after), memberships_, visit);
}
template <class Visit>
void Directory::member_ids(OrgId org, Visit&& visit) const {
    if (const NumberSet* ids = members_.find(number(org))) {
        ids->visit(0, [&](std::uint64_t id) { return visit(MembershipId{id}); });
    }
}
template <class Visit>
void Directory::memberships(UserId user, Visit&& visit) const {
    visit_index(memberships_of_, number(user), 0, memberships_, visit);
}
template <class Visit>
void Directory::devices(OrgId org, DeviceId after, Visit&& visit) const {
    visit_index(devices_of_, number(org), number(after), devices_, visit);
}
template <class Visit>
void Directory::logins(UserId user, Visit&& visit) const {
    visit_index(logins_of_, number(user), 0, logins_, visit);
}
template <class Visit>
void Directory::all_orgs(OrgId after, Visit&& visit) const {
    visit_table(orgs_, number(after), visit);
}
template <class Visit>
void Directory::all_users(UserId after, Visit&& visit) const {
    visit_table(users_, number(after), visit);
}
template <class Visit>
void Directory::all_memberships(MembershipId after, Visit&& visit) const {
    visit_table(memberships_, number(after), visit);
}
template <class Visit>
void Directory::all_devices(DeviceId after, Visit&& visit) const {
    visit_table(devices_, number(after), visit);
}
template <class Visit>
void Directory::all_logins(Visit&& visit) const {
    visit_table(logins_, 0, visit);
}

template <class Visit>
void Directory::transfers_of(DeviceId device, TransferId after, Visit&& visit) const {
    visit_index(transfers_of_, number(device), number(after), transfers_, visit);
}
template <class Visit>
void Directory::all_transfers(TransferId after, Visit&& visit) const {
    visit_table(transfers_, number(after), visit);
}
template <class Visit>
void Directory::all_pushes(Visit&& visit) const {
    visit_table(pushes_, 0, visit);
}
template <class Visit>
void Directory::all_answers(Visit&& visit) const {
    visit_table(answers_, 0, visit);
}

template <class Visit>
void Directory::all_permissions(Visit&& visit) const {
    permissions_.visit(0, [&](std::uint64_t org, const Shared<Row<RoleSets>>& sets) {
        for (const RoleSet& set : sets->facts) {
            if (!visit(PermissionsRecord{OrgId{org}, set.role, set.permissions, set.is_linked})) {
                return false;
            }
        }
        return true;
    });
}

using World = std::shared_ptr<const Directory>;

// `before` after `change`; its revision is one more. Can't fail: decide has seen to that.
Directory apply(Directory before, const Change& change);
// The events of a checkpoint, in order, such that applying them all to an empty Directory at once
// gives an equal one (restore). `emit` is called per event.
void emit_events(const Directory& directory, const std::function<void(const Event&)>& emit);
template <class Emit>  // void(const Event&)
void to_events(const Directory& directory, Emit&& emit) {
    emit_events(directory, std::ref(emit));
}
// A Directory at `revision` from a checkpoint's events.
Directory restore(Revision revision, const std::vector<Event>& events);

}  // namespace treeline
