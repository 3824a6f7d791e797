// What the configuration says of mail: by whom it is handed over, or that it becomes files.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/mail/smtp_carrier.hpp"

namespace treeline {

struct MailSettings {
    std::string smtp_host;              // empty: `.eml` files in DIR/mail
    std::optional<std::uint16_t> port;  // nullopt: 587, or 465 where TLS begins at once
    std::optional<mail::SmtpTls> tls;   // nullopt: starttls
    std::string user;                   // empty: nobody signs in
    std::filesystem::path password_file;
    std::string password;  // as read from the file, else from TREELINE_SMTP_PASSWORD
    std::string from;
    std::string from_name = "Treeline";
    std::filesystem::path ca_file;  // empty: the system's authorities
    Millis retry{60'000};           // after the first "not now" to a letter; then ever longer
};

// What does not make sense together or by itself, a line each; reads no file.
std::vector<std::string> mail_problems(const MailSettings& settings, const std::string& base_url);
// Reads what the settings point to: the password, and whether the authorities can be read.
std::vector<std::string> read_mail_files(MailSettings& settings);

std::unique_ptr<mail::Carrier> make_carrier(const MailSettings& settings,
                                            const std::string& base_url,
                                            const std::filesystem::path& directory);
// For the log: whereto mail goes.
std::string mail_route(const MailSettings& settings, const std::filesystem::path& directory);

}  // namespace treeline
