// One TLS connection of the bare forwarder.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

namespace treeline::limit {

struct SslFree {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using SslPointer = std::unique_ptr<SSL, SslFree>;
using SslContextPointer = std::unique_ptr<SSL_CTX, SslFree>;

// As treelined makes its own, so that both pay the same for TLS. Null: no such certificate.
SslContextPointer make_context(const char* certificate, const char* key);

// Owned by the forwarder; closes on destruction.
class Link {
  public:
    Link(SSL_CTX* context, int descriptor);
    ~Link();
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    // The handshake, and then what can be had without waiting, appended. False: it is over.
    bool read(std::string& into);
    // Sends what is queued. False: it is over.
    bool flush();
    bool wants_write() const { return wants_write_; }
    int descriptor() const { return descriptor_; }

    std::string queue;
    std::string header;  // until it is whole
    std::uint32_t group = 0;
    std::uint32_t events = 0;  // as the epoll set has them
    bool is_device = false;
    bool is_joined = false;
    bool is_dirty = false;

  private:
    bool must_wait(int result);

    int descriptor_;
    SslPointer ssl_;
    bool wants_write_ = false;
};

}  // namespace treeline::limit
