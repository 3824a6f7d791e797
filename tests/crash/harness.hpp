// The crash harness: a child writes, says what was acknowledged, and is killed; what the next open
// finds is held against what was said.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace treeline::crash {

enum class Fault : std::uint8_t {
    none,        // the database as the broker uses it
    unsynced,    // acknowledges batches that are still in the process: a power cut without fsync
    torn_batch,  // writes one batch as two
};

// What a reopened database was missing.
struct Findings {
    std::uint64_t acknowledged = 0;  // the greatest number that the child had said
    std::uint64_t found = 0;
    bool lost = false;    // found < acknowledged
    bool torn = false;    // the last batch, or what lies beside it, is not whole
    std::string refused;  // it did not even open, or failed its own verification
};

// The first argument of this program when it is a child of a round.
inline constexpr std::string_view child_role = "child";

// What a child does with its other two arguments: writes to the database in `directory` and says
// each acknowledged number on standard output, eight bytes, until it is killed.
[[noreturn]] void live_as_child(const std::filesystem::path& directory, std::string_view fault);

// One round over the database in `directory`, which may hold those of earlier rounds. The child
// lives for about `life_acks` acknowledgements.
Findings run_round(const std::filesystem::path& directory, Fault fault, std::uint64_t life_acks,
                   std::uint64_t life_extra_us);

}  // namespace treeline::crash
