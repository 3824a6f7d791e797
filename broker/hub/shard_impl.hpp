// The inside of a Shard: its tables, and what its files say to each other.
//
//   shard.cpp          the turn; seats and slots       shard_mail.cpp    mail out and in
//   shard_device.cpp   devices: admission, actions     shard_home.cpp    values, presence, writes
//   shard_app.cpp      apps: admission, requests       shard_watch.cpp   watches begin and end
//   shard_pull.cpp     walks, asks, snapshots          deliver.cpp       the one door
//   fence.cpp          adopt, markers, settle          sweep.cpp         one seat, re-examined
//   shard_api.cpp      calls of the REST API       shard_token.cpp   new tokens for devices
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include "base/check.hpp"
#include "broker/hub/home.hpp"
#include "broker/hub/interest.hpp"
#include "broker/hub/lanes_access.hpp"
#include "broker/hub/seat.hpp"
#include "broker/hub/shard.hpp"
#include "broker/hub/spill.hpp"
#include "broker/hub/token_turn.hpp"

namespace treeline {

inline constexpr std::size_t watch_ended_single_max = 256;  // more at once are told per watch

// A device that a seat loses, with the reason to tell.
struct Lost {
    DeviceId device{};
    EndReason reason{};
};

// Who on this shard has to do with one device.
struct Watchers {
    std::uint64_t wire = 0;  // what the device is called outside
    struct One {
        std::uint32_t slot = 0;
        Entry* entry = nullptr;  // of that seat; it stays where it is until it is dropped
    };
    std::vector<One> all;
};

struct Shard::Impl {
    Impl(std::uint32_t self, Lanes& lanes, Settlement& settlement, ValueSink& values,
         const HubLimits& limits, World initial);

    using PresenceList = std::vector<std::pair<DeviceId, Presence>>;

    // ---- seats (shard.cpp)
    struct Slot {
        std::uint32_t generation = 1;
        bool dirty = false;
        std::unique_ptr<AppSeat> app;
        std::unique_ptr<DeviceSeat> device;
    };
    SeatId take_slot();
    void free_slot(SeatId id);
    Slot* slot(SeatId id);
    AppSeat* app(SeatId id);
    DeviceSeat* device_seat(SeatId id);
    AppSeat* app_at(std::uint32_t slot_index) { return slots_[slot_index].app.get(); }
    void mark_dirty(SeatId id);
    void close_app(AppSeat& seat, std::uint16_t code, std::string reason);
    void close_device(DeviceSeat& seat, std::string reason, bool reset);
    void leave(SeatId id);
    void leave_app(AppSeat& seat);
    void leave_device(DeviceSeat& seat);
    void advance();
    void conclude();
    void gather(SeatId id, Output& out);
    void gather_app(AppSeat& seat, Output& out);
    void gather_device(DeviceSeat& seat, Output& out);
    void hold(SeatId id, std::span<const DeviceId> devices);
    void release(SeatId id);
    bool is_changing() const;
    bool wants_turn() const;
    SteadyTime deadline() const;
    void drain();
    ShardCounters snapshot_counters() const;

    // ---- mail (shard_mail.cpp)
    template <class Body>
    void send(std::uint32_t to, Body body) {
        Mail mail{index_, world_->revision(), std::move(body)};
        to == index_ ? local_.push_back(std::move(mail)) : spills_[to].push(std::move(mail));
    }
    void pump();        // this shard's mail to itself
    void take_lanes();  // everybody else's
    void flush_lanes();
    void handle(Mail& mail);
    std::uint32_t home_of(DeviceId device) const;

    // ---- devices (shard_device.cpp)
    std::variant<SeatId, DeviceStatus> admit_device(const TokenHash& token);
    void device_action(SeatId id, DeviceAction& action);
    void store_event(const Device& device, Home& home, const DeviceEvent& event);
    void sync(DeviceSeat& seat, const DeviceSync& sync);
    void meta_get(DeviceSeat& seat, const DeviceMetaGet& get);

    // ---- homes (shard_home.cpp)
    Home& home(DeviceId device);
    Home* known_home(DeviceId device);
    void forget_home(DeviceId device);
    Stamp stamp_next(const Device& device, Home& home);
    // Keeps it, sends it on, and has it saved within save_after_max.
    HeldValue& accept(const Device& device, StoredValue value, std::uint32_t writer_shard,
                      SeatId writer);
    // The ticket of the write-behind; 0: not accepted there.
    std::uint64_t save(DeviceId device, HeldValue& held);
    void save_waiting();
    template <class Body>
    void fan_out(const Device& device, Body body);
    void tell_presence(const Device& device, Home& home);
    void store_last_seen(DeviceId device, UnixTime at);
    void expire_homes();
    void answer_durable();
    void on_write(std::uint32_t from, WriteAsk& ask);
    WriteOutcome queue_downlink(Home& home, const WriteAsk& ask, UnixTime valid_until);
    void on_pull(std::uint32_t from, const PullAsk& ask);
    void on_read(std::uint32_t from, const ReadAsk& ask);
    void on_presences(std::uint32_t from, const PresencesAsk& ask);

    // ---- apps (shard_app.cpp)
    std::optional<AppAdmission> admit_app(const TokenHash& access, Encoding encoding);
    void app_request(SeatId id, AppRequest request, std::optional<TokenHash> sign_in);
    void on_sign_in(AppSeat& seat, std::uint32_t request, const std::optional<TokenHash>& token);
    void on_app_write(AppSeat& seat, std::uint32_t request, AppWrite& write);
    void on_written(const WriteAnswer& answer);
    void on_app_read(AppSeat& seat, std::uint32_t request, const AppRead& read);
    void on_app_devices(AppSeat& seat, std::uint32_t request, const AppDevices& asked);
    void finish_devices(AppSeat& seat, AppReply reply, const PresenceList& presences);
    void on_app_explain(AppSeat& seat, std::uint32_t request, const AppExplain& asked);
    AppReply reply_of(const AppSeat& seat, std::uint32_t request, AppStatus status,
                      std::string detail = {}) const;
    std::uint64_t home_tree_revision(UserId user) const;
    std::uint64_t tree_revision(OrgId org) const;
    // `about`: the device whose data stands in the reply; it dies with the right to see it.
    void answer(AppSeat& seat, AppReply reply, DeviceId about = {});
    AppReply reply_about(AppSeat& seat, std::uint32_t request, DeviceId device);
    void answer_extra(AppSeat& seat, AppReply reply);
    void erase_login(const AppSeat& seat);
    void refuse(AppSeat& seat, std::uint32_t request, AppStatus status, std::string detail = {});
    bool is_recorded(const AppSeat& seat, std::uint32_t request, AppStatus status) const;

    // ---- watches (shard_watch.cpp)
    void on_watch(AppSeat& seat, std::uint32_t request, const AppWatch& asked);
    void on_unwatch(AppSeat& seat, std::uint32_t request, const AppUnwatch& asked);
    void begin_device_watch(AppSeat& seat, Watch watch);
    void begin_scope_watch(AppSeat& seat, Watch watch);
    void forget_scope(AppSeat& seat, std::uint64_t id);     // the watch and its interest
    void end_scope_watch(AppSeat& seat, std::uint64_t id);  // also what only it matched
    void end_device_watch(AppSeat& seat, std::uint64_t id);
    void begin_interest(const Scope& scope);
    void end_interest(const Scope& scope);
    Entry& add_entry(AppSeat& seat, DeviceId device);
    void drop_entry(AppSeat& seat, DeviceId device);
    void say(AppSeat& seat, const AppMessage& message, DeviceId device = {});

    // ---- pulling (shard_pull.cpp)
    void pull(AppSeat& seat);  // one step of everything that waits for room
    void queue_walk(AppSeat& seat);
    void walk(AppSeat& seat, Watch& watch);
    void meet(AppSeat& seat, Watch& watch, const Device& device);
    void ask_again(AppSeat& seat, DeviceId device, Entry& entry);
    void ask_found(AppSeat& seat);
    void on_pulled(PullAnswer& answer);
    void tell_answered(AppSeat& seat);
    static bool waits_live(const Entry& entry, Pin pin);
    bool matched_in(const World& world, const AppSeat& seat, const Entry& entry,
                    DeviceId device) const;
    void tell(AppSeat& seat, DeviceId device, Entry& entry);

    // ---- the door (deliver.cpp)
    void on_value(const ValueMail& mail);
    void on_presence(const PresenceMail& mail);
    void on_event(const EventMail& mail);
    void on_lost(const LostMail& mail, Revision revision);
    // Each entry of `device` on this shard whose seat may receive what bears this stamp:
    // visit(seat, entry, the device's wire id).
    template <class Visit>
    void each_watcher(const Stamp& stamp, Visit&& visit);
    // Scope watchers that have met a device for the first time through what it just said.
    void discover(const Stamp& stamp);
    void consider(AppSeat& seat, const Device& device);
    // The seats whose org or subtree watch covers `device` in the given world; some twice.
    template <class Visit>
    void each_scope(const Directory& directory, const Device& device, Visit&& visit);
    bool admits(AppSeat& seat, Entry& entry, const Stamp& stamp);
    void enqueue(AppSeat& seat, const Device& device, Entry& entry);
    void judge(AppSeat& seat, DeviceId device, Entry& entry);  // in the present world
    bool sees(const Directory& directory, UserId user, DeviceId device) const;
    // In the present world; computed only where `standing` is about somebody or something else.
    const DeviceVerdict& rights(StandingVerdict& standing, UserId user, DeviceId device) const;
    // The one way into an outbox for what is about a device.
    void deliver(AppSeat& seat, Entry& entry, OutItem&& item, std::uint64_t sequence);
    void push(AppSeat& seat, OutItem&& item);

    // ---- the fence (fence.cpp, sweep.cpp)
    bool adopt_published();
    void mark_affected(const Effect& effect);
    void doubt(AppSeat& seat, Doubt doubt);
    void on_marker(std::uint32_t from, Revision revision);
    bool markers_complete() const;
    void step_fence();
    void cut_devices();
    void prune_downlinks();
    bool keeps_control(Home& home, Downlink& downlink, DeviceId device) const;
    void settle_seat(AppSeat& seat, bool by_time);
    bool end_if_signed_out(AppSeat& seat);
    std::string sign_out_reason(const AppSeat& seat) const;
    void sweep_scopes(AppSeat& seat, bool by_time);
    void sweep_entries(AppSeat& seat, bool everything, bool by_time);
    std::vector<std::uint64_t> scopes_of(const AppSeat& seat, DeviceId device) const;
    EndReason reason_of(const AppSeat& seat, DeviceId device, bool by_time) const;
    void end_lost(AppSeat& seat, const std::vector<Lost>& lost);
    void end_lost_wholly(AppSeat& seat, const std::vector<Lost>& lost);
    void prune_outbox(AppSeat& seat);
    bool keep_item(AppSeat& seat, OutItem& item);
    bool keep_epoch(AppSeat& seat, OutItem& item);
    void find_new(AppSeat& seat, bool everything);
    void update_edge(AppSeat& seat);
    void set_edge(AppSeat& seat, UnixTime edge);
    void expire_seats();

    // ---- new tokens (shard_token.cpp)
    void on_lease(std::uint32_t from, const LeaseAsk& ask);
    void grant_lease(DeviceId device, TokenTurn& turn, const TokenTurn::Asker& asker);
    void on_lease_end(const LeaseEnd& ended);
    void on_token(std::uint32_t from, const TokenAsk& ask);
    TokenOutcome can_take_token(DeviceId device);
    void tell_token(DeviceId device, TokenTurn& turn, TokenOutcome outcome);
    void on_token_stored(DeviceSeat& seat, std::uint16_t id);
    void on_token_login(DeviceId device, const TokenHash& token);
    void on_token_left(DeviceId device);
    void on_token_forgotten(DeviceId device);
    void expire_tokens();
    void end_token_turn(DeviceId device);

    // ---- the API (shard_api.cpp)
    // Asks all homes; `done` gets the answers in the order of `devices`.
    void ask_presences(std::vector<DeviceId> devices, std::function<void(PresenceList)> done);
    void ask_values(DeviceId device, std::vector<Pin> pins,
                    std::function<void(std::vector<HeldValue>)> done);
    void ask_cut(LostSight lost, std::function<void(std::vector<UserId>)> done);
    void on_cut(std::uint32_t from, const CutAsk& ask);
    void ask_write(WriteAsk ask, std::function<void(const WriteOutcome&)> done);

    const std::uint32_t index_;
    const std::uint32_t shards_;
    Lanes& lanes_;
    Settlement& settlement_;
    ValueSink& sink_;
    const HubLimits limits_;
    Now now_{};

    World world_;
    bool may_have_lost(UserId user) const;

    // ---- the fence. INVARIANT: previous_ is set, and effect_ too, exactly while it is not idle.
    enum class Phase : std::uint8_t {
        idle,
        waiting,   // adopted; some marker is still behind data
        sweeping,  // every marker has come: nothing is stamped with the world before any more
        swept,     // the edge flushes, then conclude() says so
    } phase_ = Phase::idle;
    World previous_;
    std::shared_ptr<const Effect> effect_;
    std::uint64_t fence_ = 1;              // counts worlds adopted
    std::vector<Revision> markers_;        // the newest per sender
    std::deque<SeatId> unsettled_;         // may name seats that are gone or settled
    std::set<DeviceId> doubtful_devices_;  // effect_->devices, for lookups

    std::vector<Slot> slots_;
    std::vector<std::uint32_t> free_;
    std::vector<SeatId> dirty_;
    std::vector<SeatId> flushing_;  // what take_dirty() gave out
    std::size_t apps_ = 0, devices_ = 0;
    std::multimap<UserId, std::uint32_t> seats_of_user_;
    std::multimap<LoginId, std::uint32_t> seats_of_login_;
    std::set<std::pair<UnixTime, std::uint32_t>> edges_;
    std::deque<SeatId> walkers_;
    // INVARIANT: every app slot whose outbox isn't empty or whose record is held.
    boost::unordered_flat_set<std::uint32_t> backlogged_;

    std::unordered_map<DeviceId, Home> homes_;
    std::set<std::pair<SteadyTime, DeviceId>> offline_due_;
    std::set<std::pair<SteadyTime, std::uint32_t>> stalled_;
    std::set<DeviceId> queued_homes_;  // with downlinks waiting or held
    struct Undurable {
        std::uint64_t ticket = 0;
        std::uint32_t to = 0;
        WriteAnswer answer;
    };
    std::deque<Undurable> undurable_;  // ascending ticket
    // Where a value is unsaved; some were saved meanwhile. A pin that is written a thousand times
    // a second reaches the store as often as the rest.
    std::vector<std::pair<DeviceId, Pin>> unsaved_;
    SteadyTime save_by_ = steady_time_max;  // INVARIANT: set exactly while unsaved_ isn't empty
    std::unordered_map<DeviceId, TokenTurn> token_turns_;
    std::set<std::pair<SteadyTime, DeviceId>> token_dues_;  // INVARIANT: those awaited

    Interest interest_;  // of all shards in the homes here
    Watching watching_;  // of the seats here
    boost::unordered_flat_map<DeviceId, Watchers> watchers_;
    boost::unordered_flat_map<ScopeKey, std::vector<std::uint32_t>> scope_seats_;

    std::vector<Spill> spills_;
    std::vector<Mail> local_;    // this shard's mail to itself
    std::vector<Mail> handled_;  // taken from local_, while it is handled
    std::vector<Mail> incoming_;
    std::uint64_t next_ask_ = 1;
    std::unordered_map<std::uint64_t, std::function<void(std::vector<HeldValue>)>> reads_;
    std::unordered_map<std::uint64_t, std::function<void(PresenceList)>> presences_;
    std::unordered_map<std::uint64_t, std::function<void(std::vector<UserId>)>> cuts_;
    std::unordered_map<std::uint64_t, std::function<void(const WriteOutcome&)>> writes_;
    std::unordered_map<std::uint64_t, Reply<TokenLease>> leases_;
    std::unordered_map<std::uint64_t, Reply<TokenOutcome>> tokens_;
    std::function<bool(const AppDenial&)> record_denial_;  // none: nothing is recorded
    ShardCounters counters_;
};

template <class Visit>
void Shard::Impl::each_scope(const Directory& directory, const Device& device, Visit&& visit) {
    const auto look = [&](Scope::Kind kind, OrgId org) {
        const auto found = scope_seats_.find(ScopeKey{kind, number(org)});
        if (found == scope_seats_.end()) {
            return;
        }
        for (const std::uint32_t at : found->second) {
            visit(*app_at(at));
        }
    };
    look(Scope::Kind::org, device.org);
    look(Scope::Kind::subtree, device.org);
    if (const Org* org = directory.org(device.org)) {
        for (const OrgId above : org->ancestors) {
            look(Scope::Kind::subtree, above);
        }
    }
}

}  // namespace treeline
