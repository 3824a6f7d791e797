// Signals, operators and scrapes, off the shards.
#include "broker/edge/control_loop.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "broker/edge/socket.hpp"

namespace treeline {

namespace {

constexpr std::size_t line_size_bytes_max = 16 * 1024;
constexpr std::size_t clients_max = 64;
constexpr Millis sleep_max{60'000};

sigset_t taken_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) {
        sigaddset(&set, signal);
    }
    return set;
}

bool may_command(const Fd& socket) {
    ucred peer{};
    socklen_t size = sizeof(peer);
    return ::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
           (peer.uid == ::geteuid() || peer.uid == 0);
}

}  // namespace

struct ControlLoop::Client {
    std::uint64_t id = 0;
    Fd socket;
    std::optional<HttpDoor> http;  // else a command line
    std::string in;
    std::string out;
    bool asked = false;    // a command is being carried out
    bool closing = false;  // after `out`
    bool gone = false;
};

void take_signals_by_descriptor() {
    const sigset_t set = taken_signals();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
}

ControlLoop::ControlLoop(Doors doors)
    : doors_(std::move(doors)), mailbox_(1U << 16U, [this] { word_.raise(); }) {
    const sigset_t set = taken_signals();
    signals_ = Fd(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
}

ControlLoop::~ControlLoop() {
    if (!admin_path_.empty()) {
        ::unlink(admin_path_.c_str());
    }
}

bool ControlLoop::listen_admin(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof(address.sun_path)) {
        return false;
    }
    std::memcpy(address.sun_path, path.c_str(), path.size());
    ::unlink(path.c_str());
    Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const mode_t before = ::umask(0177);  // never open to others, not even for a moment
    const bool bound =
        ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
    ::umask(before);
    if (!bound || !start_listening(socket, 16)) {
        return false;
    }
    admin_ = std::move(socket);
    admin_path_ = path;
    return true;
}

void ControlLoop::listen_http(Fd listener) {
    http_ = std::move(listener);
}

void ControlLoop::post(Task task) {
    CHECK(mailbox_.push(std::move(task)));
}

void ControlLoop::after(Millis delay, Task task) {
    timers_.push_back({read_clock().steady + delay, std::move(task)});
}

void ControlLoop::run() {
    while (!stopping_) {
        turn();
    }
}

void ControlLoop::turn() {
    std::vector<pollfd> watched{{word_.descriptor().get(), POLLIN, 0},
                                {signals_.get(), POLLIN, 0},
                                {admin_.get(), POLLIN, 0},
                                {http_.get(), POLLIN, 0}};
    for (const auto& client : clients_) {
        const int events = client->out.empty() ? POLLIN : POLLOUT;
        watched.push_back({client->socket.get(), static_cast<short>(events), 0});
    }
    ::poll(watched.data(), watched.size(), wait_ms(read_clock()));
    auto next = watched.begin() + 4;
    for (const auto& client : clients_) {
        const short got = (next++)->revents;
        if ((got & POLLOUT) != 0) {
            write(*client);
        } else if (got != 0) {
            read(*client);
        }
    }
    word_.lower();
    std::vector<Task> tasks;
    mailbox_.take(tasks);
    for (Task& task : tasks) {
        task(Nothing{});
    }
    take_signal();
    if (watched[2].revents != 0) {
        accept(admin_, false);
    }
    if (watched[3].revents != 0) {
        accept(http_, true);
    }
    run_timers(read_clock());
    clients_.remove_if([](const auto& client) { return client->gone; });
}

void ControlLoop::take_signal() {
    signalfd_siginfo info{};
    while (::read(signals_.get(), &info, sizeof(info)) == sizeof(info)) {
        doors_.signal(static_cast<int>(info.ssi_signo));
    }
}

int ControlLoop::wait_ms(Now now) const {
    Millis wait = sleep_max;
    for (const Timer& timer : timers_) {
        wait = std::min(wait, std::max(Millis(0), timer.when - now.steady));
    }
    for (const auto& client : clients_) {
        if (client->http && client->http->deadline() != steady_time_max) {
            wait = std::min(wait, std::max(Millis(1), client->http->deadline() - now.steady));
        }
    }
    return static_cast<int>(wait.count());
}

void ControlLoop::run_timers(Now now) {
    for (std::size_t index = 0; index < timers_.size();) {
        if (timers_[index].when > now.steady) {
            ++index;
            continue;
        }
        Task task = std::move(timers_[index].task);
        timers_.erase(timers_.begin() + static_cast<std::ptrdiff_t>(index));
        task(Nothing{});
    }
    for (const auto& client : clients_) {
        if (client->http && !client->gone) {
            apply(*client, client->http->expire(now));
        }
    }
}

void ControlLoop::accept(const Fd& listener, bool http) {
    Fd socket(::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket || clients_.size() >= clients_max || (!http && !may_command(socket))) {
        return;
    }
    auto client = std::make_unique<Client>();
    client->id = next_id_++;
    if (http) {
        client->http.emplace(peer_address(socket), HttpLimits{}, read_clock());
    }
    client->socket = std::move(socket);
    clients_.push_back(std::move(client));
}

void ControlLoop::read(Client& client) {
    std::array<char, 4096> bytes{};
    const ssize_t got = ::recv(client.socket.get(), bytes.data(), bytes.size(), 0);
    if (got <= 0) {
        client.gone = client.gone || got == 0 || (errno != EAGAIN && errno != EINTR);
        return;
    }
    const std::string_view text(bytes.data(), static_cast<std::size_t>(got));
    if (client.http) {
        return apply(client, client.http->receive(text, read_clock()));
    }
    client.in.append(text);
    client.gone = client.in.size() > line_size_bytes_max;
    if (!client.asked && client.in.find('\n') != std::string::npos) {
        on_line(client);
    }
}

void ControlLoop::write(Client& client) {
    const ssize_t sent =
        ::send(client.socket.get(), client.out.data(), client.out.size(), MSG_NOSIGNAL);
    if (sent < 0) {
        client.gone = errno != EAGAIN && errno != EINTR;
        return;
    }
    client.out.erase(0, static_cast<std::size_t>(sent));
    client.gone = client.out.empty() && client.closing;
}

void ControlLoop::on_line(Client& client) {
    client.asked = true;
    std::string line = client.in.substr(0, client.in.find('\n'));
    doors_.command(std::move(line), Reply<std::string>([this, id = client.id](std::string text) {
                       if (Client* asker = find(id)) {
                           asker->out = std::move(text) + "\n";
                           asker->closing = true;
                       }
                   }));
}

void ControlLoop::apply(Client& client, std::vector<HttpAction> actions) {
    for (HttpAction& action : actions) {
        if (auto* bytes = std::get_if<HttpSend>(&action)) {
            client.out += bytes->bytes;
        } else if (std::holds_alternative<HttpClose>(action)) {
            client.closing = true;
            client.gone = client.out.empty();
        } else {
            auto reply = [this, id = client.id](HttpResponse response) {
                if (Client* asker = find(id)) {
                    apply(*asker, asker->http->answer(response, false, read_clock()));
                }
            };
            doors_.http(std::move(std::get<HttpAsked>(action).request),
                        Reply<HttpResponse>(std::move(reply)));
        }
    }
}

ControlLoop::Client* ControlLoop::find(std::uint64_t id) {
    for (const auto& client : clients_) {
        if (client->id == id && !client->gone) {
            return client.get();
        }
    }
    return nullptr;
}

}  // namespace treeline
