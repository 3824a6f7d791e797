// What is wrong with something that was given, in words.
#pragma once

#include <string>

namespace treeline::cli {

struct Wrong {
    std::string what;
};

}  // namespace treeline::cli
