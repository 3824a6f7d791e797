#include "cli/commands/commands.hpp"

namespace treeline::cli {

std::vector<Command> all_commands() {
    std::vector<Command> all;
    for (const auto table : {session_commands(), org_commands(), user_commands(),
                             membership_commands(), device_commands(), transfer_commands(),
                             role_commands(), audit_commands(), other_commands()}) {
        all.insert(all.end(), table.begin(), table.end());
    }
    return all;
}

}  // namespace treeline::cli
