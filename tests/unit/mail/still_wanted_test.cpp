// Letters whose purpose has passed stay at home; the link of one that goes opens what it is for.
#include "broker/mail/still_wanted.hpp"

#include <algorithm>

#include "tests/unit/mail/outbox_bench.hpp"

namespace treeline::mail {
namespace {

using std::chrono::minutes;

class StillWanted : public OutboxBench {
  protected:
    TokenHash token(std::string_view purpose, const std::string& nonce) const {
        return hash_token(mailed_token(key, purpose, nonce));
    }
    void invite(const std::string& nonce) {
        MembershipRecord record;
        record.id = MembershipId{77};
        record.invited_email = "a@x.test";
        record.org = builder.directory().roots().front();
        record.role = role_user;
        record.status = MembershipStatus::pending;
        record.invite = InviteRecord{token(purpose_invitation, nonce),
                                     builder.now + std::chrono::hours(720),
                                     builder.now,
                                     {},
                                     {},
                                     {}};
        write({{"a@x.test", MailKind::invitation, {{"nonce", nonce}}}}, {MembershipPut{record}});
    }
    void ask_reset(const std::string& nonce) {
        UserRecord record = *builder.directory().user(builder.admin());
        record.reset = ResetRecord{token(purpose_password_reset, nonce), builder.now + minutes(30)};
        write({{"a@x.test", MailKind::password_reset, {{"nonce", nonce}}}}, {UserPut{record}});
    }
    bool is_sent(const std::string& purpose, const std::string& nonce) const {
        const std::string link = "#token=" + mailed_token(key, purpose, nonce) + "\r\n";
        return std::ranges::any_of(carrier.taken, [&](const std::string& letter) {
            return letter.find(link) != std::string::npos;
        });
    }
    std::string invitation{purpose_invitation};
    std::string reset{purpose_password_reset};
};

TEST_F(StillWanted, an_invitation_that_waits_is_sent_with_its_link) {
    invite("n1");
    run();
    EXPECT_TRUE(is_sent(invitation, "n1"));
}

TEST_F(StillWanted, an_invitation_that_was_revoked_before_it_left_is_not_sent) {
    invite("n1");
    write({}, {MembershipRemoved{MembershipId{77}}});
    run();
    EXPECT_TRUE(carrier.tried.empty());
    EXPECT_EQ(outbox->counters().withdrawn, 1U);
    EXPECT_EQ(outbox->counters().waiting, 0U);
}

TEST_F(StillWanted, of_an_invitation_sent_again_only_the_live_link_goes) {
    invite("n1");
    invite("n2");
    run();
    EXPECT_FALSE(is_sent(invitation, "n1"));
    EXPECT_TRUE(is_sent(invitation, "n2"));
}

TEST_F(StillWanted, a_reset_that_expired_while_nobody_was_reached_is_not_sent) {
    carrier.answer = [](const Letter&) { return Carried{Carried::How::unreachable, "connect"}; };
    ask_reset("n1");
    run();
    carrier = {};
    run_after(minutes(30));
    EXPECT_TRUE(carrier.tried.empty());
    EXPECT_EQ(outbox->counters().withdrawn, 1U);
}

TEST_F(StillWanted, of_two_resets_only_the_newer_goes) {
    ask_reset("n1");
    ask_reset("n2");
    run();
    EXPECT_FALSE(is_sent(reset, "n1"));
    EXPECT_TRUE(is_sent(reset, "n2"));
}

}  // namespace
}  // namespace treeline::mail
