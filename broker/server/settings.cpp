// The configuration file: one row per key, so that what isn't a row is unknown.
#include "broker/server/settings.hpp"

#define TOML_EXCEPTIONS 1
#include <algorithm>
#include <array>
#include <fstream>
#include <functional>
#include <sstream>
#include <tuple>

#include <toml++/toml.h>

namespace treeline {

namespace {

using Node = toml::node;
// An empty string: taken. Else what is wrong with the value.
using Take = std::function<std::string(const Node&, Settings&)>;
struct Row {
    std::string_view key;  // "section.key"; a trailing '*' matches any rest
    Take take;
};

Take text(std::function<std::string(const std::string&, Settings&)> set) {
    return [set = std::move(set)](const Node& node, Settings& settings) -> std::string {
        const auto value = node.value_exact<std::string>();
        return value ? set(*value, settings) : "must be a string";
    };
}

Take path(std::filesystem::path Settings::* member) {
    return text([member](const std::string& value, Settings& settings) {
        settings.*member = value;
        return std::string();
    });
}

template <class Set>
Take endpoint(Set set) {
    return text([set](const std::string& value, Settings& settings) -> std::string {
        const auto parsed = parse_endpoint(value);
        if (!parsed) {
            return "must be HOST:PORT";
        }
        set(settings, *parsed);
        return {};
    });
}

template <class Set>
Take integer(std::int64_t least, std::int64_t most, Set set) {
    return [=](const Node& node, Settings& settings) -> std::string {
        const auto value = node.value_exact<std::int64_t>();
        if (!value) {
            return "must be an integer";
        }
        if (*value < least || *value > most) {
            return "must be " + std::to_string(least) + " to " + std::to_string(most);
        }
        set(settings, *value);
        return {};
    };
}

template <class Set>
Take decimal(double least, double most, Set set) {
    return [=](const Node& node, Settings& settings) -> std::string {
        const auto value = node.is_number() ? node.value<double>() : std::nullopt;
        if (!value) {
            return "must be a number";
        }
        if (!(*value >= least && *value <= most)) {
            return "is out of range";
        }
        set(settings, *value);
        return {};
    };
}

Take yes_or_no(bool Settings::* member) {
    return [member](const Node& node, Settings& settings) -> std::string {
        const auto value = node.value_exact<bool>();
        settings.*member = value.value_or(false);
        return value ? "" : "must be true or false";
    };
}

std::string take_origins(const Node& node, Settings& settings) {
    const auto* list = node.as_array();
    if (list == nullptr) {
        return "must be a list of strings";
    }
    for (const Node& item : *list) {
        const auto origin = item.value_exact<std::string>();
        const auto scheme = origin ? origin->find("://") : std::string::npos;
        if (scheme == std::string::npos || origin->find('/', scheme + 3) != std::string::npos) {
            return "must hold origins such as \"https://app.example.com\"";
        }
        settings.edge.allowed_origins.push_back(*origin);
    }
    return {};
}

std::string take_proxies(const Node& node, Settings& settings) {
    const auto* list = node.as_array();
    if (list == nullptr) {
        return "must be a list of strings";
    }
    for (const Node& item : *list) {
        const auto range = item.value_exact<std::string>();
        if (!range || !settings.edge.trusted_proxies.add(*range)) {
            return "must hold addresses or networks such as \"10.0.0.0/8\"";
        }
    }
    return {};
}

std::string take_base_url(const std::string& value, Settings& settings) {
    constexpr std::size_t size_max = 512;
    const bool is_web = value.starts_with("https://") || value.starts_with("http://");
    const std::string rest = is_web ? value.substr(value.find("//") + 2) : "";
    // It stands in the headers and links of mails: printable ASCII, and a host at its beginning.
    const bool is_plain = std::all_of(rest.begin(), rest.end(), [](char c) {
        return c > ' ' && c < 0x7f && std::string_view("?#\\\"<>@").find(c) == std::string::npos;
    });
    const std::string host = rest.substr(0, rest.find('/'));
    const bool has_host = std::all_of(host.begin(), host.end(), [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
               std::string_view("-.:[]").find(c) != std::string::npos;
    });
    if (host.empty() || value.size() > size_max || !is_plain || !has_host) {
        return "must be an URL such as \"https://treeline.example.com\"";
    }
    settings.edge.public_base_url = value.substr(0, value.find_last_not_of('/') + 1);
    return {};
}

template <class Set>
Take count(std::int64_t most, Set set) {
    return integer(0, most,
                   [set](Settings& s, std::int64_t n) { set(s) = static_cast<std::uint32_t>(n); });
}

std::string take_level(const std::string& value, Settings& settings) {
    settings.log_level = value;
    return is_log_level(value) ? "" : "must be trace, debug, info, warn, error or off";
}

std::vector<Row> server_rows() {
    return {
        {"server.listen", endpoint([](Settings& s, const Endpoint& e) { s.listen = e; })},
        {"server.plain_listen",
         endpoint([](Settings& s, const Endpoint& e) { s.plain_listen = e; })},
        {"server.shards",
         integer(1, 64, [](Settings& s, auto n) { s.shards = static_cast<std::uint32_t>(n); })},
        {"data.dir", path(&Settings::data)},
        {"data.must_exist", yes_or_no(&Settings::must_exist)},
        {"tls.certificate", path(&Settings::certificate)},
        {"tls.key", path(&Settings::key)},
        {"tls.legacy_suites", yes_or_no(&Settings::legacy_suites)},
        {"tls.openssl_records", yes_or_no(&Settings::openssl_records)},
        {"app.allowed_origins", take_origins},
        {"log.level", text(take_level)},
        {"log.file", path(&Settings::log_file)},
        {"admin.listen", endpoint([](Settings& s, const Endpoint& e) { s.admin_listen = e; })},
    };
}

std::vector<Row> limit_rows() {
    return {
        {"device.login_seconds",
         integer(1, 3600, [](Settings& s, auto n) { s.edge.device.login_max = Millis(n * 1000); })},
        {"device.heartbeat_factor",
         decimal(1, 100, [](Settings& s, double n) { s.edge.device.heartbeat_factor = n; })},
        {"device.flood_per_second",
         decimal(0, 1e6, [](Settings& s, double n) { s.edge.device.flood_per_second = n; })},
        {"device.flood_burst",
         decimal(1, 1e6, [](Settings& s, double n) { s.edge.device.flood_burst = n; })},
        {"device.logins_per_minute", integer(0, 1'000'000,
                                             [](Settings& s, auto n) {
                                                 s.hub.logins_per_minute =
                                                     static_cast<std::uint32_t>(n);
                                             })},
        {"values.history_points",
         count(1'000'000, [](Settings& s) -> auto& { return s.series.values_max; })},
        {"values.timeline_events",
         integer(1, 1'000'000,
                 [](Settings& s, auto n) { s.series.events_max = static_cast<std::uint32_t>(n); })},
        {"orgs.depth_max",
         integer(1, 16,
                 [](Settings& s, auto n) { s.tree.depth_max = static_cast<std::uint32_t>(n); })},
    };
}

// One number for all that nobody has signed in on: connections at once, and calls a minute.
void set_unauthenticated(Settings& settings, std::int64_t number) {
    settings.edge.unauthenticated_per_ip = static_cast<std::uint32_t>(number);
    settings.edge.rates.strangers_per_ip = static_cast<std::uint32_t>(number);
    if (number == 0) {
        settings.edge.rates.sign_in.failures_per_ip = 0;
    }
}

std::vector<Row> rate_rows() {
    constexpr std::int64_t per_minute_max = 1'000'000'000;
    using S = Settings;
    return {
        {"limits.unauthenticated_per_ip", integer(0, 1'000'000, set_unauthenticated)},
        {"limits.rest_per_org_minute",
         count(per_minute_max, [](S& s) -> auto& { return s.edge.rates.per_org; })},
        {"limits.rest_per_user_minute",
         count(per_minute_max, [](S& s) -> auto& { return s.edge.rates.per_user; })},
        {"limits.handshakes_per_ip",
         count(per_minute_max, [](S& s) -> auto& { return s.edge.rates.handshakes_per_ip; })},
        {"limits.sign_in_failures_per_account",
         count(1'000, [](S& s) -> auto& { return s.edge.rates.sign_in.failures_per_account; })},
        {"http.trusted_proxies", take_proxies},
        {"http.public_base_url", text(take_base_url)},
    };
}

std::string take_smtp_tls(const std::string& value, Settings& settings) {
    using mail::SmtpTls;
    constexpr std::array<std::pair<std::string_view, SmtpTls>, 3> modes{
        {{"starttls", SmtpTls::starttls},
         {"implicit", SmtpTls::implicit},
         {"none", SmtpTls::none}}};
    for (const auto& [word, mode] : modes) {
        if (word == value) {
            settings.mail.tls = mode;
            return {};
        }
    }
    return "must be starttls, implicit or none";
}

template <class Member>
Take of_mail(Member MailSettings::* member) {
    return text([member](const std::string& value, Settings& settings) -> std::string {
        settings.mail.*member = value;
        return value.empty() ? "must not be empty" : "";
    });
}

std::vector<Row> mail_rows() {
    return {
        {"mail.smtp_host", of_mail(&MailSettings::smtp_host)},
        {"mail.smtp_port",
         integer(1, 65'535,
                 [](Settings& s, auto n) { s.mail.port = static_cast<std::uint16_t>(n); })},
        {"mail.tls", text(take_smtp_tls)},
        {"mail.user", of_mail(&MailSettings::user)},
        {"mail.password_file", of_mail(&MailSettings::password_file)},
        {"mail.from", of_mail(&MailSettings::from)},
        {"mail.from_name", of_mail(&MailSettings::from_name)},
        {"mail.ca_file", of_mail(&MailSettings::ca_file)},
        {"mail.retry_seconds",
         integer(1, 3600, [](Settings& s, auto n) { s.mail.retry = Millis(n * 1000); })},
    };
}

std::vector<Row> rows() {
    auto all = server_rows();
    for (Row& row : mail_rows()) {
        all.push_back(std::move(row));
    }
    for (Row& row : rate_rows()) {
        all.push_back(std::move(row));
    }
    for (Row& row : limit_rows()) {
        all.push_back(std::move(row));
    }
    return all;
}

bool matches(std::string_view row, std::string_view key) {
    return row.ends_with('*') ? key.starts_with(row.substr(0, row.size() - 1)) : row == key;
}

bool is_section(const std::vector<Row>& known, const std::string& name) {
    return std::any_of(known.begin(), known.end(),
                       [&](const Row& row) { return row.key.starts_with(name + "."); });
}

std::size_t line_of(const Node& node) {
    return node.source().begin.line;
}

void take_key(const std::vector<Row>& known, const std::string& key, const Node& node,
              std::size_t line, SettingsRead& out) {
    const auto row =
        std::find_if(known.begin(), known.end(), [&](const Row& r) { return matches(r.key, key); });
    if (row == known.end()) {
        out.errors.push_back({line, "unknown key " + key});
        return;
    }
    if (std::string problem = row->take(node, out.settings); !problem.empty()) {
        out.errors.push_back({line, key + " " + problem});
    }
}

void take_section(const std::vector<Row>& known, const std::string& name, const Node& node,
                  std::size_t line, SettingsRead& out) {
    const auto* section = node.as_table();
    if (section == nullptr || !is_section(known, name)) {
        out.errors.push_back({line, "unknown key " + name});
        return;
    }
    for (const auto& [key, value] : *section) {
        const std::string whole = name + "." + std::string(key.str());
        take_key(known, whole, value, key.source().begin.line, out);
    }
}

// What only makes sense together.
void check_pairs(SettingsRead& out) {
    if (out.settings.certificate.empty() != out.settings.key.empty()) {
        out.errors.push_back({0, "tls.certificate and tls.key go together"});
    }
    for (std::string& problem :
         mail_problems(out.settings.mail, out.settings.edge.public_base_url)) {
        out.errors.push_back({0, std::move(problem)});
    }
}

}  // namespace

bool is_log_level(std::string_view word) {
    constexpr std::array<std::string_view, 6> levels{"trace", "debug", "info",
                                                     "warn",  "error", "off"};
    return std::find(levels.begin(), levels.end(), word) != levels.end();
}

SettingsRead parse_settings(std::string_view source) {
    SettingsRead out;
    try {
        const toml::table file = toml::parse(source);
        const auto known = rows();
        for (const auto& [key, node] : file) {
            const std::size_t line = std::max(line_of(node), std::size_t(key.source().begin.line));
            take_section(known, std::string(key.str()), node, line, out);
        }
        std::sort(out.errors.begin(), out.errors.end(), [](const auto& a, const auto& b) {
            return std::tie(a.line, a.message) < std::tie(b.line, b.message);
        });
    } catch (const toml::parse_error& error) {
        out.errors.push_back({error.source().begin.line, std::string(error.description())});
    }
    check_pairs(out);
    return out;
}

SettingsRead read_settings(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    if (!stream) {
        SettingsRead out;
        out.errors.push_back({0, "can't be read"});
        return out;
    }
    return parse_settings(text.str());
}

}  // namespace treeline
