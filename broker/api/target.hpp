// A request's target: its path and its query, taken apart.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/api/problem.hpp"

namespace treeline {

inline constexpr std::size_t target_size_max = 8192;
inline constexpr std::size_t list_limit_default = 50;
inline constexpr std::size_t list_limit_max = 1000;

class Target {
  public:
    // 400 `malformed` for what is not origin-form, holds control characters, a broken escape, a
    // name twice in the query, or a query that is not UTF-8. The path stays as sent: no route has
    // an escape in it, so none is ever undone there (`%2e%2e`, `..` and `//` just match nothing).
    static Checked<Target> read(std::string_view text);

    const std::string& path() const { return path_; }
    // The decoded value of a query field; null where it is not given. Unknown fields are ignored.
    const std::string* query(std::string_view name) const;

  private:
    std::string path_;
    std::vector<std::pair<std::string, std::string>> query_;
};

}  // namespace treeline
