// UTF-8 (RFC 3629): checked as it comes, in pieces; overlong forms and surrogates are refused.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace treeline::proto {

// Owned by one stream.
class Utf8Check {
  public:
    // False from the first byte on that can't belong to UTF-8.
    bool feed(std::string_view bytes);
    // No character is left half.
    bool is_complete() const { return valid_ && pending_ == 0; }

  private:
    bool take(unsigned char byte);

    bool valid_ = true;
    std::uint8_t pending_ = 0;                // bytes that the character still needs
    unsigned char low_ = 0x80, high_ = 0xbf;  // what the next of them may be
};

bool is_utf8(std::string_view bytes);
// `bytes` where they are UTF-8, else with U+FFFD for every byte that does not belong.
std::string to_utf8(std::string_view bytes);

}  // namespace treeline::proto
