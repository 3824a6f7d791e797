// The app's conversation: WebSocket messages to requests, sign-in first, kept alive by pings.
#include "broker/session/app_session.hpp"

#include <algorithm>
#include <utility>

#include "broker/session/app_decode_write.hpp"
#include "broker/session/flood.hpp"
#include "broker/session/keep_alive.hpp"
#include "proto/websocket/frame.hpp"

namespace treeline {

namespace ws = proto::websocket;

namespace {

ws::Opcode opcode_of(Encoding encoding) {
    return encoding == Encoding::json ? ws::Opcode::text : ws::Opcode::binary;
}

constexpr std::string_view word_of(ws::Breach breach) {
    switch (breach) {
        case ws::Breach::protocol_error:
            return "protocol_error";
        case ws::Breach::not_utf8:
            return "not_utf8";
        case ws::Breach::too_big:
            return "too_big";
    }
    return "protocol_error";
}

}  // namespace

struct AppSession::Impl {
    enum class Phase : std::uint8_t { unauthenticated, asking, signed_in, closed };

    Impl(Encoding chosen, const AppLimits& allowed, Now now)
        : encoding(chosen),
          limits(allowed),
          decoder(ws::Role::server, allowed.unauthenticated_message_size_bytes_max),
          keep_alive(allowed.ping_interval),
          pings(allowed.pings_per_second_max),
          sign_in_by(now.steady + allowed.sign_in_max) {}

    void signed_in(Now now);
    void close(std::uint16_t code, std::string_view reason);
    void take(ws::Message message, const WireIds& wire, Now now);
    void take_close(const ws::Message& message);
    void take_ping(ws::Message message, Now now);
    void take_request(std::string_view payload, const WireIds& wire);
    void refuse_unauthenticated(const AppRequest& request, const WireIds& wire);
    void answer_ping();

    Encoding encoding;
    AppLimits limits;
    ws::Decoder decoder;
    KeepAlive keep_alive;
    FloodWatch pings;
    DeviceMemo memo;
    SteadyTime sign_in_by;
    Phase phase = Phase::unauthenticated;
    std::optional<std::string> pong;  // never more than one waits
    AppActions actions;               // of the call that runs
};

void AppSession::Impl::signed_in(Now now) {
    if (phase == Phase::closed || phase == Phase::signed_in) {
        return;
    }
    phase = Phase::signed_in;
    decoder.set_message_size_max(limits.message_size_bytes_max);
    keep_alive.start(now.steady);
}

void AppSession::Impl::close(std::uint16_t code, std::string_view reason) {
    actions.emplace_back(AppClose{code, std::string(reason)});
    phase = Phase::closed;
}

void AppSession::Impl::take(ws::Message message, const WireIds& wire, Now now) {
    switch (message.opcode) {
        case ws::Opcode::close:
            return take_close(message);
        case ws::Opcode::ping:
            return take_ping(std::move(message), now);
        case ws::Opcode::pong:
            return keep_alive.answered();
        default:
            break;
    }
    if (message.opcode != opcode_of(encoding)) {
        return close(close_wrong_opcode, "wrong_opcode");
    }
    take_request(message.payload, wire);
}

// [RFC 6455 5.5.1] The echo carries the peer's code; 1005 is never sent.
void AppSession::Impl::take_close(const ws::Message& message) {
    const bool has_code = message.close_code != ws::no_close_code;
    close(has_code ? message.close_code : close_normal, {});
}

void AppSession::Impl::take_ping(ws::Message message, Now now) {
    pings.count(now.steady);
    if (pings.lasting(now.steady) >= limits.ping_flood_max) {
        return close(close_policy, "ping_flood");
    }
    if (!pings.is_over()) {
        pong = std::move(message.payload);
    }
}

void AppSession::Impl::take_request(std::string_view payload, const WireIds& wire) {
    std::optional<AppRequest> request;
    if (encoding == Encoding::protobuf) {
        request = decode_write(payload, wire, memo);
    }
    if (!request) {
        request = decode(payload, encoding, wire);
    }
    if (!request) {
        return close(close_undecodable, "undecodable");
    }
    if (phase == Phase::unauthenticated) {
        if (!std::holds_alternative<AppSignIn>(request->body)) {
            return refuse_unauthenticated(*request, wire);
        }
        phase = Phase::asking;
        decoder.set_message_size_max(limits.message_size_bytes_max);
    }
    actions.emplace_back(AppRequested{*std::move(request)});
}

void AppSession::Impl::refuse_unauthenticated(const AppRequest& request, const WireIds& wire) {
    AppReply reply;
    reply.request = request.request;
    reply.status = AppStatus::unauthenticated;
    reply.detail = "sign in first";
    actions.emplace_back(AppSend{frame_message(reply, encoding, wire)});
    close(close_unauthenticated, "unauthenticated");
}

// [RFC 6455 5.5.3] Only the newest of several pings needs an answer.
void AppSession::Impl::answer_ping() {
    if (pong && phase != Phase::closed) {
        actions.emplace_back(AppSend{ws::encode(ws::Opcode::pong, *pong)});
    }
    pong.reset();
}

AppSession::AppSession(Encoding encoding, bool signed_in, const AppLimits& limits, Now now)
    : impl_(std::make_unique<Impl>(encoding, limits, now)) {
    if (signed_in) {
        impl_->signed_in(now);
    }
}
AppSession::AppSession(AppSession&&) noexcept = default;
AppSession& AppSession::operator=(AppSession&&) noexcept = default;
AppSession::~AppSession() = default;

AppActions AppSession::receive(std::string_view bytes, const WireIds& wire, Now now) {
    Impl& self = *impl_;
    if (self.phase == Impl::Phase::closed) {
        return {};
    }
    self.decoder.feed(bytes);
    const bool was_asking = self.phase == Impl::Phase::asking;
    while (self.phase != Impl::Phase::closed) {
        auto message = self.decoder.next();
        if (!message) {
            const auto breach = message.error();
            self.close(static_cast<std::uint16_t>(breach), word_of(breach));
        } else if (!*message) {
            break;
        } else if (was_asking && (*message)->opcode < ws::Opcode::close) {
            self.close(close_unauthenticated, "unauthenticated");
        } else {
            self.take(**std::move(message), wire, now);
        }
    }
    self.answer_ping();
    return std::exchange(self.actions, {});
}

AppActions AppSession::expire(Now now) {
    Impl& self = *impl_;
    if (self.phase == Impl::Phase::signed_in) {
        const KeepAlive::Due due = self.keep_alive.expire(now.steady);
        if (due == KeepAlive::Due::ping) {
            self.actions.emplace_back(AppSend{ws::encode(ws::Opcode::ping, {})});
        } else if (due == KeepAlive::Due::dead) {
            self.close(close_going_away, "keep_alive");
        }
    } else if (self.phase != Impl::Phase::closed && now.steady >= self.sign_in_by) {
        self.close(close_sign_in_timeout, "sign_in_timeout");
    }
    return std::exchange(self.actions, {});
}

SteadyTime AppSession::deadline() const {
    switch (impl_->phase) {
        case Impl::Phase::signed_in:
            return impl_->keep_alive.deadline();
        case Impl::Phase::closed:
            return steady_time_max;
        default:
            return impl_->sign_in_by;
    }
}

void AppSession::signed_in(Now now) {
    impl_->signed_in(now);
}

Encoding AppSession::encoding() const {
    return impl_->encoding;
}

std::string frame_message(const AppMessage& message, Encoding encoding, const WireIds& wire) {
    return frame_payload(encode(message, encoding, wire), encoding);
}

std::string frame_payload(std::string_view payload, Encoding encoding) {
    return ws::encode(opcode_of(encoding), payload);
}

std::string close_frame(std::uint16_t code, std::string_view reason) {
    return ws::encode(ws::Opcode::close, ws::close_payload(code, reason));
}

}  // namespace treeline
