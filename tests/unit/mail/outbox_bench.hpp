// A history with letters in it, and an outbox over its log that can be killed and started again.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "broker/mail/outbox.hpp"
#include "broker/registry/replay.hpp"
#include "tests/support/storage/fakes.hpp"
#include "tests/support/world.hpp"

namespace treeline::mail {

// Answers as it is told; keeps what it was handed.
class ScriptedCarrier final : public Carrier {
  public:
    std::function<Carried(const Letter&)> answer = [](const Letter&) {
        return Carried{Carried::How::sent, {}};
    };
    std::vector<std::string> tried;  // addresses, in order
    std::vector<std::string> taken;  // whole letters of those that were sent
    int rests = 0;
    bool is_stopped = false;

    Carried carry(const Letter& letter) override {
        tried.push_back(letter.to);
        Carried carried = answer(letter);
        if (carried.how == Carried::How::sent) {
            taken.push_back(rendered(letter, true));
        }
        return carried;
    }
    void rest() override { ++rests; }
    void stop() override { is_stopped = true; }
};

class OutboxBench : public ::testing::Test {
  protected:
    WorldBuilder builder;
    storage::FlakyStore store;
    std::unique_ptr<storage::Log> log = storage::make_memory_log();
    ScriptedCarrier carrier;
    Outbox::Limits limits;
    std::unique_ptr<Outbox> outbox;
    int failures = 0;
    MailKey key{std::byte{5}};

    void SetUp() override {
        builder.root();
        append();
        start();
    }

    void start() {
        Outbox::Parts parts{.store = store,
                            .log = *log,
                            .carrier = carrier,
                            .sender = {"broker@example.org", "", "https://t.example", key},
                            .failed = [this] { ++failures; },
                            .clock = [this] { return Now{SteadyTime{}, builder.now}; },
                            .limits = limits};
        outbox = std::make_unique<Outbox>(std::move(parts));
        ASSERT_TRUE(outbox->open());
        outbox->follow(builder.world());
    }
    void append() {
        std::vector<std::string> entries;
        for (std::size_t at = log->last(); at < builder.changes().size(); ++at) {
            entries.push_back(encode_change(builder.changes()[at]));
        }
        ASSERT_TRUE(log->append_if(log->last(), entries));
    }
    // One change that tells of itself by these letters.
    Change change_with(std::vector<OutgoingMail> mails) const {
        Change change;
        change.at = builder.now;
        change.mail = std::move(mails);
        change.events.emplace_back(
            OrgPut{*builder.directory().org(builder.directory().roots().front())});
        return change;
    }
    void write(std::vector<OutgoingMail> mails, const std::vector<Event>& events = {}) {
        Change change = change_with(std::move(mails));
        change.events.insert(change.events.end(), events.begin(), events.end());
        builder.take(change);
        append();
        outbox->follow(builder.world());
    }
    // A letter that is always wanted.
    void write_to(const std::string& name) { write({notice(name)}); }
    static OutgoingMail notice(const std::string& name) {
        return {name + "@x.test", MailKind::password_changed, {}};
    }
    // As the thread does, until nothing is due.
    void run() {
        for (int step = 0; step < 10'000; ++step) {
            if (!outbox->step()) {
                return;
            }
        }
        FAIL() << "it never rests";
    }
    void run_after(Millis wait) {
        builder.now += wait;
        run();
    }
    void answer_all(Carried carried) {
        carrier.answer = [carried](const Letter&) { return carried; };
    }
    void answer_to(const std::string& name, Carried carried) {
        carrier.answer = [to = name + "@x.test", carried](const Letter& letter) {
            return letter.to == to ? carried : Carried{Carried::How::sent, {}};
        };
    }
    static std::vector<std::string> to(std::initializer_list<const char*> names) {
        std::vector<std::string> addresses;
        for (const char* name : names) {
            addresses.push_back(std::string(name) + "@x.test");
        }
        return addresses;
    }
};

}  // namespace treeline::mail
