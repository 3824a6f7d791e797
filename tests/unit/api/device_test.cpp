// Devices, their pins and explain over the API.
#include <gtest/gtest.h>

#include "tests/unit/api/api_harness.hpp"

namespace treeline {
namespace {

struct DeviceOrg : ApiHarness {
    OrgId org;
    UserId admin, owner, colleague;
    DeviceId owned, other;
    std::string token, owner_token, colleague_token, owned_path, other_path;

    DeviceOrg() {
        org = builder.root("root");
        admin = builder.admin();
        owner = builder.user(org, "owner");
        colleague = builder.user(org, "colleague");
        owned = builder.device(org, "owned", owner);
        other = builder.device(org, "other");
        token = sign_in(admin);
        owner_token = sign_in(owner);
        colleague_token = sign_in(colleague);
        start();
        owned_path = "/api/v1/devices/" + wire(owned);
        other_path = "/api/v1/devices/" + wire(other);
    }
    HttpResponse make(const std::string& bearer, const std::string& body) {
        return request("POST", "/api/v1/orgs/" + wire(org) + "/devices", bearer, body);
    }
    HttpResponse explain(const std::string& bearer, const std::string& fields) {
        return request("POST", "/api/v1/explain", bearer, "{" + fields + "}");
    }
};

TEST(Devices, show_their_token_once_REST_44) {
    DeviceOrg api;
    const HttpResponse made =
        api.make(api.token, R"({"name":"new","tags":["a"],"metadata":{"k":"v"}})");
    ASSERT_EQ(made.status, 201U) << made.body;
    const std::string device_token = text_of(made, "token");
    EXPECT_EQ(device_token.size(), device_token_size);
    EXPECT_NE(api.directory().device_by_token(hash_token(device_token)), nullptr);
    EXPECT_EQ(text_of(made, "ownership_epoch"), "1");
    EXPECT_EQ(text_of(made, "owner"), "null");
    const HttpResponse read =
        api.request("GET", "/api/v1/devices/" + text_of(made, "id"), api.token);
    EXPECT_EQ(text_of(read, "token"), "(absent)");
    EXPECT_EQ(text_of(read, "tags"), R"(["a"])");
    EXPECT_EQ(text_of(read, "metadata"), R"({"k":"v"})");
    EXPECT_EQ(text_of(read, "online"), "false");
    EXPECT_EQ(text_of(read, "last_seen_at"), "null");
}

TEST(Devices, of_others_are_not_there_for_plain_users_REST_04) {
    DeviceOrg api;
    EXPECT_EQ(api.request("GET", api.owned_path, api.owner_token).status, 200U);
    const std::string hidden = essence_of(api.request("GET", api.owned_path, api.colleague_token));
    EXPECT_EQ(hidden, essence_of(api.request("GET", "/api/v1/devices/5", api.colleague_token)));
    EXPECT_EQ(text_of(api.request("GET", "/api/v1/devices", api.colleague_token), "total"), "0");
    EXPECT_EQ(text_of(api.request("GET", "/api/v1/devices", api.owner_token), "total"), "1");
}

TEST(Devices, that_are_seen_but_not_owned_enough_answer_403) {
    DeviceOrg api;
    const HttpResponse response = api.request("DELETE", api.owned_path, api.owner_token);
    EXPECT_EQ(response.status, 403U);
    EXPECT_EQ(text_of(response, "missing_permission"), "own_devices.delete");
}

TEST(Devices, are_filtered_REST_08) {
    DeviceOrg api;
    const auto total = [&](const std::string& query) {
        return text_of(api.request("GET", "/api/v1/devices?" + query, api.token), "total");
    };
    EXPECT_EQ(total("q=OWN"), "1");
    EXPECT_EQ(total("owner=" + api.wire(api.owner)), "1");
    EXPECT_EQ(total("org=" + api.wire(api.org) + "&subtree=true"), "2");
    EXPECT_EQ(total("org=" + api.wire(OrgId{900})), "0");
    EXPECT_EQ(total("owner=" + api.wire(UserId{900})), "0");
    EXPECT_EQ(api.request("GET", "/api/v1/devices?org=x", api.token).status, 400U);
}

TEST(Devices, are_changed_and_deleted) {
    DeviceOrg api;
    const HttpResponse patched =
        api.request("PATCH", api.other_path, api.token, R"({"name":"<script>","tags":["x"]})");
    EXPECT_EQ(patched.status, 200U) << patched.body;
    EXPECT_EQ(text_of(patched, "name"), "<script>");
    EXPECT_EQ(header_of(patched, "Content-Type"), "application/json");
    const HttpResponse deleted = api.request("DELETE", api.other_path, api.token);
    EXPECT_EQ(deleted.status, 200U);
    EXPECT_NE(text_of(deleted, "revision"), "(absent)");
    EXPECT_EQ(api.request("GET", api.other_path, api.token).status, 404U);
}

TEST(Devices, get_a_new_token) {
    DeviceOrg api;
    const TokenHash before = api.directory().device(api.other)->token;
    const HttpResponse response = api.request("POST", api.other_path + "/token", api.token);
    ASSERT_EQ(response.status, 200U) << response.body;
    EXPECT_EQ(api.directory().device_by_token(before), nullptr);
    EXPECT_NE(api.directory().device_by_token(hash_token(text_of(response, "token"))), nullptr);
}

TEST(Devices, get_and_lose_an_owner) {
    DeviceOrg api;
    const HttpResponse given = api.request("PUT", api.other_path + "/owner", api.token,
                                           R"({"owner":)" + api.wire(api.colleague) + "}");
    ASSERT_EQ(given.status, 200U) << given.body;
    EXPECT_EQ(text_of(given, "owner"), api.wire(api.colleague));
    EXPECT_EQ(text_of(given, "ownership_epoch"), "2");
    EXPECT_EQ(api.request("GET", api.other_path, api.colleague_token).status, 200U);
    EXPECT_EQ(api.request("DELETE", api.other_path + "/owner", api.token).status, 200U);
    EXPECT_EQ(api.request("GET", api.other_path, api.colleague_token).status, 404U);
}

TEST(Devices, are_made_only_for_oneself_with_own_provision) {
    DeviceOrg api;
    EXPECT_EQ(
        api.make(api.owner_token, R"({"name":"mine","owner":)" + api.wire(api.owner) + "}").status,
        201U);
    EXPECT_EQ(api.make(api.owner_token, R"({"name":"nobodys"})").status, 403U);
}

TEST(Pins, are_written_and_read) {
    DeviceOrg api;
    const HttpResponse put = api.request("PUT", api.owned_path + "/pins/5", api.owner_token,
                                         R"({"values":["21.5","on"]})");
    ASSERT_EQ(put.status, 200U) << put.body;
    EXPECT_EQ(text_of(put, "delivery"), "stored");
    const HttpResponse one = api.request("GET", api.owned_path + "/pins/5", api.owner_token);
    EXPECT_EQ(text_of(one, "values"), R"(["21.5","on"])");
    EXPECT_EQ(text_of(one, "pin"), "5");
    const HttpResponse all = api.request("GET", api.owned_path + "/pins", api.owner_token);
    EXPECT_EQ(text_of(all, "total"), "1");
    const HttpResponse none = api.request("GET", api.owned_path + "/pins/6", api.owner_token);
    EXPECT_EQ(none.status, 200U);
    EXPECT_EQ(text_of(none, "values"), "[]");
    EXPECT_EQ(api.request("GET", api.owned_path + "/pins/256", api.owner_token).status, 404U);
}

TEST(Pins, refuse_values_that_are_none) {
    DeviceOrg api;
    const auto put = [&](const std::string& body) {
        return api.request("PUT", api.owned_path + "/pins/5", api.owner_token, body);
    };
    EXPECT_EQ(put(R"({"values":[21.5]})").status, 400U);
    EXPECT_EQ(put(R"({"values":[]})").status, 422U);
    EXPECT_EQ(put(R"({})").status, 422U);
    EXPECT_EQ(put(R"({"values":["a\u0000b"]})").status, 422U);
    const HttpResponse large = put(R"({"values":[")" + std::string(1025, 'x') + "\"]}");
    EXPECT_EQ(large.status, 422U);
    EXPECT_EQ(code_of(large), "too_large");
    EXPECT_EQ(put(R"({"values":[")" + std::string(1024, 'x') + "\"]}").status, 200U);
}

TEST(Pins, need_view_to_be_there_and_control_to_be_written) {
    DeviceOrg api;
    const std::string body = R"({"values":["1"]})";
    const std::string path = api.owned_path + "/pins/5";
    EXPECT_EQ(api.request("PUT", path, api.colleague_token, body).status, 404U);
    const std::string set = "/api/v1/orgs/" + api.wire(api.org) + "/roles/3/permissions";
    EXPECT_EQ(api.request("PUT", set, api.token, R"({"permissions":["org_devices.view"]})").status,
              200U);
    const HttpResponse response = api.request("PUT", path, api.colleague_token, body);
    EXPECT_EQ(response.status, 403U);
    EXPECT_EQ(text_of(response, "missing_permission"), "org_devices.control");
    EXPECT_EQ(api.request("GET", path, api.colleague_token).status, 200U);
}

TEST(Explain, tells_the_rule_and_what_is_missing) {
    DeviceOrg api;
    const std::string about = R"("user":)" + api.wire(api.owner) + R"(,"device":)" +
                              api.wire(api.owned) + R"(,"action":)";
    const HttpResponse yes = api.explain(api.owner_token, about + R"("control")");
    EXPECT_EQ(text_of(yes, "allowed"), "true");
    EXPECT_EQ(text_of(yes, "rule"), "own_device");
    EXPECT_EQ(text_of(yes, "membership"), R"({"org":)" + api.wire(api.org) + R"(,"role":3})");
    const HttpResponse no = api.explain(api.token, about + R"("delete")");
    EXPECT_EQ(text_of(no, "allowed"), "false");
    EXPECT_EQ(text_of(no, "rule"), "missing_permission");
    EXPECT_EQ(text_of(no, "missing_permission"), "own_devices.delete");
}

TEST(Explain, refuses_actions_that_are_none_and_questions_that_are_two) {
    DeviceOrg api;
    const std::string me = R"("user":)" + api.wire(api.admin);
    const std::string device = R"(,"device":)" + api.wire(api.owned);
    const std::string org = R"(,"org":)" + api.wire(api.org);
    EXPECT_EQ(api.explain(api.token, me + device + R"(,"action":"fly")").status, 422U);
    EXPECT_EQ(api.explain(api.token, me + org + R"(,"action":"view")").status, 422U);
    EXPECT_EQ(api.explain(api.token, me + org + R"(,"action":"users.view")").status, 200U);
    EXPECT_EQ(api.explain(api.token, me + org + device + R"(,"action":"view")").status, 422U);
    EXPECT_EQ(api.explain(api.token, me + R"(,"action":"view")").status, 422U);
}

}  // namespace
}  // namespace treeline
