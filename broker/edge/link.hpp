// Link: one connection as a value in a slot: descriptor, TLS, parser, conversation.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "broker/edge/device_stream.hpp"
#include "broker/edge/http_door.hpp"
#include "broker/edge/tls_context.hpp"
#include "broker/edge/transport.hpp"
#include "broker/hub/shard.hpp"
#include "broker/session/app_session.hpp"
#include "broker/session/device_session.hpp"

namespace treeline {

// How late answers name a connection: a stale id (the generation has moved on) finds nobody.
struct LinkId {
    std::uint32_t slot = 0;
    std::uint32_t generation = 0;  // 0: nobody
    friend bool operator==(LinkId, LinkId) = default;
};

inline std::uint64_t tag_of(LinkId id) {
    return (static_cast<std::uint64_t>(id.generation) << 32U) | id.slot;
}
inline LinkId id_of(std::uint64_t tag) {
    return {static_cast<std::uint32_t>(tag), static_cast<std::uint32_t>(tag >> 32U)};
}

struct Undecided {};  // no byte yet that tells the protocol
struct HttpTalk {
    HttpDoor door;
    bool answering_inline = false;        // an answer given now is picked up by who asked
    std::optional<HttpResponse> inbox;    // … from here
    bool last = false;                    // the next answer closes the connection
    std::vector<UserId> askers{};         // whose answers may be in the backlog …
    UnixTime true_until = unix_time_max;  // … and when a right of theirs ends by itself
    bool is_slow = false;                 // in LoopState::slow_answers
};
struct DeviceTalk {
    DeviceSession session;
    std::optional<DeviceStream> websocket;  // frames come inside binary messages
    std::uint16_t login_id = 0;
    TokenHash token{};
    SeatId seat;
};
struct AppTalk {
    AppSession session;
    SeatId seat;
    UserId user{};  // whose the seat is
};

enum class LinkPhase : std::uint8_t {
    handshaking,
    open,
    closing,    // what waits is written, then goodbye; nothing is read
    lingering,  // goodbye is said: what comes is thrown away until the peer is done
    gone,       // out of its slot, freed at the end of the turn
};

// Owned by one shard; moves to another with everything in it.
struct Link {
    explicit Link(Transport connected) : transport(std::move(connected)) {}

    // Null for a protocol that has none; nobody's before the login.
    SeatId* seat() {
        if (auto* device = std::get_if<DeviceTalk>(&talk)) {
            return &device->seat;
        }
        auto* app = std::get_if<AppTalk>(&talk);
        return app == nullptr ? nullptr : &app->seat;
    }

    // Does something wait that the socket has not taken?
    bool is_backed_up() const { return !backlog.empty() || transport.has_unsent(); }

    Transport transport;
    std::shared_ptr<const TlsContext> context;  // null for plain TCP
    std::string peer;
    SteadyTime accepted{};
    LinkId id{};
    LinkPhase phase = LinkPhase::handshaking;
    std::variant<Undecided, HttpTalk, DeviceTalk, AppTalk> talk = Undecided{};

    std::list<std::string> backlog;  // parts that are not sealed yet; empty, it owns nothing
    std::vector<Stamp> held_stamps;  // of values that may be in the backlog
    std::vector<DeviceId> held_devices;
    bool held = false;           // the shard knows
    bool gather_wanted = false;  // its seat is dirty, but the backlog comes first
    SteadyTime progress{};       // when a byte was last taken
    SteadyTime goodbye = steady_time_max;

    std::uint32_t interest = 0;              // in the epoll set
    SteadyTime watched = steady_time_max;    // the earliest entry in Deadlines
    bool counted = false;                    // in the AddressTable
    std::optional<std::uint32_t> moving_to;  // its home shard, at the end of this event
};

}  // namespace treeline
