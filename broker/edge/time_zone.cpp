// TZif (RFC 8536), version 2 or later:
//
//   header   "TZif" version u8, 15 unused, counts u32: isut isstd leap time type char   44 bytes
//   block 1  times of 32 bits, skipped
//   header   again
//   block 2  time i64 × timecnt ‖ index u8 × timecnt ‖ (utoff i32, dst u8, name u8) × typecnt ‖ …
//   footer   NL posix-rule NL
#include "broker/edge/time_zone.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

namespace treeline {

namespace {

constexpr std::size_t header_size = 44;
constexpr std::size_t file_size_bytes_max = 64 * 1024;
constexpr std::size_t zones_cached_max = 1024;
constexpr std::string_view directory = "/usr/share/zoneinfo/";

std::uint64_t big_endian(std::string_view bytes) {
    std::uint64_t value = 0;
    for (const char c : bytes) {
        value = (value << 8U) | static_cast<unsigned char>(c);
    }
    return value;
}

struct Counts {
    std::size_t isut, isstd, leap, time, type, chars;
    std::size_t body(std::size_t time_size) const {
        return time * (time_size + 1) + type * 6 + chars + leap * (time_size + 4) + isstd + isut;
    }
};

std::optional<Counts> counts_at(std::string_view file, std::size_t at) {
    if (file.size() < at + header_size || file.substr(at, 4) != "TZif") {
        return std::nullopt;
    }
    const auto count = [&](std::size_t index) {
        return std::size_t(big_endian(file.substr(at + 20 + 4 * index, 4)));
    };
    const Counts counts{count(0), count(1), count(2), count(3), count(4), count(5)};
    const std::size_t most =
        std::max({counts.isut, counts.isstd, counts.leap, counts.time, counts.type, counts.chars});
    return most <= file_size_bytes_max ? std::optional(counts) : std::nullopt;
}

bool is_zone_name(std::string_view name) {
    const auto plain = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-' || c == '+' || c == '/';
    };
    return !name.empty() && name.size() <= 64 && name.front() != '/' &&
           std::all_of(name.begin(), name.end(), plain);
}

std::int32_t offset_minutes(std::string_view file, const Counts& counts, std::size_t body,
                            std::size_t type) {
    const std::size_t at = body + 9 * counts.time + 6 * type;
    return static_cast<std::int32_t>(big_endian(file.substr(at, 4))) / 60;
}

std::string read_bounded(std::string_view name) {
    std::ifstream file(std::string(directory).append(name), std::ios::binary);
    std::string bytes(file_size_bytes_max, '\0');
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
    return bytes;
}

}  // namespace

std::optional<Zone> zone_in(std::string_view name, std::string_view file, UnixTime now) {
    const auto first = counts_at(file, 0);
    const std::size_t second_at = first ? header_size + first->body(4) : 0;
    const auto counts = first ? counts_at(file, second_at) : std::nullopt;
    if (!counts || counts->type == 0) {
        return std::nullopt;
    }
    const std::size_t body = second_at + header_size;
    const std::size_t footer = body + counts->body(8);
    if (file.size() < footer + 2 || file[footer] != '\n') {
        return std::nullopt;
    }
    Zone zone;
    zone.name = std::string(name);
    const auto end = file.find('\n', footer + 1);
    zone.posix_rule = std::string(file.substr(footer + 1, end - footer - 1));
    const auto offset_of = [&](std::size_t index) -> std::optional<std::int32_t> {
        const std::size_t type = static_cast<unsigned char>(file[body + 8 * counts->time + index]);
        return type < counts->type ? std::optional(offset_minutes(file, *counts, body, type))
                                   : std::nullopt;
    };
    std::optional<std::int32_t> offset = offset_minutes(file, *counts, body, 0);
    for (std::size_t index = 0; index < counts->time && offset; ++index) {
        const auto at = static_cast<std::int64_t>(big_endian(file.substr(body + 8 * index, 8)));
        if (const UnixTime moment = from_unix_ms(at * 1000); moment > now) {
            zone.next_transition = moment;
            zone.next_offset_minutes = offset_of(index);
            break;
        }
        offset = offset_of(index);
    }
    if (!offset) {
        return std::nullopt;
    }
    zone.offset_minutes = *offset;
    return zone;
}

Zone zone_named(std::string_view name, UnixTime now) {
    thread_local std::map<std::string, std::string, std::less<>> files;
    if (name == "UTC" || !is_zone_name(name)) {
        return {};
    }
    auto found = files.find(name);
    if (found == files.end()) {
        if (files.size() >= zones_cached_max) {
            files.clear();
        }
        found = files.emplace(std::string(name), read_bounded(name)).first;
    }
    return zone_in(name, found->second, now).value_or(Zone{});
}

}  // namespace treeline
