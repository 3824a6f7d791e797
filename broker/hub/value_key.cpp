// The codec of the values store's keys and values.
#include "broker/hub/value_key.hpp"

#include <algorithm>

namespace treeline {
namespace {

constexpr std::size_t number_size = 8;
constexpr std::size_t value_key_size = 2 * number_size + 1;
constexpr std::size_t series_key_size = 1 + 2 * number_size + 1 + number_size;
constexpr unsigned tie_bits = 16;
// A device names the times of its groups itself: what lies beyond is held within.
constexpr std::int64_t place_ms_max = (std::int64_t{1} << 46) - 1;

void append_u64(std::string& out, std::uint64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8) {
        out.push_back(static_cast<char>((value >> shift) & 0xff));
    }
}

// REQUIRES: bytes.size() >= number_size.
std::uint64_t read_u64(std::string_view bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < number_size; ++i) {
        value = value << 8 | static_cast<unsigned char>(bytes[i]);
    }
    return value;
}

}  // namespace

std::string encode_value_key(const ValueKey& key) {
    std::string out;
    out.reserve(value_key_size);
    append_u64(out, number(key.device));
    append_u64(out, key.epoch);
    out.push_back(static_cast<char>(key.pin));
    return out;
}

std::string encode_presence_key(DeviceId device) {
    std::string out;
    append_u64(out, number(device));
    return out;
}

std::optional<DeviceId> device_of_key(std::string_view key) {
    if (key.size() != number_size && key.size() != value_key_size) {
        return std::nullopt;
    }
    return DeviceId{read_u64(key)};
}

std::optional<ValueKey> decode_value_key(std::string_view key) {
    if (key.size() != value_key_size) {
        return std::nullopt;
    }
    return ValueKey{.device = DeviceId{read_u64(key)},
                    .epoch = read_u64(key.substr(number_size)),
                    .pin = static_cast<Pin>(key.back())};
}

SeriesPlace series_place(UnixTime at, std::uint64_t tie) {
    const std::int64_t ms = std::clamp<std::int64_t>(to_unix_ms(at), 0, place_ms_max);
    return static_cast<std::uint64_t>(ms) << tie_bits | (tie & ((1U << tie_bits) - 1));
}

UnixTime time_of(SeriesPlace place) {
    return from_unix_ms(static_cast<std::int64_t>(place >> tie_bits));
}

std::string encode_series_key(const SeriesKey& key) {
    std::string out;
    out.reserve(series_key_size);
    out.push_back(static_cast<char>(key.kind));
    append_u64(out, number(key.device));
    append_u64(out, key.epoch);
    out.push_back(static_cast<char>(key.pin));
    append_u64(out, key.place);
    return out;
}

std::optional<SeriesKey> decode_series_key(std::string_view key) {
    if (key.size() != series_key_size || (key[0] != '\xfe' && key[0] != '\xff')) {
        return std::nullopt;
    }
    return SeriesKey{.kind = static_cast<SeriesKind>(key[0]),
                     .device = DeviceId{read_u64(key.substr(1))},
                     .epoch = read_u64(key.substr(1 + number_size)),
                     .pin = static_cast<Pin>(key[1 + 2 * number_size]),
                     .place = read_u64(key.substr(2 + 2 * number_size))};
}

std::string encode_stored_event(const StoredEvent& event) {
    std::string out(1, event.is_clear ? '\1' : '\0');
    return out.append(event.code).append(1, '\0').append(event.text);
}

std::optional<StoredEvent> decode_stored_event(std::string_view bytes) {
    const std::size_t end = bytes.find('\0', 1);
    if (end == std::string_view::npos) {
        return std::nullopt;
    }
    return StoredEvent{.code = std::string(bytes.substr(1, end - 1)),
                       .text = std::string(bytes.substr(end + 1)),
                       .is_clear = bytes[0] == '\1'};
}

std::string encode_stored_value(const StoredValue& value) {
    std::string out;
    out.reserve(number_size + 1 + value.bytes.size());
    append_u64(out, static_cast<std::uint64_t>(to_unix_ms(value.at)));
    out.push_back(static_cast<char>(value.origin));
    out += value.bytes;
    return out;
}

std::optional<StoredValue> decode_stored_value(Pin pin, std::string_view bytes) {
    if (bytes.size() < number_size + 1) {
        return std::nullopt;
    }
    const auto origin = static_cast<std::uint8_t>(bytes[number_size]);
    if (origin < 1 || origin > 4) {
        return std::nullopt;
    }
    return StoredValue{.pin = pin,
                       .bytes = std::string(bytes.substr(number_size + 1)),
                       .at = from_unix_ms(static_cast<std::int64_t>(read_u64(bytes))),
                       .origin = static_cast<Origin>(origin)};
}

std::string encode_last_seen(UnixTime at) {
    std::string out;
    append_u64(out, static_cast<std::uint64_t>(to_unix_ms(at)));
    return out;
}

std::optional<UnixTime> decode_last_seen(std::string_view bytes) {
    if (bytes.size() != number_size) {
        return std::nullopt;
    }
    return from_unix_ms(static_cast<std::int64_t>(read_u64(bytes)));
}

}  // namespace treeline
