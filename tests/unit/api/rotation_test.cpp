// Transfers that rotate the device's token, over the API: what stands against them, who wins.
#include <gmock/gmock.h>

#include "broker/identity/token.hpp"
#include "tests/unit/api/api_harness.hpp"

namespace treeline {
namespace {

// a and b are below root; far is another tree (zoe).
struct RotationApi : ApiHarness {
    OrgId root, a, b, far;
    UserId zoe;
    DeviceId lamp;
    std::string top_token, zoe_token;
    std::string learned;  // the token that the device was sent last
    int sent = 0;

    explicit RotationApi(Millis limit = std::chrono::hours(1)) {
        root = builder.root("root");
        a = builder.org(root, "a");
        b = builder.org(root, "b");
        far = builder.root("far");
        zoe = builder.user(far, "zoe", role_admin);
        lamp = builder.device(a, "lamp");
        top_token = sign_in(builder.admin(), limit);
        zoe_token = sign_in(zoe, limit);
        start();
    }
    enum class Does { answer, nothing, leave, come_back };
    void connect_lamp(Does does = Does::answer, bool rotates = true) {
        connect(lamp, rotates);
        on_frame = [this, does](SeatId seat, const std::string& frame) {
            if (frame.size() != 5 + 6 + device_token_size || frame.substr(5, 5) != "token") {
                return;
            }
            ++sent;
            learned = frame.substr(11);
            const auto id = static_cast<std::uint16_t>(static_cast<unsigned char>(frame[1]) << 8 |
                                                       static_cast<unsigned char>(frame[2]));
            switch (does) {
                case Does::answer:
                    return shard().device_action(seat, DeviceTokenStored{id}, now());
                case Does::nothing:
                    return pass(Millis(10'000));
                case Does::leave:
                    shard().leave(seat, now());
                    return pass(Millis(10'000));
                case Does::come_back:  // it stored it, and the answer was lost with the connection
                    shard().leave(seat, now());
                    connect(hash_token(learned), true);
                    return;
            }
        };
    }
    HttpResponse post(const std::string& fields, const std::string& key = "") {
        std::vector<std::pair<std::string, std::string>> headers;
        if (!key.empty()) {
            headers.emplace_back("idempotency-key", key);
        }
        return request("POST", "/api/v1/transfers", top_token, "{" + fields + "}", headers);
    }
    std::string rotating(OrgId to) {
        return R"("devices":[)" + wire(lamp) + R"(],"to_org":)" + wire(to) +
               R"(,"contract":{"rotate_token":true})";
    }
    const Device& device() { return *directory().device(lamp); }
    bool logs_in(const TokenHash& token) { return directory().device_by_token(token) != nullptr; }
    std::string offer_to_far() {
        const HttpResponse made =
            post(R"("devices":[)" + wire(lamp) + R"(],"to_org":)" + wire(far));
        EXPECT_EQ(made.status, 201U) << made.body;
        return json::serialize(object_of(made).at("items").at(0).at("id"));
    }
    HttpResponse accept(const std::string& id, const std::string& body = "") {
        return request("POST", "/api/v1/transfers/" + id + "/accept", zoe_token, body);
    }
};

TEST(TransferRotation, XFR_02_commits_the_token_that_the_device_acknowledged_and_tells_no_person) {
    RotationApi api;
    const TokenHash old = api.device().token;
    api.connect_lamp();
    const HttpResponse made = api.post(api.rotating(api.b), "k1");
    ASSERT_EQ(made.status, 201U) << made.body;
    EXPECT_EQ(api.device().org, api.b);
    EXPECT_EQ(api.device().token, hash_token(api.learned));
    EXPECT_EQ(api.device().staged_token, std::nullopt);
    EXPECT_FALSE(api.logs_in(old));
    EXPECT_THAT(api.closed, testing::IsEmpty());
    EXPECT_EQ(object_of(made).at("items").at(0).at("contract").at("rotate_token"), true);
    EXPECT_EQ(made.body.find(api.learned), std::string::npos);
    const HttpResponse again = api.post(api.rotating(api.b), "k1");
    EXPECT_EQ(again.body, made.body);
    EXPECT_EQ(api.sent, 1);  // a repeated call sends nothing
    for (const OrgId org : {api.a, api.b}) {
        const HttpResponse audit = api.request(
            "GET", "/api/v1/orgs/" + api.wire(org) + "/audit?limit=1000", api.top_token);
        EXPECT_EQ(audit.status, 200U) << audit.body;
        EXPECT_EQ(audit.body.find(api.learned), std::string::npos);
    }
}

TEST(TransferRotation, says_what_stands_against_it_and_changes_nothing) {
    RotationApi api;
    const TokenHash old = api.device().token;
    EXPECT_EQ(code_of(api.post(api.rotating(api.b))), "device_offline");
    api.connect_lamp(RotationApi::Does::answer, false);
    EXPECT_EQ(code_of(api.post(api.rotating(api.b))), "rotate_unsupported");
    api.connect_lamp(RotationApi::Does::nothing);
    const HttpResponse silent = api.post(api.rotating(api.b));
    EXPECT_EQ(silent.status, 409U);
    EXPECT_EQ(code_of(silent), "device_silent");
    EXPECT_EQ(api.device().org, api.a);
    EXPECT_EQ(api.device().ownership_epoch, 1U);
    EXPECT_EQ(api.device().token, old);
    EXPECT_TRUE(api.logs_in(old));
    EXPECT_TRUE(api.logs_in(hash_token(api.learned)));  // it may have stored it
    EXPECT_THAT(api.closed, testing::SizeIs(1));        // the one before: newest wins
}

TEST(TransferRotation, tells_what_refuses_it_anyway_without_a_word_to_the_device) {
    RotationApi api;
    api.connect_lamp();
    EXPECT_EQ(code_of(api.post(api.rotating(api.a))), "already_there");
    EXPECT_EQ(code_of(api.post(api.rotating(api.b) + R"(,"expected_epoch":7)")), "epoch_moved");
    EXPECT_EQ(
        api.request("POST", "/api/v1/transfers", api.zoe_token, "{" + api.rotating(api.b) + "}")
            .status,
        404U);
    EXPECT_EQ(api.sent, 0);
    EXPECT_EQ(api.device().staged_token, std::nullopt);
}

TEST(TransferRotation, a_device_that_comes_back_with_the_new_token_has_acknowledged_it) {
    RotationApi api;
    api.connect_lamp(RotationApi::Does::come_back);
    const HttpResponse made = api.post(api.rotating(api.b));
    ASSERT_EQ(made.status, 201U) << made.body;
    EXPECT_EQ(api.device().token, hash_token(api.learned));
    EXPECT_THAT(api.closed, testing::IsEmpty());
}

TEST(TransferRotation, a_device_that_left_with_the_new_token_is_never_locked_out) {
    RotationApi api;
    api.connect_lamp(RotationApi::Does::leave);
    EXPECT_EQ(code_of(api.post(api.rotating(api.b))), "device_silent");
    const std::string first = api.learned;
    api.connect(hash_token(first), true);
    api.on_frame = [](SeatId, const std::string&) {};
    const HttpResponse later = api.post(api.rotating(api.b) + R"(,"dry_run":true)");
    EXPECT_EQ(later.status, 200U);
    api.connect_lamp();  // with the token of the record; then again with the one it learned
    api.connect(hash_token(first), true);
    ASSERT_EQ(api.post(api.rotating(api.b)).status, 201U);
    EXPECT_NE(api.learned, first);
    EXPECT_EQ(api.device().token, hash_token(api.learned));
    EXPECT_FALSE(api.logs_in(hash_token(first)));
}

TEST(TransferRotation, across_trees_is_the_usual_thing_at_the_acceptance) {
    RotationApi api;
    const std::string id = api.offer_to_far();
    EXPECT_EQ(code_of(api.accept(id)), "device_offline");
    api.connect_lamp();
    const HttpResponse taken = api.accept(id);
    ASSERT_EQ(taken.status, 200U) << taken.body;
    EXPECT_EQ(api.device().org, api.far);
    EXPECT_EQ(api.device().token, hash_token(api.learned));
    EXPECT_EQ(api.device().readable_from_epoch, 2U);
    EXPECT_EQ(taken.body.find(api.learned), std::string::npos);
    EXPECT_EQ(api.accept(id).status, 410U);
    EXPECT_EQ(api.sent, 1);
}

TEST(TransferRotation, across_trees_is_left_out_when_the_acceptor_keeps_the_token_knowingly) {
    RotationApi api;
    const TokenHash old = api.device().token;
    const std::string id = api.offer_to_far();
    EXPECT_EQ(api.accept(id, R"({"keep_token":true})").status, 200U);
    EXPECT_EQ(api.device().token, old);
}

TEST(TransferRotation, XFR_01_of_two_at_once_the_second_finds_what_the_first_has_done) {
    RotationApi api;
    api.connect_lamp();
    const std::string epoch = R"(,"expected_epoch":1)";
    std::vector<HttpResponse> answers;
    for (const OrgId org : {api.b, api.root}) {
        api.ask("POST", "/api/v1/transfers", api.top_token, "{" + api.rotating(org) + epoch + "}",
                answers);
    }
    api.until([&] { return answers.size() == 2; });
    ASSERT_EQ(answers.size(), 2U);
    EXPECT_EQ(answers[0].status, 201U) << answers[0].body;
    EXPECT_EQ(answers[1].status, 409U);
    EXPECT_EQ(code_of(answers[1]), "epoch_moved");
    EXPECT_EQ(api.sent, 1);
    EXPECT_EQ(api.device().org, api.b);
}

TEST(TransferRotation, a_token_set_by_hand_meanwhile_ends_it) {
    RotationApi api;
    api.connect(api.lamp, true);
    std::vector<HttpResponse> answers;
    api.on_frame = [&](SeatId seat, const std::string& frame) {
        if (frame.size() == 43) {  // the device's answer comes behind the other change
            api.shard().device_action(seat, DeviceTokenStored{static_cast<std::uint16_t>(frame[2])},
                                      api.now());
            api.ask("POST", "/api/v1/devices/" + api.wire(api.lamp) + "/token", api.top_token, "",
                    answers);
        }
    };
    api.ask("POST", "/api/v1/transfers", api.top_token, "{" + api.rotating(api.b) + "}", answers);
    api.until([&] { return answers.size() == 2; });
    ASSERT_EQ(answers.size(), 2U);
    // Whichever the registry took first, one token is left, and it is that of the last change.
    EXPECT_EQ(api.device().staged_token, std::nullopt);
    EXPECT_EQ(api.device().ownership_epoch, api.device().org == api.b ? 2U : 1U);
}

TEST(TransferRotation, XFR_18_in_bulk_each_device_has_its_own_outcome) {
    RotationApi api;
    api.connect_lamp();
    const HttpResponse second = api.request("POST", "/api/v1/orgs/" + api.wire(api.a) + "/devices",
                                            api.top_token, R"({"name":"second"})");
    const HttpResponse made =
        api.post(R"("devices":[)" + api.wire(api.lamp) + "," + text_of(second, "id") +
                 R"(,77],"to_org":)" + api.wire(api.b) + R"(,"contract":{"rotate_token":true})");
    ASSERT_EQ(made.status, 201U) << made.body;
    const json::array items = object_of(made).at("items").as_array();
    EXPECT_EQ(items.at(0).at("state"), "accepted");
    EXPECT_EQ(items.at(1).at("reason"), "device_offline");
    EXPECT_EQ(items.at(2).at("reason"), "not_found");
}

}  // namespace
}  // namespace treeline
