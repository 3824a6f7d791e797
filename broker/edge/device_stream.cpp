// Device frames out of WebSocket messages, and into them.
#include "broker/edge/device_stream.hpp"

#include "proto/websocket/frame.hpp"

namespace treeline {

namespace {

namespace websocket = proto::websocket;

// A message may hold many frames, none of which is longer than 4 KiB and its header.
constexpr std::size_t message_size_bytes_max = 64 * 1024;
constexpr std::uint16_t wrong_opcode = 1003;

}  // namespace

struct DeviceStream::Impl {
    websocket::Decoder decoder{websocket::Role::server, message_size_bytes_max};
};

DeviceStream::DeviceStream() : impl_(std::make_unique<Impl>()) {}
DeviceStream::DeviceStream(DeviceStream&&) noexcept = default;
DeviceStream& DeviceStream::operator=(DeviceStream&&) noexcept = default;
DeviceStream::~DeviceStream() = default;

namespace {

void close(DeviceStream::Step& step, std::uint16_t code) {
    step.close = code;
    step.reply += websocket::encode(websocket::Opcode::close, websocket::close_payload(code, {}));
}

void take(DeviceStream::Step& step, const websocket::Message& message) {
    switch (message.opcode) {
        case websocket::Opcode::binary:
            step.frames += message.payload;
            return;
        case websocket::Opcode::ping:
            step.reply += websocket::encode(websocket::Opcode::pong, message.payload);
            return;
        case websocket::Opcode::close:
            return close(step, message.close_code);
        case websocket::Opcode::text:
            return close(step, wrong_opcode);
        case websocket::Opcode::pong:
        case websocket::Opcode::continuation:
            return;
    }
}

}  // namespace

DeviceStream::Step DeviceStream::receive(std::string_view bytes) {
    Step step;
    impl_->decoder.feed(bytes);
    while (!step.close) {
        const auto message = impl_->decoder.next();
        if (!message) {
            close(step, static_cast<std::uint16_t>(message.error()));
        } else if (*message) {
            take(step, **message);
        } else {
            break;
        }
    }
    return step;
}

std::string DeviceStream::wrap(std::string_view frame) {
    return websocket::encode(websocket::Opcode::binary, frame);
}

}  // namespace treeline
