// The slots of a loop: connections come, become ready, and go.
#include <algorithm>

#include <fcntl.h>

#include "broker/edge/loop_state.hpp"
#include "broker/edge/socket.hpp"

namespace treeline {

Link* LoopState::find(LinkId id) {
    const bool known = id.generation != 0 && id.slot < links.size() && links[id.slot] != nullptr &&
                       generations[id.slot] == id.generation;
    return known ? links[id.slot].get() : nullptr;
}

Link* LoopState::of_seat(SeatId seat) {
    if (seat.slot >= links_of_seats.size()) {
        return nullptr;
    }
    const auto& [generation, id] = links_of_seats[seat.slot];
    return generation == seat.generation ? find(id) : nullptr;
}

void LoopState::insert(std::unique_ptr<Link> link, std::uint32_t events) {
    if (free_slots.empty()) {
        free_slots.push_back(static_cast<std::uint32_t>(links.size()));
        links.emplace_back();
        generations.push_back(0);
    }
    const std::uint32_t slot = free_slots.back();
    free_slots.pop_back();
    generations[slot] = std::max(1U, generations[slot] + 1);
    link->id = {slot, generations[slot]};
    link->interest = events;
    link->watched = steady_time_max;
    ++counters.links;
    links[slot] = std::move(link);
    if (!epoll.add(links[slot]->transport.socket(), events, tag_of(links[slot]->id))) {
        lose(*links[slot]);
    }
}

std::unique_ptr<Link> LoopState::remove(Link& link) {
    forget_answers(link);
    epoll.remove(link.transport.socket());
    --counters.links;
    free_slots.push_back(link.id.slot);
    return std::move(links[link.id.slot]);
}

void LoopState::seat(Link& link, SeatId seat) {
    if (seat.slot >= links_of_seats.size()) {
        links_of_seats.resize(seat.slot + 1);
    }
    links_of_seats[seat.slot] = {seat.generation, link.id};
    *link.seat() = seat;
    sign_in_counted(link);
}

void LoopState::unseat(Link& link) {
    SeatId* seat = link.seat();
    if (seat != nullptr && seat->generation != 0) {
        links_of_seats[seat->slot] = {};
        shard.leave(*seat, now);
        *seat = {};
    }
}

void LoopState::sign_in_counted(Link& link) {
    if (link.counted) {
        link.counted = false;
        addresses.leave(link.peer);
    }
}

void LoopState::accept(const Listener& listener) {
    const bool encrypted = listener.encrypted;
    for (unsigned count = 0; count < settings.accepts_per_turn; ++count) {
        bool exhausted = false;
        Fd socket = accept_connection(listener.socket, exhausted);
        if (exhausted) {
            return turn_away(listener);
        }
        if (!socket) {
            return;
        }
        welcome(std::move(socket), encrypted);
    }
}

// No descriptor is left: the spare one takes the connection only to close it, else the listener
// would stay ready and the loop would spin.
void LoopState::turn_away(const Listener& listener) {
    ++counters.out_of_descriptors;
    spare.reset();
    bool exhausted = false;
    accept_connection(listener.socket, exhausted).reset();
    spare = Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

void LoopState::welcome(Fd socket, bool encrypted) {
    std::string peer = peer_address(socket);
    const bool is_proxy = settings.trusted_proxies.contains(std::string_view(peer));
    if (!is_proxy &&
        ((encrypted && limiter.handshake(peer, now.steady)) || !addresses.enter(peer))) {
        ++counters.refused_per_address;
        return;
    }
    ++counters.accepted;
    SSL* ssl = encrypted ? tls->start() : nullptr;
    if (encrypted && ssl == nullptr) {
        if (!is_proxy) {
            addresses.leave(peer);
        }
        return;
    }
    auto link = std::make_unique<Link>(Transport(std::move(socket), ssl));
    link->context = encrypted ? tls : nullptr;
    link->peer = std::move(peer);
    link->accepted = now.steady;
    link->phase = encrypted ? LinkPhase::handshaking : LinkPhase::open;
    link->counted = !is_proxy;
    Link& inserted = *link;
    insert(std::move(link), EPOLLIN);
    if (inserted.phase != LinkPhase::gone) {
        watch_deadline(inserted);
    }
}

void LoopState::on_event(Link& link, std::uint32_t events) {
    if ((events & (EPOLLHUP | EPOLLERR)) != 0 && !wants_read(link)) {
        return lose(link);
    }
    if (link.phase == LinkPhase::handshaking) {
        return shake_hands(link);
    }
    if (link.phase == LinkPhase::lingering) {
        return drain_peer(link);
    }
    if ((events & EPOLLOUT) != 0) {
        on_writable(link);
    }
    const bool readable = (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0;
    if (readable && link.phase != LinkPhase::gone && wants_read(link)) {
        return read(link);  // the link may be on its way to another thread now
    }
    if (link.phase != LinkPhase::gone) {
        set_interest(link);
    }
}

// A storm of handshakes must not starve traffic: the rest are told again by the next poll.
void LoopState::shake_hands(Link& link) {
    if (handshake_steps >= settings.handshake_steps_per_turn) {
        more_events = true;
        return;
    }
    ++handshake_steps;
    switch (link.transport.handshake()) {
        case IoStatus::ok:
            ++counters.handshakes;
            link.phase = LinkPhase::open;
            set_interest(link);
            return read(link);
        case IoStatus::want_read:
            return listen_for(link, EPOLLIN);
        case IoStatus::want_write:
            return listen_for(link, EPOLLOUT);
        case IoStatus::ended:
        case IoStatus::failed:
            ++counters.handshakes_failed;
            return say_goodbye(link);  // the alert is on its way: no RST behind it
    }
}

void LoopState::read(Link& link) {
    std::size_t total = 0;
    while (total < settings.read_size_bytes_per_turn && wants_read(link)) {
        std::size_t size = 0;
        const IoStatus status = link.transport.read(scratch, size);
        if (status == IoStatus::want_read || status == IoStatus::want_write) {
            break;
        }
        if (status != IoStatus::ok) {
            return lose(link);
        }
        total += size;
        on_bytes(link, std::string_view(scratch).substr(0, size));
        if (link.phase == LinkPhase::gone) {
            return;
        }
        if (!link.transport.has_pending() && size < scratch.size()) {
            break;  // never to EAGAIN: epoll tells if more comes
        }
    }
    if (link.transport.has_unsent()) {
        link.progress = now.steady;  // TLS has answered by itself
        hold_device(link);
    }
    if (link.moving_to && link.phase == LinkPhase::open) {
        return move_home(link);
    }
    set_interest(link);
    read_again(link);
    watch_deadline(link);
}

// TLS may hold bytes that the descriptor knows nothing of.
void LoopState::read_again(Link& link) {
    if (wants_read(link) && link.transport.has_pending()) {
        again.push_back(link.id);
    }
}

void LoopState::on_bytes(Link& link, std::string_view bytes) {
    if (std::holds_alternative<Undecided>(link.talk)) {
        decide(link, bytes.front());
        if (link.phase != LinkPhase::open) {
            return;
        }
    }
    if (auto* http = std::get_if<HttpTalk>(&link.talk)) {
        return apply(link, http->door.receive(bytes, now));
    }
    if (std::holds_alternative<DeviceTalk>(link.talk)) {
        return device_bytes(link, bytes);
    }
    auto& app = std::get<AppTalk>(link.talk);
    apply(link, app.session.receive(bytes, shard.world()->wire(), now));
}

// device-protocol.md §1: the first byte tells. The login deadline runs from the connection on.
void LoopState::decide(Link& link, char first) {
    const auto byte = static_cast<unsigned char>(first);
    if (byte == 0x1d || byte == 0x02) {
        const Now accepted{link.accepted, now.wall};
        link.talk = DeviceTalk{DeviceSession(settings.device, accepted), {}, 0, {}, {}};
    } else if (first >= 'A' && first <= 'Z') {
        link.talk = HttpTalk{HttpDoor(link.peer, settings.http, now), false, std::nullopt, false};
    } else {
        say_goodbye(link);
    }
}

bool LoopState::wants_read(const Link& link) const {
    if (link.phase != LinkPhase::open || link.is_backed_up() || link.moving_to) {
        return false;
    }
    const auto* http = std::get_if<HttpTalk>(&link.talk);
    return http == nullptr || !http->door.busy();
}

void LoopState::set_interest(Link& link) {
    std::uint32_t wanted = 0;
    if (link.phase == LinkPhase::handshaking || link.phase == LinkPhase::lingering ||
        wants_read(link)) {
        wanted |= EPOLLIN;
    }
    // Once we have shut down, a socket can always be written to.
    if (link.is_backed_up() && link.phase != LinkPhase::lingering) {
        wanted |= EPOLLOUT;
    }
    listen_for(link, wanted);
}

void LoopState::listen_for(Link& link, std::uint32_t events) {
    if (events != link.interest) {
        link.interest = events;
        epoll.change(link.transport.socket(), events, tag_of(link.id));
    }
}

void LoopState::drain_peer(Link& link) {
    if (!link.transport.drain(scratch)) {
        lose(link);
    }
}

void LoopState::close_after_flush(Link& link) {
    if (link.phase != LinkPhase::open) {
        return;
    }
    if (!link.is_backed_up()) {
        return say_goodbye(link);
    }
    unseat(link);
    link.phase = LinkPhase::closing;
    link.goodbye = now.steady + settings.goodbye_max;
    set_interest(link);
    watch_deadline(link);
}

// Never waits for the peer; the socket lingers so that our last bytes aren't cut off by an RST.
void LoopState::say_goodbye(Link& link) {
    unseat(link);
    sign_in_counted(link);
    link.backlog.clear();
    link.transport.finish();
    link.phase = LinkPhase::lingering;
    link.goodbye = now.steady + settings.goodbye_max;
    set_interest(link);
    watch_deadline(link);
}

void LoopState::lose(Link& link) {
    if (link.phase == LinkPhase::gone) {
        return;
    }
    unseat(link);
    sign_in_counted(link);
    link.phase = LinkPhase::gone;
    graves.push_back(remove(link));
}

void LoopState::reset(Link& link) {
    ++counters.resets;
    link.transport.abort();
    lose(link);
}

void LoopState::watch_deadline(Link& link) {
    const SteadyTime when = deadline_of(link);
    if (when < link.watched) {
        link.watched = when;
        deadlines.at(when, tag_of(link.id));
    }
}

SteadyTime LoopState::deadline_of(const Link& link) const {
    if (link.phase == LinkPhase::closing || link.phase == LinkPhase::lingering) {
        return link.goodbye;
    }
    const auto* app = std::get_if<AppTalk>(&link.talk);
    SteadyTime when = steady_time_max;
    if (link.is_backed_up()) {
        when = link.progress +
               (app != nullptr ? settings.app_stalled_max : settings.write_stalled_max);
    }
    if (app != nullptr) {
        return std::min(when, app->session.deadline());
    }
    if (const auto* device = std::get_if<DeviceTalk>(&link.talk)) {
        return std::min(when, device->session.deadline());
    }
    if (const auto* http = std::get_if<HttpTalk>(&link.talk)) {
        return std::min(when, http->door.deadline());
    }
    return std::min(when, link.accepted + settings.device.login_max);
}

void LoopState::expire(Link& link) {
    const bool stuck = link.phase == LinkPhase::closing || link.phase == LinkPhase::lingering;
    if (stuck || std::holds_alternative<Undecided>(link.talk)) {
        return lose(link);
    }
    if (auto* http = std::get_if<HttpTalk>(&link.talk)) {
        apply(link, http->door.expire(now));
    } else if (auto* device = std::get_if<DeviceTalk>(&link.talk)) {
        apply(link, device->session.expire(now));
    } else if (auto* app = std::get_if<AppTalk>(&link.talk)) {
        apply(link, app->session.expire(now));
    }
    if (link.phase == LinkPhase::open && deadline_of(link) <= now.steady) {
        ++counters.write_stalls;
        reset(link);
    }
}

}  // namespace treeline
