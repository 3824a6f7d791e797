// The device's conversation: login first, then frames by their command (device-protocol.md §1–2).
#include "broker/session/device_session.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "broker/domain/text.hpp"
#include "broker/session/device_clock.hpp"
#include "broker/session/device_info.hpp"
#include "broker/session/flood.hpp"
#include "proto/device/body.hpp"
#include "proto/device/frame.hpp"

namespace treeline {

using proto::Command;
using proto::Frame;

namespace {

constexpr Millis full_sync_interval{1'000};
constexpr std::size_t pins_max = 256;  // a sync that names them all is a full one, too
constexpr std::size_t meta_name_size_max = 80;

std::vector<std::string> owned(const std::vector<std::string_view>& items) {
    return {items.begin(), items.end()};
}

}  // namespace

struct DeviceSession::Impl {
    enum class Phase : std::uint8_t { fresh, asking, open, closed };

    Impl(const DeviceLimits& allowed, Now now)
        : limits(allowed),
          decoder(allowed.unauthenticated_body_size_bytes_max),
          gate(allowed.flood_per_second, allowed.flood_burst),
          login_by(now.steady + allowed.login_max),
          last_heard(now.steady) {}

    void pump(Now now);
    void take(const Frame& frame, Now now);
    void take_login(const Frame& frame);
    void take_command(const Frame& frame, Now now);
    void take_write(const Frame& frame, Now now);
    void take_sync(const Frame& frame, Now now);
    void take_property(const Frame& frame);
    void take_group(const Frame& frame, Now now);
    void take_event(const Frame& frame);
    void take_internal(const Frame& frame, Now now);
    void take_info(const Frame& frame, const std::vector<std::string_view>& items);
    void take_clock(const Frame& frame, const std::vector<std::string_view>& items, Now now);
    void take_meta(const Frame& frame, const std::vector<std::string_view>& items);
    bool passes_gate(const Frame& frame, Now now);
    void refuse_size(const proto::FrameTooLarge& frame);
    void respond(std::uint16_t id, DeviceStatus status);
    void ready();
    void close(std::string_view why);
    SteadyTime silent_at() const;

    DeviceLimits limits;
    proto::FrameDecoder decoder;
    FloodGate gate;
    Phase phase = Phase::fresh;
    bool is_ready = false;
    SteadyTime login_by;
    SteadyTime ready_by = steady_time_max;
    SteadyTime last_heard;
    Millis heartbeat = DeviceInfo{}.heartbeat;
    std::optional<SteadyTime> full_sync_from;  // when the next one may come
    std::optional<UnixTime> group_at;          // the timestamp of the open group
    Zone zone;
    DeviceActions actions;  // of the call that runs
};

// ---- the stream
void DeviceSession::Impl::pump(Now now) {
    while (phase == Phase::fresh || phase == Phase::open) {
        const auto frame = decoder.next();
        if (!frame) {
            refuse_size(frame.error());
        } else if (!*frame) {
            break;
        } else {
            take(**frame, now);
        }
    }
    if (phase == Phase::asking && decoder.held_size_bytes() > limits.held_back_size_bytes_max) {
        close("too_much_held_back");
    }
    decoder.release();
}

void DeviceSession::Impl::refuse_size(const proto::FrameTooLarge& frame) {
    if (phase == Phase::open && frame.id != 0) {
        respond(frame.id, DeviceStatus::bad_body);
    }
    close("body_too_large");
}

void DeviceSession::Impl::take(const Frame& frame, Now now) {
    if (frame.id == 0) {
        return close("id_zero");
    }
    if (phase == Phase::fresh) {
        return take_login(frame);
    }
    if (passes_gate(frame, now)) {
        take_command(frame, now);
    }
}

bool DeviceSession::Impl::passes_gate(const Frame& frame, Now now) {
    switch (gate.take(now.steady)) {
        case FloodGate::Verdict::pass:
            return true;
        case FloodGate::Verdict::drop:
            break;
        case FloodGate::Verdict::drop_and_say:
            if (frame.command != Command::response) {  // an answer is never answered
                respond(frame.id, DeviceStatus::quota);
            }
            break;
        case FloodGate::Verdict::close:
            close("flood");
            break;
    }
    return false;
}

void DeviceSession::Impl::respond(std::uint16_t id, DeviceStatus status) {
    actions.emplace_back(DeviceSend{response_frame(id, status)});
}

void DeviceSession::Impl::close(std::string_view why) {
    actions.emplace_back(DeviceClose{why});
    phase = Phase::closed;
}

// ---- login
void DeviceSession::Impl::take_login(const Frame& frame) {
    if (frame.command != Command::login && frame.command != Command::hw_login) {
        return close("not_logged_in");
    }
    const auto token = proto::parse_token(frame.body);
    if (!token) {
        respond(frame.id, DeviceStatus::invalid_token);
        return close("malformed_token");
    }
    phase = Phase::asking;
    actions.emplace_back(DeviceLogin{frame.id, std::string(*token)});
}

void DeviceSession::Impl::ready() {
    if (!is_ready) {
        is_ready = true;
        ready_by = steady_time_max;
        actions.emplace_back(DeviceReady{});
    }
}

SteadyTime DeviceSession::Impl::silent_at() const {
    const double silence = static_cast<double>(heartbeat.count()) * limits.heartbeat_factor;
    return last_heard + Millis(std::llround(silence));
}

// ---- commands
void DeviceSession::Impl::take_command(const Frame& frame, Now now) {
    switch (frame.command) {
        case Command::response:
            if (frame.status == static_cast<std::uint16_t>(DeviceStatus::ok)) {
                actions.emplace_back(DeviceTokenStored{frame.id});
            }
            return;
        case Command::login:
        case Command::hw_login:
            return respond(frame.id, DeviceStatus::already_logged_in);
        case Command::ping:
            return respond(frame.id, DeviceStatus::ok);
        case Command::bridge:
            return respond(frame.id, DeviceStatus::not_allowed);
        case Command::hardware_sync:
            return take_sync(frame, now);
        case Command::internal:
            return take_internal(frame, now);
        case Command::property:
            return take_property(frame);
        case Command::hardware:
            return take_write(frame, now);
        case Command::group:
            return take_group(frame, now);
        case Command::event_log:
        case Command::event_clear:
            return take_event(frame);
        default:
            return respond(frame.id, DeviceStatus::illegal_command);
    }
}

void DeviceSession::Impl::take_write(const Frame& frame, Now now) {
    const auto write = proto::parse_write(frame.body);
    if (!write || write->value.size() > value_size_bytes_max) {
        return respond(frame.id, DeviceStatus::illegal_command);
    }
    actions.emplace_back(DeviceWrote{StoredValue{write->pin, std::string(write->value),
                                                 group_at.value_or(now.wall), Origin::device}});
}

void DeviceSession::Impl::take_sync(const Frame& frame, Now now) {
    auto pins = proto::parse_sync(frame.body);
    if (!pins) {
        return respond(frame.id, DeviceStatus::illegal_command);
    }
    if (pins->empty() || pins->size() == pins_max) {
        if (full_sync_from && now.steady < *full_sync_from) {
            return respond(frame.id, DeviceStatus::quota);
        }
        full_sync_from = now.steady + full_sync_interval;
    }
    actions.emplace_back(DeviceSync{frame.id, *std::move(pins)});
}

void DeviceSession::Impl::take_property(const Frame& frame) {
    auto property = proto::parse_property(frame.body);
    if (!property) {
        return respond(frame.id, DeviceStatus::bad_body);
    }
    actions.emplace_back(DeviceProperty{std::move(property->pins), std::string(property->name),
                                        owned(property->values)});
    respond(frame.id, DeviceStatus::ok);
}

void DeviceSession::Impl::take_group(const Frame& frame, Now now) {
    const auto step = proto::parse_group(frame.body);
    if (!step) {
        return respond(frame.id, DeviceStatus::bad_body);
    }
    group_at.reset();
    if (step->kind != proto::GroupStep::Kind::end) {
        const bool is_now = step->kind == proto::GroupStep::Kind::begin;
        group_at = is_now ? now.wall : from_unix_ms(step->unix_ms);
    }
}

void DeviceSession::Impl::take_event(const Frame& frame) {
    const bool is_clear = frame.command == Command::event_clear;
    const auto event =
        is_clear ? proto::parse_event_clear(frame.body) : proto::parse_event(frame.body);
    if (!event || event->code.size() > event_text_size_bytes_max ||
        event->description.size() > event_text_size_bytes_max) {
        return respond(frame.id, DeviceStatus::bad_body);
    }
    actions.emplace_back(
        DeviceEvent{std::string(event->code), std::string(event->description), is_clear});
}

// ---- INTERNAL
void DeviceSession::Impl::take_internal(const Frame& frame, Now now) {
    const std::vector<std::string_view> items = proto::split_items(frame.body);
    if (items.empty()) {
        return respond(frame.id, DeviceStatus::bad_body);
    }
    if (proto::is_info(items)) {
        return take_info(frame, items);
    }
    if (items.front() == "rtc" || items.front() == "utc") {
        return take_clock(frame, items, now);
    }
    if (items.front() == "meta") {
        return take_meta(frame, items);
    }
    respond(frame.id, DeviceStatus::illegal_command);
}

void DeviceSession::Impl::take_info(const Frame& frame,
                                    const std::vector<std::string_view>& items) {
    DeviceInfo info = read_info(items);
    heartbeat = info.heartbeat;
    respond(frame.id, DeviceStatus::ok);
    actions.emplace_back(DeviceAnnounced{std::move(info)});
    ready();
}

void DeviceSession::Impl::take_clock(const Frame& frame, const std::vector<std::string_view>& items,
                                     Now now) {
    std::optional<std::vector<std::string>> answer;
    if (items.size() == 2 && items[0] == "utc") {
        answer = answer_utc(items[1], zone, now.wall);
    } else if (items.size() == 2 && items[1] == "sync") {
        answer = {"rtc", unix_seconds(now.wall)};
    }
    if (!answer) {
        return respond(frame.id, DeviceStatus::bad_body);
    }
    actions.emplace_back(DeviceSend{internal_frame(frame.id, *answer)});
}

// What the directory would refuse is refused here, where the device can be told what is wrong.
void DeviceSession::Impl::take_meta(const Frame& frame,
                                    const std::vector<std::string_view>& items) {
    const bool has_name = items.size() >= 3 && is_valid_name(items[2], meta_name_size_max);
    if (has_name && items[1] == "get" && items.size() == 3) {
        actions.emplace_back(DeviceMetaGet{frame.id, std::string(items[2])});
        return;
    }
    const std::string_view value = items.size() == 4 ? items[3] : std::string_view();
    if (has_name && items[1] == "set" && items.size() <= 4 &&
        is_valid_text(value, value_size_bytes_max)) {
        actions.emplace_back(DeviceMetaSet{frame.id, std::string(items[2]), std::string(value)});
        return;
    }
    respond(frame.id, DeviceStatus::bad_body);
}

// ---- the machine from outside
DeviceSession::DeviceSession(const DeviceLimits& limits, Now now)
    : impl_(std::make_unique<Impl>(limits, now)) {}
DeviceSession::DeviceSession(DeviceSession&&) noexcept = default;
DeviceSession& DeviceSession::operator=(DeviceSession&&) noexcept = default;
DeviceSession::~DeviceSession() = default;

DeviceActions DeviceSession::receive(std::string_view bytes, Now now) {
    Impl& self = *impl_;
    if (self.phase == Impl::Phase::closed) {
        return {};
    }
    if (!bytes.empty()) {
        self.last_heard = now.steady;
        self.decoder.feed(bytes);
    }
    self.pump(now);
    return std::exchange(self.actions, {});
}

DeviceActions DeviceSession::expire(Now now) {
    Impl& self = *impl_;
    if (self.phase == Impl::Phase::open) {
        if (now.steady >= self.silent_at()) {
            self.close("silent");
        } else if (now.steady >= self.ready_by) {
            self.ready();
        }
    } else if (self.phase != Impl::Phase::closed && now.steady >= self.login_by) {
        self.close("login_timeout");
    }
    return std::exchange(self.actions, {});
}

SteadyTime DeviceSession::deadline() const {
    switch (impl_->phase) {
        case Impl::Phase::open:
            return std::min(impl_->silent_at(), impl_->ready_by);
        case Impl::Phase::closed:
            return steady_time_max;
        default:
            return impl_->login_by;
    }
}

DeviceActions DeviceSession::admitted(std::uint16_t id, const Zone& zone, Now now) {
    Impl& self = *impl_;
    if (self.phase != Impl::Phase::asking) {
        return {};
    }
    self.phase = Impl::Phase::open;
    self.zone = zone;
    self.last_heard = now.steady;
    self.ready_by = now.steady + self.limits.info_wait_max;
    self.decoder.set_body_size_max(device_body_size_bytes_max);
    self.respond(id, DeviceStatus::ok);
    return std::exchange(self.actions, {});
}

DeviceActions DeviceSession::refused(std::uint16_t id, DeviceStatus status) {
    Impl& self = *impl_;
    if (self.phase != Impl::Phase::asking) {
        return {};
    }
    self.respond(id, status);
    self.close("login_refused");
    return std::exchange(self.actions, {});
}

bool DeviceSession::logged_in() const {
    return impl_->phase == Impl::Phase::open;
}

}  // namespace treeline
