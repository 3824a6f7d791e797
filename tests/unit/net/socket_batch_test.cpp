// A batch does what single calls do, with a ring and without.
#include "net/socket_batch.hpp"

#include <array>
#include <cerrno>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "tests/support/socket_pair.hpp"

namespace treeline {
namespace {

class Batch : public ::testing::TestWithParam<SocketBatch::Way> {
  protected:
    SocketBatch batch_{GetParam()};
};

TEST_P(Batch, receives_from_each_what_is_there) {
    std::vector<SocketPair> pairs(SocketBatch::size_max);
    std::vector<std::array<char, 16>> slots(pairs.size());
    std::vector<SocketIo> wanted;
    for (std::size_t at = 0; at < pairs.size(); ++at) {
        const std::string said = "number " + std::to_string(at);
        ASSERT_EQ(::send(pairs[at].theirs.get(), said.data(), said.size(), 0),
                  static_cast<ssize_t>(said.size()));
        wanted.push_back({pairs[at].ours.get(), slots[at].data(), slots[at].size()});
    }
    batch_.receive(wanted);
    for (std::size_t at = 0; at < pairs.size(); ++at) {
        ASSERT_GT(wanted[at].result, 0) << at;
        EXPECT_EQ(std::string(slots[at].data(), static_cast<std::size_t>(wanted[at].result)),
                  "number " + std::to_string(at));
    }
}

TEST_P(Batch, says_of_each_what_is_wrong_with_it) {
    SocketPair silent;
    SocketPair closed;
    SocketPair talking;
    closed.theirs.reset();
    ASSERT_EQ(::send(talking.theirs.get(), "abcdef", 6, 0), 6);
    char bytes[4][4];
    std::vector<SocketIo> wanted{{silent.ours.get(), bytes[0], 4},
                                 {closed.ours.get(), bytes[1], 4},
                                 {-1, bytes[2], 4},
                                 {talking.ours.get(), bytes[3], 4}};
    batch_.receive(wanted);
    EXPECT_EQ(wanted[0].result, -EAGAIN);
    EXPECT_EQ(wanted[1].result, 0);
    EXPECT_EQ(wanted[2].result, -EBADF);
    EXPECT_EQ(wanted[3].result, 4);
    batch_.receive(std::span(wanted).first(1));  // one alone
    EXPECT_EQ(wanted[0].result, -EAGAIN);
}

TEST_P(Batch, sends_what_fits_and_never_waits_or_signals) {
    SocketPair open;
    SocketPair closed;
    SocketPair full;
    closed.theirs.reset();
    std::string much(8 << 20U, 'x');
    std::string little = "hello";
    std::vector<SocketIo> wanted{{open.ours.get(), little.data(), little.size()},
                                 {closed.ours.get(), little.data(), little.size()},
                                 {full.ours.get(), much.data(), much.size()}};
    batch_.send(wanted);
    EXPECT_EQ(wanted[0].result, 5);
    EXPECT_EQ(wanted[1].result, -EPIPE);
    EXPECT_GT(wanted[2].result, 0);
    EXPECT_LT(wanted[2].result, static_cast<int>(much.size()));
    batch_.send(wanted);
    EXPECT_EQ(wanted[0].result, 5);
    EXPECT_EQ(wanted[2].result, -EAGAIN);
    char heard[16];
    EXPECT_EQ(::recv(open.theirs.get(), heard, sizeof heard, 0), 10);
}

TEST_P(Batch, may_be_empty) {
    batch_.send({});
    batch_.receive({});
}

// The same batch again and again: nothing of the one before is left in the ring.
TEST_P(Batch, carries_on) {
    SocketPair a;
    SocketPair b;
    for (int round = 0; round < 1'000; ++round) {
        std::string text = std::to_string(round);
        std::vector<SocketIo> out{{a.theirs.get(), text.data(), text.size()},
                                  {b.theirs.get(), text.data(), text.size()}};
        batch_.send(out);
        char into[2][8];
        std::vector<SocketIo> in{{a.ours.get(), into[0], 8}, {b.ours.get(), into[1], 8}};
        batch_.receive(in);
        for (const SocketIo& got : in) {
            ASSERT_EQ(std::string(got.bytes, static_cast<std::size_t>(got.result)), text);
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Ways, Batch,
                         ::testing::Values(SocketBatch::Way::ring_if_possible,
                                           SocketBatch::Way::call_by_call));

}  // namespace
}  // namespace treeline
