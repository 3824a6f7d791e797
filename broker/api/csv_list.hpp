// A list as text/csv: the same rows as in JSON, every cell safe to open in a spreadsheet
// (proto/csv).
#pragma once

#include <string_view>

#include "broker/api/call.hpp"

namespace treeline {

inline constexpr std::string_view csv_type = "text/csv";

// REQUIRES: `list` is of list_answer, for a route with csv columns. A header line, then a row per
// item: null is empty, objects and arrays are JSON. The next page's cursor is in the header
// `Treeline-Next-Cursor`, which is absent on the last one.
HttpResponse render_csv(const Route& route, const Answer& list);

}  // namespace treeline
