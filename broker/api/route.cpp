// Finding the route of a request. A few dozen patterns: looked through one by one.
#include "broker/api/route.hpp"

#include <algorithm>
#include <optional>

namespace treeline {
namespace {

std::string_view take_segment(std::string_view& path) {
    path.remove_prefix(1);  // the slash
    const std::size_t size = std::min(path.find('/'), path.size());
    const std::string_view segment = path.substr(0, size);
    path.remove_prefix(size);
    return segment;
}

std::optional<PathParts> match_pattern(std::string_view pattern, std::string_view path) {
    PathParts parts{};
    std::size_t used = 0;
    while (!pattern.empty() && !path.empty()) {
        const std::string_view wanted = take_segment(pattern);
        const std::string_view given = take_segment(path);
        if (wanted.starts_with('{')) {
            if (given.empty()) {
                return std::nullopt;
            }
            parts[used++] = given;
        } else if (wanted != given) {
            return std::nullopt;
        }
    }
    return pattern.empty() && path.empty() ? std::optional(parts) : std::nullopt;
}

std::vector<Route> all_routes() {
    std::vector<Route> all;
    for (const auto& part :
         {session_routes(),    org_routes(),          org_act_routes(),    domain_routes(),
          user_routes(),       account_routes(),      departure_routes(),  membership_routes(),
          invitation_routes(), import_routes(),       acceptance_routes(), role_routes(),
          role_act_routes(),   push_routes(),         device_routes(),     device_act_routes(),
          transfer_routes(),   transfer_act_routes(), pin_routes(),        explain_routes(),
          audit_routes(),      visibility_routes(),   history_routes(),    service_routes()}) {
        all.insert(all.end(), part.begin(), part.end());
    }
    return all;
}

void add_method(std::string& allow, std::string_view method) {
    if (allow.find(method) == std::string::npos) {
        allow += (allow.empty() ? "" : ", ");
        allow += method;
    }
}

}  // namespace

const std::vector<Route>& routes() {
    static const std::vector<Route> all = all_routes();
    return all;
}

Match match_route(std::string_view method, std::string_view path) {
    Match match;
    for (const Route& route : routes()) {
        const auto parts = match_pattern(route.pattern, path);
        if (!parts) {
            continue;
        }
        add_method(match.allow, route.method);
        if (match.route == nullptr && route.method == method) {
            match.route = &route;
            match.parts = *parts;
        }
    }
    return match;
}

}  // namespace treeline
