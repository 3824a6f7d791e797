// Mail settings, checked as strictly as the rest: a link that was never sent helps nobody.
#include "broker/server/mail_settings.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <sys/stat.h>
#include <unistd.h>

#include "broker/domain/text.hpp"
#include "broker/mail/eml_carrier.hpp"
#include "broker/mail/encoding.hpp"

namespace treeline {

namespace {

constexpr std::uint16_t submission_port = 587;   // RFC 6409
constexpr std::uint16_t submissions_port = 465;  // RFC 8314
constexpr std::size_t credential_size_max = 1'024;
constexpr std::size_t from_name_size_max = 60;

bool is_host(const std::string& text) {
    return !text.empty() && text.size() <= 253 && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '.' || c == ':';
    });
}

// What stands in an AUTH line must not end it, nor one of its fields.
bool is_credential(const std::string& text) {
    return !text.empty() && text.size() <= credential_size_max && !mail::has_control(text);
}

mail::SmtpTls tls_of(const MailSettings& settings) {
    return settings.tls.value_or(mail::SmtpTls::starttls);
}

std::uint16_t port_of(const MailSettings& settings) {
    const bool at_once = tls_of(settings) == mail::SmtpTls::implicit;
    return settings.port.value_or(at_once ? submissions_port : submission_port);
}

// The first line of the file.
std::vector<std::string> read_password(MailSettings& settings) {
    const std::string path = settings.password_file.string();
    struct stat file{};
    std::ifstream stream(path, std::ios::binary);
    if (!stream || ::stat(path.c_str(), &file) != 0) {
        return {"mail.password_file can't be read: " + path};
    }
    if ((file.st_mode & S_IRWXO) != 0) {
        return {"mail.password_file is open to everybody (chmod 600): " + path};
    }
    std::getline(stream, settings.password);
    if (settings.password.ends_with('\r')) {
        settings.password.pop_back();
    }
    return {};
}

}  // namespace

std::vector<std::string> mail_problems(const MailSettings& settings, const std::string& base_url) {
    std::vector<std::string> problems;
    const auto need = [&](bool holds, const char* problem) {
        if (!holds) {
            problems.emplace_back(problem);
        }
    };
    need(settings.from.empty() || mail::is_address(settings.from),
         "mail.from must be one plain address");
    need(is_valid_name(settings.from_name, from_name_size_max),
         "mail.from_name must be a name of at most 60 characters");
    if (settings.smtp_host.empty()) {
        need(!settings.port && !settings.tls && settings.user.empty() &&
                 settings.password_file.empty() && settings.ca_file.empty(),
             "mail.smtp_host is missing");
        return problems;
    }
    need(is_host(settings.smtp_host), "mail.smtp_host must be a name or an address");
    need(!settings.from.empty(), "mail.from is missing");
    need(!base_url.empty(),
         "http.public_base_url is missing: what should links in mails begin with?");
    need(settings.user.empty() || is_credential(settings.user), "mail.user is no user's name");
    need(settings.user.empty() || tls_of(settings) != mail::SmtpTls::none,
         "mail.user needs TLS: the password would travel in the clear");
    need(!settings.user.empty() || settings.password_file.empty(), "mail.user is missing");
    return problems;
}

std::vector<std::string> read_mail_files(MailSettings& settings) {
    std::vector<std::string> problems;
    if (!settings.password_file.empty()) {
        problems = read_password(settings);
    } else if (const char* given = std::getenv("TREELINE_SMTP_PASSWORD")) {
        settings.password = given;
    }
    if (problems.empty() && !settings.user.empty() && !is_credential(settings.password)) {
        problems.emplace_back(
            "mail.user needs a password: mail.password_file or TREELINE_SMTP_PASSWORD");
    }
    const std::string authorities = settings.ca_file.string();
    if (!authorities.empty() && ::access(authorities.c_str(), R_OK) != 0) {
        problems.push_back("mail.ca_file can't be read: " + authorities);
    }
    return problems;
}

std::unique_ptr<mail::Carrier> make_carrier(const MailSettings& settings,
                                            const std::string& base_url,
                                            const std::filesystem::path& directory) {
    if (settings.smtp_host.empty()) {
        return std::make_unique<mail::EmlCarrier>(directory);
    }
    mail::SmtpServer server;
    server.host = settings.smtp_host;
    server.port = port_of(settings);
    server.ca_file = settings.ca_file.string();
    server.account = {mail::host_of(base_url), tls_of(settings), settings.user, settings.password};
    return std::make_unique<mail::SmtpCarrier>(std::move(server));
}

std::string mail_route(const MailSettings& settings, const std::filesystem::path& directory) {
    if (settings.smtp_host.empty()) {
        return "mail goes nowhere, it becomes files: there is no mail.smtp_host directory=" +
               directory.string();
    }
    const bool in_clear = tls_of(settings) == mail::SmtpTls::none;
    return "mail goes by SMTP host=" + settings.smtp_host +
           " port=" + std::to_string(port_of(settings)) + " tls=" + (in_clear ? "none" : "yes");
}

}  // namespace treeline
