// The text filter of lists.
#pragma once

#include <string>

#include "broker/domain/text.hpp"

namespace treeline {

// The text filter, folded once.
class NameFilter {
  public:
    explicit NameFilter(const std::string& text)
        : is_on_(!text.empty()), can_match_(is_valid_name(text, text.size())) {
        if (is_on_ && can_match_) {
            part_ = fold_name(text);
        }
    }
    bool passes(const std::string& name) const {
        return !is_on_ || (can_match_ && fold_name(name).find(part_) != std::string::npos);
    }

  private:
    bool is_on_;
    bool can_match_;
    std::string part_;
};

}  // namespace treeline
