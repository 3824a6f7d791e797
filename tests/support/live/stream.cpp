#include "tests/support/live/stream.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace treeline::live {

namespace {

[[noreturn]] void die(const char* why) {
    std::fprintf(stderr, "live client: %s\n", why);
    std::abort();
}

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

Context make_context(const std::string& ca_file) {
    Context context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    if (SSL_CTX_load_verify_locations(context.get(), ca_file.c_str(), nullptr) != 1) {
        die("no CA certificate");
    }
    return context;
}

// One for all connections of a thread to the same server: a crowd of thousands can't afford more.
SSL_CTX* context_for(const std::string& ca_file) {
    thread_local std::string known;
    thread_local Context context(nullptr, &SSL_CTX_free);
    if (known != ca_file) {
        known = ca_file;
        context = make_context(ca_file);
    }
    return context.get();
}

// -1 when nobody listens.
int connect_to(std::uint16_t port, int receive_buffer) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (receive_buffer != 0) {
        const int segment = 536;
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
        setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        close(fd);
        return -1;
    }
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

}  // namespace

struct TlsStream::Impl {
    SSL* ssl = nullptr;
    int fd = -1;
    ~Impl() {
        SSL_free(ssl);
        close(fd);
    }
};

TlsStream::TlsStream(std::uint16_t port, const std::string& ca_file, int receive_buffer)
    : impl_(std::make_unique<Impl>()) {
    std::signal(SIGPIPE, SIG_IGN);
    impl_->ssl = SSL_new(context_for(ca_file));
    impl_->fd = connect_to(port, receive_buffer);
    SSL_set1_host(impl_->ssl, "localhost");
    closed_ =
        impl_->fd < 0 || SSL_set_fd(impl_->ssl, impl_->fd) != 1 || SSL_connect(impl_->ssl) != 1;
}

TlsStream::~TlsStream() = default;
TlsStream::TlsStream(TlsStream&&) noexcept = default;
TlsStream& TlsStream::operator=(TlsStream&&) noexcept = default;

int TlsStream::fd() const {
    return impl_->fd;
}

bool TlsStream::write(std::string_view bytes) {
    return bytes.empty() || SSL_write(impl_->ssl, bytes.data(), static_cast<int>(bytes.size())) > 0;
}

std::optional<std::string> TlsStream::read(Millis limit) {
    if (closed_) {
        return std::string();
    }
    pollfd ready{impl_->fd, POLLIN, 0};
    if (SSL_pending(impl_->ssl) == 0 && poll(&ready, 1, static_cast<int>(limit.count())) == 0) {
        return std::nullopt;
    }
    std::string bytes(16 * 1024, '\0');
    const int n = SSL_read(impl_->ssl, bytes.data(), static_cast<int>(bytes.size()));
    closed_ = n <= 0;
    bytes.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return bytes;
}

}  // namespace treeline::live
