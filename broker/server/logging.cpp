// The server's five words for the log, and the edge's journal in it.
#include "broker/server/logging.hpp"

#include "broker/observe/log.hpp"
#include "broker/server/exit_code.hpp"

namespace treeline {

using observe::Level;

void open_log(const std::string& level, const std::filesystem::path& file) {
    if (!observe::start_log(observe::level_named(level).value_or(Level::info), file)) {
        throw StartError(ExitCode::configuration, "can't write the log file " + file.string());
    }
}

bool set_log_level(std::string_view level) {
    const auto named = observe::level_named(level);
    if (named) {
        observe::set_level(*named);
    }
    return named.has_value();
}

Journal journal() {
    return {[] { return observe::is_logged(Level::trace); }, log_trace, log_info, log_warn};
}

void log_info(std::string_view line) {
    observe::log(Level::info, line);
}
void log_warn(std::string_view line) {
    observe::log(Level::warn, line);
}
void log_error(std::string_view line) {
    observe::log(Level::error, line);
}
void log_trace(std::string_view line) {
    observe::log(Level::trace, line);
}

}  // namespace treeline
