// Is a letter that waits still worth sending?
#pragma once

#include "broker/domain/directory.hpp"
#include "broker/mail/letter.hpp"

namespace treeline::mail {

// False when the link in it is dead already: the invitation was accepted, revoked or sent again,
// the reset was used or replaced, or either has expired. A letter without a link is always wanted.
// REQUIRES: `world` holds the change that the mail stands in.
bool is_still_wanted(const OutgoingMail& mail, const Directory& world, const MailKey& key,
                     UnixTime now);

}  // namespace treeline::mail
