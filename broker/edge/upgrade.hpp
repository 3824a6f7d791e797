// May this request become a WebSocket? A function of the request and the allowed origins.
#pragma once

#include <span>
#include <string>
#include <variant>

#include "broker/api/api.hpp"
#include "broker/session/app_message.hpp"

namespace treeline {

struct Upgrade {
    HttpResponse response;  // 101, to be rendered
    Encoding encoding{};    // apps only
};
using UpgradeVerdict = std::variant<Upgrade, HttpResponse>;

// /app: subprotocol and Origin decide (app-protocol.md). Tokens are the caller's business.
UpgradeVerdict upgrade_app(const HttpRequest& request, std::span<const std::string> origins);
// /websockets: device frames in binary messages; a device brings its own token and no cookie, so
// that an Origin means nothing there.
UpgradeVerdict upgrade_device(const HttpRequest& request);
// Sec-WebSocket-Accept for a key (RFC 6455 §4.2.2).
std::string websocket_accept(std::string_view key);
// `origin` equals an allowed one, scheme and host compared in lower case, nothing else folded.
bool origin_allowed(std::string_view origin, std::span<const std::string> origins);

}  // namespace treeline
