// Which requests become a WebSocket (app-protocol.md; WS-01 to WS-03).
#include "broker/edge/upgrade.hpp"

#include <gtest/gtest.h>

namespace treeline {
namespace {

const std::vector<std::string> none;
const std::vector<std::string> allowed{"https://app.example.com"};

HttpRequest handshake() {
    HttpRequest request;
    request.method = "GET";
    request.target = "/app";
    request.headers = {{"host", "b"},
                       {"upgrade", "websocket"},
                       {"connection", "keep-alive, Upgrade"},
                       {"sec-websocket-version", "13"},
                       {"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="},
                       {"sec-websocket-protocol", "other, treeline.v1.json"}};
    return request;
}
HttpRequest without(std::string_view name) {
    HttpRequest request = handshake();
    std::erase_if(request.headers, [&](const auto& field) { return field.first == name; });
    return request;
}
HttpRequest with(std::string name, std::string value) {
    HttpRequest request = without(name);
    request.headers.emplace_back(std::move(name), std::move(value));
    return request;
}
unsigned status(const HttpRequest& request, const std::vector<std::string>& origins = none) {
    const auto verdict = upgrade_app(request, origins);
    const auto* refused = std::get_if<HttpResponse>(&verdict);
    return refused != nullptr ? refused->status : 101;
}

TEST(Upgrade, computes_the_accept_value_of_rfc_6455) {
    EXPECT_EQ(websocket_accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST(Upgrade, chooses_the_first_subprotocol_it_knows) {
    const auto verdict = upgrade_app(handshake(), none);
    ASSERT_TRUE(std::holds_alternative<Upgrade>(verdict));
    EXPECT_EQ(std::get<Upgrade>(verdict).encoding, Encoding::json);
    EXPECT_EQ(std::get<Upgrade>(verdict).response.headers.back().second, "treeline.v1.json");
}

TEST(Upgrade, refuses_a_missing_or_unknown_subprotocol_with_400) {
    EXPECT_EQ(status(without("sec-websocket-protocol")), 400U);
    EXPECT_EQ(status(with("sec-websocket-protocol", "treeline.v2.json")), 400U);
}

TEST(Upgrade, refuses_what_is_no_handshake_with_426) {
    EXPECT_EQ(status(without("upgrade")), 426U);
    EXPECT_EQ(status(without("connection")), 426U);
    EXPECT_EQ(status(with("sec-websocket-version", "8")), 426U);
    EXPECT_EQ(status(with("sec-websocket-key", "short")), 400U);
}

TEST(Upgrade, WS_01_WS_03_compares_origins_exactly) {
    EXPECT_EQ(status(handshake(), allowed), 101U) << "no Origin: a native app";
    EXPECT_EQ(status(with("origin", "https://app.example.com"), allowed), 101U);
    EXPECT_EQ(status(with("origin", "HTTPS://APP.example.com"), allowed), 101U);
    for (const char* foreign :
         {"null", "", "https://app.example.com.evil.tld", "https://app.example.com:8443",
          "https://app.example.com.", "http://app.example.com", "https://app.example.com/"}) {
        EXPECT_EQ(status(with("origin", foreign), allowed), 403U) << foreign;
    }
    EXPECT_EQ(status(with("origin", "https://app.example.com")), 403U) << "none is allowed";
}

TEST(Upgrade, lets_devices_in_without_a_subprotocol) {
    HttpRequest request = without("sec-websocket-protocol");
    request.headers.emplace_back("origin", "https://anywhere.example");
    EXPECT_TRUE(std::holds_alternative<Upgrade>(upgrade_device(request)));
}

}  // namespace
}  // namespace treeline
