// What a load's payloads say, and what the ledger finds wrong with them.
#include "firmware-sim/load/ledger.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace treeline::load {
namespace {

constexpr std::size_t app = 0;
constexpr std::size_t other_app = 1;
constexpr std::uint32_t tenant = 3;
constexpr std::uint32_t other_tenant = 4;
constexpr std::uint32_t lamp = 7;
constexpr std::uint32_t other_lamp = 8;
constexpr std::uint64_t lamp_id = 1'007;
constexpr std::uint64_t other_lamp_id = 1'008;

std::string payload(std::uint32_t of_tenant, std::uint32_t device, std::uint64_t sequence) {
    std::string out;
    append_payload({of_tenant, device, sequence, 1'000}, payload_size_bytes_min, out);
    return out;
}

class LedgerOfTwoTenants : public testing::Test {
  protected:
    LedgerOfTwoTenants() {
        ledger_.allow(app, tenant, lamp, lamp_id);
        ledger_.allow(other_app, other_tenant, other_lamp, other_lamp_id);
    }
    void send(std::uint32_t device, int times) {
        for (int i = 0; i < times; ++i) {
            ledger_.send(device);
        }
    }
    Verdict receive(std::size_t receiver, std::uint64_t name, const std::string& text) {
        Mark mark;
        return ledger_.receive(receiver, name, text, mark);
    }

    Ledger ledger_;
};

RC_GTEST_PROP(Payload, says_again_what_was_put_in, ()) {
    const Mark mark{*rc::gen::inRange(0U, 1U << 18U), *rc::gen::inRange(0U, 1U << 24U),
                    *rc::gen::inRange(std::uint64_t{0}, std::uint64_t{1} << 36U),
                    *rc::gen::inRange(std::int64_t{0}, std::int64_t{1} << 42U)};
    const auto size = *rc::gen::inRange(payload_size_bytes_min, std::size_t{1'025});
    std::string text;
    append_payload(mark, size, text);
    RC_ASSERT(text.size() == size);
    RC_ASSERT(read_payload(text) == mark);
}

TEST(Payload, one_that_is_short_or_has_another_byte_in_it_is_none) {
    std::string text = payload(tenant, lamp, 1);
    EXPECT_TRUE(read_payload(text));
    EXPECT_FALSE(read_payload(text.substr(1)));
    EXPECT_FALSE(read_payload(text + "!"));
    text[5] = ' ';
    EXPECT_FALSE(read_payload(text));
}

TEST_F(LedgerOfTwoTenants, all_that_came_once_and_in_order_is_clean) {
    send(lamp, 2);
    EXPECT_EQ(receive(app, lamp_id, payload(tenant, lamp, 1)), Verdict::delivered);
    EXPECT_EQ(receive(app, lamp_id, payload(tenant, lamp, 2)), Verdict::delivered);
    EXPECT_TRUE(ledger_.closed().is_clean());
    EXPECT_EQ(ledger_.closed().delivered, 2U);
}

TEST_F(LedgerOfTwoTenants, a_value_of_another_tenant_is_misrouted) {
    send(lamp, 1);
    EXPECT_EQ(receive(other_app, lamp_id, payload(tenant, lamp, 1)), Verdict::misrouted);
    EXPECT_EQ(ledger_.closed().misrouted, 1U);
    EXPECT_FALSE(ledger_.closed().is_clean());
}

TEST_F(LedgerOfTwoTenants, a_value_in_the_name_of_another_device_is_misrouted) {
    send(lamp, 1);
    EXPECT_EQ(receive(app, other_lamp_id, payload(tenant, lamp, 1)), Verdict::misrouted);
}

TEST_F(LedgerOfTwoTenants, a_value_that_says_another_tenant_is_misrouted) {
    send(lamp, 1);
    EXPECT_EQ(receive(app, lamp_id, payload(other_tenant, lamp, 1)), Verdict::misrouted);
}

TEST_F(LedgerOfTwoTenants, what_is_no_payload_is_unreadable) {
    EXPECT_EQ(receive(app, lamp_id, "21.5"), Verdict::unreadable);
    EXPECT_FALSE(ledger_.closed().is_clean());
}

TEST_F(LedgerOfTwoTenants, what_never_comes_is_lost) {
    send(lamp, 3);
    receive(app, lamp_id, payload(tenant, lamp, 1));
    receive(app, lamp_id, payload(tenant, lamp, 3));
    EXPECT_EQ(ledger_.closed().lost, 1U);
    EXPECT_FALSE(ledger_.closed().is_clean());
}

TEST_F(LedgerOfTwoTenants, what_the_server_says_it_folded_is_no_fault) {
    send(lamp, 3);
    receive(app, lamp_id, payload(tenant, lamp, 3));
    ledger_.lagged(2);
    EXPECT_TRUE(ledger_.closed().is_clean());
}

TEST_F(LedgerOfTwoTenants, a_second_copy_is_a_duplicate) {
    send(lamp, 1);
    receive(app, lamp_id, payload(tenant, lamp, 1));
    EXPECT_EQ(receive(app, lamp_id, payload(tenant, lamp, 1)), Verdict::duplicated);
    EXPECT_FALSE(ledger_.closed().is_clean());
}

TEST_F(LedgerOfTwoTenants, one_that_comes_after_a_later_one_is_reordered_and_its_copy_a_duplicate) {
    send(lamp, 5);
    receive(app, lamp_id, payload(tenant, lamp, 5));
    EXPECT_EQ(receive(app, lamp_id, payload(tenant, lamp, 3)), Verdict::reordered);
    EXPECT_EQ(receive(app, lamp_id, payload(tenant, lamp, 3)), Verdict::duplicated);
    EXPECT_EQ(receive(app, lamp_id, payload(tenant, lamp, 1)), Verdict::reordered);
    EXPECT_EQ(ledger_.closed().lost, 2U);
}

TEST_F(LedgerOfTwoTenants, each_receiver_of_a_device_is_expected_to_get_it) {
    ledger_.allow(2, tenant, lamp, lamp_id);
    send(lamp, 1);
    EXPECT_EQ(ledger_.tally().expected, 2U);
    receive(app, lamp_id, payload(tenant, lamp, 1));
    EXPECT_EQ(ledger_.closed().lost, 1U);
}

// Any order, with repeats: each is judged as a set of what came before would judge it.
RC_GTEST_PROP(Ledger, agrees_with_a_set, ()) {
    const auto sequences = *rc::gen::container<std::vector<std::uint64_t>>(
        rc::gen::inRange(std::uint64_t{1}, std::uint64_t{30}));
    Ledger ledger;
    ledger.allow(app, tenant, lamp, Ledger::unnamed);
    std::vector<bool> seen(31);
    std::uint64_t greatest = 0;
    for (const std::uint64_t sequence : sequences) {
        Mark mark;
        const Verdict verdict = ledger.receive(app, 0, payload(tenant, lamp, sequence), mark);
        const Verdict expected = seen[sequence]        ? Verdict::duplicated
                                 : sequence > greatest ? Verdict::delivered
                                                       : Verdict::reordered;
        RC_ASSERT(verdict == expected);
        seen[sequence] = true;
        greatest = std::max(greatest, sequence);
    }
}

}  // namespace
}  // namespace treeline::load
