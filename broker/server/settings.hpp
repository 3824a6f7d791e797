// Settings: what the configuration file and the command line say, checked strictly.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "broker/domain/decide.hpp"
#include "broker/edge/settings.hpp"
#include "broker/edge/socket.hpp"
#include "broker/hub/series.hpp"
#include "broker/hub/shard.hpp"
#include "broker/server/mail_settings.hpp"

namespace treeline {

struct Settings {
    Endpoint listen{"127.0.0.1", 8443};
    std::optional<Endpoint> plain_listen;  // without TLS: tests and boards
    std::optional<Endpoint> admin_listen;  // /metrics, /healthz, /readyz
    std::uint32_t shards = 0;              // 0: one per processor, at most 8
    std::filesystem::path data;            // empty: one of the user's own
    bool must_exist = false;               // refuse an empty directory (a lost mount)
    std::filesystem::path certificate;     // empty: DIR/tls, made on the first start
    std::filesystem::path key;
    bool legacy_suites = false;
    bool openssl_records = false;
    std::string log_level = "info";
    std::filesystem::path log_file;  // empty: stderr
    EdgeSettings edge;
    HubLimits hub;
    SeriesLimits series;
    TreeLimits tree;
    MailSettings mail;
};

struct SettingsError {
    std::size_t line = 0;  // 0: of the whole file
    std::string message;
};
struct SettingsRead {
    Settings settings;
    std::vector<SettingsError> errors;  // every one, in the order of the file
};
// Unknown keys, wrong types, duplicates and values out of range are errors; nothing is defaulted
// silently.
SettingsRead read_settings(const std::filesystem::path& file);
SettingsRead parse_settings(std::string_view text);
bool is_log_level(std::string_view word);

}  // namespace treeline
