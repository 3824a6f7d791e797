// Beast's request parser, driven by hand: bytes in, whole requests out, limits kept.
#include "broker/edge/http_parser.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

namespace treeline {

namespace {

namespace http = boost::beast::http;
using BeastParser = http::request_parser<http::string_body>;

// A chunk's header may be no longer than a request's.
constexpr std::size_t unparsed_size_bytes_max = http_header_size_bytes_max + 1024;

HttpFault fault_of(const boost::system::error_code& error) {
    if (error == http::error::header_limit) {
        return {431, "headers_too_large"};
    }
    if (error == http::error::body_limit) {
        return {413, "too_large"};
    }
    return {};
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return out;
}

// Methods are upper-case letters (RFC 9110 registers no others).
bool is_method(std::string_view text) {
    return !text.empty() && text.size() <= 16 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

template <class Fields>
std::size_t count_of(const Fields& fields) {
    return static_cast<std::size_t>(std::distance(fields.begin(), fields.end()));
}

// What Beast lets through and we don't.
std::optional<HttpFault> fault_in_header(const BeastParser& parser) {
    const auto& message = parser.get();
    if (count_of(message) > http_headers_max) {
        return HttpFault{431, "headers_too_large"};
    }
    const auto method = message.method_string();
    const auto target = message.target();
    const bool named = message.count(http::field::host) == 1 || message.version() < 11;
    const bool path = target.starts_with('/') || target == "*";
    if (!is_method({method.data(), method.size()}) || !named || !path || message.version() < 10) {
        return HttpFault{};
    }
    if (message.version() < 11 && message.count(http::field::upgrade) != 0) {
        return HttpFault{426, "upgrade_required"};
    }
    const auto length = parser.content_length();
    if (length && *length > http_body_size_bytes_max) {
        return HttpFault{413, "too_large"};
    }
    return std::nullopt;
}

ParsedRequest take_request(BeastParser& parser) {
    ParsedRequest out;
    out.keep_alive = parser.keep_alive();
    auto& message = parser.get();
    out.request.method = std::string(message.method_string());
    out.request.target = std::string(message.target());
    for (const auto& field : message) {
        const auto name = field.name_string();
        out.request.headers.emplace_back(lower({name.data(), name.size()}),
                                         std::string(field.value()));
    }
    out.request.body = std::move(message.body());
    return out;
}

}  // namespace

struct HttpParser::Impl {
    std::optional<BeastParser> parser;  // of the request that is under way
    std::string buffer;                 // what it has not consumed yet
    bool looked_at_header = false;
    bool continue_said = false;

    void begin();
    std::optional<HttpFault> advance();
    std::optional<HttpFault> look_at_header();
};

void HttpParser::Impl::begin() {
    parser.emplace();
    parser->eager(true);
    parser->header_limit(http_header_size_bytes_max);
    parser->body_limit(http_body_size_bytes_max);
    looked_at_header = false;
    continue_said = false;
}

std::optional<HttpFault> HttpParser::Impl::look_at_header() {
    if (looked_at_header || !parser->is_header_done()) {
        return std::nullopt;
    }
    looked_at_header = true;
    return fault_in_header(*parser);
}

std::optional<HttpFault> HttpParser::Impl::advance() {
    std::size_t consumed = 0;
    boost::system::error_code error;
    while (consumed < buffer.size() && !parser->is_done() && !error) {
        const auto rest = boost::asio::buffer(buffer.data() + consumed, buffer.size() - consumed);
        const std::size_t taken = parser->put(rest, error);
        consumed += taken;
        if (taken == 0) {
            break;
        }
    }
    buffer.erase(0, consumed);
    if (error && error != http::error::need_more) {
        return fault_of(error);
    }
    if (auto fault = look_at_header()) {
        return fault;
    }
    if (!parser->is_done() && buffer.size() > unparsed_size_bytes_max) {
        return parser->is_header_done() ? HttpFault{} : HttpFault{431, "headers_too_large"};
    }
    return std::nullopt;
}

HttpParser::HttpParser() : impl_(std::make_unique<Impl>()) {}
HttpParser::HttpParser(HttpParser&&) noexcept = default;
HttpParser& HttpParser::operator=(HttpParser&&) noexcept = default;
HttpParser::~HttpParser() = default;

void HttpParser::feed(std::string_view bytes) {
    impl_->buffer.append(bytes);
}

ResultOf<std::optional<ParsedRequest>, HttpFault> HttpParser::next() {
    if (!impl_->parser) {
        if (impl_->buffer.empty()) {
            return std::optional<ParsedRequest>();
        }
        impl_->begin();
    }
    if (const auto fault = impl_->advance()) {
        return *fault;
    }
    if (!impl_->parser->is_done()) {
        return std::optional<ParsedRequest>();
    }
    std::optional<ParsedRequest> request = take_request(*impl_->parser);
    impl_->parser.reset();
    return request;
}

bool HttpParser::take_continue() {
    if (!header_done() || impl_->continue_said || impl_->parser->is_done()) {
        return false;
    }
    const auto expect = impl_->parser->get()[http::field::expect];
    impl_->continue_said = lower({expect.data(), expect.size()}) == "100-continue";
    return impl_->continue_said;
}

bool HttpParser::in_request() const {
    return impl_->parser.has_value() || !impl_->buffer.empty();
}

bool HttpParser::header_done() const {
    return impl_->parser.has_value() && impl_->parser->is_header_done();
}

std::string HttpParser::take_rest() {
    return std::exchange(impl_->buffer, {});
}

}  // namespace treeline
