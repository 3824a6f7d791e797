// The one check of an access token over REST.
#include "broker/api/caller.hpp"

#include "broker/identity/token.hpp"

namespace treeline {
namespace {

constexpr std::string_view scheme = "bearer ";

bool is_bearer(std::string_view text) {
    if (text.size() != scheme.size() + access_token_size) {
        return false;
    }
    for (std::size_t i = 0; i < scheme.size(); ++i) {
        const char lower =
            text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] | 0x20) : text[i];
        if (lower != scheme[i]) {
            return false;
        }
    }
    return true;
}

}  // namespace

Checked<Caller> caller_of(const Directory& directory, std::string_view authorization,
                          UnixTime now) {
    if (!is_bearer(authorization)) {
        return unauthenticated();
    }
    const TokenHash hash = hash_token(authorization.substr(scheme.size()));
    const LoginRecord* const login = directory.login_by_access(hash);
    if (login == nullptr || login->access_expires <= now) {
        return unauthenticated();
    }
    const User* const user = directory.user(login->user);
    if (user == nullptr || user->status != UserStatus::active ||
        user->auth_epoch != login->auth_epoch) {
        return unauthenticated();
    }
    return Caller{login->user, login->id};
}

}  // namespace treeline
