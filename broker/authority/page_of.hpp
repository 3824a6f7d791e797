// One page of rows that are all known.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "broker/authority/visible.hpp"

namespace treeline {

// `rows` in any order, each once; keeps those after the cursor, sorted, up to the limit.
template <class Id>
Page<Id> page_of(std::vector<Id> rows, const PageRequest& request) {
    Page<Id> page;
    page.total = rows.size();
    std::erase_if(rows, [&](Id id) { return number(id) <= request.after; });
    const std::size_t count = std::min(std::max<std::size_t>(request.limit, 1), rows.size());
    const auto end = rows.begin() + static_cast<std::ptrdiff_t>(count);
    std::ranges::partial_sort(rows, end);
    if (end != rows.end()) {
        page.next_after = number(rows[count - 1]);
    }
    rows.erase(end, rows.end());
    page.items = std::move(rows);
    return page;
}

}  // namespace treeline
