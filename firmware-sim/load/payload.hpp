// What every value of a load says about itself: who may see it, its place in order, its time.
//
//   payload = tenant 3, device 4, sequence 6, intended time in microseconds 7, padding "."
//             each number in digits of base 64 (A-Za-z0-9-_), the greatest digit first
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace treeline::load {

inline constexpr std::size_t payload_size_bytes_min = 20;

struct Mark {
    std::uint32_t tenant = 0;    // 18 bits
    std::uint32_t device = 0;    // 24 bits: the device that wrote it, or that it is written to
    std::uint64_t sequence = 0;  // 36 bits, per device, from 1 on
    std::int64_t due_us = 0;     // 42 bits: when it should have been sent, on the steady clock

    bool operator==(const Mark&) const = default;
};

// Appends `size` bytes. REQUIRES: size >= payload_size_bytes_min.
void append_payload(const Mark& mark, std::size_t size, std::string& out);
// Nullopt: not such a payload.
std::optional<Mark> read_payload(std::string_view payload);

}  // namespace treeline::load
