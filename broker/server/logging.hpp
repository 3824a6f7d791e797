// The log of the process, and the edge's journal in it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "broker/edge/journal.hpp"

namespace treeline {

// Before any thread starts. Throws StartError when the file can't be written. Empty: stderr.
void open_log(const std::string& level, const std::filesystem::path& file);
// Any thread. False: no such level.
bool set_log_level(std::string_view level);
Journal journal();

void log_info(std::string_view line);
void log_warn(std::string_view line);
void log_error(std::string_view line);
// Writes the line out before it returns: tests read the trace while the broker runs.
void log_trace(std::string_view line);

}  // namespace treeline
