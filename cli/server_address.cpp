#include "cli/server_address.hpp"

#include <algorithm>
#include <cctype>

namespace treeline::cli {
namespace {

constexpr std::string_view scheme = "https://";

bool is_port(const std::string& text) {
    return !text.empty() && text.size() <= 5 &&
           std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c) != 0; }) &&
           std::stoul(text) >= 1 && std::stoul(text) <= 65'535;
}

bool is_host(const std::string& text) {
    return !text.empty() && std::ranges::all_of(text, [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_' || c == ':' || c == '%';
    });
}

}  // namespace

bool ServerAddress::is_local() const {
    return host == "localhost" || host == "::1" || host.starts_with("127.");
}

ResultOf<ServerAddress, Wrong> parse_server(const std::string& url) {
    const Wrong wrong{"the server is given as https://HOST[:PORT], not as " + url};
    if (!url.starts_with(scheme)) {
        return wrong;
    }
    std::string rest = url.substr(scheme.size());
    if (rest.ends_with('/')) {
        rest.pop_back();
    }
    ServerAddress address{.url = {}, .host = rest, .port = "443"};
    const std::size_t bracket = rest.find(']');
    const std::size_t colon = rest.find(':', bracket == std::string::npos ? 0 : bracket);
    if (colon != std::string::npos) {
        address.host = rest.substr(0, colon);
        address.port = rest.substr(colon + 1);
    }
    const std::string shown = address.host;
    if (address.host.starts_with('[') && address.host.ends_with(']')) {
        address.host = address.host.substr(1, address.host.size() - 2);
    }
    if (!is_host(address.host) || !is_port(address.port)) {
        return wrong;
    }
    address.url = std::string(scheme) + shown + ":" + address.port;
    return address;
}

}  // namespace treeline::cli
