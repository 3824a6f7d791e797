// HTTP/1.1 requests out of a byte stream, without a socket. The one user of Beast.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "broker/api/api.hpp"

namespace treeline {

inline constexpr std::size_t http_header_size_bytes_max = 8 * 1024;
inline constexpr std::size_t http_headers_max = 100;
inline constexpr std::size_t http_body_size_bytes_max = 2 * 1024 * 1024;

// Why a request is refused before anybody looks at it; the stream is lost with it.
struct HttpFault {
    unsigned status = 400;  // 400, 413, 431
    std::string_view code = "malformed";
};
struct ParsedRequest {
    HttpRequest request;  // `peer` is left empty
    bool keep_alive = false;
};

// Owned by one connection. Holds at most a header, or a body within its limit.
class HttpParser {
  public:
    HttpParser();
    HttpParser(HttpParser&&) noexcept;
    HttpParser& operator=(HttpParser&&) noexcept;
    ~HttpParser();

    // Appends bytes as they came.
    void feed(std::string_view bytes);
    // The next whole request; nullopt when more bytes are needed.
    ResultOf<std::optional<ParsedRequest>, HttpFault> next();
    // True once per request: its sender waits for "100 Continue" before it sends the body.
    bool take_continue();
    // Has a request begun that isn't whole? And is its header complete?
    bool in_request() const;
    bool header_done() const;
    // What came behind the last request; the parser gives it up.
    std::string take_rest();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace treeline
