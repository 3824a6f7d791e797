// Certificates that are made, loaded, refused, and tickets that outlive a reload.
#include "broker/edge/tls_context.hpp"

#include <fstream>

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "broker/edge/development_certificate.hpp"
#include "net/fd.hpp"

namespace treeline {
namespace {

class TlsFolder : public ::testing::Test {
  protected:
    TlsFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "tls-XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
        EXPECT_TRUE(bool(make_development_certificate(folder_)));
    }
    ~TlsFolder() override { std::filesystem::remove_all(folder_); }
    TlsFiles files() const { return {folder_ / "cert.pem", folder_ / "key.pem"}; }
    std::filesystem::path folder_;
};

// A handshake over two memory pipes; the session that a client could resume with.
SSL_SESSION* shake_hands(const TlsContext& context, SSL_SESSION* offered, bool& resumed) {
    int pair[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    const Fd server_end(pair[0]);
    const Fd client_end(pair[1]);
    SSL_CTX* client_context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_max_proto_version(client_context, TLS1_2_VERSION);  // its session is there at once
    SSL* client = SSL_new(client_context);
    SSL* server = context.start();
    SSL_set_fd(server, server_end.get());
    SSL_set_fd(client, client_end.get());
    if (offered != nullptr) {
        SSL_set_session(client, offered);
    }
    bool done = false;
    for (int step = 0; step < 10 && !done; ++step) {
        const bool a = SSL_connect(client) == 1;
        const bool b = SSL_accept(server) == 1;
        done = a && b;
    }
    EXPECT_TRUE(done);
    resumed = SSL_session_reused(client) == 1;
    SSL_SESSION* session = SSL_get1_session(client);
    SSL_set_shutdown(client, SSL_SENT_SHUTDOWN);  // else OpenSSL spoils the session
    SSL_free(client);
    SSL_free(server);
    SSL_CTX_free(client_context);
    return session;
}

bool offers(const TlsContext& context, std::string_view suite) {
    SSL* server = context.start();
    bool found = false;
    for (int i = 0; const char* name = SSL_get_cipher_list(server, i); ++i) {
        found = found || name == suite;
    }
    SSL_free(server);
    return found;
}

TEST_F(TlsFolder, offers_cbc_only_where_it_is_asked_for) {
    TlsFiles wanted = files();
    const auto usual = *TlsContext::load(wanted, fresh_ticket_keys());
    EXPECT_FALSE(offers(*usual, "ECDHE-ECDSA-AES128-SHA256"));
    wanted.legacy_suites = true;
    const auto legacy = *TlsContext::load(wanted, fresh_ticket_keys());
    EXPECT_TRUE(offers(*legacy, "ECDHE-ECDSA-AES128-SHA256"));
    EXPECT_TRUE(offers(*legacy, "ECDHE-ECDSA-AES128-GCM-SHA256"));
}

TEST_F(TlsFolder, makes_keys_that_only_the_owner_can_read) {
    for (const char* name : {"ca.key", "key.pem"}) {
        struct stat file{};
        ASSERT_EQ(::stat((folder_ / name).c_str(), &file), 0);
        EXPECT_EQ(file.st_mode & 0777U, 0600U) << name;
    }
    EXPECT_TRUE(std::filesystem::exists(folder_ / "ca.pem"));
}

TEST_F(TlsFolder, keeps_the_certificate_it_made_before) {
    const auto before = std::filesystem::last_write_time(folder_ / "cert.pem");
    ASSERT_TRUE(bool(make_development_certificate(folder_)));
    EXPECT_EQ(std::filesystem::last_write_time(folder_ / "cert.pem"), before);
}

TEST_F(TlsFolder, OPS_02_refuses_a_broken_certificate_and_a_foreign_key) {
    EXPECT_TRUE(bool(TlsContext::load(files(), fresh_ticket_keys())));
    EXPECT_FALSE(
        bool(TlsContext::load({folder_ / "cert.pem", folder_ / "ca.key"}, fresh_ticket_keys())));
    EXPECT_FALSE(
        bool(TlsContext::load({folder_ / "no.pem", folder_ / "key.pem"}, fresh_ticket_keys())));
    std::ofstream(folder_ / "cert.pem") << "broken";
    const auto loaded = TlsContext::load(files(), fresh_ticket_keys());
    ASSERT_FALSE(bool(loaded));
    EXPECT_NE(loaded.error().find("cert.pem"), std::string::npos);
}

TEST_F(TlsFolder, TLS_15_resumes_across_a_reload_until_the_key_is_rotated_twice) {
    const TicketKeys keys = fresh_ticket_keys();
    const auto first = *TlsContext::load(files(), keys);
    bool resumed = true;
    SSL_SESSION* session = shake_hands(*first, nullptr, resumed);
    EXPECT_FALSE(resumed);
    const auto reloaded = *TlsContext::load(files(), keys);
    SSL_SESSION_free(shake_hands(*reloaded, session, resumed));
    EXPECT_TRUE(resumed);
    const auto rotated = *TlsContext::load(files(), rotate(keys));
    SSL_SESSION_free(shake_hands(*rotated, session, resumed));
    EXPECT_TRUE(resumed);
    const auto forgotten = *TlsContext::load(files(), rotate(rotate(keys)));
    SSL_SESSION_free(shake_hands(*forgotten, session, resumed));
    EXPECT_FALSE(resumed);
    SSL_SESSION_free(session);
}

}  // namespace
}  // namespace treeline
