// Seat: a session's place on its shard: rights, watches, outbox.
#pragma once

#include <bitset>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "broker/hub/home.hpp"
#include "broker/hub/mail.hpp"
#include "broker/hub/outbox.hpp"

namespace treeline {

struct PinFilter {
    bool all = false;
    std::bitset<256> some;

    static PinFilter of(const std::vector<Pin>& pins);
    void join(const PinFilter& other);
    bool matches(Pin pin) const { return all || some[pin]; }
};

// One accepted watch. Device watches stand in Watches::devices, the rest in Watches::scopes.
struct Watch {
    std::uint64_t id = 0;
    Scope scope;
    PinFilter pins;
    bool snapshot = false;
    ScopeCursor cursor;     // of a scope: how far the walk has come
    bool walked = false;    // the first walk is through: what is found later has `watch_began`
    bool said_end = false;  // some device of it has ended: so has what is found from then on
};

// What one seat has to do with one device. The verdict stands here, with what it protects.
struct Entry {
    enum class State : std::uint8_t {
        found,     // visible and matched; nothing asked, nothing sent
        asked,     // the home was asked for presence and values
        answered,  // the answer waits for room in the outbox
        live,
    } state = State::found;

    // The verdict: `view` and a matching watch, in the world of fence `fence` or unmoved since.
    bool allowed = false;
    std::uint64_t fence = 0;
    UnixTime valid_until = unix_time_max;
    PinFilter pins;
    bool snapshot = false;

    std::vector<std::uint64_t> watches;  // device watches; scopes are matched when judged
    std::uint64_t walked_by = 0;         // the newest watch whose first walk has met it
    std::uint64_t began = 0;             // say watch_began of this scope with the first item
    bool told = false;                   // something of it was sent: its end must be said

    bool queued = false;    // stands in AppSeat::found
    std::uint64_t ask = 0;  // which answer is awaited
    Presence presence;
    std::vector<HeldValue> values;   // of the answer
    std::vector<OutItem> held_back;  // live items that came before the answer was told
    std::uint64_t live_from = 0;     // the first sequence in held_back; 0: none
};

// Which entries a change may have moved.
enum class Doubt : std::uint8_t { none, devices, all };

// A request, and what it names: one of the ids, or neither.
struct Pending {
    std::uint32_t request = 0;
    std::string_view asked;  // as AppDenial says it; empty: it names nothing
    DeviceId device{};
    OrgId org{};
};

// Owned by one shard.
struct AppSeat {
    AppSeat(SeatId seat, const HubLimits& limits)
        : id(seat), outbox(limits.outbox_messages_max, limits.outbox_size_bytes_max) {}

    const SeatId id;
    UserId user{};
    LoginId login{};
    UnixTime expires{};  // of the access token
    Encoding encoding{};
    Outbox outbox;
    std::optional<Output::Farewell> close;

    std::map<std::uint64_t, Watch> scopes;
    std::unordered_map<std::uint64_t, Watch> device_watches;
    std::unordered_map<DeviceId, Entry> entries;
    std::uint64_t next_watch = 1;
    std::list<DeviceId> found;     // may name entries that are gone or further
    std::list<DeviceId> answered;  // likewise
    std::size_t outstanding = 0;   // INVARIANT: entries that are asked or answered
    std::size_t held_back = 0;     // INVARIANT: the sum of the entries' held_back

    StandingVerdict acting;          // on the device it asked about last
    std::vector<Pending> in_flight;  // requests whose reply has not been gathered
    bool is_held = false;
    std::vector<DeviceId> held;  // what the record held by the connection is about
    bool signed_out = false;     // the session is dead: the last word is said, nothing else is left
    Doubt doubt = Doubt::none;
    UnixTime edge = unix_time_max;  // when it is swept without any change
    bool walking = false;           // queued for another step

    std::size_t watches() const { return scopes.size() + device_watches.size(); }
};

struct DeviceSeat {
    SeatId id;
    DeviceId device{};
    TokenHash token{};
    std::vector<std::string> replies;  // answers to its own requests; not held back
    std::optional<Output::Farewell> close;
    bool is_held = false;
    SteadyTime held_since{};
    std::vector<Downlink> gathered;  // without their frames: whose downlinks a held record may hold
};

// The union of what matches `device` in `directory`: the entry's own watches and the scopes.
struct Match {
    bool any = false;
    bool snapshot = false;
    PinFilter pins;
};
Match match(const Directory& directory, const AppSeat& seat, const Entry& entry,
            const Device& device);

}  // namespace treeline
