// Nobody climbs: sequences of every command there is, by anybody, in random worlds. After each
// accepted one, nobody has gained anything anywhere but from a source that its kind may have.
#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "broker/authority/permit.hpp"
#include "broker/domain/decide.hpp"
#include "tests/property/drawn_command.hpp"
#include "tests/property/random_world.hpp"

namespace treeline::property {
namespace {

using model::Id;
using model::Names;

// Refused to everybody so far, so that none of these needs to have been accepted. Whoever carries
// one out takes it from this list.
const std::set<std::string> not_yet{"stage_token"};

struct Step {
    const Directory& before;
    const Directory& after;
    const Attempt& attempt;
    UnixTime now;
    model::World was{};
    model::World is{};
};

void add(Names& to, const Names& from) {
    to.insert(from.begin(), from.end());
}

// All that somebody may do in an org or hand on there, reading from above included: what a device
// without an owner would let him do stands for org_devices.
Names all_at(model::World& world, Id user, Id org, model::Instant now) {
    Names all = model::held(world, user, org, now);
    add(all, model::org_permissions(world, user, org, now));
    constexpr Id phantom = 1'000'000;
    world.devices.push_back({phantom, org, 0, "phantom"});
    for (const std::string& right : model::device_rights(world, user, phantom, now)) {
        all.insert("org_devices." + right);
    }
    world.devices.pop_back();
    return all;
}

// What would be held if nobody and nothing were suspended or pending: resuming only wakes it.
model::World awake(model::World world) {
    for (model::Org& org : world.orgs) {
        org.suspended = false;
    }
    for (model::User& user : world.users) {
        user.status = "active";
    }
    return world;
}

// What a grantor could give: held now and, as a grant ends no later than its granter's own, then.
Names lasting(const Step& step, UserId grantor, Id org, model::Instant then) {
    Names both;
    const Names later = model::held(step.was, number(grantor), org, then);
    for (const auto& name : model::held(step.was, number(grantor), org, to_unix_ms(step.now))) {
        if (later.count(name) == 1) {
            both.insert(name);
        }
    }
    return both;
}

UserId maker_of(const Step& step) {
    MembershipId id{};
    if (const auto* accepted = std::get_if<AcceptMembership>(&step.attempt.command)) {
        id = accepted->membership;
    } else if (const auto* mailed = std::get_if<AcceptInvitation>(&step.attempt.command)) {
        const Membership* found = step.before.invitation_by_token(mailed->token);
        id = found == nullptr ? MembershipId{} : found->id;
    }
    const Membership* membership = step.before.membership(id);
    return membership == nullptr ? UserId{} : membership->granted_by;
}

template <class... Kinds>
bool is_any(const Command& command) {
    return (std::holds_alternative<Kinds>(command) || ...);
}

// The sources that the kind of command may give from, to `user` at `org`:
// a set that is changed gives what the actor holds there now; a grant, what he holds now and then;
// an acceptance, the same of whoever made the offer; a new or moved org has by the tree what its
// parent has; waking gives what slept; another tree is its first admin's; all else gives nothing.
Names allowed(Step& step, Id user, Id org, model::Instant then) {
    const Command& command = step.attempt.command;
    const UserId* actor = step.attempt.actor.user();
    const UserId asker = actor == nullptr ? UserId{} : *actor;
    if (is_any<PutPermissions, Push, UndoPush, DeleteRole>(command)) {
        return model::held(step.was, number(asker), org, to_unix_ms(step.now));
    }
    if (is_any<CreateUser, CreateMembership, PatchMembership, TransferUser>(command)) {
        return lasting(step, asker, org, then);
    }
    if (is_any<ResumeOrg, ResumeUser, FinishReset>(command)) {
        model::World woken = awake(step.was);
        return all_at(woken, user, org, then);
    }
    if (is_any<AcceptMembership, AcceptInvitation>(command)) {
        Names all = lasting(step, maker_of(step), org, then);
        model::World woken = awake(step.was);
        add(all, all_at(woken, user, org, then));
        return all;
    }
    if (is_any<CreateOrg, MoveOrg>(command)) {
        model::World woken = awake(step.was);
        const auto* made = std::get_if<CreateOrg>(&command);
        Names all = all_at(woken, user, org, then);
        add(all, all_at(woken, user,
                        number(made ? made->parent : std::get<MoveOrg>(command).parent), then));
        return all;
    }
    const bool is_new_tree =
        std::holds_alternative<CreateRoot>(command) && step.before.org(OrgId{org}) == nullptr;
    return is_new_tree ? model::default_permissions(1) : Names{};
}

// Every instant at which somebody's rights change, the one before it, now, and the far future.
std::set<model::Instant> instants_of(const Step& step) {
    const model::Instant now = to_unix_ms(step.now);
    std::set<model::Instant> found{now, now + 1'000'000'000};
    for (const model::World* world : {&step.was, &step.is}) {
        for (const model::Membership& membership : world->memberships) {
            for (const auto& edge : {membership.not_before, membership.not_after}) {
                if (edge && *edge > now) {
                    found.insert(*edge);
                }
            }
        }
    }
    return found;
}

void expect_no_climb(Step& step) {
    for (const model::Instant then : instants_of(step)) {
        for (const model::User& user : step.is.users) {
            for (const model::Org& org : step.is.orgs) {
                const Names had = all_at(step.was, user.id, org.id, then);
                Names gained;
                for (const std::string& name : all_at(step.is, user.id, org.id, then)) {
                    if (had.count(name) == 0) {
                        gained.insert(name);
                    }
                }
                if (!gained.empty()) {
                    const Names may = allowed(step, user.id, org.id, then);
                    RC_LOG() << kind_name(step.attempt.command) << " gave " << *gained.begin()
                             << " to " << user.id << " at " << org.id << '\n';
                    RC_ASSERT(std::ranges::includes(may, gained));
                }
            }
        }
    }
}

// Nobody acts upward: what the actor ended or changed of others' gave nothing where it stood that
// he does not hold there. Suspending, moving and deleting orgs are acts on orgs.
void expect_not_upward(Step& step) {
    const UserId* actor = step.attempt.actor.user();
    if (actor == nullptr ||
        !is_any<PatchMembership, EndMembership, DeleteUser, TransferUser>(step.attempt.command)) {
        return;
    }
    step.before.all_memberships(MembershipId{}, [&](const Membership& had) {
        const Membership* has = step.after.membership(had.id);
        const bool is_same = has != nullptr && has->role == had.role && has->org == had.org &&
                             has->not_before == had.not_before && has->not_after == had.not_after;
        if (!is_same && had.user != *actor && had.status == MembershipStatus::active) {
            const Id org = number(had.org);
            RC_ASSERT(std::ranges::includes(
                model::held(step.was, number(*actor), org, to_unix_ms(step.now)),
                model::effective(model::set_of(step.was, org, number(had.role)))));
        }
        const bool is_own = had.user == *actor && has != nullptr &&
                            std::holds_alternative<PatchMembership>(step.attempt.command);
        RC_ASSERT((!is_own || has->role == had.role));
        return true;
    });
}

// Nobody takes an account over: a password is set, a session ended and a user woken only with the
// permission in every org of his memberships.
void expect_account_in_reach(const Step& step, const std::string& permission, UserId user) {
    const UserId* actor = step.attempt.actor.user();
    if (actor == nullptr || *actor == user) {
        return;
    }
    for (const Membership* membership : step.before.memberships_of(user)) {
        if (membership->status == MembershipStatus::active) {
            RC_ASSERT(model::org_permissions(step.was, number(*actor), number(membership->org),
                                             to_unix_ms(step.now))
                          .count(permission) == 1);
        }
    }
}

void expect_accounts_kept(const Step& step) {
    const Command& command = step.attempt.command;
    if (const auto* set = std::get_if<SetPassword>(&command)) {
        expect_account_in_reach(step, "users.set_password", set->user);
    } else if (const auto* out = std::get_if<ForceLogout>(&command)) {
        expect_account_in_reach(step, "users.force_logout", out->user);
    } else if (const auto* suspended = std::get_if<SuspendUser>(&command)) {
        expect_account_in_reach(step, "users.suspend", suspended->user);
    } else if (const auto* resumed = std::get_if<ResumeUser>(&command)) {
        expect_account_in_reach(step, "users.suspend", resumed->user);
    } else if (const auto* patched = std::get_if<PatchUser>(&command)) {
        expect_account_in_reach(step, "users.edit", patched->user);
    } else if (const auto* deleted = std::get_if<DeleteUser>(&command)) {
        if (step.after.user(deleted->user) == nullptr) {
            expect_account_in_reach(step, "users.delete", deleted->user);
        }
    }
}

// An address that is proven for the first time ends every session and replaces the password; and
// no session accepts what was sent to an address before that.
void expect_addresses_proven(const Step& step) {
    step.after.all_users(UserId{}, [&](const User& user) {
        const User* had = step.before.user(user.id);
        if (had != nullptr && !had->email_verified_at && user.email_verified_at) {
            RC_ASSERT((is_any<FinishReset, AcceptInvitation>(step.attempt.command)));
            RC_ASSERT(user.auth_epoch > had->auth_epoch);
            RC_ASSERT(user.password_verifier == "proven");
            std::size_t sessions = 0;
            step.after.logins(user.id, [&](const LoginRecord&) { return ++sessions == 0; });
            RC_ASSERT(sessions == 0U);
        }
        return true;
    });
    if (is_any<AcceptMembership, DeclineMembership>(step.attempt.command)) {
        RC_ASSERT(step.before.user(*step.attempt.actor.user())->email_verified_at.has_value());
    }
}

// Nobody makes himself owner: a device changes hands only by its `transfer`, by an acceptance of
// an offer whose maker still has it, or with its owner when he is moved.
void expect_devices_kept(const Step& step) {
    const Command& command = step.attempt.command;
    step.after.all_devices(DeviceId{}, [&](const Device& device) {
        const Device* had = step.before.device(device.id);
        const bool keeps =
            had == nullptr ||
            (had->org == device.org && (had->owner == device.owner || device.owner == UserId{}));
        if (keeps || std::holds_alternative<TransferUser>(command)) {
            return true;
        }
        UserId entitled =
            step.attempt.actor.user() == nullptr ? UserId{} : *step.attempt.actor.user();
        if (const auto* answer = std::get_if<AnswerTransfer>(&command)) {
            entitled = step.before.transfer(answer->transfer)->made_by;
        }
        RC_ASSERT((is_any<SetOwner, CreateTransfer, AnswerTransfer>(command)));
        RC_ASSERT(model::device_rights(step.was, number(entitled), number(device.id),
                                       to_unix_ms(step.now))
                      .count("transfer") == 1);
        return true;
    });
}

void expect_lawful(Step& step) {
    step.was = model_of(step.before);
    step.is = model_of(step.after);
    expect_no_climb(step);
    expect_not_upward(step);
    expect_accounts_kept(step);
    expect_addresses_proven(step);
    expect_devices_kept(step);
}

// As registry/batch does. nullopt: refused, or nothing to do.
std::optional<Directory> outcome(const Directory& before, Attempt& attempt, UnixTime now) {
    attempt.command = with_standing(before, attempt.actor, attempt.command, now);
    if (permit(before, attempt.actor, attempt.command, now)) {
        return std::nullopt;
    }
    const auto decided = decide(before, attempt.actor, attempt.command, now, {});
    if (!decided || decided->change.events.empty()) {
        return std::nullopt;
    }
    return apply(before, decided->change);
}

// More admins and default sets than a random world has, so that much is permitted.
model::World draw_start(std::mt19937_64& random) {
    model::World world = draw_world({6, 4, 4});
    for (model::Set& set : world.sets) {
        if (random() % 4 != 0) {
            set.permissions = model::default_permissions(set.role);
        }
        if (random() % 2 == 0) {
            // Somebody who may do much, but does not hold all that he might want to give.
            std::erase_if(set.permissions, [&](const std::string& name) {
                const bool is_lever = name.starts_with("users.") || name.starts_with("roles.") ||
                                      name.starts_with("suborgs.");
                return !is_lever && random() % 4 == 0;
            });
        }
    }
    for (model::Membership& membership : world.memberships) {
        membership.role = random() % 2 == 0 ? 1 : membership.role;
        membership.pending = false;  // the ones that wait come from commands
    }
    return world;
}

using Tally = std::map<std::string, int>;

template <class Kind, std::size_t Index = 0>
constexpr std::size_t index_of_kind() {
    if constexpr (std::is_same_v<std::variant_alternative_t<Index, Command>, Kind>) {
        return Index;
    } else {
        return index_of_kind<Kind, Index + 1>();
    }
}

// Any kind; but what was just offered is often answered, which by chance alone seldom happens.
std::size_t draw_kind(std::mt19937_64& random, std::size_t last) {
    const std::uint64_t luck = random() % 4;
    if (last == index_of_kind<CreateMembership>() && luck != 0) {
        return luck == 1 ? index_of_kind<DeclineMembership>() : index_of_kind<AcceptMembership>();
    }
    return random() % std::variant_size_v<Command>;
}

#if __has_feature(address_sanitizer)
// 16 times as slow, and there to find bad memory: few steps, and some kinds may be left out.
constexpr int steps = 20;
constexpr bool wants_every_kind = false;
#else
constexpr int steps = 80;
constexpr bool wants_every_kind = true;
#endif

void run_sequence(Tally& accepted, std::mt19937_64& random) {
    Directory directory = directory_of(draw_start(random));
    UnixTime now = at(noon);
    std::size_t kind = 0;
    for (int i = 0; i < steps; ++i) {
        kind = draw_kind(random, kind);
        for (int tries = 0; tries < 40; ++tries) {
            Draw draw(random, directory, now);
            Attempt attempt = draw_command(draw, kind);
            accepted[std::string(kind_name(attempt.command))] += 0;
            if (auto after = outcome(directory, attempt, now)) {
                Step step{directory, *after, attempt, now};
                expect_lawful(step);
                ++accepted[std::string(kind_name(attempt.command))];
                directory = std::move(*after);
                break;
            }
        }
        now += Millis{static_cast<std::int64_t>(random() % 200)};
    }
}

bool lacks_any(const Tally& accepted) {
    const auto is_missing = [](const auto& one) {
        return one.second == 0 && not_yet.count(one.first) == 0;
    };
    return accepted.empty() || (wants_every_kind && std::ranges::any_of(accepted, is_missing));
}

TEST(NobodyClimbs, by_any_sequence_of_any_commands) {
    Tally accepted;
    bool holds = true;
    // A short sequence may leave a kind out: on until each was carried out somewhere.
    for (int round = 0; round < 10 && holds && lacks_any(accepted); ++round) {
        holds = rc::check("any sequence of any commands", [&] {
            std::mt19937_64 random(*rc::gen::arbitrary<std::uint64_t>());
            run_sequence(accepted, random);
        });
    }
    EXPECT_TRUE(holds);
    for (const auto& [kind, count] : accepted) {
        testing::Test::RecordProperty(kind, count);
        EXPECT_TRUE(!wants_every_kind || count > 0 || not_yet.count(kind) == 1)
            << kind << " was never accepted";
    }
}

}  // namespace
}  // namespace treeline::property
