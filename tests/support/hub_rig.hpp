// HubRig: N real shards on one thread, a simulated registry, and clients that note what they got.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/hub/shard.hpp"
#include "tests/support/app_frames.hpp"
#include "tests/support/world.hpp"

namespace treeline {

// The values store, in memory. What was put becomes durable when the test says so.
class FakeSink : public ValueSink {
  public:
    std::uint64_t put(std::string key, std::string value) override {
        if (full) {
            return 0;
        }
        stored[std::move(key)] = std::move(value);
        return ++tickets;
    }
    void hurry() override { ++hurried; }
    std::uint64_t durable() const override { return synced; }
    void sync() { synced = tickets; }

    std::map<std::string, std::string> stored;
    std::uint64_t tickets = 0, synced = 0;
    int hurried = 0;
    bool full = false;
};

struct AppClient {
    std::uint32_t shard = 0;
    SeatId seat;
    UserId user{};
    std::vector<wire::ServerMessage> got;
    std::vector<Stamp> stamps;
    std::vector<DeviceId> devices;  // of everything gathered
    std::optional<Output::Farewell> closed;
    bool stuck = false;  // the next gathered bytes are held
    bool holding = false;
    std::vector<DeviceId> held;  // what the held record is about
    std::uint32_t next_request = 1;
};

struct DeviceClient {
    std::uint32_t shard = 0;
    SeatId seat;
    DeviceId device{};
    std::vector<std::string> frames;
    std::optional<Output::Farewell> closed;
    bool stuck = false;
};

class HubRig {
  public:
    explicit HubRig(std::uint32_t shards = 1, HubLimits with = {}) : limits(with), count_(shards) {}

    WorldBuilder build;
    FakeSink sink;
    HubLimits limits;

    // Begins with everything that was built so far.
    void start() { start(build.world()); }
    // Begins with this; the test publishes what comes after it.
    void start(const World& world) {
        published_ = build.changes().size();
        now.wall = build.now;
        lanes = std::make_unique<Lanes>(count_, limits.lane_capacity, nullptr);
        settlement = std::make_unique<Settlement>(count_, world->revision(), nullptr, nullptr);
        for (std::uint32_t i = 0; i < count_; ++i) {
            shards.push_back(std::make_unique<Shard>(i, *lanes, *settlement, sink, limits, world));
        }
        last_ = world;
    }

    // What the registry does: hands over what was built since.
    void publish() {
        Effect effect;
        Directory before = *last_;
        for (; published_ < build.changes().size(); ++published_) {
            Directory after = apply(before, build.changes()[published_]);
            effect.merge(effect_of(before, after, build.changes()[published_]));
            before = after;
        }
        last_ = std::make_shared<const Directory>(before);
        settlement->publish({last_, std::make_shared<const Effect>(effect)});
    }
    bool acknowledged() const { return settlement->settled() >= settlement->published(); }
    // Publishes and takes turns until it is acknowledged.
    void change() {
        publish();
        for (int i = 0; i < 1000 && !acknowledged(); ++i) {
            turn_all();
        }
        CHECK(acknowledged());
    }

    void turn(std::uint32_t at) {
        shards[at]->advance(now);
        flush(at);
        shards[at]->conclude(now);
    }
    void flush(std::uint32_t at) {
        for (const SeatId seat : shards[at]->take_dirty()) {
            gather(at, seat);
        }
    }
    void turn_all() {
        for (std::uint32_t at = 0; at < count_; ++at) {
            turn(at);
        }
    }
    bool busy() const {
        return std::ranges::any_of(shards, [&](const auto& shard) {
            // A spill that waits for room in its lane asks for a turn in a millisecond.
            return shard->wants_turn() || shard->deadline() <= now.steady + Millis{1} ||
                   shard->counters().lane_depth > 0;
        });
    }
    // Turns until nothing moves any more.
    void quiesce() {
        for (int calm = 0, i = 0; calm < 6 && i < 10'000; ++i) {
            turn_all();
            calm = busy() ? 0 : calm + 1;
        }
    }
    void pass(Millis time) {
        now.steady += time;
        now.wall += time;
        quiesce();
    }

    AppClient& app(std::uint32_t at, UserId user) {
        const LoginId login = build.sign_in(user);
        if (!shards.empty() && last_->revision() != build.directory().revision()) {
            change();
        }
        return *seat(at, login);
    }
    // Null when it was refused.
    AppClient* seat(std::uint32_t at, LoginId login) {
        const LoginRecord* record = build.directory().login(login);
        const auto admitted = shards[at]->admit_app(record->access, Encoding::protobuf, now);
        if (!admitted) {
            return nullptr;
        }
        apps.push_back(std::make_unique<AppClient>());
        apps.back()->shard = at;
        apps.back()->seat = admitted->seat;
        apps.back()->user = record->user;
        return apps.back().get();
    }
    DeviceClient& connect(DeviceId device) {
        const std::uint32_t at = shards[0]->home_of(device);
        const auto seated =
            shards[at]->admit_device(shards[at]->world()->device(device)->token, now);
        CHECK(std::holds_alternative<SeatId>(seated));
        devices.push_back(std::make_unique<DeviceClient>());
        devices.back()->shard = at;
        devices.back()->seat = std::get<SeatId>(seated);
        devices.back()->device = device;
        return *devices.back();
    }
    DeviceClient& ready(DeviceId device, std::size_t buff_in = 1024) {
        DeviceClient& client = connect(device);
        DeviceInfo info;
        info.buff_in = buff_in;
        act(client, DeviceAnnounced{info});
        act(client, DeviceReady{});
        return client;
    }
    void act(DeviceClient& client, const DeviceAction& action) {
        shards[client.shard]->device_action(client.seat, action, now);
    }
    void write(DeviceClient& client, Pin pin, const std::string& bytes) {
        act(client, DeviceWrote{StoredValue{pin, bytes, now.wall, Origin::device}});
    }
    void leave(DeviceClient& client) { shards[client.shard]->leave(client.seat, now); }
    void leave(AppClient& client) { shards[client.shard]->leave(client.seat, now); }

    // The request's number.
    template <class Body>
    std::uint32_t ask(AppClient& client, Body body) {
        AppRequest request;
        request.request = client.next_request++;
        request.body = std::move(body);
        const std::uint32_t number = request.request;
        shards[client.shard]->app_request(client.seat, std::move(request), std::nullopt, now);
        return number;
    }
    std::uint32_t watch(AppClient& client, DeviceId device, bool snapshot = false,
                        std::vector<Pin> pins = {}) {
        return ask(client, AppWatch{AppWatch::Kind::device, device, {}, std::move(pins), snapshot});
    }
    std::uint32_t watch_org(AppClient& client, OrgId org, bool snapshot = false) {
        return ask(client, AppWatch{AppWatch::Kind::org, {}, org, {}, snapshot});
    }
    std::uint32_t watch_subtree(AppClient& client, OrgId org, bool snapshot = false) {
        return ask(client, AppWatch{AppWatch::Kind::subtree, {}, org, {}, snapshot});
    }

    void gather(std::uint32_t at, SeatId seat) {
        for (const auto& client : apps) {
            if (client->shard == at && client->seat == seat && !client->closed) {
                return gather(*client);
            }
        }
        for (const auto& client : devices) {
            if (client->shard == at && client->seat == seat && !client->closed) {
                return gather(*client);
            }
        }
    }
    void gather(AppClient& client) {
        Output out;
        shards[client.shard]->gather(client.seat, out, now);
        note(out.bytes);
        for (auto& message : read_app_frames(out.bytes)) {
            client.got.push_back(std::move(message));
        }
        client.stamps.insert(client.stamps.end(), out.stamps.begin(), out.stamps.end());
        client.devices.insert(client.devices.end(), out.devices.begin(), out.devices.end());
        client.closed = out.close;
        if (client.stuck && !out.bytes.empty()) {
            client.holding = true;
            client.held = out.devices;
            shards[client.shard]->held(client.seat, out.devices);
        }
    }
    void release(AppClient& client) {
        client.stuck = client.holding = false;
        client.held.clear();
        shards[client.shard]->released(client.seat, now);
    }
    void gather(DeviceClient& client) {
        Output out;
        shards[client.shard]->gather(client.seat, out, now);
        note(out.bytes);
        std::size_t begin = 0;
        for (const std::size_t end : out.part_ends) {
            client.frames.push_back(out.bytes.substr(begin, end - begin));
            begin = end;
        }
        client.closed = out.close;
        if (client.stuck && !out.bytes.empty()) {
            shards[client.shard]->held(client.seat, out.devices);
        }
    }

    std::uint64_t wire_of(DeviceId device) const { return build.directory().wire().of(device); }

    // The last published world.
    const World& last() const { return last_; }
    // FNV-1a over every byte gathered, in order: two runs that agree on it did the same.
    std::uint64_t digest() const { return digest_; }

    Now now{SteadyTime{Millis{1'000'000}}, {}};
    std::unique_ptr<Lanes> lanes;
    std::unique_ptr<Settlement> settlement;
    std::vector<std::unique_ptr<Shard>> shards;
    std::vector<std::unique_ptr<AppClient>> apps;
    std::vector<std::unique_ptr<DeviceClient>> devices;

  private:
    void note(std::string_view bytes) {
        for (const char byte : bytes) {
            digest_ = (digest_ ^ static_cast<unsigned char>(byte)) * 0x100000001b3u;
        }
    }

    const std::uint32_t count_;
    std::uint64_t digest_ = 0xcbf29ce484222325u;
    std::size_t published_ = 0;
    World last_;
};

// ---- what a client got, in words: "value 21.5", "presence on", "ended REVOKED", …
inline std::string in_words(const wire::ServerMessage& message) {
    switch (message.body_case()) {
        case wire::ServerMessage::kReply:
            return "reply " + wire::Status_Name(message.reply().status());
        case wire::ServerMessage::kValue: {
            std::string text = "value";
            for (const auto& item : message.value().values()) {
                text += " " + item.text();
            }
            return text;
        }
        case wire::ServerMessage::kPresence:
            return message.presence().online() ? "presence on" : "presence off";
        case wire::ServerMessage::kEvent:
            return "event " + message.event().code();
        case wire::ServerMessage::kWatchEnded:
            return std::string(message.watch_ended().device() == 0 ? "watch ended " : "ended ") +
                   wire::EndReason_Name(message.watch_ended().reason());
        case wire::ServerMessage::kWatchBegan:
            return "began";
        case wire::ServerMessage::kLagged:
            return "lagged " + std::to_string(message.lagged().dropped());
        case wire::ServerMessage::kSignedOut:
            return "signed out " + message.signed_out().reason();
        default:
            return "?";
    }
}

// And forgets it.
inline std::vector<std::string> take_words(AppClient& client) {
    std::vector<std::string> words;
    for (const auto& message : std::exchange(client.got, {})) {
        words.push_back(in_words(message));
    }
    return words;
}

}  // namespace treeline
