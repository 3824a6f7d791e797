#include "tests/bench/limit/link.hpp"

#include <array>

#include <openssl/err.h>
#include <unistd.h>

namespace treeline::limit {

SslContextPointer make_context(const char* certificate, const char* key) {
    SslContextPointer context(SSL_CTX_new(TLS_server_method()));
    SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                        SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                        SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_options(context.get(), SSL_OP_PRIORITIZE_CHACHA | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_read_ahead(context.get(), 1);
    SSL_CTX_set_num_tickets(context.get(), 1);
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    const bool is_good = SSL_CTX_use_certificate_chain_file(context.get(), certificate) == 1 &&
                         SSL_CTX_use_PrivateKey_file(context.get(), key, SSL_FILETYPE_PEM) == 1;
    return is_good ? std::move(context) : nullptr;
}

Link::Link(SSL_CTX* context, int descriptor) : descriptor_(descriptor), ssl_(SSL_new(context)) {
    SSL_set_fd(ssl_.get(), descriptor);
    SSL_set_accept_state(ssl_.get());
}

Link::~Link() {
    ssl_.reset();
    close(descriptor_);
}

bool Link::must_wait(int result) {
    const int why = SSL_get_error(ssl_.get(), result);
    wants_write_ = why == SSL_ERROR_WANT_WRITE;
    return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
}

bool Link::read(std::string& into) {
    std::array<char, 16'384> buffer;  // NOLINT: filled before it is read
    do {
        ERR_clear_error();
        const int size = SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()));
        if (size <= 0) {
            return must_wait(size);
        }
        into.append(buffer.data(), static_cast<std::size_t>(size));
    } while (SSL_has_pending(ssl_.get()) == 1);
    return true;
}

bool Link::flush() {
    wants_write_ = false;
    std::size_t sent = 0;
    while (sent < queue.size()) {
        ERR_clear_error();
        const int size =
            SSL_write(ssl_.get(), queue.data() + sent, static_cast<int>(queue.size() - sent));
        if (size <= 0) {
            queue.erase(0, sent);
            return must_wait(size);
        }
        sent += static_cast<std::size_t>(size);
    }
    queue.clear();
    return true;
}

}  // namespace treeline::limit
