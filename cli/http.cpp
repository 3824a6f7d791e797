#include "cli/http.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

namespace treeline::cli {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using Error = beast::error_code;

constexpr std::chrono::seconds connect_max{10};
constexpr std::chrono::seconds answer_max{60};
constexpr std::uint64_t body_size_bytes_max = 256U << 20U;

// One call from the first packet to the last. Beast keeps deadlines for asynchronous operations
// only, so each step is started as one and then run to its end.
class Exchange {
  public:
    explicit Exchange(const HttpCall& call) : call_(call), stream_(io_, context_) {}

    HttpAnswer run() {
        if (trusts() && connects() && shakes_hands() && sends()) {
            receive();
        }
        return std::move(answer_);
    }

  private:
    template <class Start>
    Error finish(std::chrono::seconds limit, Start start) {
        Error result = asio::error::operation_aborted;
        beast::get_lowest_layer(stream_).expires_after(limit);
        start([&result](Error error, auto&&...) { result = error; });
        io_.restart();
        io_.run();
        return result;
    }

    bool holds(const Error& error, const std::string& what) {
        if (error) {
            answer_.failure = what + ": " + error.message();
        }
        return !error;
    }

    bool trusts() {
        Error error;
        if (call_.ca_file.empty()) {
            context_.set_default_verify_paths(error);
        } else {
            context_.load_verify_file(call_.ca_file, error);
        }
        return holds(error, "cannot read the CA certificates of " + call_.ca_file);
    }

    bool connects() {
        Error error;
        tcp::resolver resolver(io_);
        const auto found = resolver.resolve(call_.host, call_.port, error);
        if (!holds(error, "cannot find " + call_.host)) {
            return false;
        }
        error = finish(connect_max, [&](auto done) {
            beast::get_lowest_layer(stream_).async_connect(found, std::move(done));
        });
        return holds(error, "cannot reach " + call_.host + " port " + call_.port);
    }

    bool shakes_hands() {
        Error address_error;
        asio::ip::make_address(call_.host, address_error);
        if (address_error) {  // a name: SNI takes no addresses
            SSL_set_tlsext_host_name(stream_.native_handle(), call_.host.c_str());
        }
        stream_.set_verify_mode(asio::ssl::verify_peer);
        stream_.set_verify_callback(asio::ssl::host_name_verification(call_.host));
        const Error error = finish(connect_max, [&](auto done) {
            stream_.async_handshake(asio::ssl::stream_base::client, std::move(done));
        });
        const long verdict = SSL_get_verify_result(stream_.native_handle());
        if (error && verdict != X509_V_OK) {
            answer_.failure = "the certificate of " + call_.host + " is not trusted (" +
                              X509_verify_cert_error_string(verdict) + "); see --ca";
            return false;
        }
        return holds(error, "no TLS with " + call_.host + " port " + call_.port);
    }

    bool sends() {
        http::request<http::string_body> request;
        request.method_string(call_.method);
        request.target(call_.target);
        request.version(11);
        const bool is_plain_ipv6 = call_.host.find(':') != std::string::npos;
        request.set(http::field::host,
                    (is_plain_ipv6 ? "[" + call_.host + "]" : call_.host) + ":" + call_.port);
        request.set(http::field::connection, "close");
        for (const auto& [name, value] : call_.headers) {
            request.set(name, value);
        }
        request.body() = call_.body;
        if (!call_.body.empty() || call_.method == "POST" || call_.method == "PUT") {
            request.content_length(call_.body.size());
        }
        answer_.was_sent = true;
        const Error error = finish(
            answer_max, [&](auto done) { http::async_write(stream_, request, std::move(done)); });
        return holds(error, "the connection broke");
    }

    void receive() {
        http::response_parser<http::string_body> parser;
        parser.body_limit(body_size_bytes_max);
        beast::flat_buffer buffer;
        const Error error = finish(answer_max, [&](auto done) {
            http::async_read(stream_, buffer, parser, std::move(done));
        });
        if (!holds(error, "no answer")) {
            return;
        }
        answer_.status = parser.get().result_int();
        for (const auto& field : parser.get()) {
            answer_.headers.emplace_back(field.name_string(), field.value());
        }
        answer_.body = std::move(parser.get().body());
    }

    const HttpCall& call_;
    asio::io_context io_;
    asio::ssl::context context_{asio::ssl::context::tls_client};
    beast::ssl_stream<beast::tcp_stream> stream_;
    HttpAnswer answer_;
};

bool is_same(std::string_view left, std::string_view right) {
    return std::ranges::equal(left, right, [](unsigned char a, unsigned char b) {
        return std::tolower(a) == std::tolower(b);
    });
}

}  // namespace

std::string HttpAnswer::header(std::string_view name) const {
    const auto found = std::ranges::find_if(
        headers, [&](const auto& field) { return is_same(field.first, name); });
    return found == headers.end() ? std::string() : found->second;
}

// What the libraries throw (no memory, no descriptor) ends here as a value.
HttpAnswer call(const HttpCall& call) {
    try {
        return Exchange(call).run();
    } catch (const std::exception& error) {
        HttpAnswer answer;
        answer.failure = error.what();
        answer.was_sent = true;
        return answer;
    }
}

void wait(std::chrono::milliseconds time) {
    asio::io_context io;
    asio::steady_timer timer(io, time);
    Error ignored;
    timer.wait(ignored);
}

}  // namespace treeline::cli
