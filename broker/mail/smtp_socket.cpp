// Waits with poll, so that a stop is seen while nothing comes.
#include "broker/mail/smtp_socket.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include <arpa/inet.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace treeline::mail {

namespace {

constexpr Millis look_every{100};  // at `stopping`, while nothing happens
constexpr Millis stop_grace{2'000};

struct AddressesFree {
    void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
struct ContextFree {
    void operator()(SSL_CTX* context) const { ::SSL_CTX_free(context); }
};
struct ConnectionFree {
    void operator()(SSL* connection) const { ::SSL_free(connection); }
};
using Addresses = std::unique_ptr<addrinfo, AddressesFree>;

SteadyTime now() {
    return read_clock().steady;
}

bool is_ip(const std::string& host) {
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    return ::inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

}  // namespace

struct SmtpSocket::Impl {
    explicit Impl(const std::atomic<bool>& the_stopping) : stopping(the_stopping) {}

    const std::atomic<bool>& stopping;
    int fd = -1;
    std::unique_ptr<SSL_CTX, ContextFree> context;
    std::unique_ptr<SSL, ConnectionFree> ssl;

    // Until `events` or the deadline. False: too late.
    bool wait(short events, SteadyTime deadline) const {
        while (true) {
            if (stopping.load()) {
                deadline = std::min(deadline, stop_deadline());
            }
            const Millis left = deadline - now();
            if (left <= Millis(0)) {
                return false;
            }
            pollfd one{fd, events, 0};
            const auto slice = std::min(left, look_every).count();
            if (::poll(&one, 1, static_cast<int>(slice)) > 0) {
                return true;
            }
        }
    }

    SteadyTime stop_deadline() const {
        if (stopped_at == steady_time_max) {
            stopped_at = now();
        }
        return stopped_at + stop_grace;
    }
    mutable SteadyTime stopped_at = steady_time_max;  // when `stopping` was first seen

    bool connect_to(const addrinfo& address, SteadyTime deadline);
    Result<void> set_up_tls(const std::string& host, const std::string& ca_file);
    // Repeats `call` until it is through; waits as TLS asks.
    template <class Call>
    int through(Call&& call, SteadyTime deadline);
    void close();
};

bool SmtpSocket::Impl::connect_to(const addrinfo& address, SteadyTime deadline) {
    close();
    fd = ::socket(address.ai_family, address.ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
                  address.ai_protocol);
    if (fd < 0) {
        return false;
    }
    if (::connect(fd, address.ai_addr, address.ai_addrlen) == 0) {
        return true;
    }
    int problem = 0;
    socklen_t size = sizeof(problem);
    return errno == EINPROGRESS && wait(POLLOUT, deadline) &&
           ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &size) == 0 && problem == 0;
}

void SmtpSocket::Impl::close() {
    ssl.reset();
    context.reset();
    if (fd >= 0) {
        ::close(fd);
    }
    fd = -1;
}

SmtpSocket::Result<void> SmtpSocket::Impl::set_up_tls(const std::string& host,
                                                      const std::string& ca_file) {
    context.reset(::SSL_CTX_new(TLS_client_method()));
    const bool trusted =
        context && ::SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) == 1 &&
        (ca_file.empty()
             ? ::SSL_CTX_set_default_verify_paths(context.get()) == 1
             : ::SSL_CTX_load_verify_locations(context.get(), ca_file.c_str(), nullptr) == 1);
    if (!trusted) {
        return SocketError{"tls_authorities_unreadable"};
    }
    ::SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    ssl.reset(::SSL_new(context.get()));
    const bool named =
        ssl && (is_ip(host) ? ::X509_VERIFY_PARAM_set1_ip_asc(::SSL_get0_param(ssl.get()),
                                                              host.c_str()) == 1
                            : ::SSL_set1_host(ssl.get(), host.c_str()) == 1 &&
                                  ::SSL_set_tlsext_host_name(ssl.get(), host.c_str()) == 1);
    if (!named || ::SSL_set_fd(ssl.get(), fd) != 1) {
        return SocketError{"tls_setup"};
    }
    return {};
}

template <class Call>
int SmtpSocket::Impl::through(Call&& call, SteadyTime deadline) {
    while (true) {
        ::ERR_clear_error();
        const int done = call(ssl.get());
        if (done > 0) {
            return done;
        }
        const int wanted = ::SSL_get_error(ssl.get(), done);
        const bool waits = wanted == SSL_ERROR_WANT_READ || wanted == SSL_ERROR_WANT_WRITE;
        if (!waits || !wait(wanted == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, deadline)) {
            return -1;
        }
    }
}

SmtpSocket::SmtpSocket(const std::atomic<bool>& stopping)
    : impl_(std::make_unique<Impl>(stopping)) {}
SmtpSocket::~SmtpSocket() {
    impl_->close();
}

void SmtpSocket::close() {
    impl_->close();
}

SmtpSocket::Result<void> SmtpSocket::connect(const std::string& host, std::uint16_t port,
                                             Millis limit) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    if (is_ip(host)) {
        hints.ai_flags = AI_NUMERICHOST;
    }
    addrinfo* list = nullptr;
    if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list) != 0) {
        return SocketError{"host_not_found"};
    }
    const Addresses addresses(list);
    std::ptrdiff_t count = 0;
    for (const addrinfo* at = addresses.get(); at != nullptr; at = at->ai_next) {
        ++count;
    }
    // A share for each: an address that swallows packets must not take the next one's time.
    for (const addrinfo* at = addresses.get(); at != nullptr; at = at->ai_next) {
        if (impl_->connect_to(*at, now() + limit / count)) {
            return {};
        }
    }
    impl_->close();
    return SocketError{"connect"};
}

SmtpSocket::Result<void> SmtpSocket::start_tls(const std::string& host, const std::string& ca_file,
                                               Millis limit) {
    if (auto ready = impl_->set_up_tls(host, ca_file); !ready) {
        return ready;
    }
    if (impl_->through([](SSL* ssl) { return ::SSL_connect(ssl); }, now() + limit) != 1) {
        const bool untrusted = ::SSL_get_verify_result(impl_->ssl.get()) != X509_V_OK;
        return SocketError{untrusted ? "tls_certificate" : "tls_handshake"};
    }
    return {};
}

SmtpSocket::Result<void> SmtpSocket::write(std::string_view bytes, Millis limit) {
    const SteadyTime deadline = now() + limit;
    while (!bytes.empty()) {
        int done = 0;
        if (impl_->ssl) {
            done = impl_->through(
                [&](SSL* ssl) {
                    return ::SSL_write(ssl, bytes.data(), static_cast<int>(bytes.size()));
                },
                deadline);
        } else if (impl_->wait(POLLOUT, deadline)) {
            done = static_cast<int>(::send(impl_->fd, bytes.data(), bytes.size(), MSG_NOSIGNAL));
        }
        if (done <= 0) {
            return SocketError{"write"};
        }
        bytes.remove_prefix(static_cast<std::size_t>(done));
    }
    return {};
}

SmtpSocket::Result<std::string> SmtpSocket::read(Millis limit) {
    const SteadyTime deadline = now() + limit;
    std::array<char, 4'096> buffer{};
    int got = 0;
    if (impl_->ssl) {
        got = impl_->through(
            [&](SSL* ssl) {
                return ::SSL_read(ssl, buffer.data(), static_cast<int>(buffer.size()));
            },
            deadline);
    } else if (impl_->wait(POLLIN, deadline)) {
        got = static_cast<int>(::recv(impl_->fd, buffer.data(), buffer.size(), 0));
    } else {
        return SocketError{"timeout"};
    }
    if (got <= 0) {
        return SocketError{"connection_lost"};
    }
    return {boost::system::in_place_value, buffer.data(), static_cast<std::size_t>(got)};
}

}  // namespace treeline::mail
