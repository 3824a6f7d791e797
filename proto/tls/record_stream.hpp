// RecordStream: a TLS 1.3 connection after its handshake: bytes in and out, records in between.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "proto/tls/traffic_key.hpp"

namespace treeline::proto::tls {

// Owned by one shard; moves with its connection. Source: RFC 8446 §4.6.3, §5, §6.
class RecordStream {
  public:
    enum class Role : std::uint8_t { client, server };
    enum class Status : std::uint8_t {
        data,    // at least one byte was read
        more,    // all of the input is taken; go on when more has come
        ended,   // the peer has said goodbye
        failed,  // the peer broke the protocol or gave up: nothing may be sent but take_answer()
    };
    struct Limits {
        std::size_t content_size_bytes = content_size_bytes_max;  // of a record that we send
        // What one key may seal, before the next one is taken. [RFC 8446 §5.5]: 2^24.5 records of
        // full size under AES-GCM; small ones count by their bytes.
        std::uint64_t sealed_bytes_per_key = std::uint64_t{1} << 38U;
    };

    RecordStream(Role role, TrafficKey reading, TrafficKey writing, Limits limits);
    RecordStream(const RecordStream&) = delete;
    RecordStream& operator=(const RecordStream&) = delete;

    // What has come is taken from the front of `input`; a record that isn't whole is kept. Fills
    // `into` with what several records say where it has room for them.
    // REQUIRES: into is not empty.
    Status read(std::string_view& input, std::span<char> into, std::size_t& size);
    // Has something been taken that read() would tell without input?
    bool has_pending() const { return told_ < opened_.size() || over_ != Over::no; }
    // The peer broke the protocol or gave up, though what it said before may not be told yet.
    bool has_failed() const { return over_ == Over::failed; }
    // What the protocol wants to have sent: an answer to a change of keys, an alert.
    std::string take_answer();
    bool has_answer() const { return !answer_.empty(); }

    // Appends one record with the beginning of `content` and says how much of it that is.
    // REQUIRES: content is not empty, and the stream has not failed.
    std::size_t write(std::string_view content, std::string& out);
    // Appends the goodbye. Nothing may be written after it. REQUIRES: the stream has not failed.
    void close(std::string& out);

  private:
    enum class Over : std::uint8_t { no, ended, failed };
    // [RFC 8446 B.2]
    enum class Alert : std::uint8_t {
        close_notify = 0,
        unexpected_message = 10,
        bad_record_mac = 20,
        record_overflow = 22,
        illegal_parameter = 47,
        decode_error = 50,
        user_canceled = 90,
    };

    std::string_view next_record(std::string_view& input);
    std::size_t record_size(std::string_view begin);
    void taken(std::string_view record, std::string_view& input);
    Status tell(std::span<char> into, std::size_t& size);
    std::size_t open(std::string_view record, std::span<char> into);
    void take(ContentType type, std::string_view content);
    void take_alert(std::string_view content);
    void take_handshake(std::string_view content);
    bool take_key_update(std::string_view body);
    void change_key(std::string& out);
    void refuse(Alert alert);

    Role role_;
    Over over_ = Over::no;
    std::uint8_t idle_records_ = 0;  // without application data, in a row
    Limits limits_;
    std::uint64_t sealed_bytes_ = 0;  // under this key
    TrafficKey reading_;
    TrafficKey writing_;
    std::string partial_;    // the beginning of a record
    std::string opened_;     // what a record says, where read() had no room for all of it …
    std::size_t told_ = 0;   // … and how much of that it has told
    std::string handshake_;  // the beginning of a message that goes on in the next record
    std::string answer_;
};

}  // namespace treeline::proto::tls
