// Links in mails: a token that only its mail will hold, as a command needs it.
#pragma once

#include <string_view>

#include "broker/api/api.hpp"
#include "broker/domain/command.hpp"

namespace treeline {

// A new one: the nonce goes into the log, the token only into the mail that the outbox writes.
// `purpose` is one of identity/token.hpp.
MailedToken fresh_link(const ApiParts& parts, std::string_view purpose);

}  // namespace treeline
