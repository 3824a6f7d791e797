// The secrets of a handshake come by OpenSSL's key log callback, the number of records that it has
// sealed under them by its message callback.
#include "net/tls_connection.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <utility>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <sys/socket.h>

#include "base/check.hpp"

namespace treeline {

namespace {

namespace tls = proto::tls;

// A record of full size and a small one behind it.
constexpr std::size_t arrivals_size_bytes = 17 * 1024;
// What came for the connection that is read now. What is left of it there is kept by its wire.
thread_local std::array<char, arrivals_size_bytes> arrivals;
thread_local std::string sealed;

int digit_of(char hex) {
    return hex <= '9' ? hex - '0' : (hex | 0x20) - 'a' + 10;
}

// [RFC 6066 §4] as the client asked for it.
std::size_t content_size_max(const SSL* ssl) {
    switch (SSL_SESSION_get_max_fragment_length(SSL_get_session(ssl))) {
        case TLSEXT_max_fragment_length_512:
            return 512;
        case TLSEXT_max_fragment_length_1024:
            return 1024;
        case TLSEXT_max_fragment_length_2048:
            return 2048;
        case TLSEXT_max_fragment_length_4096:
            return 4096;
        default:
            return tls::content_size_bytes_max;
    }
}

}  // namespace

IoStatus status_of_errno(IoStatus when_blocked) {
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
        return when_blocked;
    }
    return IoStatus::failed;
}

// The secrets of application data, as the handshake comes upon them.
struct TlsConnection::Handover {
    struct Secret {
        std::array<char, 48> bytes{};
        std::size_t size = 0;
        std::string_view text() const { return {bytes.data(), size}; }
    };
    Secret client;
    Secret server;
    std::uint64_t sealed_records = 0;  // by us, under the secret of application data

    Handover() = default;
    Handover(const Handover&) = delete;
    Handover& operator=(const Handover&) = delete;
    ~Handover() {
        OPENSSL_cleanse(client.bytes.data(), client.bytes.size());
        OPENSSL_cleanse(server.bytes.data(), server.bytes.size());
    }
};

int TlsConnection::handover_slot() {
    static const int slot = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return slot;
}

void TlsConnection::hand_over_after_handshake(SSL_CTX* context) {
    SSL_CTX_set_keylog_callback(context, on_secret);
}

// "CLIENT_TRAFFIC_SECRET_0 <random> <secret>", at the moment that the key of that direction
// changes.
void TlsConnection::on_secret(const SSL* ssl, const char* line) {
    auto* const handover = static_cast<Handover*>(SSL_get_ex_data(ssl, handover_slot()));
    const std::string_view text = line;
    const bool is_client = text.starts_with("CLIENT_TRAFFIC_SECRET_0 ");
    if (handover == nullptr || (!is_client && !text.starts_with("SERVER_TRAFFIC_SECRET_0 "))) {
        return;
    }
    const std::string_view hex = text.substr(text.rfind(' ') + 1);
    Handover::Secret& secret = is_client ? handover->client : handover->server;
    secret.size = hex.size() / 2;
    if (hex.size() % 2 != 0 || secret.size > secret.bytes.size()) {
        secret.size = 0;  // not of a suite that we know: it stays OpenSSL's
    }
    for (std::size_t i = 0; i < secret.size; ++i) {
        secret.bytes[i] = static_cast<char>(digit_of(hex[2 * i]) << 4 | digit_of(hex[2 * i + 1]));
    }
    if (is_client != (SSL_is_server(ssl) == 1)) {
        handover->sealed_records = 0;  // it is ours
    }
}

void TlsConnection::on_message(int written, int, int type, const void*, std::size_t, SSL*,
                               void* handover) {
    if (written == 1 && type == SSL3_RT_HEADER) {
        ++static_cast<Handover*>(handover)->sealed_records;
    }
}

TlsConnection::TlsConnection(Wire& wire, SSL* ssl) : wire_(wire), ssl_(ssl) {
    BIO* const bio = bio_over(wire);
    CHECK(bio != nullptr);
    SSL_set_bio(ssl, bio, bio);
    if (SSL_CTX_get_keylog_callback(SSL_get_SSL_CTX(ssl)) == on_secret) {
        handover_ = std::make_unique<Handover>();
        SSL_set_ex_data(ssl, handover_slot(), handover_.get());
        SSL_set_msg_callback(ssl, on_message);
        SSL_set_msg_callback_arg(ssl, handover_.get());
        SSL_set_read_ahead(ssl, 0);  // what comes behind the handshake is not for OpenSSL
    }
}

TlsConnection::~TlsConnection() = default;

IoStatus TlsConnection::status_of(int result) {
    switch (SSL_get_error(ssl_.get(), result)) {
        case SSL_ERROR_NONE:
            return IoStatus::ok;
        case SSL_ERROR_WANT_READ:
            return IoStatus::want_read;
        case SSL_ERROR_WANT_WRITE:
            return IoStatus::want_write;
        case SSL_ERROR_ZERO_RETURN:
            return IoStatus::ended;
        default:
            error_ = ERR_peek_last_error();
            ERR_clear_error();
            failed_ = true;
            return IoStatus::failed;
    }
}

void TlsConnection::forget_errors() {
    ERR_clear_error();
}

// One system call for a flight, though OpenSSL asks for it header by header.
IoStatus TlsConnection::handshake() {
    if (handover_ && !wire_.has_arrived()) {
        wire_.receive(arrivals);
    }
    ERR_clear_error();
    const IoStatus status = status_of(SSL_do_handshake(ssl_.get()));
    if (status == IoStatus::ok) {
        is_open_ = true;
        take_over();
    }
    wire_.keep_arrived();
    return status;
}

std::string TlsConnection::failure() const {
    const long verdict = ssl_ ? SSL_get_verify_result(ssl_.get()) : X509_V_OK;
    if (verdict != X509_V_OK) {
        return X509_verify_cert_error_string(verdict);
    }
    const char* const reason = ERR_reason_error_string(error_);
    return reason != nullptr ? reason : "connection lost in the handshake";
}

void TlsConnection::take_over() {
    const std::unique_ptr<Handover> handover = std::move(handover_);
    if (!handover) {
        return;
    }
    const auto suite = tls::suite_of(SSL_CIPHER_get_protocol_id(SSL_get_current_cipher(ssl())));
    const bool is_known = suite && handover->client.size == tls::secret_size_bytes(*suite) &&
                          handover->server.size == tls::secret_size_bytes(*suite);
    if (SSL_version(ssl()) != TLS1_3_VERSION || !is_known || SSL_has_pending(ssl()) == 1) {
        SSL_set_ex_data(ssl(), handover_slot(), nullptr);
        SSL_set_msg_callback(ssl(), nullptr);
        SSL_set_read_ahead(ssl(), 1);
        return;
    }
    const bool is_server = SSL_is_server(ssl()) == 1;
    const auto& [client, server, sealed_records] = *handover;
    tls::TrafficKey reading(*suite, (is_server ? client : server).text(), 0);
    tls::TrafficKey writing(*suite, (is_server ? server : client).text(), sealed_records);
    records_ = std::make_unique<tls::RecordStream>(
        is_server ? tls::RecordStream::Role::server : tls::RecordStream::Role::client,
        std::move(reading), std::move(writing),
        tls::RecordStream::Limits{.content_size_bytes = content_size_max(ssl())});
    ssl_.reset();
}

IoStatus TlsConnection::read(std::span<char> into, std::size_t& size) {
    size = 0;
    if (records_) {
        return read_records(into, size);
    }
    const IoStatus status = status_of(SSL_read_ex(ssl(), into.data(), into.size(), &size));
    is_starved_ = status == IoStatus::want_read;
    return status;
}

bool TlsConnection::has_pending() const {
    return wire_.has_arrived() ||
           (records_ ? records_->has_pending() : !is_starved_ && SSL_has_pending(ssl()) == 1);
}

IoStatus TlsConnection::read_records(std::span<char> into, std::size_t& size) {
    using Status = tls::RecordStream::Status;
    for (;;) {
        std::string_view input = wire_.arrived();
        const Status status = records_->read(input, into, size);
        wire_.consume(wire_.arrived().size() - input.size());
        if (records_->has_answer()) {
            put(records_->take_answer());
        }
        failed_ = failed_ || records_->has_failed();
        if (status != Status::more) {
            wire_.keep_arrived();
            return status == Status::data    ? IoStatus::ok
                   : status == Status::ended ? IoStatus::ended
                                             : IoStatus::failed;
        }
        const ssize_t got = wire_.receive(arrivals);
        if (got <= 0) {
            return got == 0 ? IoStatus::ended : status_of_errno(IoStatus::want_read);
        }
    }
}

IoStatus TlsConnection::write(std::string_view bytes, std::size_t& size) {
    size = 0;
    if (failed_) {
        return IoStatus::failed;
    }
    if (!records_) {
        return status_of(SSL_write_ex(ssl(), bytes.data(), bytes.size(), &size));
    }
    if (wire_.has_unsent()) {
        return IoStatus::want_write;
    }
    if (std::string* const batch = wire_.diverted()) {
        size = records_->write(bytes, *batch);
        return IoStatus::ok;
    }
    sealed.clear();
    size = records_->write(bytes, sealed);
    return put(sealed) ? IoStatus::ok : IoStatus::failed;
}

// Sealed is sent: what the socket doesn't take waits on the wire. False when the wire is broken.
bool TlsConnection::put(std::string_view records) {
    const ssize_t sent = wire_.write(records);
    if (sent < 0 && status_of_errno(IoStatus::want_write) != IoStatus::want_write) {
        failed_ = true;
        return false;
    }
    wire_.keep_unsent(records.substr(sent < 0 ? 0 : static_cast<std::size_t>(sent)));
    return true;
}

// Whether it goes out is the peer's concern no more: nothing of it is kept.
void TlsConnection::close() {
    if (failed_ || !is_open_ || wire_.has_unsent()) {
        return;
    }
    if (records_) {
        sealed.clear();
        records_->close(sealed);
        static_cast<void>(wire_.write(sealed));
        return;
    }
    ERR_clear_error();
    SSL_shutdown(ssl());
    ERR_clear_error();
}

}  // namespace treeline
