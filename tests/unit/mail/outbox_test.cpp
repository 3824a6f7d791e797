// The outbox over a scripted carrier: every failure at every step, and nothing is lost.
#include "broker/mail/outbox.hpp"

#include <future>
#include <set>
#include <thread>

#include "tests/unit/mail/outbox_bench.hpp"

namespace treeline::mail {
namespace {

using How = Carried::How;
using std::chrono::hours;
using std::chrono::minutes;

const Carried deferred{How::deferred, "rcpt_450"};
const Carried refused{How::refused, "rcpt_550"};
const Carried unreachable{How::unreachable, "connect"};

TEST_F(OutboxBench, sends_each_letter_once_in_the_order_of_the_log) {
    write({notice("a"), notice("b")});
    write_to("c");
    run();
    EXPECT_EQ(carrier.tried, to({"a", "b", "c"}));
    start();
    run_after(hours(24));
    EXPECT_EQ(carrier.tried.size(), 3U);
    EXPECT_EQ(outbox->counters().waiting, 0U);
}

TEST_F(OutboxBench, sends_nothing_that_nobody_said_is_durable) {
    builder.take(change_with({notice("a")}));
    append();
    run();
    EXPECT_TRUE(carrier.tried.empty());
    outbox->follow(builder.world());
    run();
    EXPECT_EQ(carrier.tried, to({"a"}));
}

TEST_F(OutboxBench, reads_no_further_than_the_world_it_was_told_of) {
    builder.take(change_with({notice("a")}));
    const World world = builder.world();
    builder.take(change_with({notice("b")}));
    append();
    outbox->follow(world);
    run();
    EXPECT_EQ(carrier.tried, to({"a"}));
}

TEST_F(OutboxBench, sends_nothing_that_was_written_before_there_was_an_outbox) {
    storage::FlakyStore fresh;
    write_to("old");
    Outbox late({.store = fresh,
                 .log = *log,
                 .carrier = carrier,
                 .sender = {"broker@example.org", "", "https://t.example", key},
                 .clock = [this] { return Now{SteadyTime{}, builder.now}; }});
    ASSERT_TRUE(late.open());
    late.follow(builder.world());
    EXPECT_FALSE(late.step());
    EXPECT_TRUE(carrier.tried.empty());
}

// The process dies at its n-th write, whichever that is: before the letter is queued, after it was
// sent, while it is put off. Whoever got it twice got the same bytes.
TEST_F(OutboxBench, ACC_14_a_crash_at_any_write_loses_no_letter_and_repeats_only_true_copies) {
    for (int survived = 0; survived < 20; ++survived) {
        carrier = {};
        int tries_of_b = 0;
        carrier.answer = [&](const Letter& letter) {
            return letter.to == "b@x.test" && ++tries_of_b == 1 ? deferred : Carried{How::sent, {}};
        };
        store.writes_left = survived;
        write({notice("a"), notice("b")});
        write_to("c");
        run();
        run_after(minutes(2));
        store.writes_left = 1'000'000;
        start();
        run();
        run_after(minutes(2));
        const std::set<std::string> different(carrier.taken.begin(), carrier.taken.end());
        EXPECT_EQ(different.size(), 3U) << survived;
        EXPECT_EQ(outbox->counters().waiting, 0U) << survived;
        EXPECT_LE(carrier.taken.size(), 4U) << survived;
    }
}

TEST_F(OutboxBench, a_letter_that_was_sent_and_not_remembered_is_repeated_byte_for_byte) {
    write_to("a");
    store.before_write = [this] { store.failing = !carrier.taken.empty(); };
    run();
    EXPECT_EQ(failures, 1);
    store.before_write = nullptr;
    store.failing = false;
    start();
    run();
    ASSERT_EQ(carrier.taken.size(), 2U);
    EXPECT_EQ(carrier.taken[0], carrier.taken[1]);
    EXPECT_NE(carrier.taken[0].find("Message-ID: <"), std::string::npos);
}

TEST_F(OutboxBench, stops_at_a_write_that_is_in_doubt) {
    store.failing = true;
    write_to("a");
    write_to("b");
    run();
    run_after(hours(1));
    EXPECT_EQ(failures, 1);
    EXPECT_TRUE(carrier.tried.empty());
}

TEST_F(OutboxBench, a_deferred_letter_holds_up_no_other_and_is_tried_ever_more_rarely) {
    answer_to("a", deferred);
    write_to("a");
    write_to("b");
    run();
    EXPECT_EQ(carrier.tried, to({"a", "b"}));
    for (const auto wait : {minutes(1), minutes(2), minutes(4), minutes(8), minutes(16),
                            minutes(32), minutes(60), minutes(60)}) {
        carrier.tried.clear();
        run_after(wait - Millis(1));
        EXPECT_TRUE(carrier.tried.empty()) << wait.count();
        run_after(Millis(1));
        EXPECT_EQ(carrier.tried, to({"a"})) << wait.count();
    }
    answer_all({How::sent, {}});
    run_after(hours(1));
    EXPECT_EQ(carrier.taken.size(), 2U);
    EXPECT_EQ(outbox->counters().deferred, 9U);
}

TEST_F(OutboxBench, a_restart_does_not_try_a_deferred_letter_earlier) {
    answer_all(deferred);
    write_to("a");
    run();
    run_after(minutes(1));
    start();
    carrier.tried.clear();
    run_after(minutes(1));
    EXPECT_TRUE(carrier.tried.empty());
    run_after(minutes(1));
    EXPECT_EQ(carrier.tried, to({"a"}));
}

TEST_F(OutboxBench, a_letter_that_is_deferred_for_days_is_given_up) {
    answer_all(deferred);
    write_to("a");
    run();
    for (int hour = 0; hour < 6 * 24; ++hour) {
        run_after(hours(1));
    }
    EXPECT_EQ(outbox->counters().waiting, 0U);
    EXPECT_EQ(outbox->counters().parked, 1U);
    EXPECT_EQ(outbox->counters().expired, 1U);
    EXPECT_LT(carrier.tried.size(), 140U);
}

TEST_F(OutboxBench, a_refused_letter_is_parked_until_the_operator_wants_it_tried_again) {
    answer_to("a", refused);
    write_to("a");
    write_to("b");
    run();
    run_after(hours(100));
    EXPECT_EQ(carrier.tried, to({"a", "b"}));
    EXPECT_EQ(outbox->counters().parked, 1U);
    start();
    answer_all({How::sent, {}});
    outbox->retry_parked();
    run();
    EXPECT_EQ(carrier.tried, to({"a", "b", "a"}));
    start();
    EXPECT_EQ(outbox->counters().parked, 0U);
    EXPECT_EQ(outbox->counters().waiting, 0U);
}

TEST_F(OutboxBench, keeps_no_more_parked_letters_than_it_may) {
    limits.parked_max = 2;
    start();
    answer_all(refused);
    write({notice("a"), notice("b"), notice("c")});
    run();
    start();
    EXPECT_EQ(outbox->counters().parked, 2U);
    answer_all({How::sent, {}});
    carrier.tried.clear();
    outbox->retry_parked();
    run();
    EXPECT_EQ(carrier.tried, to({"b", "c"}));
}

TEST_F(OutboxBench, while_nobody_is_reached_every_letter_waits_and_none_is_blamed) {
    answer_all(unreachable);
    write_to("a");
    write_to("b");
    run();
    EXPECT_EQ(carrier.tried, to({"a"}));
    EXPECT_TRUE(outbox->counters().is_paused);
    for (const int seconds : {5, 10, 20, 40, 80, 160, 300, 300}) {
        carrier.tried.clear();
        run_after(std::chrono::seconds(seconds) - Millis(1));
        EXPECT_TRUE(carrier.tried.empty()) << seconds;
        run_after(Millis(1));
        EXPECT_EQ(carrier.tried, to({"a"})) << seconds;
    }
    answer_all({How::sent, {}});
    carrier.tried.clear();
    run_after(minutes(5));
    EXPECT_EQ(carrier.tried, to({"a", "b"}));
    EXPECT_FALSE(outbox->counters().is_paused);
    EXPECT_EQ(outbox->counters().deferred, 0U);
}

TEST_F(OutboxBench, letters_that_waited_for_days_for_anybody_are_given_up_together) {
    answer_all(unreachable);
    write_to("a");
    write_to("b");
    run();
    run_after(hours(5 * 24 - 1));
    EXPECT_EQ(outbox->counters().waiting, 2U);
    run_after(hours(1));
    EXPECT_EQ(outbox->counters().waiting, 0U);
    EXPECT_EQ(outbox->counters().expired, 2U);
}

TEST_F(OutboxBench, a_long_stop_of_the_broker_gives_up_nothing) {
    builder.take(change_with({notice("a")}));
    append();
    builder.now += hours(30 * 24);
    start();
    answer_all(deferred);
    run();
    EXPECT_EQ(outbox->counters().parked, 0U);
    answer_all({How::sent, {}});
    run_after(minutes(1));
    EXPECT_EQ(carrier.taken.size(), 1U);
}

TEST_F(OutboxBench, a_clock_that_was_ahead_does_not_hold_letters_back) {
    const UnixTime today = builder.now;
    builder.now += hours(24 * 365);
    answer_all(deferred);
    write_to("a");
    run();
    builder.now = today;
    start();
    answer_all({How::sent, {}});
    run_after(hours(1));
    EXPECT_EQ(carrier.taken.size(), 1U);
}

TEST_F(OutboxBench, a_letter_that_can_not_be_written_is_parked_and_the_others_go) {
    write({{"two@x.test, three@x.test", MailKind::password_changed, {}}, notice("b")});
    run();
    EXPECT_EQ(carrier.tried, to({"b"}));
    EXPECT_EQ(outbox->counters().parked, 1U);
    EXPECT_EQ(outbox->counters().refused, 1U);
}

TEST_F(OutboxBench, leaves_in_the_log_what_it_has_no_room_for) {
    limits.waiting_max = 2;
    start();
    answer_all(unreachable);
    for (const char* name : {"a", "b", "c", "d"}) {
        write_to(name);
        run();
    }
    EXPECT_EQ(outbox->counters().waiting, 2U);
    answer_all({How::sent, {}});
    carrier.tried.clear();
    run_after(minutes(5));
    EXPECT_EQ(carrier.tried, to({"a", "b", "c", "d"}));
}

TEST_F(OutboxBench, a_stop_that_cuts_a_try_short_is_not_held_against_the_letter) {
    carrier.answer = [this](const Letter&) {
        outbox->stop();
        return deferred;
    };
    write_to("a");
    outbox->step();
    EXPECT_TRUE(carrier.is_stopped);
    EXPECT_EQ(outbox->counters().deferred, 0U);
    start();
    answer_all({How::sent, {}});
    run();
    EXPECT_EQ(carrier.taken.size(), 1U);
}

TEST_F(OutboxBench, its_thread_wakes_for_a_letter_and_for_a_stop) {
    std::promise<void> taken;
    carrier.answer = [&](const Letter&) {
        taken.set_value();
        return Carried{How::sent, {}};
    };
    builder.take(change_with({notice("a")}));
    append();
    std::thread thread([this] { outbox->run(); });
    outbox->follow(builder.world());
    EXPECT_EQ(taken.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
    outbox->stop();
    thread.join();
    EXPECT_EQ(carrier.rests, 1);
}

TEST_F(OutboxBench, changes_without_a_letter_cost_no_write_each) {
    run();
    const int before = store.writes;
    for (int change = 0; change < 500; ++change) {
        write({});
        run();
    }
    EXPECT_EQ(store.writes, before);
}

TEST_F(OutboxBench, refuses_to_start_on_rows_that_are_none) {
    ASSERT_TRUE(store.write({{"mail/waiting/7", "soon"}}, storage::Durability::buffered));
    Outbox other({.store = store, .log = *log, .carrier = carrier, .sender = {}});
    const auto opened = other.open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error(), storage::Errc::corruption);
}

}  // namespace
}  // namespace treeline::mail
