#include "firmware-sim/load/rest.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include <boost/json.hpp>

#include "base/time.hpp"

namespace treeline::load {
namespace {

constexpr unsigned tries_max = 100;
constexpr std::int64_t pause_us = 100'000;

struct Answer {
    unsigned status = 0;
    std::string_view body;
    std::size_t size_bytes = 0;  // of all of it
};

std::size_t number_after(std::string_view text, std::string_view word) {
    const std::size_t at = text.find(word);
    std::size_t number = 0;
    if (at != std::string_view::npos) {
        const char* const begin = text.data() + at + word.size();
        std::from_chars(begin, text.data() + text.size(), number);
    }
    return number;
}

// Nullopt: not whole yet.
std::optional<Answer> read_answer(std::string_view bytes) {
    const std::size_t end = bytes.find("\r\n\r\n");
    if (end == std::string_view::npos) {
        return std::nullopt;
    }
    const std::size_t body = end + 4;
    const std::size_t size = number_after(bytes.substr(0, end), "\r\nContent-Length: ");
    if (bytes.size() < body + size) {
        return std::nullopt;
    }
    return Answer{static_cast<unsigned>(number_after(bytes, "HTTP/1.1 ")), bytes.substr(body, size),
                  body + size};
}

std::string request(const Rest::Call& call) {
    std::string text = call.method + " /api/v1" + call.path + " HTTP/1.1\r\nHost: localhost\r\n";
    if (!call.token.empty()) {
        text += "Authorization: Bearer " + call.token + "\r\n";
    }
    text += "Content-Type: application/json\r\nContent-Length: ";
    return text + std::to_string(call.body.size()) + "\r\n\r\n" + call.body;
}

}  // namespace

Rest::Rest(const Target& target, std::size_t connections)
    : target_(target), wires_(*this), lines_(connections) {}

std::string Rest::run(std::int64_t time_us_max) {
    const std::int64_t end_us = steady_micros() + time_us_max;
    for (;;) {
        for (std::size_t wire = 0; wire < lines_.size(); ++wire) {
            start(wire);
        }
        const bool is_busy = std::ranges::any_of(lines_, &Line::is_busy);
        if (!failure_.empty() || (waiting_.empty() && !is_busy)) {
            return failure_;
        }
        const std::int64_t now_us = steady_micros();
        if (now_us >= end_us || wires_.orders_to_end() > 0) {
            return now_us >= end_us ? "not done in time" : "told to end";
        }
        wires_.turn(pause_until_us_ > now_us ? pause_until_us_ : end_us);
    }
}

// Sends the next call, over a connection that is made first where there is none.
void Rest::start(std::size_t wire) {
    Line& line = lines_[wire];
    if (line.is_busy || line.is_connecting || waiting_.empty() ||
        steady_micros() < pause_until_us_) {
        return;
    }
    if (!wires_.is_open(wire)) {
        line.is_connecting = true;
        return wires_.open(wire, target_);
    }
    line.call = std::move(waiting_.front());
    waiting_.pop_front();
    line.is_busy = true;
    wires_.queue(wire) += request(line.call);
}

void Rest::opened(std::size_t wire) {
    lines_[wire].is_connecting = false;
    start(wire);
}

void Rest::received(std::size_t wire, std::string_view bytes) {
    Line& line = lines_[wire];
    line.buffer += bytes;
    const auto answer = read_answer(line.buffer);
    if (!answer) {
        return;
    }
    line.is_busy = false;
    answered(wire, answer->status, answer->body);
    line.buffer.erase(0, answer->size_bytes);
    start(wire);
}

void Rest::answered(std::size_t wire, unsigned status, std::string_view body) {
    const Call call = std::move(lines_[wire].call);
    if (status == 429 || status == 503) {
        return again(call, std::string(body));
    }
    boost::system::error_code error;
    const boost::json::value answer = boost::json::parse(body, error);
    if (status / 100 != 2 || error) {
        failure_ = call.method + " " + call.path + " answered " + std::to_string(status) + " " +
                   std::string(body);
        return;
    }
    call.take(answer);
}

void Rest::again(Call call, const std::string& why) {
    if (++call.tries > tries_max) {
        failure_ = call.path + " was refused too often: " + why;
        return;
    }
    pause_until_us_ = steady_micros() + pause_us;
    waiting_.push_back(std::move(call));
}

void Rest::lost(std::size_t wire, const std::string& why) {
    Line& line = lines_[wire];
    line.buffer.clear();
    line.is_connecting = false;
    if (line.is_busy) {
        line.is_busy = false;
        // A POST may have been done: it isn't repeated blindly.
        failure_ = line.call.path + ": " + why;
    } else if (++line.call.tries > tries_max) {
        failure_ = why;
    }
}

}  // namespace treeline::load
