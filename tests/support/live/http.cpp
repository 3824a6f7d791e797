#include "tests/support/live/http.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>

namespace treeline::live {

namespace json = boost::json;

namespace {

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

void parse_head(std::string_view head, Answer& answer) {
    answer.status = 0;
    std::from_chars(head.data() + 9, head.data() + 12, answer.status);
    for (std::size_t at = head.find("\r\n");
         at != std::string_view::npos && at + 2 < head.size();) {
        const std::size_t end = head.find("\r\n", at + 2);
        const std::string_view line = head.substr(at + 2, end - at - 2);
        const std::size_t colon = line.find(": ");
        if (colon != std::string_view::npos) {
            answer.headers[lower(std::string(line.substr(0, colon)))] = line.substr(colon + 2);
        }
        at = end;
    }
}

}  // namespace

json::value Answer::json() const {
    boost::system::error_code error;
    json::value value = json::parse(body, error);
    if (error) {
        std::fprintf(stderr, "not JSON (%u): %s\n", status, body.c_str());
        std::abort();
    }
    return value;
}

Http::Http(const Server& server) : port_(server.port()), ca_file_(server.ca_file()) {}

Answer Http::read_answer() {
    std::string bytes;
    Answer answer;
    std::size_t head_end = std::string::npos;
    std::size_t body_size = 0;
    while (head_end == std::string::npos || bytes.size() < head_end + 4 + body_size) {
        const auto some = stream_->read();
        if (!some || some->empty()) {
            stream_.reset();
            return {};
        }
        bytes += *some;
        if (head_end == std::string::npos &&
            (head_end = bytes.find("\r\n\r\n")) != std::string::npos) {
            parse_head(std::string_view(bytes).substr(0, head_end + 2), answer);
            const std::string& size = answer.headers["content-length"];
            std::from_chars(size.data(), size.data() + size.size(), body_size);
        }
    }
    answer.body = bytes.substr(head_end + 4, body_size);
    if (answer.headers["connection"] == "close") {
        stream_.reset();
    }
    return answer;
}

Answer Http::request(const std::string& method, const std::string& path, const std::string& token,
                     const std::string& body) {
    std::string text = method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n";
    if (!token.empty()) {
        text += "Authorization: Bearer " + token + "\r\n";
    }
    if (!body.empty()) {
        text += "Content-Type: application/json\r\n";
    }
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    Answer answer;
    for (int attempt = 0; attempt < 2 && answer.status == 0; ++attempt) {
        const bool fresh = stream_ == nullptr;
        if (fresh) {
            stream_ = std::make_unique<TlsStream>(port_, ca_file_);
        }
        if (stream_->write(text)) {
            answer = read_answer();
        } else {
            stream_.reset();
        }
        if (fresh) {
            break;
        }
    }
    return answer;
}

Answer Http::request(const std::string& method, const std::string& path, const std::string& token,
                     const json::value& body) {
    return request(method, path, token, body.is_null() ? std::string() : json::serialize(body));
}

}  // namespace treeline::live
