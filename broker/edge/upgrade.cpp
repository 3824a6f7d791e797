// The WebSocket handshake, by hand: a dozen header rules and one SHA-1.
#include "broker/edge/upgrade.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <openssl/evp.h>

#include "broker/edge/http_door.hpp"

namespace treeline {

namespace {

constexpr std::string_view websocket_guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr std::size_t websocket_key_size = 24;  // base64 of 16 bytes

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return out;
}

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Calls `visit` for each element of a comma-separated list in any header of that name, until true.
template <class Visit>
bool any_element(const HttpRequest& request, std::string_view name, Visit&& visit) {
    for (const auto& [key, value] : request.headers) {
        std::string_view rest = value;
        while (key == name && !rest.empty()) {
            const auto comma = std::min(rest.find(','), rest.size());
            if (visit(trim(rest.substr(0, comma)))) {
                return true;
            }
            rest.remove_prefix(std::min(comma + 1, rest.size()));
        }
    }
    return false;
}

bool lists(const HttpRequest& request, std::string_view name, std::string_view word) {
    return any_element(request, name,
                       [&](std::string_view element) { return lower(element) == word; });
}

// nullopt: it is a proper handshake so far.
std::optional<HttpResponse> handshake_fault(const HttpRequest& request) {
    const bool asks = request.method == "GET" && lists(request, "upgrade", "websocket") &&
                      lists(request, "connection", "upgrade");
    if (!asks) {
        HttpResponse response = problem_response(426, "upgrade_required", "");
        response.headers.emplace_back("Upgrade", "websocket");
        return response;
    }
    if (header(request, "sec-websocket-version") != "13") {
        HttpResponse response = problem_response(426, "upgrade_required", "");
        response.headers.emplace_back("Sec-WebSocket-Version", "13");
        return response;
    }
    if (header(request, "sec-websocket-key").size() != websocket_key_size) {
        return problem_response(400, "malformed", "Sec-WebSocket-Key");
    }
    return std::nullopt;
}

HttpResponse switching(const HttpRequest& request) {
    HttpResponse response;
    response.status = 101;
    response.headers = {
        {"Upgrade", "websocket"},
        {"Connection", "Upgrade"},
        {"Sec-WebSocket-Accept", websocket_accept(header(request, "sec-websocket-key"))}};
    return response;
}

std::optional<Encoding> choose(const HttpRequest& request, std::string& name) {
    std::optional<Encoding> chosen;
    any_element(request, "sec-websocket-protocol", [&](std::string_view element) {
        if (element == "treeline.v1.proto") {
            chosen = Encoding::protobuf;
        } else if (element == "treeline.v1.json") {
            chosen = Encoding::json;
        }
        name = chosen ? std::string(element) : std::string();
        return chosen.has_value();
    });
    return chosen;
}

// Scheme and host in lower case; what would follow them is left as it came.
std::string fold_origin(std::string_view origin) {
    const auto scheme = origin.find("://");
    if (scheme == std::string_view::npos) {
        return std::string(origin);
    }
    const auto end = std::min(origin.find('/', scheme + 3), origin.size());
    return lower(origin.substr(0, end)) + std::string(origin.substr(end));
}

}  // namespace

std::string websocket_accept(std::string_view key) {
    const std::string text = std::string(key).append(websocket_guid);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
    std::array<unsigned char, 64> base64{};
    const int length = EVP_EncodeBlock(base64.data(), digest.data(), static_cast<int>(size));
    return {base64.begin(), base64.begin() + length};
}

bool origin_allowed(std::string_view origin, std::span<const std::string> origins) {
    const std::string folded = fold_origin(origin);
    return std::any_of(origins.begin(), origins.end(),
                       [&](const std::string& allowed) { return fold_origin(allowed) == folded; });
}

UpgradeVerdict upgrade_app(const HttpRequest& request, std::span<const std::string> origins) {
    if (auto fault = handshake_fault(request)) {
        return std::move(*fault);
    }
    for (const auto& [name, value] : request.headers) {
        if (name == "origin" && !origin_allowed(value, origins)) {
            return problem_response(403, "forbidden", "Origin");
        }
    }
    std::string name;
    const auto encoding = choose(request, name);
    if (!encoding) {
        return problem_response(400, "malformed", "Sec-WebSocket-Protocol");
    }
    Upgrade upgrade{switching(request), *encoding};
    upgrade.response.headers.emplace_back("Sec-WebSocket-Protocol", name);
    return upgrade;
}

UpgradeVerdict upgrade_device(const HttpRequest& request) {
    if (auto fault = handshake_fault(request)) {
        return std::move(*fault);
    }
    return Upgrade{switching(request), Encoding::protobuf};
}

}  // namespace treeline
