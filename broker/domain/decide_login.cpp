// The rules for sign-ins: begun, renewed, ended.
#include "broker/domain/decide_rules.hpp"

namespace treeline {
namespace {

constexpr std::size_t logins_per_user_max = 64;
constexpr std::size_t spent_refreshes_max = 1000;  // per login: more than 30 days of hourly ones

bool is_dead(const Scene& scene, const User& user, const LoginRecord& login) {
    return login.refresh_expires <= scene.now || login.auth_epoch != user.auth_epoch;
}

// Makes room for one more: the dead go, then the oldest (ids ascend with age).
void make_room(const Scene& scene, const User& user, Decision& made) {
    std::vector<LoginId> alive;
    scene.directory.logins(user.id, [&](const LoginRecord& login) {
        if (is_dead(scene, user, login)) {
            made.change.events.emplace_back(LoginRemoved{login.id});
        } else {
            alive.push_back(login.id);
        }
        return true;
    });
    for (std::size_t i = 0; i + logins_per_user_max <= alive.size(); ++i) {
        made.change.events.emplace_back(LoginRemoved{alive[i]});
    }
}

}  // namespace

Decided<Decision> decide_on(const Scene& scene, const SignIn& command) {
    const User* user = scene.directory.user(command.user);
    if (user == nullptr || user->status != UserStatus::active) {
        return refuse(RefusalCode::unauthenticated);
    }
    LoginRecord login;
    login.id = LoginId{scene.directory.next().next_login};
    login.user = user->id;
    login.auth_epoch = user->auth_epoch;
    login.access = command.access;
    login.access_expires = command.access_expires;
    login.refresh = command.refresh;
    login.refresh_expires = command.refresh_expires;
    login.created_at = scene.now;
    Decision made = decision(number(login.id));
    make_room(scene, *user, made);
    made.change.events.emplace_back(LoginPut{login});
    return made;
}

// A refresh token that was spent before is in two hands: the login ends. That is a change, so it is
// a Decision; `created` 0 tells the asker that nobody is signed in by it.
Decided<Decision> decide_on(const Scene& scene, const RefreshLogin& command) {
    if (const LoginRecord* stolen = scene.directory.login_by_spent_refresh(command.spent)) {
        return decision(0, LoginRemoved{stolen->id});
    }
    const LoginRecord* login = scene.directory.login_by_refresh(command.spent);
    const User* user = login == nullptr ? nullptr : scene.directory.user(login->user);
    if (user == nullptr || user->status != UserStatus::active || is_dead(scene, *user, *login)) {
        return refuse(RefusalCode::unauthenticated);
    }
    LoginRecord next = *login;
    if (next.spent_refreshes.size() == spent_refreshes_max) {
        next.spent_refreshes.erase(next.spent_refreshes.begin());
    }
    next.spent_refreshes.push_back(login->refresh);
    next.access = command.access;
    next.access_expires = command.access_expires;
    next.refresh = command.refresh;
    next.refresh_expires = command.refresh_expires;
    return decision(number(login->id), LoginPut{next});
}

Decided<Decision> decide_on(const Scene& scene, const SignOut& command) {
    const LoginRecord* login = scene.directory.login(command.login);
    if (login == nullptr || login->user != scene.acting_user()) {
        return refuse(RefusalCode::not_found);
    }
    return decision(number(login->id), LoginRemoved{login->id});
}

}  // namespace treeline
