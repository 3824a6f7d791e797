// The route table: every request that the platform API answers, and what each one needs.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "broker/api/shape.hpp"

namespace treeline {

struct Call;
using CallPtr = std::unique_ptr<Call>;
// Takes the call, and answers it once, now or later.
using Handler = void (*)(CallPtr);

struct Route {
    std::string_view method;
    std::string_view pattern;  // "/api/v1/orgs/{id}"; a literal segment stands before `{…}`
    // What the caller must hold: the name of a permission ("users.view"; for a device the bare
    // right), `visible` where seeing the object is enough, `signed_in`, or `public`.
    std::string_view permission;
    std::string_view summary;
    Handler handler = nullptr;
    const Shape* answer = nullptr;
    bool is_list = false;           // the answer holds `items` of that shape, by pages
    const Shape* body = nullptr;    // what the request carries; null: no fields at all
    unsigned status = 200;          // of success
    std::string_view filters = "";  // query fields beside limit and cursor, with spaces between
    // A list that is also answered as text/csv: its columns, fields of `answer` with spaces
    // between, and what that needs beside `permission`; a device's right is asked row by row.
    std::string_view csv = "";
    std::string_view csv_permission = "";
    bool takes_csv = false;  // the body is text/csv, and its handler's business
    // Query fields that name an instant, a time or a revision: "as_of".
    std::string_view instants = "";

    bool is_public() const { return permission == "public"; }
};

// Grouped by resource, one file each.
std::span<const Route> session_routes();
std::span<const Route> org_routes();
std::span<const Route> org_act_routes();
std::span<const Route> domain_routes();
std::span<const Route> user_routes();
std::span<const Route> account_routes();
std::span<const Route> departure_routes();
std::span<const Route> membership_routes();
std::span<const Route> invitation_routes();
std::span<const Route> import_routes();
std::span<const Route> acceptance_routes();
std::span<const Route> role_routes();
std::span<const Route> role_act_routes();
std::span<const Route> push_routes();
std::span<const Route> device_routes();
std::span<const Route> device_act_routes();
std::span<const Route> transfer_routes();
std::span<const Route> transfer_act_routes();
std::span<const Route> pin_routes();
std::span<const Route> history_routes();
std::span<const Route> explain_routes();
std::span<const Route> visibility_routes();
std::span<const Route> audit_routes();
std::span<const Route> service_routes();
// All of them, in that order.
const std::vector<Route>& routes();

// The parts of a path behind `{…}`, undecoded.
using PathParts = std::array<std::string_view, 2>;

struct Match {
    const Route* route = nullptr;  // null: no route, or none with this method
    PathParts parts;
    std::string allow;  // the methods that the path has: "GET, PATCH"; empty: no such path
};
// `path` must outlive the match.
Match match_route(std::string_view method, std::string_view path);

}  // namespace treeline
