#include "tests/support/live/crowd.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <sys/epoll.h>
#include <unistd.h>

namespace treeline::live {

namespace {

constexpr unsigned messages_per_turn = 256;  // of one session, so that none starves the others

}  // namespace

Crowd::Crowd(const Server& server)
    : server_(server), epoll_(epoll_create1(EPOLL_CLOEXEC)), thread_([this] { serve(); }) {}

Crowd::~Crowd() {
    stop_ = true;
    thread_.join();
    close(epoll_);
}

std::size_t Crowd::add(CrowdGroup group, unsigned sessions) {
    groups_.push_back(std::move(group));
    for (unsigned i = 0; i < sessions; ++i) {
        sessions_.emplace_back();
        sessions_.back().group = groups_.size() - 1;
    }
    first_of_.push_back(sessions_.size());
    return groups_.size() - 1;
}

std::span<Crowd::Session> Crowd::sessions_of(std::size_t group) {
    return std::span(sessions_).subspan(first_of_[group], first_of_[group + 1] - first_of_[group]);
}

void Crowd::run(const std::function<void()>& task) {
    await([&task] {
        task();
        return true;
    });
}

bool Crowd::await(const std::function<bool()>& is_there, Millis limit) {
    const UnixTime until = read_clock().wall + limit;
    bool is_yes = false;
    const std::function<bool()> question = [&] {
        is_yes = is_there();
        return is_yes || read_clock().wall > until;
    };
    question_ = &question;
    for (const auto* open = &question; open != nullptr; open = question_) {
        question_.wait(open);
    }
    return is_yes;
}

void Crowd::serve() {
    std::array<epoll_event, 256> ready{};
    while (!stop_) {
        const int count = epoll_wait(epoll_, ready.data(), static_cast<int>(ready.size()), 1);
        for (const std::size_t at : std::exchange(unfinished_, {})) {
            read(sessions_[at]);
        }
        for (int i = 0; i < count; ++i) {
            read(sessions_[ready[static_cast<std::size_t>(i)].data.u64]);
        }
        const auto* const question = question_.load();
        if (question != nullptr && (*question)()) {
            question_ = nullptr;
            question_.notify_one();
        }
    }
}

// ---- sessions

void Crowd::seat(Session& session) {
    session.app = std::make_unique<App>(server_, groups_[session.group].token);
    session.lines.clear();
    if (session.app->status() != 101) {
        fault(session, "is refused with " + std::to_string(session.app->status()));
        session.app.reset();
        return;
    }
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = static_cast<std::uint64_t>(&session - sessions_.data());
    epoll_ctl(epoll_, EPOLL_CTL_ADD, session.app->fd(), &event);
}

void Crowd::ask_to_watch(Session& session) {
    const Scope& scope = groups_[session.group].scope;
    wire::ClientMessage request;
    switch (scope.kind) {
        case Scope::Kind::device:
            request.mutable_watch()->set_device(scope.id);
            break;
        case Scope::Kind::org:
            request.mutable_watch()->set_org(scope.id);
            break;
        default:
            request.mutable_watch()->set_subtree(scope.id);
            break;
    }
    session.asked = session.app->send(std::move(request));
}

bool Crowd::heal() {
    bool is_whole = true;
    for (Session& session : sessions_) {
        const CrowdGroup& group = groups_[session.group];
        if (!session.app && group.is_seated) {
            seat(session);
        }
        if (session.app && group.may_watch && session.watch == 0) {
            is_whole = false;
            if (session.asked == 0) {
                ask_to_watch(session);
            }
        }
    }
    return is_whole;
}

void Crowd::read(Session& session) {
    for (unsigned i = 0; session.app && i < messages_per_turn; ++i) {
        const auto message = session.app->receive(Millis(0));
        if (message) {
            take(session, *message);
        } else if (session.app->closed() || session.app->close_code() != 0) {
            take_close(session);
        } else {
            return;
        }
    }
    if (session.app) {
        unfinished_.push_back(static_cast<std::size_t>(&session - sessions_.data()));
    }
}

// ---- judging

void Crowd::fault(const Session& session, const std::string& what) {
    ++faults;
    if (first_faults.size() < 10) {
        first_faults.push_back("a session of group " + std::to_string(session.group) + " " + what);
    }
}

void Crowd::fault_of_late(const Session& session, std::uint64_t device, std::uint64_t number,
                          std::uint64_t allowed) {
    fault(session, "is sent value " + std::to_string(number) + " of device " +
                       std::to_string(device) + ", written after value " + std::to_string(allowed) +
                       ", when the right had ended");
}

Crowd::Line* Crowd::living(Session& session, std::uint64_t device, const char* what) {
    Line& line = session.lines[device];
    if (line.ended || session.watch == 0) {
        fault(session, std::string("is sent ") + what + " of device " + std::to_string(device) +
                           " after watch_ended");
        return nullptr;
    }
    line.told = true;
    return &line;
}

void Crowd::take(Session& session, const wire::ServerMessage& message) {
    ++received;
    if (message.has_value()) {
        take_value(session, message.value());
    } else if (message.has_presence()) {
        living(session, message.presence().device(), "presence");
    } else if (message.has_event()) {
        living(session, message.event().device(), "an event");
    } else if (message.has_watch_began()) {
        Line& line = session.lines[message.watch_began().device()];
        line = Line{.told = true, .ended = false, .last = line.last, .next = 0};
    } else if (message.has_watch_ended()) {
        take_end(session, message.watch_ended());
    } else if (message.has_lagged()) {
        session.has_lagged = true;
    } else if (message.has_signed_out()) {
        session.farewell = message.signed_out().reason();
    } else if (message.has_reply() && message.reply().request() == session.asked) {
        session.asked = 0;
        session.watch = message.reply().watch();
        if (message.reply().status() != wire::OK) {
            fault(session, "may not watch: " + message.reply().ShortDebugString());
        }
        session.lines.clear();
    }
}

void Crowd::take_value(Session& session, const wire::PinValue& value) {
    Line* const line = living(session, value.device(), "a value");
    if (line == nullptr) {
        return;
    }
    const std::uint64_t number = std::strtoull(value.values(0).text().c_str(), nullptr, 10);
    const auto& forbidden = groups_[session.group].forbidden;
    if (const auto at = forbidden.find(value.device());
        at != forbidden.end() && number > at->second) {
        fault_of_late(session, value.device(), number, at->second);
    }
    const auto cut = cuts_.find(value.device());
    if (cut != cuts_.end() && number > cut->second.first && number <= cut->second.second) {
        fault_of_late(session, value.device(), number, cut->second.first);
    }
    if (number <= line->last) {
        fault(session,
              "is sent value " + std::to_string(number) + " after " + std::to_string(line->last));
    }
    const bool was_cut =
        cut != cuts_.end() && line->next <= cut->second.second + 1 && number > cut->second.second;
    if (line->next != 0 && number > line->next && !was_cut) {
        session.missed += number - line->next;
    }
    line->last = number;
    line->next = number + 1;
}

void Crowd::take_end(Session& session, const wire::WatchEnded& end) {
    const CrowdGroup& group = groups_[session.group];
    ++ends;
    first_end = std::min(first_end, read_clock().wall);
    if (end.device() == 0) {
        session.watch = 0;
        session.lines.clear();
        if (!group.may_end_wholly) {
            fault(session, "is told that its watch ended, for no reason");
        }
        return;
    }
    session.lines[end.device()].ended = true;
    if (group.scope.kind == Scope::Kind::device) {
        session.watch = 0;
    }
    if (!group.may_end.contains(end.device())) {
        fault(session, "is told that device " + std::to_string(end.device()) +
                           " ended, for no reason: " + end.ShortDebugString());
    }
}

void Crowd::take_close(Session& session) {
    if (!groups_[session.group].may_close) {
        fault(session,
              "is closed with " + std::to_string(session.app->close_code()) + ", for no reason");
    }
    first_end = std::min(first_end, read_clock().wall);
    ++closes[session.farewell.empty() ? std::to_string(session.app->close_code())
                                      : std::exchange(session.farewell, {})];
    session.app.reset();
    session.watch = session.asked = 0;
    session.lines.clear();
}

// ---- what the operator says and asks

void Crowd::start_step() {
    first_end = unix_time_max;
    for (CrowdGroup& group : groups_) {
        group.may_end.clear();
        group.may_end_wholly = group.may_close = false;
    }
}

void Crowd::forbid(std::size_t group, std::uint64_t device, std::uint64_t sent) {
    groups_[group].forbidden[device] = sent;
    for (const Session& session : sessions_of(group)) {
        const auto line = session.lines.find(device);
        if (line != session.lines.end() && line->second.last > sent) {
            fault_of_late(session, device, line->second.last, sent);
        }
    }
}

bool Crowd::has_ended(std::size_t group, std::uint64_t device) {
    return std::ranges::none_of(sessions_of(group), [&](const Session& session) {
        const auto line = session.lines.find(device);
        return session.watch != 0 && line != session.lines.end() && line->second.told &&
               !line->second.ended;
    });
}

bool Crowd::has_begun(std::size_t group, std::uint64_t device) {
    return std::ranges::all_of(sessions_of(group), [&](const Session& session) {
        const auto line = session.lines.find(device);
        return line != session.lines.end() && line->second.told && !line->second.ended;
    });
}

std::string Crowd::describe(std::size_t group, std::uint64_t device) const {
    std::string text;
    for (std::size_t at = first_of_[group]; at < first_of_[group + 1]; ++at) {
        const Session& session = sessions_[at];
        const auto line = session.lines.find(device);
        text += "; watch " + std::to_string(session.watch);
        text += line == session.lines.end() ? " never told"
                : line->second.ended        ? " ended"
                : line->second.told         ? " told"
                                            : " not told";
    }
    return text;
}

bool Crowd::has_closed(std::size_t group) {
    return std::ranges::none_of(sessions_of(group),
                                [](const Session& session) { return session.app != nullptr; });
}

bool Crowd::watches_nothing(std::size_t group) {
    return std::ranges::none_of(sessions_of(group),
                                [](const Session& session) { return session.watch != 0; });
}

bool Crowd::has_reached(std::size_t group, std::uint64_t device, std::uint64_t number) {
    return std::ranges::all_of(sessions_of(group), [&](const Session& session) {
        const auto line = session.lines.find(device);
        return line != session.lines.end() && line->second.last == number;
    });
}

std::uint64_t Crowd::unexplained_losses() const {
    return static_cast<std::uint64_t>(std::ranges::count_if(
        sessions_, [](const Session& s) { return s.missed > 0 && !s.has_lagged; }));
}

std::uint64_t Crowd::lagged_sessions() const {
    return static_cast<std::uint64_t>(
        std::ranges::count_if(sessions_, [](const Session& s) { return s.has_lagged; }));
}

}  // namespace treeline::live
