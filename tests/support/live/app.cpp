#include "tests/support/live/app.hpp"

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace treeline::live {

namespace {

constexpr unsigned opcode_binary = 2;
constexpr unsigned opcode_close = 8;
constexpr unsigned opcode_ping = 9;
constexpr unsigned opcode_pong = 10;

std::uint64_t big_endian(std::string_view bytes) {
    std::uint64_t value = 0;
    for (const char c : bytes) {
        value = value << 8 | static_cast<unsigned char>(c);
    }
    return value;
}

}  // namespace

App::App(const Server& server, const std::string& access_token, int receive_buffer)
    : stream_(server.port(), server.ca_file(), receive_buffer) {
    stream_.write(
        "GET /app HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Protocol: treeline.v1.proto\r\nAuthorization: Bearer " +
        access_token + "\r\n\r\n");
    std::size_t end = std::string::npos;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
        const auto some = stream_.read();
        if (!some || some->empty()) {
            return;
        }
        buffer_ += *some;
    }
    status_ = static_cast<unsigned>(std::atoi(buffer_.c_str() + 9));
    buffer_.erase(0, end + 4);
}

void App::frame(unsigned opcode, std::string_view payload) {
    std::string bytes;
    bytes += static_cast<char>(0x80 | opcode);
    if (payload.size() < 126) {
        bytes += static_cast<char>(0x80 | payload.size());
    } else {
        bytes += static_cast<char>(0x80 | 126);
        bytes += static_cast<char>(payload.size() >> 8);
        bytes += static_cast<char>(payload.size() & 0xff);
    }
    bytes.append(4, '\0');  // a mask of zeros leaves the payload as it is
    bytes += payload;
    stream_.write(bytes);
}

std::uint32_t App::send(wire::ClientMessage message) {
    message.set_request(++request_);
    frame(opcode_binary, message.SerializeAsString());
    return request_;
}

// One whole frame from the buffer; control frames are handled here.
std::optional<wire::ServerMessage> App::take_frame() {
    for (;;) {
        const std::string_view rest = std::string_view(buffer_).substr(taken_);
        if (rest.size() < 2) {
            return std::nullopt;
        }
        const unsigned opcode = static_cast<unsigned char>(rest[0]) & 0x0f;
        std::uint64_t size = static_cast<unsigned char>(rest[1]) & 0x7f;
        const std::size_t extra = size == 126 ? 2 : size == 127 ? 8 : 0;
        if (rest.size() < 2 + extra) {
            return std::nullopt;
        }
        size = extra > 0 ? big_endian(rest.substr(2, extra)) : size;
        if (rest.size() < 2 + extra + size) {
            return std::nullopt;
        }
        const std::string payload(rest.substr(2 + extra, size));
        taken_ += 2 + extra + size;
        if (opcode == opcode_ping) {
            frame(opcode_pong, payload);
        } else if (opcode == opcode_close) {
            close_code_ = payload.size() < 2
                              ? 1005U
                              : static_cast<unsigned>(big_endian(payload.substr(0, 2)));
        } else if (opcode == opcode_binary) {
            wire::ServerMessage message;
            if (!message.ParseFromString(payload)) {
                std::fprintf(stderr, "live app: undecodable message\n");
                std::abort();
            }
            return message;
        }
    }
}

std::optional<wire::ServerMessage> App::next_from_wire(Millis limit) {
    for (;;) {
        if (auto message = take_frame()) {
            return message;
        }
        if (stream_.closed()) {
            return std::nullopt;
        }
        const auto some = stream_.read(limit);
        if (!some) {
            return std::nullopt;
        }
        if (some->empty() && close_code_ == 0) {
            close_code_ = 1006;
        }
        buffer_.erase(0, std::exchange(taken_, 0));
        buffer_ += *some;
    }
}

std::optional<wire::ServerMessage> App::receive(Millis limit) {
    if (!waiting_.empty()) {
        auto message = std::move(waiting_.front());
        waiting_.pop_front();
        return message;
    }
    return next_from_wire(limit);
}

wire::Reply App::ask(wire::ClientMessage message) {
    const std::uint32_t request = send(std::move(message));
    for (;;) {
        auto answer = next_from_wire(patience);
        if (!answer) {
            std::fprintf(stderr, "live app: no reply (close code %u)\n", close_code_);
            std::abort();
        }
        if (answer->has_reply() && answer->reply().request() == request) {
            return answer->reply();
        }
        waiting_.push_back(std::move(*answer));
    }
}

wire::Reply App::watch_device(std::uint64_t device, bool snapshot) {
    wire::ClientMessage message;
    message.mutable_watch()->set_device(device);
    message.mutable_watch()->set_snapshot(snapshot);
    return ask(std::move(message));
}

wire::Reply App::watch_subtree(std::uint64_t org, bool snapshot) {
    wire::ClientMessage message;
    message.mutable_watch()->set_subtree(org);
    message.mutable_watch()->set_snapshot(snapshot);
    return ask(std::move(message));
}

wire::Reply App::write(std::uint64_t device, std::uint32_t pin, const std::string& text) {
    wire::ClientMessage message;
    message.mutable_write()->set_device(device);
    message.mutable_write()->set_pin(pin);
    message.mutable_write()->add_values()->set_text(text);
    return ask(std::move(message));
}

wire::Reply App::read(std::uint64_t device) {
    wire::ClientMessage message;
    message.mutable_read()->set_device(device);
    return ask(std::move(message));
}

wire::Reply App::explain(std::uint64_t device, const std::string& action) {
    wire::ClientMessage message;
    message.mutable_explain()->set_device(device);
    message.mutable_explain()->set_action(action);
    return ask(std::move(message));
}

std::vector<std::uint64_t> App::devices() {
    std::vector<std::uint64_t> ids;
    std::string cursor;
    do {
        wire::ClientMessage message;
        message.mutable_devices()->set_limit(100);
        message.mutable_devices()->set_cursor(cursor);
        const wire::Reply reply = ask(std::move(message));
        for (const wire::Device& device : reply.devices().devices()) {
            ids.push_back(device.id());
        }
        cursor = reply.devices().next_cursor();
    } while (!cursor.empty());
    return ids;
}

}  // namespace treeline::live
