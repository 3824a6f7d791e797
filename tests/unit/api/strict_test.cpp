// Strictness and the order of checks: 413, 415, 400, 401, 404, 403, 412, 422, 409.
#include <gtest/gtest.h>

#include "tests/unit/api/api_harness.hpp"

namespace treeline {
namespace {

struct OneOrg : ApiHarness {
    OrgId org;
    UserId admin, staff;
    DeviceId device;
    std::string token, staff_token, devices, one_device;

    OneOrg() {
        org = builder.root("root");
        admin = builder.admin();
        staff = builder.user(org, "staff", role_staff);
        device = builder.device(org, "lamp");
        token = sign_in(admin);
        staff_token = sign_in(staff);
        start();
        devices = "/api/v1/orgs/" + wire(org) + "/devices";
        one_device = "/api/v1/devices/" + wire(device);
    }
    HttpResponse typed(const std::string& type) {
        return request("POST", devices, token, R"({"name":"x"})", {{"content-type", type}});
    }
};

TEST(Strict, takes_JSON_in_UTF8_and_no_other_type_REST_23) {
    OneOrg api;
    for (const char* type : {"application/json", "application/json; charset=utf-8",
                             "Application/JSON;charset=UTF-8"}) {
        EXPECT_NE(api.typed(type).status, 415U) << type;
    }
    for (const char* type :
         {"text/plain", "multipart/form-data; boundary=x", "application/json; charset=utf-16",
          "application/jsonp", "", "application/x-www-form-urlencoded"}) {
        EXPECT_EQ(api.typed(type).status, 415U) << type;
    }
    EXPECT_EQ(api.request("POST", api.devices, api.token, "").status, 415U);
}

TEST(Strict, refuses_server_assigned_fields_and_changes_nothing_REST_14) {
    OneOrg api;
    const Revision before = api.directory().revision();
    for (const char* field : {"id", "token", "org", "created_at", "ownership_epoch"}) {
        const std::string body = R"({"name":"new","owner":)" + api.wire(api.admin) + R"(,")" +
                                 std::string(field) + R"(":1})";
        const HttpResponse response = api.request("POST", api.devices, api.token, body);
        EXPECT_EQ(response.status, 422U) << field;
        EXPECT_EQ(code_of(response), "read_only") << field;
    }
    EXPECT_EQ(api.directory().revision(), before);
}

TEST(Strict, refuses_fields_that_would_raise_somebody_REST_13) {
    OneOrg api;
    const HttpResponse response = api.request(
        "POST", "/api/v1/orgs/" + api.wire(api.org) + "/users", api.token,
        R"({"email":"a@b.cd","name":"n","role":3,"password":"12345678","isSuperAdmin":true})");
    EXPECT_EQ(response.status, 422U);
    EXPECT_EQ(code_of(response), "unknown_field");
    EXPECT_EQ(api.passwords.hashed, 0U);
}

TEST(Strict, answers_400_with_its_word_REST_24_REST_25) {
    OneOrg api;
    EXPECT_EQ(code_of(api.request("POST", api.devices, api.token, std::string(33, '['))),
              "json_depth");
    EXPECT_EQ(code_of(api.request("POST", api.devices, api.token, R"({"name":"a","name":"b"})")),
              "duplicate_key");
    EXPECT_EQ(code_of(api.request("POST", api.devices, api.token, R"({"name":"\ud800"})")),
              "malformed");
    EXPECT_EQ(code_of(api.request("POST", api.devices, api.token, R"({"name":"a","owner":1e0})")),
              "malformed");
}

TEST(Strict, refuses_more_than_2_MiB_before_all_else_REST_28) {
    OneOrg api;
    const std::string large(2 * 1024 * 1024 + 1, ' ');
    EXPECT_EQ(api.request("POST", api.devices, "", large, {{"content-type", "x"}}).status, 413U);
    EXPECT_EQ(api.request("POST", api.devices, "", large.substr(1), {{"content-type", "x"}}).status,
              415U);
}

TEST(Order, is_415_400_401_404_403_412_422_409) {
    OneOrg api;
    const std::string other = "/api/v1/devices/" + api.wire(DeviceId{900});
    const auto patch = [&](const std::string& path, const std::string& token,
                           const std::string& body, const std::string& type = "application/json") {
        return api
            .request("PATCH", path, token, body, {{"content-type", type}, {"if-match", "\"999\""}})
            .status;
    };
    EXPECT_EQ(patch(other, "", "[", "text/plain"), 415U);
    EXPECT_EQ(patch(other, "", "["), 400U);
    EXPECT_EQ(patch(other, "", R"({"name":7})"), 400U);
    EXPECT_EQ(patch(other, "", R"({"what":7})"), 401U);
    EXPECT_EQ(patch(other, api.token, R"({"what":7})"), 404U);
    EXPECT_EQ(patch(api.one_device, api.token, R"({"what":7})"), 412U);
    EXPECT_EQ(api.request("PATCH", api.one_device, api.token, R"({"what":7})").status, 422U);
    // Staff may not delete: 403 comes before 412.
    EXPECT_EQ(api.request("DELETE", api.one_device, api.staff_token, "", {{"if-match", "\"999\""}})
                  .status,
              403U);
    // 422 before 409: the name is taken and a field is unknown.
    api.request("POST", "/api/v1/orgs", api.token,
                R"({"name":"child","parent":)" + api.wire(api.org) + "}");
    const std::string twice = R"({"name":"child","parent":)" + api.wire(api.org);
    EXPECT_EQ(api.request("POST", "/api/v1/orgs", api.token, twice + R"(,"x":1})").status, 422U);
    EXPECT_EQ(code_of(api.request("POST", "/api/v1/orgs", api.token, twice + "}")), "name_taken");
}

TEST(IfMatch, takes_the_ETag_and_refuses_an_old_one_REST_37) {
    OneOrg api;
    const std::string etag = header_of(api.request("GET", api.one_device, api.token), "ETag");
    const auto patch = [&](const std::string& name, const std::string& match) {
        return api
            .request("PATCH", api.one_device, api.token, R"({"name":")" + name + "\"}",
                     {{"if-match", match}})
            .status;
    };
    EXPECT_EQ(patch("one", "\"12345\""), 412U);
    EXPECT_EQ(patch("one", "W/" + etag), 412U);
    EXPECT_EQ(patch("one", etag), 200U);
    EXPECT_EQ(patch("two", etag), 412U);
    EXPECT_EQ(patch("two", "*"), 200U);
    EXPECT_EQ(text_of(api.request("GET", api.one_device, api.token), "name"), "two");
}

TEST(Lists, refuse_limits_and_cursors_that_are_none) {
    OneOrg api;
    for (const char* query : {"limit=0", "limit=1001", "limit=-1", "limit=x", "limit=", "cursor=x",
                              "cursor=", "limit=1&limit=2", "at_least_revision=x"}) {
        EXPECT_EQ(api.request("GET", "/api/v1/devices?" + std::string(query), api.token).status,
                  400U)
            << query;
    }
    EXPECT_EQ(api.request("GET", "/api/v1/devices?limit=1000", api.token).status, 200U);
}

TEST(Reads, answer_503_when_a_revision_is_asked_for_that_is_not_there_yet) {
    OneOrg api;
    const HttpResponse now = api.request("GET", api.one_device, api.token);
    const std::string revision = header_of(now, "Treeline-Revision");
    EXPECT_EQ(revision, text_of(now, "revision"));
    const std::string ask = api.one_device + "?at_least_revision=";
    EXPECT_EQ(api.request("GET", ask + revision, api.token).status, 200U);
    const auto ahead = api.begin(ask + "999999", api.token);
    api.pass(Millis(2'000));
    api.turn();
    ASSERT_TRUE(ahead->has_value());
    EXPECT_EQ((*ahead)->status, 503U);
    EXPECT_EQ(code_of(**ahead), "revision_ahead");
}

}  // namespace
}  // namespace treeline
