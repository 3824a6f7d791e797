// The lines of a change: which orgs it belongs to, and what was before and after.
#include "broker/registry/audit_derive.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

#include "broker/registry/audit_fields.hpp"
#include "proto/utf8.hpp"

namespace treeline {
namespace {

using Fields = std::vector<audit::NamedValue>;
using SharedFields = std::shared_ptr<const Fields>;

// One thing that a change has touched, as one org may read it.
struct Item {
    std::string object;
    SharedFields fields;  // "before.name", "after.name"
};

const Said* find(const Saying& saying, const std::string& name) {
    const auto found = std::ranges::find(saying, name, &Said::name);
    return found == saying.end() ? nullptr : &*found;
}

void put(Fields& out, const char* when, const Said& said) {
    if (!said.value.empty()) {
        out.push_back({when + said.name, said.is_secret ? "set" : proto::to_utf8(said.value)});
    }
}

// Only what differs. What was not there before, or is not any more, says all that it has.
Fields difference(const Saying& before, const Saying& after) {
    Fields out;
    for (const Said& was : before) {
        const Said* const is = find(after, was.name);
        if (is == nullptr || is->value != was.value) {
            put(out, "before.", was);
        }
    }
    for (const Said& is : after) {
        const Said* const was = find(before, is.name);
        if (was == nullptr || was->value != is.value) {
            put(out, "after.", is);
        }
    }
    return out;
}

// The fields of a device that both orgs of a transfer read; the rest is the giving org's past.
Saying of_transfer(const Saying& all) {
    Saying out;
    for (const Said& said : all) {
        if (said.name == "org" || said.name == "owner" || said.name == "ownership_epoch") {
            out.push_back(said);
        }
    }
    return out;
}

class Deriver {
  public:
    Deriver(const Directory& before, const Change& change, const Directory& after)
        : before_(before), after_(after), change_(change) {}

    bool each_line(const std::function<bool(AuditLine)>& take) {
        if (!take_login()) {
            for (const Event& event : change_.events) {
                std::visit([this](const auto& e) { on(e); }, event);
            }
        }
        return std::ranges::all_of(
            items_, [&](const auto& of_org) { return take(line(of_org.first, of_org.second)); });
    }

  private:
    void on(const OrgPut& e) {
        const Org* const was = before_.org(e.org.id);
        const Fields fields =
            difference(was == nullptr ? Saying{} : say(wire(), *was), say(wire(), e.org));
        const std::string object = reference(wire(), e.org.id);
        add(e.org.id, object, fields);
        add(e.org.parent, object, fields);
        if (was != nullptr && was->parent != e.org.parent) {
            add(was->parent, object, fields);
        }
    }
    void on(const OrgRemoved& e) {
        if (const Org* const was = before_.org(e.org)) {
            const Fields fields = difference(say(wire(), *was), {});
            add(e.org, reference(wire(), e.org), fields);
            add(was->parent, reference(wire(), e.org), fields);
        }
    }
    void on(const UserPut& e) {
        const User* const was = before_.user(e.user.id);
        add_of_user(e.user.id,
                    difference(was == nullptr ? Saying{} : say(wire(), *was), say(wire(), e.user)));
        blame(e.user.id);
    }
    void on(const UserRemoved& e) {
        if (const User* const was = before_.user(e.user)) {
            add_of_user(e.user, difference(say(wire(), *was), {}));
        }
    }
    void on(const MembershipPut& e) {
        const Membership* const was = before_.membership(e.membership.id);
        const std::string object = reference(wire(), e.membership.id);
        Fields fields =
            difference(was == nullptr ? Saying{} : say(wire(), *was), say(wire(), e.membership));
        if (was != nullptr && was->org != e.membership.org) {  // a user who is transferred
            fields.push_back({"before.org", reference(wire(), was->org)});
            fields.push_back({"after.org", reference(wire(), e.membership.org)});
            add(was->org, object, fields);
        }
        add(e.membership.org, object, fields);
        if (e.membership.status == MembershipStatus::active) {
            blame(e.membership.user);
        }
    }
    void on(const MembershipRemoved& e) {
        if (const Membership* const was = before_.membership(e.membership)) {
            add(was->org, reference(wire(), was->id), difference(say(wire(), *was), {}));
        }
    }
    void on(const RolePut& e) {
        const RoleRecord* const was = before_.role(e.role.root, e.role.id);
        add(e.role.root, reference(e.role.id),
            difference(was == nullptr ? Saying{} : say(*was), say(e.role)));
    }
    void on(const RoleRemoved& e) {
        if (const RoleRecord* const was = before_.role(e.root, e.role)) {
            add(e.root, reference(e.role), difference(say(*was), {}));
        }
    }
    void on(const PermissionsPut& e) { add_set(e.permissions.org, e.permissions.role); }
    void on(const PushPut& e) {
        add(e.push.org, reference(wire(), e.push.org),
            {{"after.pairs", std::to_string(pairs_of(e.push))}});
        for (const PushGroup& group : e.push.groups) {
            for (const OrgId org : group.orgs) {
                add_set(org, group.role);
            }
        }
    }
    void on(const DevicePut& e) {
        const Device* const was = before_.device(e.device.id);
        const std::string object = reference(wire(), e.device.id);
        const Saying now = say(wire(), e.device);
        if (was == nullptr || was->org == e.device.org) {
            add(e.device.org, object,
                difference(was == nullptr ? Saying{} : say(wire(), *was), now));
            return;
        }
        const Saying then = say(wire(), *was);
        Fields given = difference(then, of_transfer(now));
        std::erase_if(given, [&](const audit::NamedValue& field) {
            const Said* const is = find(now, field.name.substr(std::size("before.") - 1));
            const Said* const had = find(then, field.name.substr(std::size("before.") - 1));
            return field.name.starts_with("before.") && is != nullptr && had != nullptr &&
                   is->value == had->value;
        });
        add(was->org, object, given);
        add(e.device.org, object, difference(of_transfer(then), of_transfer(now)));
    }
    void on(const DeviceRemoved& e) {
        if (const Device* const was = before_.device(e.device)) {
            add(was->org, reference(wire(), e.device), difference(say(wire(), *was), {}));
        }
    }
    void on(const TransferPut& e) {
        const TransferRecord& transfer = e.transfer;
        const TransferRecord* const was = before_.transfer(transfer.id);
        const Fields fields =
            difference(was == nullptr ? Saying{} : say(wire(), *was), say(wire(), transfer));
        const std::string object = reference(wire(), transfer.id);
        add(transfer.from_org, object, fields);
        const OrgId target = transfer.into_org != OrgId{} ? transfer.into_org : transfer.to_org;
        if (target != transfer.from_org) {
            add(target, object, fields);
        }
    }
    template <class Other>
    void on(const Other&) {}

    // A sign-in, a sign-out, or a refresh token in two hands; a plain refresh is no entry.
    bool take_login() {
        const bool is_refresh = change_.command == "refresh_login";
        if (!is_refresh && change_.command != "sign_in" && change_.command != "sign_out") {
            return false;
        }
        const Event& event = change_.events.back();
        const auto* const put = std::get_if<LoginPut>(&event);
        const auto* const removed = std::get_if<LoginRemoved>(&event);
        const LoginRecord* const login = put != nullptr       ? &put->login
                                         : removed != nullptr ? before_.login(removed->login)
                                                              : nullptr;
        if (login == nullptr || (is_refresh && put != nullptr)) {
            return true;
        }
        action_ = is_refresh ? "refresh_reused" : change_.command;
        blame(login->user);
        add(home_of(login->user), reference(wire(), login->user),
            {{put != nullptr ? "after.session" : "before.session", reference(wire(), login->id)}});
        return true;
    }

    void add(OrgId org, const std::string& object, const Fields& fields) {
        add(org, object, std::make_shared<const Fields>(fields));
    }
    void add(OrgId org, const std::string& object, const SharedFields& fields) {
        if (!fields->empty() && (before_.org(org) != nullptr || after_.org(org) != nullptr)) {
            items_[org].push_back({object, fields});
        }
    }
    // An account belongs to every org that has it for a member.
    void add_of_user(UserId user, const Fields& fields) {
        std::vector<OrgId> orgs;
        for (const Directory* directory : {&before_, &after_}) {
            for (const Membership* membership : directory->memberships_of(user)) {
                if (membership->status == MembershipStatus::active) {
                    orgs.push_back(membership->org);
                }
            }
        }
        std::ranges::sort(orgs);
        orgs.erase(std::unique(orgs.begin(), orgs.end()), orgs.end());
        for (const OrgId org : orgs) {
            add(org, reference(wire(), user), fields);
        }
    }
    // The set of one pair, and of the orgs below that follow it.
    void add_set(OrgId org, RoleId role) {
        add(org, reference(role),
            set_difference({before_.permissions(org, role), before_.is_linked(org, role)},
                           {after_.permissions(org, role), after_.is_linked(org, role)}));
        after_.children(org, OrgId{}, [&](OrgId child) {
            const bool follows = after_.is_linked(child, role) && before_.is_linked(child, role);
            if (follows && before_.permissions(child, role) != after_.permissions(child, role)) {
                add_set(child, role);
            }
            return true;
        });
    }
    // A push changes one org's set as it did the last one's, nearly always.
    const SharedFields& set_difference(const RoleValue& before, const RoleValue& after) {
        if (last_set_.fields == nullptr || before != last_set_.before || after != last_set_.after) {
            last_set_ = {before, after,
                         std::make_shared<const Fields>(
                             difference(say(before.permissions, before.is_linked),
                                        say(after.permissions, after.is_linked)))};
        }
        return last_set_.fields;
    }
    static std::size_t pairs_of(const PushRecord& push) {
        std::size_t pairs = 0;
        for (const PushGroup& group : push.groups) {
            pairs += group.orgs.size();
        }
        return pairs;
    }

    // Who it was, where the broker carried it out for somebody who had no session: the first
    // account that an acceptance or a reset has changed.
    void blame(UserId user) {
        if (!person_) {
            person_ = user;
        }
    }
    UserId actor() const {
        const bool by_mail =
            change_.command == "accept_invitation" || change_.command == "finish_reset";
        const bool by_login = !action_.empty();
        return change_.actor == UserId{} && (by_mail || by_login) ? person_.value_or(UserId{})
                                                                  : change_.actor;
    }
    OrgId home_of(UserId user) const {
        const User* const found = before_.user(user);
        const Membership* const home = found == nullptr ? nullptr : before_.membership(found->home);
        return home == nullptr ? OrgId{} : home->org;
    }

    AuditLine line(OrgId org, const std::vector<Item>& items) const {
        const Directory& directory = after_.org(org) != nullptr ? after_ : before_;
        const bool by_device = change_.command == "set_device_meta";
        AuditLine out = open_line(directory, {.org = org,
                                              .actor = actor(),
                                              .device = by_device ? items.front().object : "",
                                              .at = change_.at,
                                              .action = action_.empty() ? change_.command : action_,
                                              .outcome = "done",
                                              .object = items.front().object,
                                              .from = change_.from});
        out.fields.insert(out.fields.end(), items.front().fields->begin(),
                          items.front().fields->end());
        for (std::size_t i = 1; i < items.size(); ++i) {
            const std::string prefix = "also." + std::to_string(i) + ".";
            out.fields.push_back({prefix + "object", items[i].object});
            for (const audit::NamedValue& field : *items[i].fields) {
                out.fields.push_back({prefix + field.name, field.value});
            }
        }
        return out;
    }

    const WireIds& wire() const { return after_.wire(); }

    const Directory& before_;
    const Directory& after_;
    const Change& change_;
    std::map<OrgId, std::vector<Item>> items_;
    std::string action_;  // where it is not the command's name
    std::optional<UserId> person_;
    struct {
        RoleValue before, after;
        SharedFields fields;
    } last_set_;
};

OrgId home_org_of(const Directory& directory, UserId user) {
    const User* const found = directory.user(user);
    const Membership* const home = found == nullptr ? nullptr : directory.membership(found->home);
    return home == nullptr ? OrgId{} : home->org;
}

}  // namespace

bool each_audit_line(const Directory& before, const Change& change, const Directory& after,
                     const std::function<bool(AuditLine)>& take) {
    return Deriver(before, change, after).each_line(take);
}

AuditLine open_line(const Directory& directory, const AuditOpening& opening) {
    const WireIds& wire = directory.wire();
    const Org* const org = directory.org(opening.org);
    const std::uint64_t revision = org == nullptr ? 0 : directory.tree_revision(org->root);
    std::string actor = std::string(opening.device);
    if (actor.empty()) {
        actor = opening.actor == UserId{} ? "server" : reference(wire, opening.actor);
    }
    AuditLine line{opening.org, opening.actor, opening.at, {}};
    const auto add = [&](const char* name, std::string_view value) {
        if (!value.empty()) {
            line.fields.push_back({name, proto::to_utf8(value)});
        }
    };
    add("at_ms", std::to_string(to_unix_ms(opening.at)));
    add("org", reference(wire, opening.org));
    add("revision", std::to_string(revision));
    add("actor", actor);
    add("actor_org", reference(wire, home_org_of(directory, opening.actor)));
    add("action", opening.action);
    add("outcome", opening.outcome);
    add("object", opening.object);
    add("from", opening.from);
    return line;
}

}  // namespace treeline
