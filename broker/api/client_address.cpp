// Addresses are read by inet_pton and compared as 16 bytes.
#include "broker/api/client_address.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include <arpa/inet.h>

#include "broker/identity/token.hpp"

namespace treeline {
namespace {

constexpr AddressBytes mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::size_t mapped_size_bytes = 12;

bool is_v4(const AddressBytes& address) {
    return std::equal(address.begin(), address.begin() + mapped_size_bytes, mapped_prefix.begin());
}

std::optional<AddressBytes> parse_plain(const std::string& text) {
    AddressBytes bytes = mapped_prefix;
    if (inet_pton(AF_INET, text.c_str(), bytes.data() + mapped_size_bytes) == 1 ||
        inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) {
        return bytes;
    }
    return std::nullopt;
}

std::string format(const AddressBytes& address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const void* const from = address.data() + (is_v4(address) ? mapped_size_bytes : 0);
    const char* const done =
        inet_ntop(is_v4(address) ? AF_INET : AF_INET6, from, text.data(), text.size());
    return done == nullptr ? std::string() : std::string(done);
}

std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
        text.remove_prefix(1);
    }
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
        text.remove_suffix(1);
    }
    return text;
}

bool is_port(std::string_view text) {
    return !text.empty() && text.size() <= 5 &&
           std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool same_bits(const AddressBytes& a, const AddressBytes& b, unsigned bits) {
    const std::size_t whole = bits / 8;
    if (!std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(whole), b.begin())) {
        return false;
    }
    const unsigned rest = bits % 8;
    return rest == 0 || (a[whole] >> (8 - rest)) == (b[whole] >> (8 - rest));
}

// The last element of the list, taken off.
std::string_view take_last(std::string_view& list) {
    const std::size_t comma = list.rfind(',');
    const std::size_t begin = comma == std::string_view::npos ? 0 : comma + 1;
    const std::string_view last = list.substr(begin);
    list = list.substr(0, begin == 0 ? 0 : comma);
    return trim(last);
}

}  // namespace

std::optional<AddressBytes> parse_address(std::string_view text) {
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        const std::string_view rest =
            end == std::string_view::npos ? "" : text.substr(std::min(end + 1, text.size()));
        const bool is_whole = end != std::string_view::npos &&
                              (rest.empty() || (rest.front() == ':' && is_port(rest.substr(1))));
        return is_whole ? parse_plain(std::string(text.substr(1, end - 1))) : std::nullopt;
    }
    const std::size_t colon = text.find(':');
    const bool has_port = colon != std::string_view::npos && text.find('.') < colon &&
                          text.rfind(':') == colon && is_port(text.substr(colon + 1));
    return parse_plain(std::string(has_port ? text.substr(0, colon) : text));
}

bool AddressRanges::add(std::string_view text) {
    const std::size_t slash = text.find('/');
    const auto network = parse_plain(std::string(text.substr(0, slash)));
    if (!network) {
        return false;
    }
    Range range{.network = *network};
    if (slash != std::string_view::npos) {
        const std::string_view bits = text.substr(slash + 1);
        const unsigned bits_max = text.find(':') == std::string_view::npos ? 32 : 128;
        const auto read = std::from_chars(bits.data(), bits.data() + bits.size(), range.bits);
        if (read.ec != std::errc{} || read.ptr != bits.data() + bits.size() ||
            range.bits > bits_max) {
            return false;
        }
        range.bits += 128 - bits_max;
    }
    ranges_.push_back(range);
    return true;
}

bool AddressRanges::contains(const AddressBytes& address) const {
    return std::ranges::any_of(
        ranges_, [&](const Range& range) { return same_bits(range.network, address, range.bits); });
}

bool AddressRanges::contains(std::string_view address) const {
    const auto bytes = ranges_.empty() ? std::nullopt : parse_address(address);
    return bytes && contains(*bytes);
}

std::string client_address(const std::string& peer, std::span<const std::string> forwarded_for,
                           const AddressRanges& proxies) {
    std::string hop = peer;
    std::size_t left = forwarded_for.size();
    std::string_view list;
    while (proxies.contains(std::string_view(hop)) && (left > 0 || !list.empty())) {
        if (list.empty()) {
            list = forwarded_for[--left];
            continue;
        }
        const auto before = parse_address(take_last(list));
        if (!before) {
            return hop;
        }
        hop = format(*before);
    }
    return hop;
}

std::uint64_t text_key(std::string_view text, std::uint64_t seed) {
    std::string keyed(sizeof(seed), '\0');
    std::memcpy(keyed.data(), &seed, sizeof(seed));
    const TokenHash hash = hash_token(keyed.append(text));
    std::uint64_t key = 0;
    std::memcpy(&key, hash.data(), sizeof(key));
    return key;
}

std::uint64_t address_key(std::string_view address, std::uint64_t seed) {
    const auto bytes = parse_address(address);
    if (!bytes) {
        return text_key(address, seed);
    }
    const std::size_t size = is_v4(*bytes) ? bytes->size() : 8;
    return text_key({reinterpret_cast<const char*>(bytes->data()), size}, seed);
}

}  // namespace treeline
