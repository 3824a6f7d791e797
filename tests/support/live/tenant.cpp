// The everyday calls of Tenant.
#include <cstdio>
#include <cstdlib>

#include "tests/support/live/http.hpp"

namespace treeline::live {

namespace json = boost::json;

namespace {

const std::string base = "/api/v1";

}  // namespace

std::uint64_t number_at(const json::value& value, const char* key) {
    return value.at(key).to_number<std::uint64_t>();
}

json::value Tenant::expect(unsigned status, const std::string& method, const std::string& path,
                           const std::string& token, const json::value& body) {
    const Answer answer = http.request(method, base + path, token, body);
    if (answer.status != status) {
        std::fprintf(stderr, "%s %s answered %u, not %u: %s\n", method.c_str(), path.c_str(),
                     answer.status, status, answer.body.c_str());
        std::abort();
    }
    return answer.json();
}

std::string Tenant::sign_in(const std::string& email, const std::string& password) {
    const auto answer = expect(201, "POST", "/sessions", "",
                               json::object{{"email", email}, {"password", password}});
    return std::string(answer.at("access_token").as_string());
}

std::uint64_t Tenant::org(const std::string& token, std::uint64_t parent, const std::string& name) {
    const json::object body{{"parent", parent}, {"name", name}, {"can_create_suborgs", true}};
    return number_at(expect(201, "POST", "/orgs", token, body), "id");
}

Tenant::NewUser Tenant::user(const std::string& token, std::uint64_t org, const std::string& email,
                             int role) {
    const json::object body{
        {"email", email}, {"name", email}, {"role", role}, {"password", user_password}};
    const auto made = expect(201, "POST", "/orgs/" + std::to_string(org) + "/users", token, body);
    const json::value& membership = made.at("membership");
    return {number_at(made, "id"),
            membership.is_object() ? number_at(membership, "id") : number_at(made, "membership"),
            email};
}

Tenant::NewDevice Tenant::device(const std::string& token, std::uint64_t org,
                                 const std::string& name, std::uint64_t owner) {
    json::object body{{"name", name}};
    if (owner != 0) {
        body["owner"] = owner;
    }
    const auto made = expect(201, "POST", "/orgs/" + std::to_string(org) + "/devices", token, body);
    return {number_at(made, "id"), std::string(made.at("token").as_string())};
}

std::uint64_t Tenant::membership(const std::string& token, std::uint64_t org, std::uint64_t user,
                                 int role, const json::object& period) {
    json::object body = period;
    body["user"] = user;
    body["role"] = role;
    return number_at(
        expect(201, "POST", "/orgs/" + std::to_string(org) + "/memberships", token, body), "id");
}

namespace {

std::string set_path(std::uint64_t org, int role) {
    return "/orgs/" + std::to_string(org) + "/roles/" + std::to_string(role) + "/permissions";
}

}  // namespace

void Tenant::permissions(const std::string& token, std::uint64_t org, int role,
                         const std::vector<std::string>& names) {
    json::array list(names.begin(), names.end());
    expect(200, "PUT", set_path(org, role), token, json::object{{"permissions", list}});
}

std::vector<std::string> Tenant::permissions(const std::string& token, std::uint64_t org,
                                             int role) {
    std::vector<std::string> names;
    const auto answer = expect(200, "GET", set_path(org, role), token);
    for (const json::value& name : answer.at("permissions").as_array()) {
        names.emplace_back(name.as_string());
    }
    return names;
}

}  // namespace treeline::live
