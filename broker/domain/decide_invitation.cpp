// The rules for invitations: made, sent again, accepted by mail (tenancy.md §2, §5).
#include <chrono>
#include <utility>

#include "broker/domain/decide_rules.hpp"
#include "broker/domain/text.hpp"

namespace treeline {
namespace {

constexpr std::chrono::hours invitation_lifetime{30 * 24};
constexpr std::size_t field_size_max = 80;

Refusal gone() {
    return refuse(RefusalCode::gone, "This invitation is not open any more.");
}

// "2026-12-24", in UTC.
std::string day_of(UnixTime time) {
    const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(time)};
    const auto two = [](unsigned n) { return (n < 10 ? "0" : "") + std::to_string(n); };
    return std::to_string(static_cast<int>(day.year())) + "-" +
           two(static_cast<unsigned>(day.month())) + "-" + two(static_cast<unsigned>(day.day()));
}

// Only its receiver reads which of the two it is: an account that has proven its address keeps its
// password, everybody else needs one.
OutgoingMail letter(const Scene& scene, const MembershipRecord& membership,
                    const std::string& nonce) {
    const Directory& directory = scene.directory;
    const Org& org = *directory.org(membership.org);
    const User* known = directory.user_by_email(membership.invited_email);
    const bool has_password = known != nullptr && known->email_verified_at.has_value();
    OutgoingMail mail{
        membership.invited_email.str(),
        has_password ? MailKind::membership_invitation : MailKind::invitation,
        {{"nonce", nonce}, {"org", org.name}, {"expires", day_of(membership.invite->expires_at)}}};
    if (const RoleRecord* role = directory.role(org.root, membership.role)) {
        mail.values["role"] = role->name;
    }
    if (const User* maker = directory.user(membership.granted_by)) {
        mail.values["inviter"] = maker->name;
    }
    return mail;
}

Objection check_details(const Scene& scene, const Invite& command) {
    if (!command.name.empty()) {
        if (auto objection = check_name(scene, command.name)) {
            return objection;
        }
    }
    for (const std::string* text : {&command.phone, &command.locale}) {
        if (!text->empty() && !is_valid_name(*text, field_size_max)) {
            return refuse(RefusalCode::invalid, "A phone or locale is too long or not text.");
        }
    }
    return std::nullopt;
}

bool is_open(const Scene& scene, const Membership& invitation) {
    const bool is_over = invitation.not_after && *invitation.not_after <= scene.now;
    return invitation.status == MembershipStatus::pending && invitation.user == UserId{} &&
           !is_over && (!invitation.invite || scene.now < invitation.invite->expires_at);
}

MembershipRecord accepted(const Membership& invitation, UserId user) {
    MembershipRecord next = invitation;
    next.user = user;
    next.status = MembershipStatus::active;
    next.invited_email.clear();
    next.invite.reset();
    return next;
}

// The account that an address nobody here had yet becomes.
UserRecord new_account(const Scene& scene, const Membership& invitation) {
    UserRecord user;
    user.id = UserId{scene.directory.next().next_user};
    user.email = invitation.invited_email;
    if (invitation.invite) {
        user.name = invitation.invite->name;
        user.phone = invitation.invite->phone;
        user.locale = invitation.invite->locale;
    }
    user.timezone = scene.directory.org(invitation.org)->timezone;
    user.status = UserStatus::active;
    user.created_at = scene.now;
    return user;
}

Objection check_acceptance(const Membership& invitation, const User* known,
                           const AcceptInvitation& command) {
    if (!command.email.empty() && fold_email(command.email) != invitation.invited_email) {
        return refuse(RefusalCode::forbidden, "It was sent to another address.");
    }
    if (known != nullptr && known->status == UserStatus::suspended) {
        return refuse(RefusalCode::forbidden, "This account is suspended.");
    }
    const bool needs_password = known == nullptr || !known->email_verified_at;
    if (needs_password && command.password_verifier.empty()) {
        return refuse(RefusalCode::invalid, "A password is needed.");
    }
    return std::nullopt;
}

}  // namespace

Decision invite(const Scene& scene, MembershipRecord membership, const MailedToken& token) {
    if (!membership.invite) {
        membership.invite.emplace();
    }
    membership.invite->token = token.hash;
    membership.invite->created_at = scene.now;
    membership.invite->expires_at = scene.now + invitation_lifetime;
    Decision made = decision(number(membership.id));
    for (const Membership* other : scene.directory.invitations_to(membership.invited_email)) {
        if (other->org == membership.org && other->id != membership.id) {
            made.change.events.emplace_back(MembershipRemoved{other->id});  // it has expired
        }
    }
    made.change.mail.push_back(letter(scene, membership, token.nonce));
    made.change.events.emplace_back(MembershipPut{std::move(membership)});
    return made;
}

Decided<Decision> decide_on(const Scene& scene, const Invite& command) {
    if (auto objection = check_details(scene, command)) {
        return *objection;
    }
    auto membership = new_membership(scene, {.org = command.org,
                                             .user = {},
                                             .email = command.email,
                                             .role = command.role,
                                             .not_before = command.not_before,
                                             .not_after = command.not_after});
    if (!membership) {
        return membership.error();
    }
    InviteRecord& details = membership->invite.emplace();
    details.name = command.name;
    details.phone = command.phone;
    details.locale = command.locale;
    return invite(scene, std::move(*membership), command.token);
}

// Whoever sends it again vouches for it: it is checked against his rights from now on.
Decided<Decision> decide_on(const Scene& scene, const ResendInvitation& command) {
    const Membership* invitation = scene.directory.membership(command.invitation);
    if (invitation == nullptr || invitation->status != MembershipStatus::pending ||
        invitation->invited_email.empty()) {
        return refuse(RefusalCode::not_found);
    }
    MembershipRecord next = *invitation;
    next.granted_by = scene.acting_user();
    if (auto objection = check_window(scene, next, true)) {
        return *objection;
    }
    return invite(scene, std::move(next), command.token);
}

Decided<Decision> decide_on(const Scene& scene, const AcceptInvitation& command) {
    const Membership* invitation = scene.directory.invitation_by_token(command.token);
    if (invitation == nullptr || !is_open(scene, *invitation)) {
        return gone();
    }
    const User* known = scene.directory.user_by_email(invitation->invited_email);
    if (known != nullptr &&
        scene.directory.membership_of(known->id, invitation->org) != MembershipId{}) {
        return gone();
    }
    if (auto objection = check_acceptance(*invitation, known, command)) {
        return *objection;
    }
    UserRecord user;
    if (known != nullptr) {
        user = *known;
    } else {
        user = new_account(scene, *invitation);
        if (!command.name.empty()) {
            user.name = command.name;
        }
        if (auto objection = check_name(scene, user.name)) {
            return *objection;
        }
    }
    const MembershipRecord next = accepted(*invitation, user.id);
    Decision made = decision(number(next.id), MembershipPut{next});
    if (!user.email_verified_at) {
        prove_address(scene, user, command.password_verifier, made);
    }
    if (user.home == MembershipId{}) {
        user.home = next.id;
    }
    if (known == nullptr || user != static_cast<const UserRecord&>(*known)) {
        made.change.events.emplace_back(UserPut{user});
    }
    return made;
}

// What may be accepted so is permit's to know: a proven address, in the account's own tree.
Decided<Decision> decide_on(const Scene& scene, const AcceptMembership& command) {
    const Membership* invitation = scene.directory.membership(command.membership);
    const User* user = scene.directory.user(scene.acting_user());
    if (invitation == nullptr || user == nullptr) {
        return refuse(RefusalCode::not_found);
    }
    if (!is_open(scene, *invitation) || invitation->invited_email != user->email ||
        scene.directory.membership_of(user->id, invitation->org) != MembershipId{}) {
        return gone();
    }
    const MembershipRecord next = accepted(*invitation, user->id);
    Decision made = decision(number(next.id), MembershipPut{next});
    if (user->home == MembershipId{}) {
        UserRecord settled = *user;
        settled.home = next.id;
        made.change.events.emplace_back(UserPut{settled});
    }
    return made;
}

Decided<Decision> decide_on(const Scene& scene, const DeclineMembership& command) {
    const Membership* invitation = scene.directory.membership(command.membership);
    if (invitation == nullptr) {
        return refuse(RefusalCode::not_found);
    }
    if (invitation->status != MembershipStatus::pending) {
        return gone();
    }
    return decision(number(invitation->id), MembershipRemoved{invitation->id});
}

Decided<Decision> decide_on(const Scene& scene, const SetHome& command) {
    const Membership* membership = scene.directory.membership(command.membership);
    const User* user = scene.directory.user(scene.acting_user());
    if (membership == nullptr || user == nullptr || membership->user != user->id ||
        membership->status != MembershipStatus::active) {
        return refuse(RefusalCode::not_found);
    }
    if (user->home == membership->id) {
        return unchanged(number(membership->id));
    }
    UserRecord next = *user;
    next.home = membership->id;
    return decision(number(membership->id), UserPut{next});
}

}  // namespace treeline
