// The rules for password resets by mail, and for what a mailed token proves (tenancy.md §2, §5).
#include <chrono>

#include "broker/domain/decide_rules.hpp"
#include "broker/domain/text.hpp"

namespace treeline {
namespace {

constexpr std::chrono::minutes reset_lifetime{30};

}  // namespace

void prove_address(const Scene& scene, UserRecord& user, std::string_view verifier,
                   Decision& made) {
    user.password_verifier = verifier;
    user.reset.reset();  // a link that is on its way is worth nothing any more
    if (!user.email_verified_at) {
        user.email_verified_at = scene.now;
    }
    if (user.status == UserStatus::pending) {
        user.status = UserStatus::active;
    }
    end_sessions(scene, user, made);
}

// Success for every address, known or not. A suspended account gets no link: its password would
// serve nobody. Nor does one that is pending: it has an invitation or a registration to answer.
Decided<Decision> decide_on(const Scene& scene, const RequestReset& command) {
    const auto email = fold_email(command.email);
    const User* user = email ? scene.directory.user_by_email(*email) : nullptr;
    if (user == nullptr || user->status != UserStatus::active) {
        return unchanged(0);
    }
    UserRecord next = *user;
    next.reset = ResetRecord{command.token.hash, scene.now + reset_lifetime};
    Decision made = decision(number(user->id), UserPut{next});
    made.change.mail.push_back(
        {user->email.str(), MailKind::password_reset, {{"nonce", command.token.nonce}}});
    return made;
}

// One refusal for a token that never was, was used, is too old or was followed by a newer one.
Decided<Decision> decide_on(const Scene& scene, const FinishReset& command) {
    const User* user = scene.directory.user_by_reset(command.token);
    if (user == nullptr || !user->reset || user->reset->expires_at <= scene.now ||
        user->status != UserStatus::active) {
        return refuse(RefusalCode::gone, "This link is not valid any more.");
    }
    if (command.password_verifier.empty()) {
        return refuse(RefusalCode::invalid, "There is no password.");
    }
    UserRecord next = *user;
    Decision made = decision(number(user->id));
    prove_address(scene, next, command.password_verifier, made);
    made.change.events.emplace_back(UserPut{next});
    made.change.mail.push_back({user->email.str(), MailKind::password_changed, {}});
    return made;
}

}  // namespace treeline
