#include "tests/bench/limit/forwarder.hpp"

#include <algorithm>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace treeline::limit {
namespace {

constexpr std::size_t header_size_bytes = 8;
constexpr std::uint32_t groups_max = 1U << 24U;
constexpr std::size_t events_max = 512;
constexpr int accepts_per_turn_max = 16;

}  // namespace

Forwarder::Forwarder(SslContextPointer context)
    : context_(std::move(context)), epoll_(epoll_create1(EPOLL_CLOEXEC)) {}

Forwarder::~Forwarder() {
    links_.clear();
    ::close(listener_);
    ::close(epoll_);
}

std::uint16_t Forwarder::listen(std::uint16_t port) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int on = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    if (bind(listener_, any, size) != 0 || ::listen(listener_, SOMAXCONN) != 0 ||
        getsockname(listener_, any, &size) != 0) {
        return 0;
    }
    epoll_event event{.events = EPOLLIN, .data = {.fd = listener_}};
    epoll_ctl(epoll_, EPOLL_CTL_ADD, listener_, &event);
    return ntohs(address.sin_port);
}

void Forwarder::run() {
    std::array<epoll_event, events_max> events;  // NOLINT: filled before it is read
    for (;;) {
        const int size = epoll_wait(epoll_, events.data(), events_max, -1);
        for (int i = 0; i < size; ++i) {
            const int descriptor = events[static_cast<std::size_t>(i)].data.fd;
            if (descriptor == listener_) {
                accept_all();
            } else {
                ready(descriptor);
            }
        }
        flush();
    }
}

void Forwarder::accept_all() {
    for (int i = 0; i < accepts_per_turn_max; ++i) {
        const int descriptor = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor < 0) {
            return;
        }
        const int on = 1;
        setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (static_cast<std::size_t>(descriptor) >= links_.size()) {
            links_.resize(static_cast<std::size_t>(descriptor) + 1);
        }
        auto& link = links_[static_cast<std::size_t>(descriptor)];
        link = std::make_unique<Link>(context_.get(), descriptor);
        link->events = EPOLLIN;
        epoll_event event{.events = EPOLLIN, .data = {.fd = descriptor}};
        epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event);
    }
}

void Forwarder::ready(int descriptor) {
    Link* const link = links_[static_cast<std::size_t>(descriptor)].get();
    if (link == nullptr) {
        return;
    }
    scratch_.clear();
    const bool is_alive = link->read(scratch_);
    if (!scratch_.empty()) {
        if (link->is_joined) {
            forward(*link, scratch_);
        } else {
            join(*link, scratch_);
        }
    }
    if (!is_alive || (link->wants_write() && !link->flush())) {
        return close(descriptor);
    }
    watch(*link);
}

// A header that makes no sense is a generator's bug: the connection then hears nothing.
void Forwarder::join(Link& link, std::string_view bytes) {
    link.header += bytes;
    if (link.header.size() < header_size_bytes || !link.header.starts_with("TLF")) {
        return;
    }
    link.is_device = link.header[3] == 'D';
    for (std::size_t i = 4; i < header_size_bytes; ++i) {
        link.group = link.group << 8U | static_cast<unsigned char>(link.header[i]);
    }
    if (link.group >= groups_max) {
        return;
    }
    if (link.group >= groups_.size()) {
        groups_.resize(link.group + 1U);
    }
    groups_[link.group][link.is_device ? 1 : 0].push_back(link.descriptor());
    link.is_joined = true;
    queue(link, ".");
    const std::string rest = link.header.substr(header_size_bytes);
    link.header = {};
    forward(link, rest);
}

void Forwarder::forward(const Link& from, std::string_view bytes) {
    for (const int descriptor : groups_[from.group][from.is_device ? 0 : 1]) {
        queue(*links_[static_cast<std::size_t>(descriptor)], bytes);
    }
}

void Forwarder::queue(Link& link, std::string_view bytes) {
    link.queue += bytes;
    if (!link.is_dirty) {
        link.is_dirty = true;
        dirty_.push_back(link.descriptor());
    }
}

void Forwarder::flush() {
    for (const int descriptor : dirty_) {
        Link* const link = links_[static_cast<std::size_t>(descriptor)].get();
        if (link == nullptr) {
            continue;
        }
        link->is_dirty = false;
        if (link->flush()) {
            watch(*link);
        } else {
            close(descriptor);
        }
    }
    dirty_.clear();
}

void Forwarder::watch(Link& link) {
    const std::uint32_t wanted = EPOLLIN | (link.wants_write() ? std::uint32_t{EPOLLOUT} : 0U);
    if (wanted != link.events) {
        link.events = wanted;
        epoll_event event{.events = wanted, .data = {.fd = link.descriptor()}};
        epoll_ctl(epoll_, EPOLL_CTL_MOD, link.descriptor(), &event);
    }
}

void Forwarder::close(int descriptor) {
    auto& link = links_[static_cast<std::size_t>(descriptor)];
    if (link->is_joined) {
        std::erase(groups_[link->group][link->is_device ? 1 : 0], descriptor);
    }
    link.reset();
}

}  // namespace treeline::limit
