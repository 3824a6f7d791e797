// What somebody of one org learns of another: nothing by bulk, search, tokens, connections or
// browsers.
#include <gtest/gtest.h>

#include "tests/unit/api/api_harness.hpp"

namespace treeline {
namespace {

// Ann works in A; B beside it has a device, an owner and a name of its own.
struct Neighbours : ApiHarness {
    OrgId root, a, b;
    UserId ann, bob, both;
    DeviceId secret;
    std::vector<DeviceId> lamps;
    std::string ann_token, bob_token, both_token;

    Neighbours() {
        root = builder.root();
        a = builder.org(root, "a");
        b = builder.org(root, "b");
        ann = builder.user(a, "ann", role_admin);
        bob = builder.user(b, "bob", role_admin);
        both = builder.user(a, "both", role_admin);
        builder.member(both, b, role_user);
        for (int i = 0; i < 99; ++i) {
            lamps.push_back(builder.device(a, "lamp " + std::to_string(i)));
        }
        secret = builder.device(b, "secret boiler", bob);
        ann_token = sign_in(ann);
        bob_token = sign_in(bob);
        both_token = sign_in(both);
        start();
    }
    std::string total(const std::string& query, const std::string& token) {
        return text_of(request("GET", "/api/v1/devices?" + query, token), "total");
    }
};

TEST(Outsider, REST_10_in_bulk_a_foreign_device_reads_as_a_random_one) {
    Neighbours api;
    std::string devices;
    for (const DeviceId lamp : api.lamps) {
        devices += api.wire(lamp) + ",";
    }
    const auto last_of = [&](const std::string& id) {
        const HttpResponse answer =
            api.request("POST", "/api/v1/transfers", api.ann_token,
                        R"({"dry_run":true,"to_user":)" + api.wire(api.ann) + R"(,"devices":[)" +
                            devices + id + "]}");
        EXPECT_EQ(answer.status, 200U) << answer.body;
        json::array items = object_of(answer).at("items").as_array();
        EXPECT_EQ(items.size(), 100U);
        EXPECT_EQ(items.front().at("state").as_string(), "accepted") << answer.body;
        json::object last = items.back().as_object();
        EXPECT_EQ(last.at("reason").as_string(), "not_found");
        last.erase("device");
        return json::serialize(last);
    };
    EXPECT_EQ(last_of(api.wire(api.secret)), last_of("7766554433221"));
}

TEST(Outsider, REST_12_a_search_finds_nothing_of_another_org) {
    Neighbours api;
    EXPECT_EQ(api.total("q=boiler", api.bob_token), "1");
    EXPECT_EQ(api.total("q=lamp", api.ann_token), "99");
    for (const char* query : {"q=boiler", "q=secret", "q=bob", "q=bob@example.com"}) {
        EXPECT_EQ(api.total(query, api.ann_token), "0") << query;
    }
    EXPECT_EQ(api.total("q=boiler&org=" + api.wire(api.b), api.ann_token), "0");
    EXPECT_EQ(api.total("owner=" + api.wire(api.bob), api.ann_token), "0");
}

TEST(Outsider, REST_35_each_request_is_judged_by_its_own_token) {
    Neighbours api;  // all over one door
    const std::string boiler = "/api/v1/devices/" + api.wire(api.secret);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(api.request("GET", boiler, api.bob_token).status, 200U);
        EXPECT_EQ(api.request("GET", boiler, api.ann_token).status, 404U);
        EXPECT_EQ(api.request("GET", boiler).status, 401U);
    }
}

TEST(Outsider, REST_41_no_other_origin_is_let_in) {
    Neighbours api;
    for (const char* origin : {"https://evil.example", "null", "https://localhost"}) {
        const HttpResponse answer =
            api.request("GET", "/api/v1/devices", api.ann_token, "", {{"origin", origin}});
        EXPECT_EQ(header_of(answer, "Access-Control-Allow-Origin"), "(absent)") << origin;
        EXPECT_EQ(header_of(answer, "Access-Control-Allow-Credentials"), "(absent)") << origin;
        const HttpResponse preflight =
            api.request("OPTIONS", "/api/v1/devices", "", "",
                        {{"origin", origin}, {"access-control-request-method", "GET"}});
        EXPECT_GE(preflight.status, 400U) << origin;
        EXPECT_EQ(header_of(preflight, "Access-Control-Allow-Origin"), "(absent)") << origin;
    }
}

TEST(Outsider, ACC_17_a_member_of_two_orgs_has_in_each_what_his_role_there_gives) {
    Neighbours api;
    const std::string lamp = "/api/v1/devices/" + api.wire(api.lamps.front());
    const std::string boiler = "/api/v1/devices/" + api.wire(api.secret);
    EXPECT_EQ(api.request("GET", lamp, api.both_token).status, 200U);
    EXPECT_EQ(api.request("GET", boiler, api.both_token).status, 404U) << "his role in A adds none";
    const auto devices_of = [&](OrgId org) {
        return api.request("GET", "/api/v1/orgs/" + api.wire(org) + "/devices", api.both_token);
    };
    EXPECT_EQ(text_of(devices_of(api.a), "total"), "99");
    EXPECT_EQ(text_of(devices_of(api.b), "total"), "0");
    EXPECT_EQ(devices_of(api.root).status, 404U);
    EXPECT_EQ(api.request("POST", "/api/v1/orgs/" + api.wire(api.b) + "/devices", api.both_token,
                          R"({"name":"x","org":)" + api.wire(api.a) + "}")
                  .status,
              403U);
}

TEST(Outsider, ACC_23_a_token_with_one_bit_changed_or_in_another_form_is_none) {
    Neighbours api;
    const auto status_with = [&](const std::string& token) {
        return api.request("GET", "/api/v1/users/me", token).status;
    };
    ASSERT_EQ(status_with(api.ann_token), 200U);
    for (std::size_t at = 0; at < api.ann_token.size(); ++at) {
        std::string other = api.ann_token;
        other[at] = static_cast<char>(other[at] ^ 1);
        EXPECT_EQ(status_with(other), 401U) << at;
    }
    for (const char* forged : {"eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.",
                               "eyJhbGciOiJIUzI1NiIsImtpZCI6Ii4uLy4uL2tleSJ9.e30.AAAA"}) {
        EXPECT_EQ(status_with(forged), 401U) << forged;
    }
}

}  // namespace
}  // namespace treeline
