// Plain socket calls, so that nothing above has to know a sockaddr.
#include "broker/edge/socket.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace treeline {

namespace {

struct FreeInfo {
    void operator()(addrinfo* info) const { ::freeaddrinfo(info); }
};
using Addresses = std::unique_ptr<addrinfo, FreeInfo>;

Addresses resolve(const Endpoint& endpoint) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const std::string port = std::to_string(endpoint.port);
    if (::getaddrinfo(endpoint.host.c_str(), port.c_str(), &hints, &found) != 0) {
        return nullptr;
    }
    return Addresses(found);
}

void switch_on(int fd, int level, int option) {
    const int one = 1;
    ::setsockopt(fd, level, option, &one, sizeof(one));
}

BindError bind_error(const Endpoint& endpoint, int error) {
    using Kind = BindError::Kind;
    const std::string where = to_string(endpoint);
    if (error == EADDRINUSE) {
        return {Kind::in_use, "the port is in use: " + where};
    }
    if (error == EACCES) {
        return {Kind::no_right, "no right to listen on " + where};
    }
    return {Kind::other, "can't listen on " + where + ": " + std::strerror(error)};
}

std::uint16_t port_of(const Fd& socket) {
    sockaddr_storage address{};
    socklen_t size = sizeof(address);
    ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
    if (address.ss_family == AF_INET6) {
        return ntohs(reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port);
    }
    return ntohs(reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
}

// 0, or the errno of what failed.
int bind_one(const addrinfo& address, bool shared, Fd& out) {
    out = Fd(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!out) {
        return errno;
    }
    switch_on(out.get(), SOL_SOCKET, SO_REUSEADDR);
    if (shared) {
        switch_on(out.get(), SOL_SOCKET, SO_REUSEPORT);
    }
    return ::bind(out.get(), address.ai_addr, address.ai_addrlen) == 0 ? 0 : errno;
}

}  // namespace

std::optional<Endpoint> parse_endpoint(const std::string& text) {
    const auto colon = text.rfind(':');
    if (colon == std::string::npos || colon == 0) {
        return std::nullopt;
    }
    Endpoint endpoint{text.substr(0, colon), 0};
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data() + colon + 1, end, endpoint.port);
    if (parsed.ec != std::errc() || parsed.ptr != end) {
        return std::nullopt;
    }
    if (endpoint.host.front() == '[' && endpoint.host.back() == ']') {
        endpoint.host = endpoint.host.substr(1, endpoint.host.size() - 2);
    } else if (endpoint.host.find(':') != std::string::npos) {
        return std::nullopt;
    }
    if (endpoint.host.empty()) {
        return std::nullopt;
    }
    return endpoint;
}

std::string to_string(const Endpoint& endpoint) {
    const bool v6 = endpoint.host.find(':') != std::string::npos;
    return (v6 ? "[" + endpoint.host + "]" : endpoint.host) + ":" + std::to_string(endpoint.port);
}

std::variant<Bound, BindError> bind_shared(const Endpoint& endpoint, bool first) {
    const Addresses addresses = resolve(endpoint);
    if (!addresses) {
        return BindError{BindError::Kind::other, "no address for " + endpoint.host};
    }
    if (first && endpoint.port != 0) {
        Fd probe;
        if (const int error = bind_one(*addresses, false, probe); error != 0) {
            return bind_error(endpoint, error);
        }
    }
    Fd socket;
    if (const int error = bind_one(*addresses, true, socket); error != 0) {
        return bind_error(endpoint, error);
    }
    Endpoint local{endpoint.host, port_of(socket)};
    return Bound{std::move(socket), std::move(local)};
}

bool is_on_every_interface(const Fd& socket) {
    sockaddr_storage address{};
    socklen_t size = sizeof(address);
    if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        return true;
    }
    if (address.ss_family == AF_INET) {
        return reinterpret_cast<const sockaddr_in*>(&address)->sin_addr.s_addr == INADDR_ANY;
    }
    const in6_addr& six = reinterpret_cast<const sockaddr_in6*>(&address)->sin6_addr;
    constexpr std::array<unsigned char, 16> any_mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    return IN6_IS_ADDR_UNSPECIFIED(&six) ||
           std::memcmp(&six, any_mapped.data(), any_mapped.size()) == 0;
}

bool start_listening(const Fd& socket, int backlog) {
    return ::listen(socket.get(), backlog) == 0;
}

Fd accept_connection(const Fd& listener, bool& exhausted) {
    Fd socket(::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    exhausted = !socket && (errno == EMFILE || errno == ENFILE);
    if (socket) {
        switch_on(socket.get(), IPPROTO_TCP, TCP_NODELAY);
        switch_on(socket.get(), SOL_SOCKET, SO_KEEPALIVE);
    }
    return socket;
}

std::string peer_address(const Fd& socket) {
    sockaddr_storage address{};
    socklen_t size = sizeof(address);
    if (::getpeername(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        return {};
    }
    std::array<char, INET6_ADDRSTRLEN> text{};
    const void* bytes = &reinterpret_cast<const sockaddr_in*>(&address)->sin_addr;
    if (address.ss_family == AF_INET6) {
        bytes = &reinterpret_cast<const sockaddr_in6*>(&address)->sin6_addr;
    }
    if (::inet_ntop(address.ss_family, bytes, text.data(), text.size()) == nullptr) {
        return {};
    }
    return text.data();
}

void reset_on_close(const Fd& socket) {
    const linger hard{1, 0};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
}

}  // namespace treeline
