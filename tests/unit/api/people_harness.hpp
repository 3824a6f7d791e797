// People: two orgs of one tree and a stranger tree, with what their mails say.
#pragma once

#include <string>

#include "tests/unit/api/api_harness.hpp"

namespace treeline {

struct People : ApiHarness {
    OrgId root, client, other, strangers;
    UserId admin, boss, staff, other_boss, stranger;
    std::string token, boss_token, staff_token, other_token, stranger_token;

    People() {
        root = builder.root("root");
        admin = builder.admin();
        client = builder.org(root, "client");
        other = builder.org(root, "other");
        strangers = builder.root("strangers");
        boss = builder.user(client, "boss", role_admin);
        staff = builder.user(client, "staff", role_staff);
        other_boss = builder.user(other, "other", role_admin);
        stranger = builder.user(strangers, "stranger", role_admin);
        token = sign_in(admin);
        boss_token = sign_in(boss);
        staff_token = sign_in(staff);
        other_token = sign_in(other_boss);
        stranger_token = sign_in(stranger);
    }

    std::string org(OrgId id, const std::string& rest) const {
        return "/api/v1/orgs/" + wire(id) + rest;
    }
    std::string user(UserId id, const std::string& rest = "") const {
        return "/api/v1/users/" + wire(id) + rest;
    }
    HttpResponse invite(const std::string& bearer, OrgId id, const std::string& email,
                        const std::string& role = "\"User\"") {
        return request("POST", org(id, "/invitations"), bearer,
                       R"({"email":")" + email + R"(","role":)" + role + "}");
    }
    std::string invitation_token(const std::string& email) const {
        return mailed_to(email, purpose_invitation);
    }
    HttpResponse accept(const std::string& mailed, const std::string& body) {
        return request("POST", "/api/v1/invitations/" + mailed + "/accept", "", body);
    }
    HttpResponse enter(const std::string& email, const std::string& password) {
        return request("POST", "/api/v1/sessions", "",
                       R"({"email":")" + email + R"(","password":")" + password + "\"}");
    }
    std::string session(const std::string& email, const std::string& password) {
        return text_of(enter(email, password), "access_token");
    }
    // As somebody who read a mail of ours.
    void verify(const std::string& email, const std::string& password) {
        CHECK(request("POST", "/api/v1/password-resets", "", R"({"email":")" + email + "\"}")
                  .status == 202);
        settle();
        CHECK(request("PUT", "/api/v1/password-resets/" + mailed_to(email, purpose_password_reset),
                      "", R"({"password":")" + password + "\"}")
                  .status == 200);
    }
    // Carries out what was answered before it was done.
    void settle() {
        for (int i = 0; i < 4; ++i) {
            turn();
        }
    }
};

}  // namespace treeline
