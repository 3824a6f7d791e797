#include "tests/support/live/device.hpp"

namespace treeline::live {

namespace {

constexpr unsigned command_response = 0;
constexpr unsigned command_internal = 17;
constexpr unsigned command_login = 29;
constexpr unsigned command_hardware = 20;

unsigned two_bytes(const std::string& bytes, std::size_t at) {
    return static_cast<unsigned char>(bytes[at]) * 256U + static_cast<unsigned char>(bytes[at + 1]);
}

}  // namespace

Device::Device(const Server& server) : stream_(server.port(), server.ca_file()) {}

std::string Device::frame(unsigned command, unsigned id, std::string_view body) {
    std::string bytes;
    for (const unsigned byte : {command, id >> 8, id, static_cast<unsigned>(body.size() >> 8),
                                static_cast<unsigned>(body.size())}) {
        bytes += static_cast<char>(byte & 0xff);
    }
    return bytes.append(body);
}

void Device::send(unsigned command, unsigned id, std::string_view body) {
    stream_.write(frame(command, id, body));
}

unsigned Device::login(const std::string& token) {
    send(command_login, 1, token);
    const auto answer = receive();
    return answer ? answer->status : 0;
}

bool Device::write(unsigned pin, std::string_view value) {
    std::string body = "vw";
    body += '\0';
    body += std::to_string(pin);
    body += '\0';
    body += value;
    return stream_.write(frame(command_hardware, 2, body));
}

bool Device::introduce() {
    send(command_internal, 3, std::string("ver\0001.0\0rotate\0001", 16));
    const auto answer = receive();
    return answer && answer->command == command_response && answer->status == 200;
}

std::optional<std::string> Device::take_token(bool answers, Millis limit) {
    constexpr std::string_view key("token\0", 6);
    while (const auto frame_in = receive(limit)) {
        if (frame_in->command != command_internal || !frame_in->body.starts_with(key)) {
            continue;
        }
        if (answers) {
            std::string response = frame(command_response, frame_in->id, "");
            response[3] = 0;
            response[4] = static_cast<char>(200);
            stream_.write(response);
        }
        return frame_in->body.substr(key.size());
    }
    return std::nullopt;
}

std::optional<DeviceFrame> Device::receive(Millis limit) {
    for (;;) {
        if (buffer_.size() >= 5) {
            DeviceFrame frame{static_cast<unsigned char>(buffer_[0]), two_bytes(buffer_, 1), 0, ""};
            const unsigned length = two_bytes(buffer_, 3);
            if (frame.command == command_response) {
                frame.status = length;
                buffer_.erase(0, 5);
                return frame;
            }
            if (buffer_.size() >= 5 + length) {
                frame.body = buffer_.substr(5, length);
                buffer_.erase(0, 5 + length);
                return frame;
            }
        }
        const auto some = stream_.closed() ? std::nullopt : stream_.read(limit);
        if (!some || some->empty()) {
            return std::nullopt;
        }
        buffer_ += *some;
    }
}

}  // namespace treeline::live
