// The command line's side of the admin socket.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "broker/server/exit_code.hpp"

namespace treeline {

// `treelined admin COMMAND…`: sends one line, prints the answer. Errors go to stderr.
ExitCode run_admin(const std::filesystem::path& data, const std::vector<std::string>& words);
// `treelined new-root`: prints {"org","user"}; the password comes from TREELINE_ADMIN_PASSWORD,
// else it is made and printed.
ExitCode run_new_root(const std::filesystem::path& data, const std::string& name,
                      const std::string& email);

}  // namespace treeline
