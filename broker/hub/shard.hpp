// Shard: one thread's part of the data plane, as a machine. Devices at home here, sessions seated
// here, the watches between them. Knows no socket, thread or clock: edge/loop drives it, and a
// test drives N of them on one thread from a seed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/reply.hpp"
#include "broker/domain/publication.hpp"
#include "broker/hub/counters.hpp"
#include "broker/hub/lanes.hpp"
#include "broker/hub/settlement.hpp"
#include "broker/session/app_message.hpp"
#include "broker/session/device_session.hpp"
#include "broker/session/values.hpp"

namespace treeline {

// A session's place: how the edge, other shards and late answers name it. A stale id (the
// generation has moved on) is ignored by every call.
struct SeatId {
    std::uint32_t slot = 0;
    std::uint32_t generation = 0;  // 0: nobody
    friend bool operator==(SeatId, SeatId) = default;
};

struct HubLimits {
    std::size_t outbox_messages_max = 1024;
    std::size_t outbox_size_bytes_max = 1 << 20;
    std::size_t watches_max = 5'000;            // per app session
    std::uint32_t requests_in_flight_max = 64;  // the next one is THROTTLED
    std::size_t downlinks_max = 256;            // frames waiting for one device …
    std::size_t downlinks_size_bytes_max = 64 * 1024;
    Millis device_stalled_max{30'000};     // closed when its downlinks don't move for so long
    std::uint32_t logins_per_minute = 10;  // per device token; 0: off
    Millis save_after_max{50};             // how long a value waits for newer ones of its pin
    Millis offline_grace{1'000};           // a reconnect within it makes no presence events
    Millis token_wait_max{10'000};         // for a device to say that it stored a new token
    std::size_t settle_seats_per_turn = 64;
    std::size_t scope_step_devices = 64;  // snapshots and watch_began pulled per step
    std::size_t lane_capacity = 4096;     // mails per pair of shards
    std::size_t spill_max = 4096;         // values folded per lane while it is full
};

// The seam to storage/writer: where last values go, never waiting (storage::Writer in the server,
// a fake in tests). Same meaning as storage::Writer's put, hurry and durable.
class ValueSink {
  public:
    virtual ~ValueSink() = default;
    virtual std::uint64_t put(std::string key, std::string value) = 0;
    virtual void hurry() = 0;
    virtual std::uint64_t durable() const = 0;
};

// What one seat wants written, gathered in one turn. Buffers are reused between calls.
struct Output {
    std::string bytes;
    // Ends of the parts of `bytes`: each is one write and one record. Apps: one part with all
    // their frames; devices: one part per frame.
    std::vector<std::size_t> part_ends;
    // The stamped values inside, for the trace and for held().
    std::vector<Stamp> stamps;
    std::vector<DeviceId> devices;  // every device any item inside is about
    struct Farewell {
        std::uint16_t code = 0;  // WebSocket close code; for devices 0
        std::string reason;
        bool reset = false;  // no goodbye: RST, for a held record that holds what was revoked
    };
    std::optional<Farewell> close;  // after the bytes
    void clear();
};

struct WriteOutcome {
    // ok, too_large, device_slow, unavailable; not_found or forbidden where the home's world is
    // newer than the asker's and says so.
    AppStatus status{};
    Delivery delivery{};
};

// What a device's home says about a new token for it.
enum class TokenOutcome : std::uint8_t {
    ok,           // may be sent; or: the device has stored it
    offline,      // not connected, or it has not introduced itself yet
    unsupported,  // its firmware hasn't announced `rotate`, or its buffer is too small for it
    silent,       // it hasn't said what has become of the one that it was sent
};
struct TokenLease {
    TokenOutcome outcome{};
    bool has_earlier = false;  // the token staged before is the one that it has now
};

// What users no longer see, with which all shards are asked: whose watches would end by it. Both in
// ascending order. Flat, since a push down a whole tree may name a million.
struct LostSight {
    std::vector<std::pair<UserId, DeviceId>> devices;
    std::vector<std::pair<UserId, OrgId>> orgs;
};

// A request of an app that is answered NOT_FOUND or FORBIDDEN for what it names. A missing object
// and one out of sight make the same denial.
struct AppDenial {
    SeatId seat;
    UserId user{};
    AppStatus status{};      // not_found or forbidden
    std::string_view asked;  // "watch", "write", "read", "devices" or "explain"
    DeviceId device{};       // one of these two is 0
    OrgId org{};
};

struct AppAdmission {
    SeatId seat;
    AppAccount account;
};

// Owned by one shard thread; every call is made on it.
class Shard {
  public:
    Shard(std::uint32_t index, Lanes& lanes, Settlement& settlement, ValueSink& values,
          const HubLimits& limits, World initial);
    ~Shard();

    std::uint32_t index() const;
    std::uint32_t home_of(DeviceId device) const;  // the shard it belongs to
    const World& world() const;                    // the newest this shard has adopted
    // At start, before the first turn: a stored value of a device at home here (hub/value_key).
    void restore(std::string_view key, std::string_view value);

    // ---- one turn: advance, then the edge's events, then flush take_dirty(), then conclude
    // Adopts a published world, takes mail from the lanes, expires timers, settles a slice.
    void advance(Now now);
    // Seats with something to gather (or to close) since the last call. Each once. Until the next.
    std::span<const SeatId> take_dirty();
    // Moves what the seat wants written into `out`. For a seat whose part the edge still holds (see
    // held) it gives nothing, save the Farewell::reset of a seat that a sweep made dirty.
    // Settles an unsettled seat first, once the markers of every shard have come.
    void gather(SeatId seat, Output& out, Now now);
    // The socket did not take all: these devices are in the record now held by the connection / it
    // is out. While held, a sweep that takes one of them away answers with Farewell::reset.
    void held(SeatId seat, std::span<const DeviceId> devices);
    void released(SeatId seat, Now now);
    // Hands mail to the lanes and, when this turn finished a settlement, says so. After flushing.
    void conclude(Now now);
    // While a world is being settled: may it have taken anything from the user that the one before
    // gave him? What was made for him from that one, and is not out yet, must not go out.
    bool may_have_lost(UserId user) const;
    // A world waits to be adopted, or is being settled: somebody waits for the end of this turn.
    bool is_changing() const;
    // Something is left to do at once (settling, scope walks, spilled mail): take another turn.
    bool wants_turn() const;
    SteadyTime deadline() const;

    // ---- devices. The connection is on the device's home shard by now.
    // Seats the device of `token` and closes an older connection of it (newest wins). Else the
    // status to refuse with: invalid_token, or quota for too many logins a minute.
    std::variant<SeatId, DeviceStatus> admit_device(const TokenHash& token, Now now);
    DeviceId device_of(SeatId seat) const;
    // The semantic actions of its DeviceSession (announced, ready, wrote, sync, property, event,
    // meta get, token stored); protocol answers (send, close) are the edge's.
    void device_action(SeatId seat, DeviceAction action, Now now);

    // ---- apps
    // nullopt: the token is unknown, expired or dead. A user without a live membership is seated
    // and told `no_membership`, then 4403.
    std::optional<AppAdmission> admit_app(const TokenHash& access, Encoding encoding, Now now);
    // Before the first request: whom to tell of a denial before it is answered. False: it can't be
    // recorded, and the request is answered UNAVAILABLE instead.
    void on_denial(std::function<bool(const AppDenial&)> record);
    // Every request but the first sign_in; answers arrive in the seat's outbox. A sign_in here
    // extends the session (same user) or ends it.
    void app_request(SeatId seat, AppRequest request, std::optional<TokenHash> sign_in, Now now);

    // The connection is gone, whoever ended it. Presence follows after offline_grace.
    void leave(SeatId seat, Now now);

    // ---- for the API, on this shard's thread. The reply comes on this thread, maybe at once.
    // No rights are checked here: the asker does, before it asks and again before it answers.
    void presences(std::vector<DeviceId> devices, Reply<std::vector<Presence>> reply);
    void read_values(DeviceId device, std::vector<Pin> pins, Now now,
                     Reply<std::vector<StoredValue>> reply);
    // `by` keeps `control` while the value is queued; a value is durable before `stored` is said.
    void write_value(UserId by, DeviceId device, Pin pin, std::string bytes, Origin origin, Now now,
                     Reply<WriteOutcome> reply);

    // The user of each app session, on any shard, that would be told `watch_ended` if what is in
    // `lost` went out of sight now: once for a session, however many of its watches end. The answer
    // comes when every shard has looked at its seats.
    void sessions_cut(LostSight lost, Reply<std::vector<UserId>> reply);

    // One new token at a time: the lease, if `ok`, is given back by return_token, and whoever comes
    // meanwhile waits for it. The token goes out once it is staged in the registry; the answer
    // comes after HubLimits::token_wait_max at the latest.
    void lease_token(DeviceId device, Now now, Reply<TokenLease> reply);
    void send_token(DeviceId device, std::string token, Now now, Reply<TokenOutcome> reply);
    void return_token(DeviceId device, Now now);

    // Hands the sink what still waits for newer values: before the end.
    void save();
    // Drain: every app is sent close 1001 "reconnect_ms=N" spread over 30 s, devices are closed.
    void drain(Now now);
    ShardCounters counters() const;
    std::size_t seats() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace treeline
