// By the token that the link would hold: as whoever opens it is looked up.
#include "broker/mail/still_wanted.hpp"

namespace treeline::mail {

bool is_still_wanted(const OutgoingMail& mail, const Directory& world, const MailKey& key,
                     UnixTime now) {
    const auto nonce = mail.values.find("nonce");
    const std::string_view purpose = purpose_of(mail.kind);
    if (purpose.empty() || nonce == mail.values.end()) {
        return true;
    }
    const TokenHash token = hash_token(mailed_token(key, purpose, nonce->second));
    if (purpose == purpose_password_reset) {
        const User* user = world.user_by_reset(token);
        return user != nullptr && user->reset && user->reset->expires_at > now;
    }
    const Membership* invited = world.invitation_by_token(token);
    return invited != nullptr && invited->invite && invited->invite->expires_at > now;
}

}  // namespace treeline::mail
