// Many wires at once: each gets its own bytes, in order, and what a socket doesn't take stays.
#include "net/wire_batch.hpp"

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/socket_pair.hpp"

namespace treeline {
namespace {

class ManyWires : public ::testing::TestWithParam<SocketBatch::Way> {
  protected:
    ManyWires() {
        for (int i = 0; i < 4; ++i) {
            SocketPair pair;
            wires_.push_back(std::make_unique<Wire>(std::move(pair.ours)));
            peers_.push_back(std::move(pair.theirs));
        }
    }
    void write(std::size_t at, std::string_view bytes) {
        batch_.begin(*wires_[at]);
        EXPECT_EQ(wires_[at]->write(bytes), static_cast<ssize_t>(bytes.size()));
        EXPECT_TRUE(batch_.end(*wires_[at]));
    }
    std::vector<bool> send(const std::vector<std::size_t>& order) {
        return batch_.send([&](std::size_t at) { return wires_[order[at]].get(); });
    }
    std::vector<std::unique_ptr<Wire>> wires_;
    std::vector<Fd> peers_;
    WireBatch batch_{GetParam()};
};

TEST_P(ManyWires, each_receives_its_own_and_keeps_it_past_the_next_call) {
    for (std::size_t at = 0; at < 3; ++at) {
        const std::string said = "for " + std::to_string(at);
        ASSERT_EQ(::send(peers_[at].get(), said.data(), said.size(), 0), 5);
    }
    batch_.receive({wires_[0].get(), wires_[1].get(), wires_[2].get(), wires_[3].get()});
    EXPECT_FALSE(wires_[3]->has_arrived());
    wires_[0]->keep_arrived();
    ASSERT_EQ(::send(peers_[3].get(), "other", 5, 0), 5);
    batch_.receive({wires_[3].get(), wires_[2].get()});  // in the slots of the first two
    char into[16];
    EXPECT_EQ(wires_[0]->read(into), 5);
    EXPECT_EQ(std::string(into, 5), "for 0");
    EXPECT_EQ(wires_[3]->read(into), 5);
    EXPECT_EQ(std::string(into, 5), "other");
}

TEST_P(ManyWires, each_sends_its_own_once) {
    write(2, "to two");
    write(0, "to zero");
    EXPECT_EQ(read_all(peers_[2]), "");
    EXPECT_EQ(send({2, 0}), (std::vector<bool>{true, true}));
    EXPECT_EQ(read_all(peers_[2]), "to two");
    EXPECT_EQ(read_all(peers_[0]), "to zero");
    EXPECT_EQ(batch_.size(), 0U);
    EXPECT_TRUE(send({}).empty());
    EXPECT_EQ(read_all(peers_[0]), "");
}

TEST_P(ManyWires, what_is_dropped_or_empty_goes_to_nobody) {
    write(0, "kept");
    batch_.begin(*wires_[1]);
    EXPECT_EQ(wires_[1]->write("lost"), 4);
    batch_.drop(*wires_[1]);
    batch_.begin(*wires_[2]);
    EXPECT_FALSE(batch_.end(*wires_[2]));
    write(3, "also kept");
    EXPECT_EQ(send({0, 3}), (std::vector<bool>{true, true}));
    EXPECT_EQ(read_all(peers_[0]), "kept");
    EXPECT_EQ(read_all(peers_[1]), "");
    EXPECT_EQ(read_all(peers_[3]), "also kept");
}

TEST_P(ManyWires, what_a_socket_does_not_take_stays_and_the_broken_are_named) {
    const std::string much(4U << 20U, 'x');
    peers_[1].reset();
    write(0, much);
    write(1, "to nobody");
    write(2, "gone meanwhile");
    const std::vector<bool> intact =
        batch_.send([&](std::size_t at) { return at == 2 ? nullptr : wires_[at].get(); });
    EXPECT_EQ(intact, (std::vector<bool>{true, false, false}));
    EXPECT_EQ(read_all(peers_[2]), "");
    ASSERT_TRUE(wires_[0]->has_unsent());
    std::size_t heard = read_all(peers_[0]).size();
    while (wires_[0]->has_unsent()) {
        ASSERT_GT(wires_[0]->send_unsent(), 0);
        heard += read_all(peers_[0]).size();
    }
    EXPECT_EQ(heard, much.size());
}

INSTANTIATE_TEST_SUITE_P(Ways, ManyWires,
                         ::testing::Values(SocketBatch::Way::ring_if_possible,
                                           SocketBatch::Way::call_by_call));

}  // namespace
}  // namespace treeline
