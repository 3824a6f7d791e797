// Keys of one data directory, each in a file of its own that only the broker may read.
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>

namespace treeline {

// The 32 bytes of `file`; fresh random ones, written with mode 0600 and synced, where there is no
// such file yet. Throws StartError: it can't be read, written, or isn't 32 bytes.
std::array<std::byte, 32> key_of_file(const std::filesystem::path& file);

}  // namespace treeline
