// A first start: the log's first entry, and who the first admin is.
#pragma once

#include <string>

#include "storage/log.hpp"

namespace treeline {

// Writes Founded with a random wire key. Throws StartError. REQUIRES: an empty log.
void found_log(storage::Log& log);

struct FirstAdmin {
    std::string email;
    std::string password;
    bool generated = false;  // to be printed, once
};
// TREELINE_ADMIN_EMAIL and TREELINE_ADMIN_PASSWORD, else admin@localhost and a random password.
// Throws StartError for a password out of bounds.
FirstAdmin first_admin();
// 24 characters of base64url.
std::string random_password();

}  // namespace treeline
