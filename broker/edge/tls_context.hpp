// What every TLS handshake begins with: certificate, key, versions, suites, tickets.
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

#include <openssl/ssl.h>

#include "base/result.hpp"

namespace treeline {

// One key that session tickets are sealed with.
struct TicketKey {
    std::array<unsigned char, 16> name{};
    std::array<unsigned char, 32> cipher{};
    std::array<unsigned char, 32> mac{};
};
// In memory only. Tickets under `previous` still resume and are renewed at once.
struct TicketKeys {
    TicketKey current;
    TicketKey previous;
};
TicketKeys fresh_ticket_keys();
TicketKeys rotate(const TicketKeys& keys);

struct TlsFiles {
    std::filesystem::path certificate;  // PEM, the chain behind it
    std::filesystem::path key;          // PEM
    bool legacy_suites = false;         // TLS 1.2 with AES-CBC and SHA-256, for old boards
    bool openssl_records = false;       // of TLS 1.3 too: three times the cost and memory
};

// Immutable; any thread. Shared by all shards, so a ticket of one resumes at every other. A
// connection keeps its context alive; a reload makes a new one for new handshakes.
class TlsContext {
  public:
    // Fails with one clear line: unreadable, not a certificate, key of another certificate.
    static ResultOf<std::shared_ptr<const TlsContext>, std::string> load(const TlsFiles& files,
                                                                         const TicketKeys& keys);
    // A server-side SSL over nothing yet. Null when out of memory.
    SSL* start() const;

  private:
    struct FreeContext {
        void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    };
    explicit TlsContext(SSL_CTX* context) : context_(context) {}
    std::unique_ptr<SSL_CTX, FreeContext> context_;
};

}  // namespace treeline
