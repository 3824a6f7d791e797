// How the peers of a load connect, log in, leave and come back.
#include <algorithm>

#include "base/time.hpp"
#include "firmware-sim/load/traffic.hpp"

namespace treeline::load {
namespace {

constexpr unsigned tries_max = 3;
constexpr std::size_t no_flow = ~std::size_t{0};

// MQTT names a device by its number; 0 would mean that nobody says.
std::uint64_t name_in(Server server, const DeviceName& device, bool to_app) {
    switch (server) {
        case Server::mqtt:
            return device.device + std::uint64_t{1};
        case Server::treeline:
            return to_app ? device.id : Ledger::unnamed;
        default:
            return Ledger::unnamed;
    }
}

}  // namespace

void Traffic::prepare() {
    peers_.resize(layout_.peers.size());
    result_.apps = layout_.apps;
    result_.devices = peers_.size() - layout_.apps;
    flow_of_device_.resize(roster_.devices.size(), no_flow);
    for (const FlowPlan& plan : layout_.flows) {
        Flow flow;
        flow.plan = plan;
        flow.name = roster_.name(plan.device);
        const std::size_t share = plan_.outstanding / layout_.flows.size();
        flow.window = std::max(unit(), share / unit() * unit());
        if (plan.is_command) {
            peers_[plan.sender].asked.resize(asked_max);
        }
        flow_of_device_[plan.device] = flows_.size();
        flows_.push_back(std::move(flow));
    }
    allow_all();
    for (std::size_t peer = 0; peer < peers_.size(); ++peer) {
        enqueue(peer);
    }
}

// An app may see what its devices write; a device what is written to it.
void Traffic::allow_all() {
    for (std::size_t peer = 0; peer < peers_.size(); ++peer) {
        const PeerPlan& plan = layout_.peers[peer];
        for (const std::size_t device : plan.hears) {
            const DeviceName name = roster_.name(device);
            ledger_.allow(peer, name.tenant, name.device,
                          name_in(plan_.server, name, !plan.is_device));
        }
    }
}

std::unique_ptr<Speaker> Traffic::make_speaker(std::size_t peer) {
    const PeerPlan& plan = layout_.peers[peer];
    switch (plan_.server) {
        case Server::mqtt:
            return make_mqtt(peer);
        case Server::forwarder:
            return make_forwarder_speaker(
                *this, peer, static_cast<std::uint32_t>(plan.devices.front()), plan.is_device);
        case Server::treeline:
            break;
    }
    if (plan.is_device) {
        return make_device_speaker(*this, peer, roster_.devices[plan.devices.front()].token);
    }
    AppSeat seat{.access_token = roster_.tenants[plan.tenant].access_token, .devices = {}};
    for (const std::size_t device : plan.devices) {
        seat.devices.push_back(roster_.devices[device].id);
    }
    seat.subtree = plan.watches_subtree ? roster_.tenants[plan.tenant].org : 0;
    return make_app_speaker(*this, peer, std::move(seat), random_.next());
}

std::unique_ptr<Speaker> Traffic::make_mqtt(std::size_t peer) {
    const PeerPlan& plan = layout_.peers[peer];
    MqttSeat seat;
    seat.client_id = "load" + std::to_string(peer);
    seat.user = account_name(plan.tenant);
    seat.password = account_password(plan.tenant);
    seat.listen_suffix = plan.is_device ? "down" : "up";
    seat.publish_suffix = plan.is_device ? "up" : "down";
    seat.publish_qos = plan_.qos;
    seat.listen_qos = plan_.listen_qos.value_or(plan_.qos);
    seat.is_websocket = plan_.mqtt_websocket && !plan.is_device;
    for (const std::size_t device : plan.devices) {
        seat.devices.push_back(roster_.name(device));
    }
    return make_mqtt_speaker(*this, peer, std::move(seat), random_.next());
}

void Traffic::enqueue(std::size_t peer) {
    peers_[peer].state = State::queued;
    to_connect_.push_back(peer);
}

void Traffic::connect_more() {
    const bool is_storming = is_measuring_ && plan_.scenario == Scenario::storm;
    const std::size_t most = is_storming ? peers_.size() : plan_.connecting;
    while (!to_connect_.empty() && connecting_ < most) {
        const std::size_t peer = to_connect_.front();
        to_connect_.pop_front();
        peers_[peer].state = State::connecting;
        ++connecting_;
        const bool is_device = layout_.peers[peer].is_device;
        wires_.open(peer, is_device ? targets_.devices : targets_.apps,
                    plan_.resume ? peers_[peer].session.get() : nullptr);
    }
}

void Traffic::opened(std::size_t wire) {
    peers_[wire].speaker = make_speaker(wire);
    peers_[wire].speaker->open(wires_.queue(wire));
}

void Traffic::seated(std::size_t peer) {
    Peer& member = peers_[peer];
    member.state = State::seated;
    member.tries = 0;
    --connecting_;
    ++seated_;
    if (is_measuring_) {
        ++result_.logins;
        result_.resumed += wires_.connection(peer)->is_resumed() ? 1 : 0;
    }
    if (plan_.resume) {
        member.session = wires_.connection(peer)->session();
    }
    const PeerPlan& plan = layout_.peers[peer];
    if (plan.is_device && flow_of_device_[plan.devices.front()] != no_flow) {
        flows_[flow_of_device_[plan.devices.front()]].is_leaving = false;
        go_on(flow_of_device_[plan.devices.front()]);
    }
}

// On purpose, and without a word.
void Traffic::leave(std::size_t peer) {
    wires_.close(peer);
    peers_[peer].speaker.reset();
    peers_[peer].state = State::away;
    --seated_;
}

void Traffic::lost(std::size_t wire, const std::string& why) {
    Peer& peer = peers_[wire];
    const State was = peer.state;
    peer.speaker.reset();
    peer.state = State::away;
    if (was == State::seated) {
        --seated_;
        if (result_.connections_lost++ == 0) {
            result_.first_loss = why;
        }
        return;
    }
    --connecting_;
    // In a storm a broker may turn devices away; they come again until they are in.
    if (++peer.tries < tries_max || plan_.scenario == Scenario::storm) {
        return enqueue(wire);
    }
    result_.failure = std::string(layout_.peers[wire].is_device ? "a device" : "an app") +
                      " can't connect: " + why;
}

// Until all are seated. False: they can't be, or not in time.
bool Traffic::seat_all() {
    const std::int64_t began_us = steady_micros();
    const std::int64_t end_us = began_us + plan_.connect_max.count() * 1'000;
    while (seated_ + result_.connections_lost < peers_.size()) {
        if (steady_micros() >= end_us) {
            result_.failure = std::to_string(peers_.size() - seated_) + " peers not seated in time";
        }
        if (!turn(end_us) || !result_.failure.empty()) {
            return false;
        }
    }
    result_.seated_seconds = static_cast<double>(steady_micros() - began_us) / 1e6;
    return true;
}

}  // namespace treeline::load
