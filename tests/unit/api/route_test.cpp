// The route table, the document printed from it, and the table of problems.
#include "broker/api/route.hpp"

#include <fstream>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "broker/api/openapi.hpp"

namespace treeline {
namespace {

const json::value& document() {
    static const json::value parsed = *parse_json(openapi_document());
    return parsed;
}

// The permission words that a route may name.
bool is_permission(std::string_view word) {
    return word == "public" || word == "signed_in" || word == "visible" || permission_named(word) ||
           device_right_named(word);
}

TEST(Routes, each_names_what_it_requires_REST_01) {
    for (const Route& route : routes()) {
        std::istringstream words{std::string(route.permission)};
        std::string word;
        EXPECT_TRUE(words >> word) << route.pattern;
        do {
            EXPECT_TRUE(is_permission(word)) << route.pattern << ' ' << word;
        } while (words >> word);
        EXPECT_NE(route.handler, nullptr);
        EXPECT_FALSE(route.summary.empty());
    }
}

TEST(Routes, only_the_listed_ones_are_public_REST_01) {
    std::set<std::string> open;
    for (const Route& route : routes()) {
        if (route.is_public()) {
            open.insert(std::string(route.method) + " " + std::string(route.pattern));
        }
    }
    EXPECT_EQ(open, (std::set<std::string>{"POST /api/v1/sessions", "POST /api/v1/sessions/refresh",
                                           "POST /api/v1/invitations/{token}/accept",
                                           "POST /api/v1/password-resets",
                                           "PUT /api/v1/password-resets/{token}", "GET /healthz",
                                           "GET /readyz", "GET /api/v1/openapi.json"}));
}

TEST(Routes, are_given_once_each_and_found_again) {
    std::set<std::pair<std::string_view, std::string_view>> seen;
    for (const Route& route : routes()) {
        EXPECT_TRUE(seen.emplace(route.method, route.pattern).second) << route.pattern;
        EXPECT_EQ(match_route(route.method, route.pattern).route, &route) << route.pattern;
    }
}

TEST(Routes, prefer_the_literal_segment) {
    EXPECT_EQ(match_route("GET", "/api/v1/users/me").route->pattern, "/api/v1/users/me");
    EXPECT_EQ(match_route("GET", "/api/v1/users/7").route->pattern, "/api/v1/users/{id}");
}

TEST(Routes, take_paths_as_they_are_REST_19) {
    for (const char* path :
         {"/api/v1/orgs/", "/api/v1//orgs", "/api/v1/./orgs", "/api/v1/x/../orgs",
          "/api/v1/orgs/1/", "/api/v1/%6frgs", "//api/v1/orgs", "/API/v1/orgs", "/", "/api",
          "/static/../etc/passwd"}) {
        EXPECT_TRUE(match_route("GET", path).allow.empty()) << path;
    }
}

TEST(Routes, tell_the_methods_of_a_known_path) {
    const Match match = match_route("PUT", "/api/v1/devices/7");
    EXPECT_EQ(match.route, nullptr);
    EXPECT_EQ(match.allow, "GET, PATCH, DELETE");
}

TEST(OpenApi, holds_each_route_and_no_other) {
    std::set<std::string> in_table, in_document;
    for (const Route& route : routes()) {
        std::string method(route.method);
        for (char& c : method) {
            c = static_cast<char>(c | 0x20);
        }
        in_table.insert(method + " " + std::string(route.pattern));
    }
    for (const auto& path : document().as_object().at("paths").as_object()) {
        for (const auto& operation : path.value().as_object()) {
            in_document.insert(std::string(operation.key()) + " " + std::string(path.key()));
            EXPECT_FALSE(
                operation.value().as_object().at("x-required-permission").as_string().empty());
        }
    }
    EXPECT_EQ(in_table, in_document);
}

void collect_references(const json::value& value, std::set<std::string>& out) {
    if (value.is_array()) {
        for (const json::value& item : value.get_array()) {
            collect_references(item, out);
        }
    }
    if (value.is_object()) {
        for (const auto& entry : value.get_object()) {
            if (entry.key() == "$ref") {
                out.insert(std::string(entry.value().as_string()));
            }
            collect_references(entry.value(), out);
        }
    }
}

TEST(OpenApi, refers_only_to_schemas_that_it_holds) {
    std::set<std::string> references;
    collect_references(document(), references);
    const auto& schemas = document().as_object().at("components").as_object().at("schemas");
    EXPECT_GT(references.size(), 10U);
    for (const std::string& reference : references) {
        const std::string name = reference.substr(std::string("#/components/schemas/").size());
        EXPECT_TRUE(schemas.as_object().contains(name)) << reference;
    }
}

// The copy in docs/ is for readers. To renew it: TREELINE_WRITE_OPENAPI=1 and run this test.
TEST(OpenApi, equals_the_copy_in_docs) {
    const std::string path = TREELINE_SOURCE_DIR "/docs/openapi/openapi.json";
    if (std::getenv("TREELINE_WRITE_OPENAPI") != nullptr) {
        std::ofstream(path) << openapi_document() << '\n';
    }
    std::ostringstream stored;
    stored << std::ifstream(path).rdbuf();
    EXPECT_TRUE(stored.str() == openapi_document() + "\n") << path << " is out of date";
}

TEST(Problems, answer_404_with_one_constant) {
    const HttpResponse response = render(Problem{
        .status = 404, .code = "not_found", .detail = "secret", .missing_permission = "secret"});
    EXPECT_EQ(response.body,
              R"({"type":"about:blank","title":"Not Found","status":404,"code":"not_found"})");
    EXPECT_EQ(response.headers.size(), 1U);  // the content type
}

TEST(Problems, name_the_missing_permission_with_403) {
    const HttpResponse response = render(
        problem_of(Refusal{RefusalCode::forbidden, Permission::org_devices_edit, {}, false}));
    EXPECT_EQ(response.status, 403U);
    EXPECT_EQ(parse_json(response.body)->as_object().at("missing_permission").as_string(),
              "org_devices.edit");
}

TEST(Problems, have_the_status_of_their_code) {
    const auto status = [](RefusalCode code) {
        return problem_of(Refusal{code, {}, {}, false}).status;
    };
    EXPECT_EQ(status(RefusalCode::not_found), 404U);
    EXPECT_EQ(status(RefusalCode::read_only), 422U);
    EXPECT_EQ(status(RefusalCode::last_admin), 409U);
    EXPECT_EQ(status(RefusalCode::suborgs_off), 409U);
    EXPECT_EQ(status(RefusalCode::gone), 410U);
    EXPECT_EQ(status(RefusalCode::precondition_failed), 412U);
    EXPECT_EQ(status(RefusalCode::unauthenticated), 401U);
    EXPECT_EQ(status(RefusalCode::in_doubt), 503U);
}

}  // namespace
}  // namespace treeline
