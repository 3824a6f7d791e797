// What flows in a load: sends, by rate or by what comes back, and takes what arrives.
#include <algorithm>

#include "base/time.hpp"
#include "firmware-sim/load/traffic.hpp"

namespace treeline::load {

// A closed loop has its whole window under way from the beginning on.
void Traffic::start_flows() {
    is_flowing_ = true;
    flow_began_us_ = steady_micros();
    if (plan_.rate > 0) {
        return;
    }
    for (std::size_t i = 0; i < flows_.size(); ++i) {
        refill(flows_[i], i);
    }
}

// What completes a message: its deliveries, or the one answer to a command.
std::uint64_t Traffic::deliveries_of(const Flow& flow) {
    return flow.plan.is_command ? 1 : flow.plan.receivers;
}

// The sender is there, stays, and may ask more.
bool Traffic::has_room(const Flow& flow) const {
    const Peer& sender = peers_[flow.plan.sender];
    return sender.state == State::seated && !flow.is_leaving &&
           (!flow.plan.is_command || sender.asking + 1 < asked_max);
}

bool Traffic::may_send() const {
    return is_flowing_ && (plan_.messages == 0 || ledger_.tally().sent < plan_.messages);
}

void Traffic::refill(Flow& flow, std::size_t index) {
    const std::uint64_t each = deliveries_of(flow);
    while (may_send() && has_room(flow) && flow.under_way + unit() * each <= flow.window * each) {
        const std::int64_t now_us = steady_micros();
        for (std::size_t i = 0; i < unit() && may_send(); ++i) {
            send(index, now_us);
        }
    }
}

// What the schedule says should have been sent by now. Each message keeps the time at which it was
// due, however late it is sent: so a server that stands still is seen in every message it delayed.
void Traffic::send_due(std::int64_t now_us) {
    const double elapsed_us = static_cast<double>(now_us - flow_began_us_);
    while (may_send()) {
        const double due_after_us = static_cast<double>(scheduled_) * 1e6 / plan_.rate;
        if (due_after_us > elapsed_us) {
            return;
        }
        ++scheduled_;
        const std::int64_t due_us = flow_began_us_ + static_cast<std::int64_t>(due_after_us);
        const std::size_t index = turn_flow_;
        turn_flow_ = (turn_flow_ + 1) % flows_.size();
        Flow& flow = flows_[index];
        if (has_room(flow)) {
            send(index, due_us);
        } else {
            flow.owed.push_back(due_us);
        }
    }
}

void Traffic::send(std::size_t index, std::int64_t due_us) {
    Flow& flow = flows_[index];
    Peer& sender = peers_[flow.plan.sender];
    const Mark mark{.tenant = flow.name.tenant,
                    .device = flow.name.device,
                    .sequence = ledger_.send(flow.name.device),
                    .due_us = due_us};
    payload_.clear();
    append_payload(mark, plan_.payload_size_bytes, payload_);
    std::string& queue = wires_.queue(flow.plan.sender);
    const std::uint32_t request = sender.speaker->publish(flow.name, payload_, queue);
    flow.under_way += deliveries_of(flow);
    if (flow.plan.is_command) {
        sender.asked[request % asked_max] = {index, due_us};
        ++sender.asking;
    }
}

void Traffic::received(std::size_t wire, std::string_view bytes) {
    Peer& peer = peers_[wire];
    const bool was_seated = peer.state == State::seated;
    if (!peer.speaker->receive(bytes, wires_.queue(wire))) {
        const std::string why = peer.speaker->failure();
        wires_.close(wire);
        return lost(wire, why);
    }
    if (is_leaving_at_once_ && !was_seated && peer.state == State::seated) {
        leave(wire);
        enqueue(wire);
    }
}

void Traffic::delivered(std::size_t peer, std::uint64_t id, std::string_view payload) {
    Mark mark;
    const Verdict verdict = ledger_.receive(peer, id, payload, mark);
    if (verdict != Verdict::delivered && verdict != Verdict::reordered) {
        return;
    }
    const std::size_t index = flow_of_device_[mark.device];
    if (index < flows_.size() && !flows_[index].plan.is_command) {
        complete(index, mark.due_us);
    }
}

void Traffic::answered(std::size_t peer, std::uint32_t request, bool is_ok) {
    Peer& sender = peers_[peer];
    if (sender.asked.empty()) {
        return;  // the PUBACK of a device's value
    }
    if (!is_ok) {
        ++result_.refused;
    }
    --sender.asking;
    const Asked asked = sender.asked[request % asked_max];
    complete(asked.flow, asked.due_us);
}

void Traffic::lagged(std::size_t, std::uint64_t dropped) {
    ledger_.lagged(dropped);
}

void Traffic::complete(std::size_t index, std::int64_t due_us) {
    Flow& flow = flows_[index];
    flow.under_way -= std::min<std::uint64_t>(flow.under_way, 1);
    if (is_measuring_) {
        ++result_.messages;
        if (due_us >= measure_began_us_) {
            const auto late =
                static_cast<std::uint64_t>(std::max<std::int64_t>(0, steady_micros() - due_us));
            result_.latency_us.record(late);
            const auto slice = static_cast<std::size_t>((due_us - measure_began_us_) / slice_us_);
            result_.latency_us_by_time[std::min(slice, slices - 1)].record(late);
        }
    }
    if (flow.is_leaving) {
        return leave_if_idle(index);
    }
    go_on(index);
}

// Sends what the flow may send now.
void Traffic::go_on(std::size_t index) {
    Flow& flow = flows_[index];
    if (plan_.rate == 0) {
        return refill(flow, index);
    }
    while (!flow.owed.empty() && may_send() && has_room(flow)) {
        const std::int64_t owed_us = flow.owed.front();
        flow.owed.pop_front();
        send(index, owed_us);
    }
}

}  // namespace treeline::load
