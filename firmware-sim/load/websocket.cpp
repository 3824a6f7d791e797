#include "firmware-sim/load/websocket.hpp"

#include <array>

namespace treeline::load {
namespace {

using proto::websocket::Message;
using proto::websocket::Opcode;

constexpr std::size_t head_size_bytes_max = 16'384;
constexpr std::string_view switching = "HTTP/1.1 101";

}  // namespace

void WebSocketClient::open(std::string_view path, std::string_view subprotocol,
                           std::string_view headers, std::string& out) {
    out.append("GET ").append(path).append(
        " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n");
    out += "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n";
    out += "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: ";
    out.append(subprotocol).append("\r\n").append(headers).append("\r\n");
}

// Takes the head off; what follows it is frames.
bool WebSocketClient::read_upgrade(std::string_view& bytes) {
    const std::size_t before = head_.size();
    head_ += bytes;
    const std::size_t end = head_.find("\r\n\r\n");
    if (end == std::string::npos) {
        bytes = {};
        failure_ = "an answer without end to the upgrade";
        return head_.size() <= head_size_bytes_max;
    }
    bytes.remove_prefix(end + 4 - before);
    is_open_ = head_.starts_with(switching);
    failure_ = is_open_ ? "" : "the upgrade was answered with " + head_.substr(0, head_.find('\r'));
    head_ = {};
    return is_open_;
}

bool WebSocketClient::receive(std::string_view bytes, std::string& out, const Take& take) {
    if (!is_open_ && !read_upgrade(bytes)) {
        return false;
    }
    decoder_.feed(bytes);
    for (;;) {
        const auto message = decoder_.next();
        if (!message) {
            failure_ = "a breach of the WebSocket protocol";
            return false;
        }
        if (!*message) {
            return true;
        }
        if (!take_message(**message, out, take)) {
            return false;
        }
    }
}

bool WebSocketClient::take_message(const Message& message, std::string& out, const Take& take) {
    switch (message.opcode) {
        case Opcode::binary:
            return take(message.payload);
        case Opcode::ping:
            append(Opcode::pong, message.payload, out);
            return true;
        case Opcode::close:
            failure_ = "closed with code " + std::to_string(message.close_code);
            return false;
        default:
            return true;
    }
}

void WebSocketClient::send(std::string_view message, std::string& out) {
    append(Opcode::binary, message, out);
}

void WebSocketClient::append(Opcode opcode, std::string_view payload, std::string& out) {
    const std::uint64_t bits = random_.next();
    const std::array<char, 4> mask{
        static_cast<char>(bits & 0xffU), static_cast<char>(bits >> 8U & 0xffU),
        static_cast<char>(bits >> 16U & 0xffU), static_cast<char>(bits >> 24U & 0xffU)};
    out += proto::websocket::encode(opcode, payload, mask);
}

}  // namespace treeline::load
