// The table from refusal to status, and the shape of application/problem+json.
#include "broker/api/problem.hpp"

#include <array>
#include <utility>

#include <boost/json.hpp>

namespace treeline {
namespace {

constexpr std::string_view not_found_body =
    R"({"type":"about:blank","title":"Not Found","status":404,"code":"not_found"})";

constexpr std::array<std::pair<unsigned, std::string_view>, 18> titles{{
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
}};

std::string_view title(unsigned status) {
    for (const auto& [number, text] : titles) {
        if (number == status) {
            return text;
        }
    }
    return "Error";
}

unsigned status_of(RefusalCode code) {
    switch (code) {
        case RefusalCode::not_found:
            return 404;
        case RefusalCode::forbidden:
            return 403;
        case RefusalCode::unknown_field:
        case RefusalCode::read_only:
        case RefusalCode::domain_not_allowed:
        case RefusalCode::invalid:
            return 422;
        case RefusalCode::gone:
            return 410;
        case RefusalCode::precondition_failed:
            return 412;
        case RefusalCode::unauthenticated:
            return 401;
        case RefusalCode::overloaded:
        case RefusalCode::in_doubt:
            return 503;
        default:
            return 409;  // every other word is a conflict with what is there now
    }
}

std::string body_of(const Problem& problem) {
    boost::json::object body{{"type", "about:blank"},
                             {"title", title(problem.status)},
                             {"status", problem.status},
                             {"code", problem.code}};
    if (!problem.detail.empty()) {
        body["detail"] = problem.detail;
    }
    if (!problem.missing_permission.empty()) {
        body["missing_permission"] = problem.missing_permission;
    }
    if (problem.membership_scope) {
        body["scope"] = "membership";
    }
    return boost::json::serialize(body);
}

}  // namespace

Problem not_found() {
    return {.status = 404, .code = "not_found"};
}

Problem unauthenticated() {
    return {.status = 401, .code = "unauthenticated"};
}

Problem malformed(std::string detail) {
    return {.status = 400, .code = "malformed", .detail = std::move(detail)};
}

Problem invalid(std::string detail) {
    return {.status = 422, .code = "invalid", .detail = std::move(detail)};
}

Problem overloaded() {
    return {.status = 503, .code = "overloaded", .retry_after_s = 1};
}

Problem too_many_requests(unsigned retry_after_s) {
    return {.status = 429, .code = "too_many_requests", .retry_after_s = retry_after_s};
}

Problem problem_of(const Refusal& refusal) {
    Problem problem{.status = status_of(refusal.code),
                    .code = std::string(name(refusal.code)),
                    .detail = refusal.detail,
                    .membership_scope = refusal.membership_scope};
    if (refusal.missing) {
        problem.missing_permission = name(*refusal.missing);
    }
    if (refusal.code == RefusalCode::overloaded) {
        problem.retry_after_s = 1;
    }
    if (refusal.code == RefusalCode::unauthenticated) {
        problem.detail.clear();  // one body for every 401
    }
    return problem;
}

HttpResponse render(const Problem& problem) {
    HttpResponse response{.status = problem.status,
                          .headers = {{"Content-Type", "application/problem+json"}},
                          .body = {}};
    if (problem.status == 404) {
        response.body = not_found_body;
        return response;
    }
    response.body = body_of(problem);
    if (problem.status == 401) {
        response.headers.emplace_back("WWW-Authenticate", "Bearer");
    }
    if (problem.retry_after_s > 0) {
        response.headers.emplace_back("Retry-After", std::to_string(problem.retry_after_s));
    }
    if (!problem.allow.empty()) {
        response.headers.emplace_back("Allow", problem.allow);
    }
    return response;
}

HttpResponse problem_response(unsigned status, std::string_view code, std::string_view detail) {
    return render({.status = status, .code = std::string(code), .detail = std::string(detail)});
}

}  // namespace treeline
