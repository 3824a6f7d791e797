// The HTTP conversation of one connection, as a machine: bytes in, requests and answers out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.hpp"
#include "broker/edge/http_parser.hpp"

namespace treeline {

struct HttpLimits {
    Millis header_max{10'000};  // from the connection or the answer before to a whole header
    Millis body_max{30'000};    // from the header to the last byte of the body
    Millis idle_max{60'000};    // between two requests
};

// What the connection must do, in order.
struct HttpSend {
    std::string bytes;
};
struct HttpAsked {  // somebody answers it, later or at once, with answer()
    HttpRequest request;
};
struct HttpClose {};  // after what was sent before
using HttpAction = std::variant<HttpSend, HttpAsked, HttpClose>;

// Owned by one connection. One request at a time: bytes behind it wait for its answer.
class HttpDoor {
  public:
    HttpDoor(std::string peer, const HttpLimits& limits, Now now);

    std::vector<HttpAction> receive(std::string_view bytes, Now now);
    // The answer to the last HttpAsked; `last`: close after it (drain).
    std::vector<HttpAction> answer(const HttpResponse& response, bool last, Now now);
    std::vector<HttpAction> expire(Now now);
    SteadyTime deadline() const { return deadline_; }
    // A request is being answered; nothing more is read meanwhile.
    bool busy() const { return busy_; }
    // Neither answering nor in the middle of a request.
    bool idle() const { return !busy_ && !parser_.in_request(); }
    // The connection speaks another protocol from here on: what came behind the upgrade.
    std::string take_rest() { return parser_.take_rest(); }

  private:
    std::vector<HttpAction> go_on(Now now);
    std::vector<HttpAction> fail(unsigned status, std::string_view code, Now now);
    std::string peer_;
    HttpLimits limits_;
    HttpParser parser_;
    SteadyTime deadline_;
    SteadyTime body_deadline_ = steady_time_max;
    bool busy_ = false;
    bool keep_alive_ = true;
    bool head_ = false;
    bool closed_ = false;
};

struct RenderOptions {
    bool keep_alive = true;
    bool head = false;  // the answer to HEAD: no body
};
// One HTTP/1.1 response with the headers that every answer carries.
std::string render(const HttpResponse& response, const RenderOptions& options, UnixTime now);
// "Tue, 24 Nov 2026 04:26:27 GMT".
std::string http_date(UnixTime time);
// The value of a header of the request; empty when missing. `name` in lower case.
std::string_view header(const HttpRequest& request, std::string_view name);
// The token of "Authorization: Bearer TOKEN"; empty without one.
std::string_view bearer(const HttpRequest& request);

}  // namespace treeline
