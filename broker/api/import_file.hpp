// The file of an import: which invitations its rows ask for, or what is wrong with each.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "broker/api/call.hpp"

namespace treeline {

inline constexpr std::string_view import_header = "email,name,role,org,phone,locale,not_after";

// One line of the file. `refused` where it is no invitation; else `command`, without its link.
struct ImportRow {
    std::size_t line = 0;
    std::string email;
    std::string org;  // as it was written
    Invite command;
    std::optional<Problem> refused;
};

// The rows of the call's body. Fails with 400 where it is no CSV or has another header, with 422
// for too many rows. An address that stands twice for one org is refused the second time.
Checked<std::vector<ImportRow>> read_import(const Call& call);

}  // namespace treeline
