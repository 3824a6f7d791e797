// CSV import of invitations: a verdict per row, each row for itself, once (tenancy.md §5).
#include <gtest/gtest.h>

#include "tests/unit/api/people_harness.hpp"

namespace treeline {
namespace {

const std::string header = "email,name,role,org,phone,locale,not_after\r\n";

struct Imports : People {
    OrgId below;

    Imports() {
        below = builder.org(client, "below");
        start();
    }
    HttpResponse send_file(const std::string& mode, const std::string& file,
                           const std::string& bearer,
                           std::vector<std::pair<std::string, std::string>> headers = {}) {
        headers.emplace_back("content-type", "text/csv");
        return request("POST", org(client, "/invitations/import?mode=" + mode), bearer, file,
                       std::move(headers));
    }
    // "ok,invalid,…": the verdicts by row.
    static std::string verdicts(const HttpResponse& response) {
        std::string out;
        const json::object shown = object_of(response);
        for (const json::value& item : shown.at("items").as_array()) {
            out += (out.empty() ? "" : ",") + std::string(item.at("verdict").as_string());
        }
        return out;
    }
    std::size_t waiting() const {
        std::size_t count = 0;
        directory().all_memberships(MembershipId{}, [&](const Membership& membership) {
            count += membership.status == MembershipStatus::pending ? 1 : 0;
            return true;
        });
        return count;
    }
};

TEST(Imports, ACC_13_give_every_row_its_verdict_and_line_and_change_nothing) {
    Imports api;
    const std::string file = header +
                             "one@corp.example,One,User,,,,\n"
                             "\"two@corp.example\",\"Two, of them\",3," +
                             api.wire(api.below) +
                             ",+44 1,en,2027-06-01T00:00:00Z\r\n"
                             "three@corp.example,Three,User,below,,,\n"
                             "no address,x,User,,,,\n"
                             "four@corp.example,x,Nobody,,,,\n"
                             "five@corp.example,x,User," +
                             api.wire(api.other) +
                             ",,,\n"
                             "six@corp.example,x,User,other,,,\n"
                             "seven@corp.example,x,User,,,,yesterday\n"
                             "ONE@corp.example,again,User,,,,\n"
                             "eight@corp.example,x,User\n"
                             "staff@example.com,x,User,,,,\n";
    const Revision before = api.directory().revision();
    const HttpResponse seen = api.send_file("validate", file, api.boss_token);
    ASSERT_EQ(seen.status, 200U) << seen.body;
    EXPECT_EQ(Imports::verdicts(seen),
              "ok,ok,ok,invalid,invalid,not_found,not_found,invalid,already_member,invalid,"
              "already_member");
    EXPECT_NE(seen.body.find(R"("line":12)"), std::string::npos) << seen.body;
    EXPECT_EQ(api.directory().revision(), before);
    EXPECT_EQ(api.mails().size(), 0U);
    const HttpResponse made = api.send_file("commit", file, api.boss_token);
    EXPECT_EQ(Imports::verdicts(made), Imports::verdicts(seen));
    EXPECT_EQ(api.waiting(), 3U);
    EXPECT_EQ(api.mails().size(), 3U);
}

TEST(Imports, ACC_13_take_no_role_that_the_importer_may_not_give) {
    Imports api;
    const std::string file = header + "one@corp.example,One,Admin,,,,\ntwo@corp.example,,3,,,,\n";
    EXPECT_EQ(Imports::verdicts(api.send_file("validate", file, api.staff_token)), "forbidden,ok");
    EXPECT_EQ(Imports::verdicts(api.send_file("commit", file, api.staff_token)), "forbidden,ok");
    EXPECT_EQ(api.waiting(), 1U);
    EXPECT_EQ(api.send_file("validate", file, api.other_token).status, 404U);
}

TEST(Imports, ACC_13_are_done_once_per_file_and_row) {
    Imports api;
    const std::string file = header + "one@corp.example,One,User,,,,\n";
    const HttpResponse first = api.send_file("commit", file, api.boss_token);
    const HttpResponse again = api.send_file("commit", file, api.boss_token);
    EXPECT_EQ(object_of(first).at("items"), object_of(again).at("items"));
    EXPECT_EQ(api.waiting(), 1U);
    EXPECT_EQ(api.mails().size(), 1U);
    const HttpResponse longer =
        api.send_file("commit", file + "two@corp.example,Two,User,,,,\n", api.boss_token);
    EXPECT_EQ(Imports::verdicts(longer), "already_member,ok");
    const std::vector<std::pair<std::string, std::string>> key{{"idempotency-key", "k"}};
    const std::string third = header + "three@corp.example,,User,,,,\n";
    EXPECT_EQ(Imports::verdicts(api.send_file("commit", third, api.boss_token, key)), "ok");
    EXPECT_EQ(Imports::verdicts(api.send_file("commit", third, api.boss_token, key)), "ok");
    EXPECT_EQ(Imports::verdicts(api.send_file("commit", file, api.boss_token, key)), "key_reuse");
    EXPECT_EQ(api.mails().size(), 3U);
}

TEST(Imports, tell_known_addresses_from_unknown_ones_in_nothing) {
    Imports api;
    const std::string file = header + "stranger@example.com,,User,,,,\nnobody@example.com,,3,,,,\n";
    EXPECT_EQ(Imports::verdicts(api.send_file("validate", file, api.boss_token)), "ok,ok");
    EXPECT_EQ(Imports::verdicts(api.send_file("commit", file, api.boss_token)), "ok,ok");
}

TEST(Imports, ACC_13_refuse_what_is_no_such_file) {
    Imports api;
    const auto status = [&](const std::string& file) {
        return api.send_file("validate", file, api.boss_token).status;
    };
    EXPECT_EQ(status("email,name\n"), 400U);
    EXPECT_EQ(status(""), 400U);
    EXPECT_EQ(status(header + "\"open,x,User,,,,\n"), 400U);
    EXPECT_EQ(status(header + "\xff,x,User,,,,\n"), 400U);
    EXPECT_EQ(status("\xEF\xBB\xBF" + header), 200U);
    EXPECT_EQ(status(header + std::string(1024 * 1024, 'x')), 413U);
    std::string many = header;
    for (int i = 0; i < 5000; ++i) {
        many += "u" + std::to_string(i) + "@corp.example,,User,,,,\n";
    }
    EXPECT_EQ(status(many), 200U);
    EXPECT_EQ(status(many + "last@corp.example,,User,,,,\n"), 422U);
    EXPECT_EQ(api.send_file("dry", header, api.boss_token).status, 400U);
    const HttpResponse typed = api.request(
        "POST", api.org(api.client, "/invitations/import?mode=validate"), api.boss_token, header);
    EXPECT_EQ(typed.status, 415U);
}

TEST(Imports, REST_43_answer_a_spreadsheet_safely) {
    Imports api;
    const std::string file = header + "=1+1,x,User,,,,\n\"@SUM(A1)\",x,User,-1,,,\n";
    const HttpResponse shown =
        api.send_file("validate", file, api.boss_token, {{"accept", "text/csv"}});
    ASSERT_EQ(shown.status, 200U);
    EXPECT_EQ(shown.body,
              "line,email,org,verdict,detail,invitation\r\n"
              "2,\"'=1+1\",,invalid,email is no address,\r\n"
              "3,\"'@SUM(A1)\",\"'-1\",invalid,email is no address,\r\n");
}

}  // namespace
}  // namespace treeline
