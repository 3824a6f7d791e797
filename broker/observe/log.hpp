// The log of the process: spdlog behind a few functions. Any thread, once it is started.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include "broker/observe/line.hpp"

namespace treeline::observe {

enum class Level : std::uint8_t { trace, debug, info, warn, error, off };
// "trace" … "error", "off"; nullopt for any other word.
std::optional<Level> level_named(std::string_view name);

// Before other threads start. Empty `file`: stderr; else a file that is appended to (turn it over
// with logrotate's copytruncate). False: the file can't be written. Times are UTC.
[[nodiscard]] bool start_log(Level level, const std::filesystem::path& file);
void set_level(Level level);
bool is_logged(Level level);

// error wakes someone; warn is for the morning; info is a state change an operator asked about; per
// message only at trace.
void log(Level level, std::string_view text, std::initializer_list<Field> fields = {});

}  // namespace treeline::observe
