// /healthz, /readyz and the OpenAPI document: what everybody may ask.
#include "broker/api/call.hpp"
#include "broker/api/openapi.hpp"

namespace treeline {
namespace {

constexpr Field health_fields[]{{"status", FieldKind::text, true}};
const Shape health_shape{"Health", health_fields};

void reply_json(CallPtr call, std::string body) {
    call->reply(HttpResponse{
        .status = 200, .headers = {{"Content-Type", "application/json"}}, .body = std::move(body)});
}

void get_health(CallPtr call) {
    reply_json(std::move(call), R"({"status":"ok"})");
}

void get_ready(CallPtr call) {
    if (call->parts->draining()) {
        return answer(std::move(call),
                      Problem{.status = 503, .code = "draining", .retry_after_s = 1});
    }
    reply_json(std::move(call), R"({"status":"ready"})");
}

void get_openapi(CallPtr call) {
    reply_json(std::move(call), openapi_document());
}

const Route table[]{
    {.method = "GET",
     .pattern = "/healthz",
     .permission = "public",
     .summary = "The process answers",
     .handler = get_health,
     .answer = &health_shape},
    {.method = "GET",
     .pattern = "/readyz",
     .permission = "public",
     .summary = "The process takes work: 503 while it drains",
     .handler = get_ready,
     .answer = &health_shape},
    {.method = "GET",
     .pattern = "/api/v1/openapi.json",
     .permission = "public",
     .summary = "This document",
     .handler = get_openapi},
};

}  // namespace

std::span<const Route> service_routes() {
    return table;
}

}  // namespace treeline
