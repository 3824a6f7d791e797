// The offline check of an exported audit chain.
#pragma once

#include <string>

#include "cli/shell.hpp"

namespace treeline::cli {

// Names the first broken entry of the export, and a missing tail against a saved head (empty: none
// is given). 0: intact, 65: it is not, 64: a file can't be read.
int verify_audit_file(Shell& shell, const std::string& path, const std::string& head);

}  // namespace treeline::cli
