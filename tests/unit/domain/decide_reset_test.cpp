// Password resets by mail: 30 minutes, once, only the newest, and silent about who is known.
#include <gtest/gtest.h>

#include "tests/unit/domain/refusals.hpp"

namespace treeline {
namespace {

using std::chrono::minutes;

struct DecideReset : testing::Test {
    WorldBuilder w;
    OrgId root = w.root();
    UserId ann = w.user(root, "ann");

    TokenHash ask(const std::string& email = "ann@example.com") {
        const TokenHash token = w.next_token();
        w.run(RequestReset{email, {token, "nonce"}});
        return token;
    }
    FinishReset finish(const TokenHash& token) { return {token, "chosen"}; }
};

TEST_F(DecideReset, ACC_02_succeeds_for_every_address) {
    for (const char* email : {"nobody@example.com", "no address", ""}) {
        EXPECT_TRUE(changes_nothing(w, RequestReset{email, {w.next_token(), "nonce"}})) << email;
    }
    ask("ANN@example.com");
    const OutgoingMail& mail = w.changes().back().mail.at(0);
    EXPECT_EQ(mail.to, "ann@example.com");
    EXPECT_EQ(mail.kind, MailKind::password_reset);
    EXPECT_EQ(mail.values.at("nonce"), "nonce");
}

TEST_F(DecideReset, ACC_07_works_once) {
    const TokenHash token = ask();
    EXPECT_EQ(refusal_of(w, FinishReset{token, ""}), RefusalCode::invalid);
    EXPECT_EQ(refusal_of(w, finish(w.next_token())), RefusalCode::gone);
    w.run(finish(token));
    EXPECT_EQ(w.directory().user(ann)->password_verifier, "chosen");
    EXPECT_EQ(refusal_of(w, finish(token)), RefusalCode::gone);
}

TEST_F(DecideReset, ACC_07_works_for_thirty_minutes) {
    const TokenHash token = ask();
    w.now += minutes(30) - Millis{1};
    EXPECT_EQ(refusal_of(w, finish(token)), std::nullopt);
    w.now += Millis{1};
    EXPECT_EQ(refusal_of(w, finish(token)), RefusalCode::gone);
}

TEST_F(DecideReset, ACC_07_only_the_newest_lives) {
    const TokenHash first = ask();
    const TokenHash second = ask();
    EXPECT_EQ(refusal_of(w, finish(first)), RefusalCode::gone);
    EXPECT_EQ(refusal_of(w, finish(second)), std::nullopt);
}

TEST_F(DecideReset, ACC_08_ends_every_session_and_says_so) {
    const LoginId old = w.sign_in(ann);
    w.run(finish(ask()));
    EXPECT_EQ(w.directory().login(old), nullptr);
    EXPECT_EQ(w.directory().user(ann)->auth_epoch, 1U);
    EXPECT_EQ(w.changes().back().mail.at(0).kind, MailKind::password_changed);
}

TEST_F(DecideReset, proves_the_address) {
    EXPECT_FALSE(w.directory().user(ann)->email_verified_at);
    w.run(finish(ask()));
    EXPECT_EQ(w.directory().user(ann)->email_verified_at, w.now);
}

TEST_F(DecideReset, is_void_once_the_password_was_set) {
    const TokenHash token = ask();
    w.run(SetPassword{ann, "by an admin"}, Actor{w.admin()});
    EXPECT_EQ(refusal_of(w, finish(token)), RefusalCode::gone);
}

TEST_F(DecideReset, wakes_nobody) {
    const TokenHash token = ask();
    w.suspend(ann);
    EXPECT_EQ(refusal_of(w, finish(token)), RefusalCode::gone);
    EXPECT_TRUE(changes_nothing(w, RequestReset{"ann@example.com", {w.next_token(), "n"}}));
    UserRecord pending = *w.directory().user(ann);
    pending.status = UserStatus::pending;
    Change change;
    change.at = w.now;
    change.events.emplace_back(UserPut{pending});
    w.take(change);
    EXPECT_EQ(refusal_of(w, finish(token)), RefusalCode::gone);
    EXPECT_TRUE(changes_nothing(w, RequestReset{"ann@example.com", {w.next_token(), "n"}}));
    EXPECT_EQ(refusal_of(w, SetPassword{ann, "x"}), RefusalCode::user_pending);
}

}  // namespace
}  // namespace treeline
