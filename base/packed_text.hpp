// PackedText: a string of two words, for rows that are held by the million.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/check.hpp"

namespace treeline {

// Half of what a std::string takes; up to 15 bytes stand inside, more in an allocation of their
// size. It is read as a std::string_view and changed only as a whole. Size < 4 GiB.
class PackedText {
  public:
    PackedText() = default;
    template <class Like>
        requires(std::is_convertible_v<const Like&, std::string_view> &&
                 !std::is_same_v<Like, PackedText>)
    PackedText(const Like& text) : PackedText(std::string_view(text), Private{}) {}
    PackedText(const PackedText& other) : PackedText(other.view(), Private{}) {}
    PackedText(PackedText&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
    PackedText& operator=(PackedText other) noexcept {
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    ~PackedText() {
        if (is_apart()) {
            delete[] apart();
        }
    }

    std::string_view view() const {
        return is_apart() ? std::string_view(apart(), apart_size())
                          : std::string_view(bytes_.data(), static_cast<unsigned char>(mark()));
    }
    operator std::string_view() const { return view(); }
    std::string str() const { return std::string(view()); }
    std::size_t size() const { return view().size(); }
    bool empty() const { return mark() == 0; }
    void clear() { *this = PackedText(); }

    template <class Like>
        requires std::is_convertible_v<const Like&, std::string_view>
    friend bool operator==(const PackedText& a, const Like& b) {
        return a.view() == std::string_view(b);
    }

  private:
    struct Private {};
    static constexpr std::size_t inside_max = 15;
    static constexpr char apart_mark = inside_max + 1;

    PackedText(std::string_view text, Private) {
        if (text.size() <= inside_max) {
            text.copy(bytes_.data(), text.size());
            bytes_.back() = static_cast<char>(text.size());
            return;
        }
        CHECK(text.size() <= std::numeric_limits<std::uint32_t>::max());
        char* const bytes = new char[text.size()];
        text.copy(bytes, text.size());
        const auto size = static_cast<std::uint32_t>(text.size());
        std::memcpy(bytes_.data(), &bytes, sizeof bytes);
        std::memcpy(bytes_.data() + sizeof bytes, &size, sizeof size);
        bytes_.back() = apart_mark;
    }

    char mark() const { return bytes_.back(); }
    bool is_apart() const { return mark() == apart_mark; }
    char* apart() const {
        char* bytes = nullptr;
        std::memcpy(&bytes, bytes_.data(), sizeof bytes);
        return bytes;
    }
    std::uint32_t apart_size() const {
        std::uint32_t size = 0;
        std::memcpy(&size, bytes_.data() + sizeof(char*), sizeof size);
        return size;
    }

    // The text, or its address and size. INVARIANT: the last is the size of what stands inside.
    alignas(char*) std::array<char, inside_max + 1> bytes_{};
};

}  // namespace treeline
