// The rules for acts on accounts: profile, password, logout (tenancy.md §5).
#include "broker/domain/decide_rules.hpp"
#include "broker/domain/text.hpp"

namespace treeline {
namespace {

constexpr std::size_t field_size_max = 80;

Decision signed_out(const Scene& scene, UserRecord next) {
    Decision made = decision(number(next.id));
    end_sessions(scene, next, made);
    made.change.events.emplace_back(UserPut{next});
    return made;
}

void set_given(PackedText& field, const std::optional<std::string>& given) {
    if (given) {
        field = *given;
    }
}

}  // namespace

Objection check_profile(const Scene& scene, const UserRecord& user) {
    if (auto objection = check_name(scene, user.name)) {
        return objection;
    }
    for (const PackedText* text : {&user.title, &user.phone, &user.locale, &user.timezone}) {
        if (!text->empty() && !is_valid_name(*text, field_size_max)) {
            return refuse(RefusalCode::invalid, "A profile field is too long or not text.");
        }
    }
    return std::nullopt;
}

void end_sessions(const Scene& scene, UserRecord& user, Decision& made) {
    ++user.auth_epoch;
    scene.directory.logins(user.id, [&](const LoginRecord& login) {
        made.change.events.emplace_back(LoginRemoved{login.id});
        return true;
    });
}

Decided<Decision> decide_on(const Scene& scene, const PatchUser& command) {
    const User* user = scene.directory.user(command.user);
    if (user == nullptr) {
        return refuse(RefusalCode::not_found);
    }
    if (auto objection = check_if_match(command.if_match, user->changed_at)) {
        return *objection;
    }
    UserRecord next = *user;
    set_given(next.name, command.name);
    set_given(next.title, command.title);
    set_given(next.phone, command.phone);
    set_given(next.locale, command.locale);
    set_given(next.timezone, command.timezone);
    if (next == *user) {
        return unchanged(number(user->id));
    }
    if (auto objection = check_profile(scene, next)) {
        return *objection;
    }
    return decision(number(user->id), UserPut{next});
}

Decided<Decision> decide_on(const Scene& scene, const SetPassword& command) {
    const User* user = scene.directory.user(command.user);
    if (user == nullptr) {
        return refuse(RefusalCode::not_found);
    }
    if (command.password_verifier.empty()) {
        return refuse(RefusalCode::invalid, "There is no password.");
    }
    if (user->status == UserStatus::pending) {
        return refuse(RefusalCode::user_pending, "The user has not accepted yet.");
    }
    UserRecord next = *user;
    next.password_verifier = command.password_verifier;
    next.reset.reset();  // a link that is on its way is worth nothing any more
    Decision made = signed_out(scene, std::move(next));
    if (user->id != scene.acting_user()) {
        made.change.mail.push_back({user->email.str(), MailKind::password_changed, {}});
    }
    return made;
}

Decided<Decision> decide_on(const Scene& scene, const ForceLogout& command) {
    const User* user = scene.directory.user(command.user);
    if (user == nullptr) {
        return refuse(RefusalCode::not_found);
    }
    return signed_out(scene, *user);
}

}  // namespace treeline
