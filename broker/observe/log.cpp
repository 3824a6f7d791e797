// The log of the process: spdlog is included here and nowhere else in this room.
#include "broker/observe/log.hpp"

#include <array>
#include <memory>

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace treeline::observe {

namespace {

struct Named {
    std::string_view name;
    Level level;
    spdlog::level::level_enum spd;
};
constexpr std::array<Named, 6> levels{{{"trace", Level::trace, spdlog::level::trace},
                                       {"debug", Level::debug, spdlog::level::debug},
                                       {"info", Level::info, spdlog::level::info},
                                       {"warn", Level::warn, spdlog::level::warn},
                                       {"error", Level::error, spdlog::level::err},
                                       {"off", Level::off, spdlog::level::off}}};

spdlog::level::level_enum spd(Level level) {
    return levels[static_cast<std::size_t>(level)].spd;
}

std::shared_ptr<spdlog::sinks::sink> make_sink(const std::filesystem::path& file) {
    if (file.empty()) {
        return std::make_shared<spdlog::sinks::stderr_sink_mt>();
    }
    try {
        return std::make_shared<spdlog::sinks::basic_file_sink_mt>(file.string());
    } catch (const spdlog::spdlog_ex&) {
        return nullptr;
    }
}

}  // namespace

std::optional<Level> level_named(std::string_view name) {
    for (const Named& named : levels) {
        if (named.name == name) {
            return named.level;
        }
    }
    return std::nullopt;
}

bool start_log(Level level, const std::filesystem::path& file) {
    auto sink = make_sink(file);
    if (!sink) {
        return false;
    }
    auto logger = std::make_shared<spdlog::logger>("treeline", std::move(sink));
    logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
    logger->flush_on(spdlog::level::trace);
    spdlog::set_default_logger(std::move(logger));
    set_level(level);
    return true;
}

void set_level(Level level) {
    spdlog::set_level(spd(level));
}

bool is_logged(Level level) {
    return spdlog::should_log(spd(level));
}

void log(Level level, std::string_view text, std::initializer_list<Field> fields) {
    if (is_logged(level)) {
        const std::string line = render_line(text, fields);
        // As a string, not as a format: braces in it mean nothing.
        spdlog::default_logger_raw()->log(spd(level),
                                          spdlog::string_view_t(line.data(), line.size()));
    }
}

}  // namespace treeline::observe
