// Letters as files: what a broker without a mail server leaves in DIR/mail.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tests/support/live/server.hpp"

namespace treeline::live {

// The tokens in the links of all letters to the address so far, oldest letter first.
std::vector<std::string> mailed_tokens(const Server& server, const std::string& address);
// The newest of them once there are more than `before`; empty when none comes.
std::string await_mailed_token(const Server& server, const std::string& address,
                               std::size_t before = 0);

}  // namespace treeline::live
