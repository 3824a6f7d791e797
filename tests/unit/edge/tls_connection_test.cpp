// What OpenSSL has begun, our records go on with: every suite, group, version and habit of a peer.
#include "net/tls_connection.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "broker/edge/development_certificate.hpp"
#include "broker/edge/tls_context.hpp"
#include "tests/support/socket_pair.hpp"

namespace treeline {
namespace {

struct FreeOpenSsl {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};

// A client of OpenSSL's on one end of a pair of sockets, a TlsConnection on the other.
class Peers {
  public:
    using Prepare = std::function<void(SSL_CTX*, SSL*)>;
    Peers(const TlsContext& context, const Prepare& prepare, SSL_CTX* shared = nullptr)
        : wire_(std::move(ends_.ours)), near(wire_, context.start()) {
        if (shared != nullptr) {
            SSL_CTX_up_ref(shared);
        }
        context_.reset(shared != nullptr ? shared : SSL_CTX_new(TLS_client_method()));
        client.reset(SSL_new(context_.get()));
        SSL_set_fd(client.get(), ends_.theirs.get());
        if (prepare) {
            prepare(context_.get(), client.get());
        }
    }
    // `first_words` go out in one flight with the end of the client's handshake.
    bool shake_hands(std::string_view first_words = {}) {
        bool is_there = false;
        for (int step = 0; step < 10 && !(is_there && near.is_open()); ++step) {
            if (!is_there && SSL_connect(client.get()) == 1) {
                is_there = true;
                say(first_words);
            }
            if (!near.is_open()) {
                near.handshake();
            }
        }
        return is_there && near.is_open();
    }
    void say(std::string_view text) {
        if (!text.empty()) {
            EXPECT_EQ(SSL_write(client.get(), text.data(), static_cast<int>(text.size())),
                      static_cast<int>(text.size()));
        }
    }
    // What the near end hears, and how the last read went.
    std::string heard(IoStatus* last = nullptr) {
        std::string all;
        char into[20'000];
        std::size_t size = 0;
        IoStatus status{};
        while ((status = near.read(into, size)) == IoStatus::ok) {
            all.append(into, size);
        }
        if (last != nullptr) {
            *last = status;
        }
        return all;
    }
    void answer(std::string_view text) {
        while (!text.empty()) {
            std::size_t size = 0;
            ASSERT_EQ(near.write(text, size), IoStatus::ok);
            text.remove_prefix(size);
        }
    }
    // What the client says next, sealed and not sent.
    std::string sealed(std::string_view text) {
        BIO* const kept = BIO_new(BIO_s_mem());
        SSL_set0_wbio(client.get(), kept);
        say(text);
        char* bytes = nullptr;
        const long size = BIO_get_mem_data(kept, &bytes);
        std::string record(bytes, static_cast<std::size_t>(size));
        BIO* const read = SSL_get_rbio(client.get());
        BIO_up_ref(read);
        SSL_set0_wbio(client.get(), read);
        return record;
    }
    void send_raw(std::string_view bytes) {
        EXPECT_EQ(::send(SSL_get_fd(client.get()), bytes.data(), bytes.size(), 0),
                  static_cast<ssize_t>(bytes.size()));
    }
    Wire& wire() { return wire_; }
    std::string client_heard() {
        std::string all;
        char into[20'000];
        for (int got = 0; (got = SSL_read(client.get(), into, sizeof into)) > 0;) {
            all.append(into, static_cast<std::size_t>(got));
        }
        return all;
    }

  private:
    SocketPair ends_;
    Wire wire_;
    std::unique_ptr<SSL_CTX, FreeOpenSsl> context_;

  public:
    std::unique_ptr<SSL, FreeOpenSsl> client;
    TlsConnection near;
};

class TlsHandover : public ::testing::Test {
  protected:
    TlsHandover() {
        std::string name = (std::filesystem::temp_directory_path() / "handover-XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
        EXPECT_TRUE(bool(make_development_certificate(folder_)));
        context_ =
            *TlsContext::load({folder_ / "cert.pem", folder_ / "key.pem"}, fresh_ticket_keys());
    }
    ~TlsHandover() override { std::filesystem::remove_all(folder_); }

    void expect_talk(const Peers::Prepare& prepare, const char* what) {
        Peers peers(*context_, prepare);
        ASSERT_TRUE(peers.shake_hands("in one flight")) << what;
        EXPECT_EQ(peers.heard(), "in one flight") << what;
        const std::string long_text(50'000, 'x');
        for (const std::string& text : {std::string("short"), long_text}) {
            peers.answer(text);
            EXPECT_EQ(peers.client_heard(), text) << what;
            peers.say(text);
            EXPECT_EQ(peers.heard(), text) << what;
        }
        EXPECT_EQ(peers.near.ssl() == nullptr, SSL_version(peers.client.get()) == TLS1_3_VERSION)
            << what;
    }

    std::filesystem::path folder_;
    std::shared_ptr<const TlsContext> context_;
};

TEST_F(TlsHandover, TLS_06_every_suite_of_1_3_and_every_group) {
    for (const char* suite :
         {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"}) {
        expect_talk([&](SSL_CTX*, SSL* ssl) { SSL_set_ciphersuites(ssl, suite); }, suite);
    }
    // The last one is asked to begin again (HelloRetryRequest).
    for (const char* groups : {"X25519", "P-256", "P-384", "P-521:P-256"}) {
        expect_talk([&](SSL_CTX*, SSL* ssl) { SSL_set1_groups_list(ssl, groups); }, groups);
    }
}

TEST_F(TlsHandover, TLS_04_what_speaks_1_2_stays_openssls) {
    for (const char* suite : {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
                              "ECDHE-ECDSA-CHACHA20-POLY1305"}) {
        expect_talk(
            [&](SSL_CTX*, SSL* ssl) {
                SSL_set_max_proto_version(ssl, TLS1_2_VERSION);
                SSL_set_cipher_list(ssl, suite);
            },
            suite);
    }
}

TEST_F(TlsHandover, openssl_keeps_its_records_where_that_is_wanted) {
    TlsFiles files{folder_ / "cert.pem", folder_ / "key.pem"};
    files.openssl_records = true;
    context_ = *TlsContext::load(files, fresh_ticket_keys());
    Peers peers(*context_, {});
    ASSERT_TRUE(peers.shake_hands("in one flight"));
    EXPECT_EQ(peers.heard(), "in one flight");
    peers.answer("and back");
    EXPECT_EQ(peers.client_heard(), "and back");
    EXPECT_NE(peers.near.ssl(), nullptr);
}

TEST_F(TlsHandover, of_a_client_that_pads_its_records) {
    expect_talk([](SSL_CTX*, SSL* ssl) { SSL_set_block_padding(ssl, 256); }, "padding");
}

TEST_F(TlsHandover, of_a_client_that_can_take_small_records_alone) {
    Peers peers(*context_, [](SSL_CTX*, SSL* ssl) {
        SSL_set_tlsext_max_fragment_length(ssl, TLSEXT_max_fragment_length_512);
    });
    ASSERT_TRUE(peers.shake_hands());
    std::size_t size = 0;
    EXPECT_EQ(peers.near.write(std::string(2'000, 'x'), size), IoStatus::ok);
    EXPECT_EQ(size, 512U);
    EXPECT_EQ(peers.client_heard(), std::string(512, 'x'));
}

TEST_F(TlsHandover, of_a_client_that_changes_its_keys_and_wants_ours_changed) {
    Peers peers(*context_, {});
    ASSERT_TRUE(peers.shake_hands());
    for (const int wish :
         {SSL_KEY_UPDATE_NOT_REQUESTED, SSL_KEY_UPDATE_REQUESTED, SSL_KEY_UPDATE_REQUESTED}) {
        peers.say("before");
        ASSERT_EQ(SSL_key_update(peers.client.get(), wish), 1);
        peers.say("after");
        EXPECT_EQ(peers.heard(), "beforeafter");
        peers.answer("and back");
        EXPECT_EQ(peers.client_heard(), "and back");
    }
}

TEST_F(TlsHandover, TLS_15_the_ticket_that_openssl_sealed_resumes) {
    std::unique_ptr<SSL_CTX, FreeOpenSsl> shared(SSL_CTX_new(TLS_client_method()));
    std::unique_ptr<SSL_SESSION, FreeOpenSsl> session;
    for (const bool is_resumed : {false, true, true}) {
        Peers peers(
            *context_, [&](SSL_CTX*, SSL* ssl) { SSL_set_session(ssl, session.get()); },
            shared.get());
        ASSERT_TRUE(peers.shake_hands());
        EXPECT_EQ(SSL_session_reused(peers.client.get()) == 1, is_resumed);
        peers.answer("hello");
        EXPECT_EQ(peers.client_heard(), "hello");
        session.reset(SSL_get1_session(peers.client.get()));
        EXPECT_EQ(SSL_SESSION_is_resumable(session.get()), 1);
        SSL_set_shutdown(peers.client.get(), SSL_SENT_SHUTDOWN);  // else OpenSSL spoils it
    }
}

TEST_F(TlsHandover, goodbyes_are_heard_on_both_sides) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        Peers peers(*context_,
                    [&](SSL_CTX*, SSL* ssl) { SSL_set_max_proto_version(ssl, version); });
        ASSERT_TRUE(peers.shake_hands());
        peers.say("bye");
        SSL_shutdown(peers.client.get());
        IoStatus last{};
        EXPECT_EQ(peers.heard(&last), "bye");
        EXPECT_EQ(last, IoStatus::ended);
        peers.answer("you too");
        peers.near.close();
        EXPECT_EQ(peers.client_heard(), "you too");
        EXPECT_EQ(SSL_get_shutdown(peers.client.get()), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    }
}

TEST_F(TlsHandover, TLS_14_an_end_without_goodbye_is_an_end) {
    Peers peers(*context_, {});
    ASSERT_TRUE(peers.shake_hands());
    peers.say("half a fra");
    ASSERT_EQ(::shutdown(SSL_get_fd(peers.client.get()), SHUT_WR), 0);
    IoStatus last{};
    EXPECT_EQ(peers.heard(&last), "half a fra");
    EXPECT_EQ(last, IoStatus::ended);
}

TEST_F(TlsHandover, what_was_tampered_with_ends_in_an_alert_and_silence) {
    Peers peers(*context_, {});
    ASSERT_TRUE(peers.shake_hands());
    const std::string forged = std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, 'x');
    ASSERT_EQ(::send(SSL_get_fd(peers.client.get()), forged.data(), forged.size(), 0),
              static_cast<ssize_t>(forged.size()));
    IoStatus last{};
    EXPECT_EQ(peers.heard(&last), "");
    EXPECT_EQ(last, IoStatus::failed);
    std::size_t size = 0;
    EXPECT_EQ(peers.near.write("never", size), IoStatus::failed);
    peers.near.close();
    EXPECT_EQ(peers.client_heard(), "");
    EXPECT_EQ(SSL_get_error(peers.client.get(), 0), SSL_ERROR_SSL);
    EXPECT_EQ(ERR_GET_REASON(ERR_get_error()), SSL_R_SSLV3_ALERT_BAD_RECORD_MAC);
}

TEST_F(TlsHandover, nothing_follows_an_alert_though_what_came_before_it_is_heard) {
    Peers peers(*context_, {});
    ASSERT_TRUE(peers.shake_hands());
    const std::string forged = std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, 'x');
    peers.send_raw(peers.sealed("last words") + forged);
    char into[100];
    std::size_t size = 0;
    ASSERT_EQ(peers.near.read(into, size), IoStatus::ok);
    EXPECT_EQ(std::string(into, size), "last words");
    EXPECT_EQ(peers.near.write("an answer", size), IoStatus::failed);
    peers.near.close();
    EXPECT_EQ(peers.near.read(into, size), IoStatus::failed);
    EXPECT_EQ(peers.client_heard(), "");
    EXPECT_EQ(ERR_GET_REASON(ERR_get_error()), SSL_R_SSLV3_ALERT_BAD_RECORD_MAC);
}

// Else the loop would ask again and again for what has not come.
TEST_F(TlsHandover, half_a_record_is_nothing_to_read) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        Peers peers(*context_,
                    [&](SSL_CTX*, SSL* ssl) { SSL_set_max_proto_version(ssl, version); });
        ASSERT_TRUE(peers.shake_hands());
        const std::string record = peers.sealed("whole");
        for (const std::size_t size : {std::size_t{3}, std::size_t{20}}) {
            const std::size_t begin = size == 3 ? 0 : 3;
            peers.send_raw(record.substr(begin, size - begin));
            EXPECT_EQ(peers.heard(), "");
            EXPECT_FALSE(peers.near.has_pending());
        }
        peers.send_raw(record.substr(20) + peers.sealed(" and more"));
        EXPECT_EQ(peers.heard(), "whole and more");
        EXPECT_FALSE(peers.near.has_pending());
    }
}

TEST_F(TlsHandover, an_answer_of_tls_itself_waits_its_turn) {
    Peers peers(*context_, {});
    ASSERT_TRUE(peers.shake_hands());
    const std::string text(10'000, 'x');
    std::string said;
    std::size_t size = 0;
    while (peers.near.write(text, size) == IoStatus::ok) {  // until its socket is full
        said += text.substr(0, size);
    }
    ASSERT_TRUE(peers.wire().has_unsent());
    ASSERT_EQ(SSL_key_update(peers.client.get(), SSL_KEY_UPDATE_REQUESTED), 1);
    peers.say("your keys, too");
    EXPECT_EQ(peers.heard(), "your keys, too");
    std::string heard;
    while (peers.wire().has_unsent()) {
        heard += peers.client_heard();
        ASSERT_TRUE(peers.wire().send_unsent() > 0 || errno == EAGAIN);
    }
    peers.answer("under the next key");
    heard += peers.client_heard();
    EXPECT_EQ(heard, said + "under the next key");
}

TEST_F(TlsHandover, between_two_of_ours) {
    SocketPair ends;
    Wire near_wire(std::move(ends.ours));
    Wire far_wire(std::move(ends.theirs));
    std::unique_ptr<SSL_CTX, FreeOpenSsl> client(SSL_CTX_new(TLS_client_method()));
    TlsConnection::hand_over_after_handshake(client.get());
    SSL* const ssl = SSL_new(client.get());
    SSL_set_connect_state(ssl);
    TlsConnection near(near_wire, context_->start());
    TlsConnection far(far_wire, ssl);
    for (int step = 0; step < 10 && !near.is_open(); ++step) {
        far.handshake();
        near.handshake();
    }
    ASSERT_TRUE(near.is_open() && far.is_open());
    EXPECT_TRUE(near.ssl() == nullptr && far.ssl() == nullptr);
    char into[100];
    std::size_t size = 0;
    ASSERT_EQ(near.write("down", size), IoStatus::ok);
    ASSERT_EQ(far.read(into, size), IoStatus::ok);  // the ticket before it says nothing to it
    EXPECT_EQ(std::string(into, size), "down");
    ASSERT_EQ(far.write("up", size), IoStatus::ok);
    ASSERT_EQ(near.read(into, size), IoStatus::ok);
    EXPECT_EQ(std::string(into, size), "up");
}

}  // namespace
}  // namespace treeline
