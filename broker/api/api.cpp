// The way of a request: 413, 415, 400, then who asks (401), then its route.
#include "broker/api/api.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "broker/api/accept.hpp"
#include "broker/api/call.hpp"
#include "broker/api/csv_list.hpp"
#include "broker/api/format.hpp"
#include "broker/api/idempotency.hpp"
#include "broker/api/look_back.hpp"
#include "broker/identity/token.hpp"

namespace treeline {
namespace {

constexpr std::size_t body_size_bytes_max = 2 * 1024 * 1024;
constexpr std::size_t csv_size_bytes_max = 1024 * 1024;
constexpr std::string_view base_path = "/api/v1/";
constexpr std::array<std::string_view, 2> list_types{"application/json", csv_type};

std::string fold(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c != ' ' && c != '\t') {
            out += c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
        }
    }
    return out;
}

bool is_json(std::string_view content_type) {
    const std::string type = fold(content_type);
    return type == "application/json" || type == "application/json;charset=utf-8" ||
           type == "application/json;charset=\"utf-8\"";
}

bool is_csv_in_utf8(std::string_view content_type) {
    const std::string type = fold(content_type);
    return type == "text/csv" || type == "text/csv;charset=utf-8" ||
           type == "text/csv;charset=\"utf-8\"";
}

bool carries_body(std::string_view method) {
    return method == "POST" || method == "PUT" || method == "PATCH" || method == "DELETE";
}

// A body may stay away where nothing in it is required, and always with DELETE.
bool needs_body(const Route& route) {
    if (route.body == nullptr || route.method == "DELETE") {
        return false;
    }
    return route.method != "POST" ||
           std::ranges::any_of(route.body->fields, [](const Field& f) { return f.is_required; });
}

// A route that takes fields must be told their type; one that takes none may come bare.
std::optional<Problem> wrong_type(const Call& call) {
    const std::string type = call.header("content-type");
    const bool is_bare = type.empty() && call.request.body.empty();
    if (is_json(type) || (is_bare && !needs_body(*call.route))) {
        return std::nullopt;
    }
    return Problem{.status = 415, .code = "unsupported_media_type"};
}

std::optional<Problem> read_csv(Call& call) {
    if (call.request.body.size() > csv_size_bytes_max) {
        return Problem{.status = 413, .code = "too_large"};
    }
    if (!is_csv_in_utf8(call.header("content-type"))) {
        return Problem{.status = 415, .code = "unsupported_media_type"};
    }
    call.body_hash = hash_token(call.request.body);
    return std::nullopt;
}

std::optional<Problem> read_body(Call& call) {
    static const Shape nothing{"Nothing", {}};
    if (!carries_body(call.route->method)) {
        return std::nullopt;
    }
    if (call.route->takes_csv) {
        return read_csv(call);
    }
    if (auto problem = wrong_type(call)) {
        return problem;
    }
    if (call.request.body.empty() && !needs_body(*call.route)) {
        return std::nullopt;
    }
    auto value = parse_json(call.request.body);
    if (!value) {
        return value.error();
    }
    auto body =
        Body::read(call.route->body == nullptr ? nothing : *call.route->body, std::move(*value));
    if (!body) {
        return body.error();
    }
    call.body = std::move(*body);
    call.body_hash = hash_token(call.request.body);
    call.request.body.clear();
    return std::nullopt;
}

std::optional<Problem> read_query(Call& call) {
    if (call.request.method != "GET") {
        return std::nullopt;
    }
    const std::string* const text = call.target.query("at_least_revision");
    if (text != nullptr && !call.route->is_public()) {
        call.at_least_revision = *text == "0" ? 0 : parse_id(*text);
        if (!call.at_least_revision) {
            return malformed("at_least_revision is not a revision");
        }
    }
    if (auto list = list_query(call); call.route->is_list && !list) {
        return list.error();
    }
    return read_instants(call);
}

bool is_method(std::string_view method) {
    constexpr std::array<std::string_view, 9> known{"GET",    "HEAD",    "POST",  "PUT",    "PATCH",
                                                    "DELETE", "OPTIONS", "TRACE", "CONNECT"};
    return std::ranges::find(known, method) != known.end();
}

// What is wrong with a request before anyone asks who sent it.
std::optional<Problem> unreadable(Call& call) {
    if (call.request.body.size() > body_size_bytes_max) {
        return Problem{.status = 413, .code = "too_large"};
    }
    auto target = Target::read(call.request.target);
    if (!target) {
        return target.error();
    }
    call.target = std::move(*target);
    Match match = match_route(call.request.method, call.target.path());
    call.route = match.route;
    call.path = match.parts;
    if (call.route == nullptr) {
        return std::nullopt;
    }
    call.is_csv =
        !call.route->csv.empty() && wanted_type(call.header("accept"), list_types) == csv_type;
    if (auto problem = read_body(call)) {
        return problem;
    }
    if (auto problem = bad_key(call)) {
        return problem;
    }
    return read_query(call);
}

// There is no such route: 401 to strangers all the same, so that the table tells them nothing.
Problem routeless(const Call& call) {
    const Match match = match_route(call.request.method, call.target.path());
    if (match.allow.empty()) {
        return not_found();
    }
    return {.status = 405, .code = "method_not_allowed", .allow = match.allow};
}

std::optional<Problem> identify(Call& call) {
    const bool is_open = call.route != nullptr ? call.route->is_public()
                                               : !call.target.path().starts_with(base_path);
    if (is_open) {
        return std::nullopt;
    }
    const auto caller = caller_of(call.directory(), call.header("authorization"), call.now);
    if (!caller) {
        return caller.error();
    }
    call.caller = *caller;
    return std::nullopt;
}

std::string request_id(const ApiParts& parts) {
    constexpr std::string_view hex = "0123456789abcdef";
    std::array<std::byte, 16> random{};
    parts.random(random);
    std::string out;
    for (const std::byte byte : random) {
        out += hex[std::to_integer<std::size_t>(byte >> 4)];
        out += hex[std::to_integer<std::size_t>(byte & std::byte{15})];
    }
    return out;
}

// What every answer carries, whatever it says.
Reply<HttpResponse> with_common_headers(std::string request, Reply<HttpResponse> reply) {
    return Reply<HttpResponse>(
        [id = std::move(request), reply = std::move(reply)](HttpResponse response) mutable {
            response.headers.emplace_back("Cache-Control", "no-store");
            response.headers.emplace_back("X-Content-Type-Options", "nosniff");
            response.headers.emplace_back("X-Request-Id", std::move(id));
            reply(std::move(response));
        });
}

// Who asks is asked again after every wait: the token may be dead by now.
void serve_known(CallPtr call) {
    if (auto problem = identify(*call)) {
        return answer(std::move(call), *problem);
    }
    if (call->parts->fault) {
        call->parts->fault(*call->route);
    }
    const Handler handler = call->route->handler;
    handler(std::move(call));
}

void serve(CallPtr call) {
    if (auto problem = identify(*call)) {
        return answer(std::move(call), *problem);
    }
    if (call->route == nullptr) {
        const Problem problem = routeless(*call);
        return answer(std::move(call), problem);
    }
    const bool is_of_now = !call->instants[0] && !call->instants[1];
    is_of_now ? serve_known(std::move(call)) : look_back(std::move(call), serve_known);
}

// The revision that it waited for may have come.
void serve_again(CallPtr call) {
    call->now = call->parts->clock().wall;
    call->past = {};
    call->past_problem.reset();
    call->looked_into.clear();
    const ApiParts& parts = *call->parts;
    const std::string id = call->id;
    guarded(parts, id, [&] { serve(std::move(call)); });
}

// Probes are answered whatever else comes from their address.
bool is_probe(std::string_view target) {
    return target == "/healthz" || target == "/readyz";
}

// Before anything of the request is read: whoever has no valid credentials counts by address, even
// where they would be answered 401.
std::optional<Problem> throttled(const Call& call) {
    Limiter* const limiter = call.parts->limiter;
    if (limiter == nullptr || is_probe(call.request.target)) {
        return std::nullopt;
    }
    const Directory& directory = call.directory();
    const auto caller = caller_of(directory, call.header("authorization"), call.now);
    std::optional<unsigned> wait;
    if (caller) {
        const User* const user = directory.user(caller->user);
        const Membership* const home = directory.membership(user->home);
        wait = limiter->member(user->id, home == nullptr ? OrgId{} : home->org, call.steady);
    } else {
        wait = limiter->stranger(call.request.peer, call.steady);
    }
    return wait ? std::optional(too_many_requests(*wait)) : std::nullopt;
}

// The client's address takes the place of the connection's.
void find_client(Call& call) {
    std::vector<std::string> forwarded_for;
    for (const auto& [name, value] : call.request.headers) {
        if (name == "x-forwarded-for") {
            forwarded_for.push_back(value);
        }
    }
    call.request.peer =
        client_address(call.request.peer, forwarded_for, call.parts->trusted_proxies);
}

void dispatch(CallPtr call) {
    if (auto problem = throttled(*call)) {
        return answer(std::move(call), *problem);
    }
    if (!is_method(call->request.method)) {
        return answer(std::move(call), Problem{.status = 501, .code = "not_implemented"});
    }
    if (call->request.method == "TRACE" || call->request.method == "CONNECT") {
        return answer(std::move(call), Problem{.status = 405, .code = "method_not_allowed"});
    }
    if (auto problem = unreadable(*call)) {
        return answer(std::move(call), *problem);
    }
    serve(std::move(call));
}

}  // namespace

struct Api::Impl {
    ApiParts parts;
    RevisionQueue waiting;
};

Api::Api(ApiParts parts) : impl_(std::make_unique<Impl>(Impl{std::move(parts), {}})) {}
Api::~Api() = default;

void Api::advance(Now now) {
    impl_->waiting.advance(impl_->parts.shard.world()->revision(), now.steady, serve_again,
                           answer_late);
}

SteadyTime Api::deadline() const {
    return impl_->waiting.deadline();
}

void Api::handle(HttpRequest request, Reply<HttpResponse> reply) {
    auto call = std::make_unique<Call>();
    call->parts = &impl_->parts;
    call->waiting = &impl_->waiting;
    call->request = std::move(request);
    const Now now = impl_->parts.clock();
    call->now = now.wall;
    call->steady = now.steady;
    find_client(*call);
    const std::string id = request_id(impl_->parts);
    call->id = id;
    call->reply = with_common_headers(id, std::move(reply));
    guarded(impl_->parts, id, [&] { dispatch(std::move(call)); });
}

void Api::set_device_meta(DeviceId device, std::string name, std::string value, Reply<bool> reply) {
    const ApiParts& parts = impl_->parts;
    auto back = [post = parts.post, reply = std::move(reply)](SubmitResult result) mutable {
        const bool is_done = result.has_value();
        post(Task([is_done, reply = std::move(reply)](Nothing) mutable { reply(is_done); }));
    };
    parts.registry.submit({.actor = Actor{device},
                           .command = SetDeviceMeta{std::move(name), std::move(value)},
                           .reply = Reply<SubmitResult>(std::move(back))});
}

}  // namespace treeline
