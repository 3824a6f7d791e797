// One log line: constant text first, then key=value.
//
//   line  = text *( SP key "=" value )
//   value = bare | DQUOTE *( printable | "\" escape ) DQUOTE       always on one line, in ASCII
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace treeline::observe {

inline constexpr std::size_t value_size_bytes_max = 1024;  // the rest of a longer value is cut off

// Lives for one call. Values that devices and users supply may be anything: they can't begin a new
// line, fake a field or steer a terminal. Never give it payloads, tokens or names of people.
class Field {
  public:
    Field(std::string_view key, std::string_view value) : key_(key), text_(value) {}
    Field(std::string_view key, const char* value) : key_(key), text_(value) {}
    template <std::integral T>
    Field(std::string_view key, T value) : key_(key), number_(text_of(value)), text_(number_) {}
    Field(const Field&) = delete;  // text_ may point into number_
    Field& operator=(const Field&) = delete;

    void append_to(std::string& line) const;

  private:
    template <std::integral T>
    static std::string text_of(T value) {
        if constexpr (std::same_as<T, bool>) {
            return value ? "true" : "false";
        } else {
            return std::to_string(value);
        }
    }

    std::string_view key_;
    std::string number_;
    std::string_view text_;
};

std::string render_line(std::string_view text, std::initializer_list<Field> fields);

}  // namespace treeline::observe
