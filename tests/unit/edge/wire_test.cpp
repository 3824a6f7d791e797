// Bytes that come and go in batches are the bytes of the stream, however it is cut.
#include "net/wire.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <random>
#include <string>

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "broker/edge/development_certificate.hpp"
#include "broker/edge/tls_context.hpp"
#include "broker/edge/transport.hpp"
#include "tests/support/socket_pair.hpp"

namespace treeline {
namespace {

TEST(Wire, reads_what_arrived_before_what_the_socket_has) {
    SocketPair ends;
    Wire wire(std::move(ends.ours));
    ASSERT_EQ(::send(ends.theirs.get(), "later", 5, 0), 5);
    std::string slot = "first";
    wire.arrived(slot);
    EXPECT_TRUE(wire.has_arrived());
    char into[3];
    EXPECT_EQ(wire.read(into), 3);
    EXPECT_EQ(std::string(into, 3), "fir");
    wire.keep_arrived();
    slot = "other";  // the slot is somebody else's now
    wire.keep_arrived();
    EXPECT_EQ(wire.read(into), 2);
    EXPECT_EQ(std::string(into, 2), "st");
    EXPECT_FALSE(wire.has_arrived());
    EXPECT_EQ(wire.read(into), 3);
    EXPECT_EQ(std::string(into, 3), "lat");
}

TEST(Wire, knows_the_end) {
    SocketPair ends;
    Wire wire(std::move(ends.ours));
    char into[3];
    EXPECT_EQ(wire.read(into), -1);
    EXPECT_EQ(errno, EAGAIN);
    EXPECT_FALSE(wire.has_ended());
    ends.theirs.reset();
    wire.arrived("ab");
    EXPECT_EQ(wire.read(into), 2);
    EXPECT_FALSE(wire.has_ended());
    EXPECT_EQ(wire.read(into), 0);
    EXPECT_TRUE(wire.has_ended());
}

TEST(Wire, writes_nothing_ahead_of_what_a_batch_has_left) {
    SocketPair ends;
    Wire wire(std::move(ends.ours));
    std::string departures = "somebody else's ";
    wire.divert(&departures);
    EXPECT_EQ(wire.write("one two"), 7);
    EXPECT_EQ(departures, "somebody else's one two");
    EXPECT_EQ(read_all(ends.theirs), "");
    wire.divert(nullptr);
    wire.keep_unsent("two");  // the batch got rid of the rest
    EXPECT_EQ(wire.write("three"), -1);
    EXPECT_EQ(errno, EAGAIN);
    EXPECT_EQ(wire.send_unsent(), 3);
    EXPECT_FALSE(wire.has_unsent());
    EXPECT_EQ(wire.send_unsent(), 0);
    EXPECT_EQ(wire.write("three"), 5);
    EXPECT_EQ(read_all(ends.theirs), "twothree");
}

TEST(Wire, keeps_what_does_not_fit) {
    SocketPair ends;
    Wire wire(std::move(ends.ours));
    std::string much;
    for (int number = 0; much.size() < (4U << 20U); ++number) {
        much += std::to_string(number) + ' ';
    }
    wire.keep_unsent(much);
    std::string heard;
    while (wire.has_unsent()) {
        const ssize_t sent = wire.send_unsent();
        EXPECT_TRUE(sent > 0 || errno == EAGAIN);
        heard += read_all(ends.theirs);
    }
    EXPECT_EQ(heard, much);
}

// TLS over wires: the near end gets its bytes in slots of random sizes and sends in batches that
// are taken in random pieces; the far end is OpenSSL on a socket. In TLS 1.2 the near end is, too.
class TlsOverWire : public ::testing::TestWithParam<int> {
  protected:
    TlsOverWire() {
        std::string name = (std::filesystem::temp_directory_path() / "wire-XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
        EXPECT_TRUE(bool(make_development_certificate(folder_)));
        context_ =
            *TlsContext::load({folder_ / "cert.pem", folder_ / "key.pem"}, fresh_ticket_keys());
        client_context_ = SSL_CTX_new(TLS_client_method());
        SSL_CTX_set_max_proto_version(client_context_, GetParam());
        client_ = SSL_new(client_context_);
        SSL_set_fd(client_, ends_.theirs.get());
        near_ = std::make_unique<Transport>(std::move(ends_.ours), context_->start());
        bool done = false;
        for (int step = 0; step < 10 && !done; ++step) {
            const bool there = SSL_connect(client_) == 1;
            done = near_->handshake() == IoStatus::ok && there;
        }
        EXPECT_TRUE(done);
    }
    ~TlsOverWire() override {
        SSL_free(client_);
        SSL_CTX_free(client_context_);
        std::filesystem::remove_all(folder_);
    }
    std::size_t up_to(std::size_t most) { return random_() % (most + 1); }

    std::mt19937 random_{4};
    std::filesystem::path folder_;
    std::shared_ptr<const TlsContext> context_;
    SocketPair ends_;
    SSL_CTX* client_context_ = nullptr;
    SSL* client_ = nullptr;
    std::unique_ptr<Transport> near_;
};

TEST_P(TlsOverWire, what_comes_is_whole_however_it_is_cut) {
    std::string said;
    std::string heard;
    char scratch[16'896];
    for (int round = 0; round < 2'000; ++round) {
        const std::string part(1 + up_to(round % 50 == 0 ? 16'000 : 60), 'a' + round % 26);
        ASSERT_EQ(SSL_write(client_, part.data(), static_cast<int>(part.size())),
                  static_cast<int>(part.size()));
        said += part;
        if (up_to(2) == 0 || near_->has_pending()) {  // a turn without a batch
        } else {
            char slot[512];
            const ssize_t got = ::recv(near_->socket().get(), slot, 1 + up_to(511), 0);
            if (got > 0) {
                near_->wire().arrived({slot, static_cast<std::size_t>(got)});
            }
            if (up_to(3) == 0) {
                near_->wire().keep_arrived();
                std::fill(std::begin(slot), std::end(slot), '?');
            } else {
                std::size_t size = 0;
                while (near_->wire().has_arrived() &&
                       near_->read({scratch, sizeof scratch}, size) == IoStatus::ok) {
                    heard.append(scratch, size);
                }
                ASSERT_FALSE(near_->wire().has_arrived());
            }
        }
        for (std::size_t size = 0;
             near_->read({scratch, 1 + up_to(sizeof scratch - 1)}, size) == IoStatus::ok;) {
            heard.append(scratch, size);
        }
    }
    EXPECT_EQ(heard, said);
}

TEST_P(TlsOverWire, what_goes_is_whole_however_it_is_taken) {
    std::string said;
    std::string heard;
    char scratch[16'896];
    for (int round = 0; round < 2'000; ++round) {
        std::size_t size = 0;
        if (near_->has_unsent()) {
            near_->write_unsent(size);
        }
        const std::string part(1 + up_to(round % 50 == 0 ? 16'000 : 60), 'a' + round % 26);
        if (near_->has_unsent()) {
            EXPECT_EQ(near_->write(part, size), IoStatus::want_write);
        } else if (up_to(2) == 0) {
            ASSERT_EQ(near_->write(part, size), IoStatus::ok);
            said += part.substr(0, size);
        } else {
            std::string departures;
            near_->wire().divert(&departures);
            ASSERT_EQ(near_->write(part, size), IoStatus::ok);
            near_->wire().divert(nullptr);
            said += part.substr(0, size);
            const std::size_t taken = up_to(departures.size());
            ASSERT_EQ(::send(near_->socket().get(), departures.data(), taken, 0),
                      static_cast<ssize_t>(taken));
            near_->wire().keep_unsent(std::string_view(departures).substr(taken));
        }
        for (int got = 0; (got = SSL_read(client_, scratch, sizeof scratch)) > 0;) {
            heard.append(scratch, static_cast<std::size_t>(got));
        }
    }
    std::size_t size = 0;
    near_->write_unsent(size);
    for (int got = 0; (got = SSL_read(client_, scratch, sizeof scratch)) > 0;) {
        heard.append(scratch, static_cast<std::size_t>(got));
    }
    EXPECT_EQ(heard, said);
}

INSTANTIATE_TEST_SUITE_P(versions, TlsOverWire, ::testing::Values(TLS1_2_VERSION, TLS1_3_VERSION));

}  // namespace
}  // namespace treeline
