// What may come once hands are shaken: application data, alerts, changes of keys, and to a client
// tickets. Everything else ends the connection with an alert.
#include "proto/tls/record_stream.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"

namespace treeline::proto::tls {

namespace {

// So that a peer can't keep us busy for nothing.
constexpr std::uint8_t idle_records_max = 32;

// [RFC 8446 §4] Handshake = type, length of 3 bytes, body.
constexpr std::size_t message_head_size_bytes = 4;
constexpr char new_session_ticket = 4;
constexpr char key_update = 24;

// What is added to content, roughly: it counts for what a key has sealed.
constexpr std::size_t sealed_overhead_bytes = 32;

std::size_t byte_of(std::string_view bytes, std::size_t at) {
    return static_cast<unsigned char>(bytes[at]);
}

std::size_t message_size(std::string_view begin) {
    return message_head_size_bytes +
           (byte_of(begin, 1) << 16U | byte_of(begin, 2) << 8U | byte_of(begin, 3));
}

}  // namespace

RecordStream::RecordStream(Role role, TrafficKey reading, TrafficKey writing, Limits limits)
    : role_(role), limits_(limits), reading_(std::move(reading)), writing_(std::move(writing)) {}

RecordStream::Status RecordStream::read(std::string_view& input, std::span<char> into,
                                        std::size_t& size) {
    size = 0;
    if (told_ < opened_.size()) {
        return tell(into, size);
    }
    while (over_ == Over::no) {
        const std::string_view record = next_record(input);
        if (record.empty()) {
            break;
        }
        const std::size_t opened_max = record.size() - header_size_bytes - tag_size_bytes;
        if (opened_max <= into.size() - size) {
            size += open(record, into.subspan(size));
            taken(record, input);
        } else if (size != 0) {
            break;
        } else {
            std::string opened(opened_max, '\0');
            opened.resize(open(record, opened));
            taken(record, input);
            if (!opened.empty()) {
                opened_ = std::move(opened);
                return tell(into, size);
            }
        }
    }
    if (size != 0) {
        return Status::data;
    }
    return over_ == Over::no ? Status::more
                             : (over_ == Over::ended ? Status::ended : Status::failed);
}

RecordStream::Status RecordStream::tell(std::span<char> into, std::size_t& size) {
    size = opened_.copy(into.data(), into.size(), told_);
    told_ += size;
    if (told_ == opened_.size()) {
        told_ = 0;
        std::string().swap(opened_);  // gives its memory back
    }
    return Status::data;
}

// Empty when more has to come, or when what came is no record. Where it lies in the input alone,
// nothing is copied.
std::string_view RecordStream::next_record(std::string_view& input) {
    if (partial_.empty()) {
        const std::size_t size = record_size(input);
        if (size != 0 && size <= input.size()) {
            return input.substr(0, size);
        }
    }
    for (const bool is_head : {true, false}) {
        const std::size_t wanted = is_head ? header_size_bytes : record_size(partial_);
        if (partial_.size() < wanted) {
            const std::string_view part = input.substr(0, wanted - partial_.size());
            partial_ += part;
            input.remove_prefix(part.size());
        }
        if (partial_.size() < wanted || over_ != Over::no) {
            return {};
        }
    }
    return partial_;
}

// 0 when its header isn't whole, or is none.
std::size_t RecordStream::record_size(std::string_view begin) {
    if (begin.size() < header_size_bytes) {
        return 0;
    }
    const std::size_t fragment_size = byte_of(begin, 3) << 8U | byte_of(begin, 4);
    if (begin.front() != static_cast<char>(ContentType::application_data)) {
        refuse(Alert::unexpected_message);
    } else if (fragment_size > fragment_size_bytes_max) {
        refuse(Alert::record_overflow);
    } else if (fragment_size <= tag_size_bytes) {
        refuse(Alert::decode_error);
    } else {
        return header_size_bytes + fragment_size;
    }
    return 0;
}

void RecordStream::taken(std::string_view record, std::string_view& input) {
    if (record.data() == partial_.data()) {
        std::string().swap(partial_);
    } else {
        input.remove_prefix(record.size());
    }
}

// How much application data lies in `into` now.
std::size_t RecordStream::open(std::string_view record, std::span<char> into) {
    if (!reading_.open(record, into)) {
        refuse(Alert::bad_record_mac);
        return 0;
    }
    std::size_t end = record.size() - header_size_bytes - tag_size_bytes;
    while (end > 0 && into[end - 1] == 0) {  // padding
        --end;
    }
    if (end == 0) {
        refuse(Alert::unexpected_message);
        return 0;
    }
    const auto type = static_cast<ContentType>(into[--end]);
    if (end > content_size_bytes_max) {
        refuse(Alert::record_overflow);
        return 0;
    }
    const bool is_data = type == ContentType::application_data && handshake_.empty();
    if (is_data && end != 0) {
        idle_records_ = 0;
    } else if (++idle_records_ > idle_records_max) {
        refuse(Alert::unexpected_message);
        return 0;
    }
    if (is_data) {
        return end;
    }
    take(type, {into.data(), end});
    return 0;
}

// [RFC 8446 §5.1] A message that goes on in the next record is not interrupted by anything else.
void RecordStream::take(ContentType type, std::string_view content) {
    if (type == ContentType::handshake) {
        take_handshake(content);
    } else if (type == ContentType::alert && handshake_.empty()) {
        take_alert(content);
    } else {
        refuse(Alert::unexpected_message);
    }
}

// [RFC 8446 §6] Whatever its level says, all but two end the connection.
void RecordStream::take_alert(std::string_view content) {
    if (content.size() != 2) {  // [RFC 8446 §5.4] says the word for none at all
        return refuse(content.empty() ? Alert::unexpected_message : Alert::decode_error);
    }
    const auto alert = static_cast<Alert>(content[1]);
    if (alert == Alert::close_notify) {
        over_ = Over::ended;
    } else if (alert != Alert::user_canceled) {
        over_ = Over::failed;
    }
}

void RecordStream::take_handshake(std::string_view content) {
    if (content.empty()) {
        return refuse(Alert::unexpected_message);
    }
    handshake_ += content;
    while (handshake_.size() >= message_head_size_bytes) {
        const std::size_t size = message_size(handshake_);
        const bool is_ticket = handshake_.front() == new_session_ticket && role_ == Role::client;
        const bool is_update = handshake_.front() == key_update;
        if (!is_ticket && !is_update) {
            return refuse(Alert::unexpected_message);
        }
        if (size > content_size_bytes_max || (is_update && size != message_head_size_bytes + 1)) {
            return refuse(Alert::decode_error);
        }
        if (handshake_.size() < size) {
            return;
        }
        if (is_update && !take_key_update(handshake_.substr(message_head_size_bytes))) {
            return;
        }
        handshake_.erase(0, size);
    }
}

// [RFC 8446 §4.6.3, §5.1] It is the last under its key, so the last in its record.
bool RecordStream::take_key_update(std::string_view body) {
    if (body.size() != 1) {
        refuse(Alert::unexpected_message);
    } else if (body.front() != 0 && body.front() != 1) {
        refuse(Alert::illegal_parameter);
    } else {
        reading_.update();
        if (body.front() == 1) {
            change_key(answer_);
        }
        return true;
    }
    return false;
}

// It asks for nothing in return.
void RecordStream::change_key(std::string& out) {
    writing_.seal(ContentType::handshake, std::string{key_update, 0, 0, 1, 0}, out);
    writing_.update();
    sealed_bytes_ = 0;
}

void RecordStream::refuse(Alert alert) {
    constexpr char fatal = 2;
    over_ = Over::failed;
    writing_.seal(ContentType::alert, std::string{fatal, static_cast<char>(alert)}, answer_);
}

std::string RecordStream::take_answer() {
    return std::exchange(answer_, {});
}

std::size_t RecordStream::write(std::string_view content, std::string& out) {
    CHECK(over_ != Over::failed);
    CHECK(answer_.empty());  // it is sealed before this, and must go first
    if (sealed_bytes_ >= limits_.sealed_bytes_per_key) {
        change_key(out);
    }
    const std::size_t size = std::min(content.size(), limits_.content_size_bytes);
    writing_.seal(ContentType::application_data, content.substr(0, size), out);
    sealed_bytes_ += size + sealed_overhead_bytes;
    return size;
}

void RecordStream::close(std::string& out) {
    constexpr char warning = 1;
    CHECK(over_ != Over::failed);
    writing_.seal(ContentType::alert, std::string{warning, static_cast<char>(Alert::close_notify)},
                  out);
}

}  // namespace treeline::proto::tls
