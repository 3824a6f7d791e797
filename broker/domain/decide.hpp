// decide: Directory × Command → the change it makes, or why not. Pure: the same answer on every
// machine, today and at replay. Whether the actor *may* is asked before (authority/permit).
#pragma once

#include "base/time.hpp"
#include "broker/domain/command.hpp"
#include "broker/domain/directory.hpp"
#include "broker/domain/effect.hpp"
#include "broker/domain/refusal.hpp"

namespace treeline {

// Bounds that a command is held to; from the configuration.
struct TreeLimits {
    std::uint32_t depth_max = 16;  // the root is 1
    std::size_t name_size_max = 80;
    std::size_t metadata_entries_max = 64;
    std::size_t metadata_value_size_max = 1024;
};

struct Decision {
    Change change;  // no events: nothing to do (already so), still answered with success
    std::uint64_t created = 0;  // the dense id of what was made or touched, by the command's kind
};

// Fails with the 422, 409, 410 and 412 codes of RefusalCode, or not_found for an id that does not
// exist. REQUIRES: the actor has been permitted.
Decided<Decision> decide(const Directory& directory, const Actor& actor, const Command& command,
                         UnixTime now, const TreeLimits& limits);

}  // namespace treeline
