// Fuzzes CSV: what is read lies within its limits, and what is written again reads back as safe.
#include <string_view>

#include "base/check.hpp"
#include "proto/csv.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace treeline::csv;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const Limits limits{.size_bytes_max = 4096,
                        .rows_max = 64,
                        .cells_per_row_max = 16,
                        .cell_size_bytes_max = 256};
    const auto rows = parse(text, limits);
    if (!rows) {
        CHECK(rows.error().line >= 1 && !text_of(rows.error().code).empty());
        return 0;
    }
    CHECK(rows->size() <= limits.rows_max);
    std::string again;
    for (const Row& row : *rows) {
        CHECK(!row.cells.empty() && row.cells.size() <= limits.cells_per_row_max);
        append_row(again, row.cells);
    }
    const auto second = parse(again, {.size_bytes_max = 64 * 1024});
    CHECK(second.has_value() && second->size() == rows->size());
    for (std::size_t at = 0; at < rows->size(); ++at) {
        for (std::size_t i = 0; i < (*rows)[at].cells.size(); ++i) {
            CHECK((*second)[at].cells[i] == safe_text((*rows)[at].cells[i]));
        }
    }
    return 0;
}
