// CHECK: an invariant of ours that broke. On in every build; a bug stops the process at once.
#pragma once

namespace treeline {

[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace treeline

#define CHECK(condition) \
    ((condition) ? void(0) : ::treeline::check_failed(#condition, __FILE__, __LINE__))
