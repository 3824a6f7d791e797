// The configuration file: nothing unknown, nothing defaulted silently, every error with its line.
#include "broker/server/settings.hpp"

#include <gtest/gtest.h>

namespace treeline {
namespace {

TEST(Settings, takes_every_key_it_knows) {
    const auto read = parse_settings(R"(
[server]
listen = "0.0.0.0:443"
plain_listen = "127.0.0.1:8080"
shards = 3
[data]
dir = "/var/lib/treeline"
must_exist = true
[tls]
certificate = "/c.pem"
key = "/k.pem"
[device]
login_seconds = 7
heartbeat_factor = 2.5
flood_per_second = 0
flood_burst = 10
logins_per_minute = 0
[limits]
unauthenticated_per_ip = 0
rest_per_org_minute = 5
rest_per_user_minute = 4
handshakes_per_ip = 3
sign_in_failures_per_account = 2
[http]
trusted_proxies = ["10.0.0.0/8", "::1"]
public_base_url = "https://t.example/"
[app]
allowed_origins = ["https://a.example"]
[log]
level = "trace"
file = "/var/log/t.log"
[admin]
listen = "[::1]:9090"
[orgs]
depth_max = 4
)");
    for (const auto& error : read.errors) {
        ADD_FAILURE() << error.line << " " << error.message;
    }
    EXPECT_EQ(read.settings.listen.port, 443);
    EXPECT_EQ(read.settings.shards, 3U);
    EXPECT_TRUE(read.settings.must_exist);
    EXPECT_EQ(read.settings.edge.device.login_max, Millis(7'000));
    EXPECT_EQ(read.settings.edge.device.flood_per_second, 0);
    EXPECT_EQ(read.settings.hub.logins_per_minute, 0U);
    EXPECT_EQ(read.settings.edge.unauthenticated_per_ip, 0U);
    EXPECT_EQ(read.settings.edge.rates.per_org, 5U);
    EXPECT_EQ(read.settings.edge.rates.per_user, 4U);
    EXPECT_EQ(read.settings.edge.rates.handshakes_per_ip, 3U);
    EXPECT_EQ(read.settings.edge.rates.strangers_per_ip, 0U);
    EXPECT_TRUE(read.settings.edge.trusted_proxies.contains("10.9.8.7"));
    EXPECT_EQ(read.settings.edge.public_base_url, "https://t.example");
    EXPECT_EQ(read.settings.edge.allowed_origins.size(), 1U);
    EXPECT_EQ(read.settings.admin_listen->host, "::1");
    EXPECT_EQ(read.settings.tree.depth_max, 4U);
}

TEST(Settings, takes_every_key_of_mail) {
    const auto read = parse_settings(R"(
[http]
public_base_url = "https://t.example/"
[mail]
smtp_host = "mail.t.example"
smtp_port = 2525
tls = "implicit"
user = "treeline"
password_file = "/etc/treeline/smtp"
from = "no-reply@t.example"
from_name = "Our things"
ca_file = "/etc/ssl/ours.pem"
retry_seconds = 5
)");
    for (const auto& error : read.errors) {
        ADD_FAILURE() << error.line << " " << error.message;
    }
    EXPECT_EQ(read.settings.mail.smtp_host, "mail.t.example");
    EXPECT_EQ(read.settings.mail.port, 2525);
    EXPECT_EQ(read.settings.mail.tls, mail::SmtpTls::implicit);
    EXPECT_EQ(read.settings.mail.user, "treeline");
    EXPECT_EQ(read.settings.mail.from, "no-reply@t.example");
    EXPECT_EQ(read.settings.mail.retry, Millis(5'000));
}

TEST(Settings, OPS_03_names_the_line_of_every_error) {
    const auto read = parse_settings(
        "[server]\nlisten = 8443\nshardz = 2\n\n[devices]\nx = 1\n"
        "[log]\nlevel = \"loud\"\n");
    ASSERT_EQ(read.errors.size(), 4U);
    EXPECT_EQ(read.errors[0].line, 2U);
    EXPECT_EQ(read.errors[1].line, 3U);
    EXPECT_EQ(read.errors[2].line, 5U);
    EXPECT_EQ(read.errors[3].line, 8U);
}

TEST(Settings, OPS_03_refuses_a_duplicate_key_with_its_line) {
    const auto read = parse_settings("[server]\nshards = 1\nshards = 2\n");
    ASSERT_EQ(read.errors.size(), 1U);
    EXPECT_EQ(read.errors[0].line, 3U);
}

TEST(Settings, refuses_values_out_of_range) {
    for (const char* text :
         {"[server]\nshards = 0", "[server]\nlisten = \"nowhere\"", "[orgs]\ndepth_max = 17",
          "[device]\nheartbeat_factor = nan", "[tls]\nkey = \"/only\"", "top = 1",
          "[app]\nallowed_origins = [\"https://a.example/\"]", "[server]\nlisten = \":1\"",
          "[server]\nlisten = \"::1:80\"", "[server]\nlisten = \"a:65536\""}) {
        EXPECT_EQ(parse_settings(text).errors.size(), 1U) << text;
    }
}

// With these lines in [mail], and a base URL.
std::vector<SettingsError> errors_of_mail(const std::string& lines) {
    return parse_settings("[http]\npublic_base_url = \"https://t.example\"\n[mail]\n" + lines)
        .errors;
}

TEST(Settings, mail_needs_what_a_letter_needs) {
    const std::string server = "smtp_host = \"m.example\"\n";
    const std::string from = "from = \"a@b.example\"\n";
    EXPECT_TRUE(errors_of_mail(server + from).empty());
    EXPECT_TRUE(errors_of_mail(from).empty());
    for (const std::string& lines :
         {server, server + "from = \"a@b.example, c@d.example\"",
          server + "from = \"a@b.example\\r\\nBcc: c@d.example\"",
          server + from + "from_name = \"a\\nb\"", from + "tls = \"none\"", from + "user = \"me\"",
          server + from + "tls = \"maybe\"", server + from + "tls = \"none\"\nuser = \"me\"",
          server + from + "user = \"me\\u0000you\"", server + from + "smtp_port = 0",
          server + from + "password_file = \"/p\"", "smtp_host = \"m.example\\r\\nx\"\n" + from,
          server + from + "retry_seconds = 0"}) {
        EXPECT_EQ(errors_of_mail(lines).size(), 1U) << lines;
    }
}

TEST(Settings, a_mail_server_needs_to_know_what_links_begin_with) {
    EXPECT_EQ(
        parse_settings("[mail]\nsmtp_host = \"m.example\"\nfrom = \"a@b.example\"\n").errors.size(),
        1U);
    for (const char* url : {"https://t.example/a b", "https://t.example\\u0001",
                            "https://t_example", "https://tö.example", "ftp://t.example",
                            "https://", "https:///x", "https://t.example;evil"}) {
        const auto read =
            parse_settings("[http]\npublic_base_url = \"" + std::string(url) + "\"\n");
        EXPECT_EQ(read.errors.size(), 1U) << url;
    }
}

}  // namespace
}  // namespace treeline
