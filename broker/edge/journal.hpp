// Journal: where the edge's lines go; the server joins it with broker/observe.
#pragma once

#include <functional>
#include <string_view>

namespace treeline {

// Any thread. Every function may be null.
struct Journal {
    std::function<bool()> tracing;  // is the level `trace`? Asked before a line is made
    std::function<void(std::string_view line)> trace;
    std::function<void(std::string_view line)> info;
    std::function<void(std::string_view line)> warn;
};

}  // namespace treeline
