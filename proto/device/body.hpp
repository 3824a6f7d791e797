// Bodies of device frames (device-protocol.md §2).
//
//   body      = [item *(NUL item) [NUL]]              a trailing NUL ends the last item, no more
//   token     = 32base64url [NUL]
//   pin       = 1*3DIGIT                              0..255
//   write     = "vw" NUL pin NUL value                value: all that follows, unchanged
//   sync      = "" | "vr" 1*(NUL pin)
//   property  = pin *(NUL pin) NUL name NUL value *(NUL value)
//   group     = "b" | "t" NUL unix-ms | "e"
//   event     = code [NUL description]                clear: code [NUL "all"]
//   info      = key NUL value *(NUL key NUL value)    first key: ver mcu ncp blynk fw
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace treeline::proto {

// Every view lives as long as the body it was cut from. Bodies that break the grammar: nullopt.

std::vector<std::string_view> split_items(std::string_view body);
std::optional<std::uint8_t> parse_pin(std::string_view text);
// A whole number in decimal. One that does not fit is the nearest that does.
std::optional<std::int64_t> parse_integer(std::string_view text);

std::optional<std::string_view> parse_token(std::string_view body);

struct PinWrite {
    std::uint8_t pin = 0;
    std::string_view value;
};
std::optional<PinWrite> parse_write(std::string_view body);

// The pins asked for, each once, in the order asked; empty: all.
std::optional<std::vector<std::uint8_t>> parse_sync(std::string_view body);

struct PropertyBody {
    std::vector<std::uint8_t> pins;  // never empty
    std::string_view name;
    std::vector<std::string_view> values;  // never empty
};
std::optional<PropertyBody> parse_property(std::string_view body);

struct GroupStep {
    enum class Kind : std::uint8_t { begin, begin_at, end } kind{};
    std::int64_t unix_ms = 0;  // of begin_at: 0 .. the end of the year 9999
};
std::optional<GroupStep> parse_group(std::string_view body);

struct EventBody {
    std::string_view code;         // never empty
    std::string_view description;  // of a log: all that follows, but one trailing NUL
};
std::optional<EventBody> parse_event(std::string_view body);
std::optional<EventBody> parse_event_clear(std::string_view body);  // description: "" or "all"

bool is_info(const std::vector<std::string_view>& items);
// A last key without a value has an empty one.
std::vector<std::pair<std::string_view, std::string_view>> info_pairs(
    const std::vector<std::string_view>& items);

}  // namespace treeline::proto
