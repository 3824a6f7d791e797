// The app's side of a WebSocket after the upgrade: frames in, requests and frames out. A machine.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/recycling_allocator.hpp"
#include "broker/session/app_message.hpp"

namespace treeline {

// Close codes of app-protocol.md.
inline constexpr std::uint16_t close_normal = 1000;
inline constexpr std::uint16_t close_going_away = 1001;
inline constexpr std::uint16_t close_protocol_error = 1002;
inline constexpr std::uint16_t close_wrong_opcode = 1003;
inline constexpr std::uint16_t close_undecodable = 1007;
inline constexpr std::uint16_t close_policy = 1008;
inline constexpr std::uint16_t close_too_big = 1009;
inline constexpr std::uint16_t close_unauthenticated = 4401;
inline constexpr std::uint16_t close_no_membership = 4403;
inline constexpr std::uint16_t close_sign_in_timeout = 4408;
inline constexpr std::uint16_t close_too_slow = 4413;

struct AppLimits {
    Millis sign_in_max{10'000};
    std::size_t unauthenticated_message_size_bytes_max = 4096;
    std::size_t message_size_bytes_max = 256 * 1024;
    Millis ping_interval{30'000};      // closed after two unanswered
    double pings_per_second_max = 10;  // of the peer; more are not answered …
    Millis ping_flood_max{10'000};     // … and after so long at that rate the session ends
};

// What the connection must do, in order.
struct AppSend {  // whole WebSocket frames, ready to write
    std::string bytes;
};
struct AppRequested {  // hand to the hub; a sign_in body is for whoever checks tokens
    AppRequest request;
};
struct AppClose {  // write this close frame, then close
    std::uint16_t code = 0;
    std::string reason;
};
using AppAction = std::variant<AppSend, AppRequested, AppClose>;
using AppActions = std::vector<AppAction, RecyclingAllocator<AppAction>>;

// Owned by one connection. Knows WebSocket, the encoding, sign-in order and keep-alive; not rights.
// Source: app-protocol.md, RFC 6455.
class AppSession {
  public:
    AppSession(Encoding encoding, bool signed_in, const AppLimits& limits, Now now);
    AppSession(AppSession&&) noexcept;
    AppSession& operator=(AppSession&&) noexcept;
    ~AppSession();

    // Where a sign_in was handed out, requests of the same bytes follow it: sign it in, or drop the
    // rest. A later call before signed_in() is a second message too many (4401).
    AppActions receive(std::string_view bytes, const WireIds& wire, Now now);
    // Timers due: pings, the sign-in deadline, a silent peer.
    AppActions expire(Now now);
    SteadyTime deadline() const;
    // The token of the sign_in request was good: limits rise, keep-alive begins.
    void signed_in(Now now);
    Encoding encoding() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// `message`, encoded, in one unmasked frame; and a close frame.
std::string frame_message(const AppMessage& message, Encoding encoding, const WireIds& wire);
// Of an AppValue; `device` as it is called on the wire.
std::string frame_value(std::uint64_t device, const StoredValue& value, Encoding encoding);
std::string frame_reply(const AppReply& reply, Encoding encoding, const WireIds& wire);
std::string frame_payload(std::string_view payload, Encoding encoding);
std::string close_frame(std::uint16_t code, std::string_view reason);

}  // namespace treeline
