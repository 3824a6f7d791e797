// Making the token of a link without ever holding on to it.
#include "broker/api/mailed_link.hpp"

#include <array>
#include <cstddef>

#include "broker/identity/token.hpp"

namespace treeline {

MailedToken fresh_link(const ApiParts& parts, std::string_view purpose) {
    std::array<std::byte, 32> random{};
    parts.random(random);
    MailedToken link;
    link.nonce = access_token(random);
    link.hash = hash_token(mailed_token(parts.mail_key, purpose, link.nonce));
    return link;
}

}  // namespace treeline
