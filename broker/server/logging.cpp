// spdlog behind five functions: constant text first, then key=value, never payloads or tokens.
#include "broker/server/logging.hpp"

#include <memory>

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "broker/server/exit_code.hpp"
#include "broker/server/settings.hpp"

namespace treeline {

namespace {

spdlog::string_view_t view(std::string_view line) {
    return {line.data(), line.size()};
}

}  // namespace

void open_log(const std::string& level, const std::filesystem::path& file) {
    std::shared_ptr<spdlog::sinks::sink> sink;
    try {
        if (file.empty()) {
            sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
        } else {
            sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(file.string());
        }
    } catch (const spdlog::spdlog_ex&) {
        throw StartError(ExitCode::configuration, "can't write the log file " + file.string());
    }
    auto logger = std::make_shared<spdlog::logger>("treeline", sink);
    logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
    logger->flush_on(spdlog::level::trace);
    spdlog::set_default_logger(std::move(logger));
    set_log_level(level);
}

bool set_log_level(std::string_view level) {
    if (!is_log_level(level)) {
        return false;
    }
    spdlog::set_level(spdlog::level::from_str(std::string(level)));
    return true;
}

Journal journal() {
    return {[] { return spdlog::should_log(spdlog::level::trace); }, log_trace, log_info, log_warn};
}

void log_info(std::string_view line) {
    spdlog::info(view(line));
}
void log_warn(std::string_view line) {
    spdlog::warn(view(line));
}
void log_error(std::string_view line) {
    spdlog::error(view(line));
}
void log_trace(std::string_view line) {
    spdlog::trace(view(line));
}

}  // namespace treeline
