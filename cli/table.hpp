// Aligned columns, and text that a terminal shows and does not obey.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "cli/json.hpp"

namespace treeline::cli {

// Control characters and those that turn the direction of writing become escapes: a name is
// somebody else's text, and a terminal obeys what is printed to it.
std::string safe_text(std::string_view text);

// One value in one cell: `-` for null, lists joined by commas, objects as `name=value`.
std::string cell(const json::value& value);

class Table {
  public:
    explicit Table(std::vector<std::string> heads) : heads_(std::move(heads)) {}
    // REQUIRES: as many cells as heads.
    void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
    // Heads in capitals, unless they are all empty.
    void print(std::ostream& out) const;

  private:
    std::vector<std::size_t> widths() const;

    std::vector<std::string> heads_;
    std::vector<std::vector<std::string>> rows_;
};

// The items as rows. Columns are separated by spaces; empty: the names in the first item.
void print_items(std::ostream& out, const json::array& items, std::string_view columns);

// The fields one below the other; lists of objects follow as tables of their own.
void print_object(std::ostream& out, const json::object& object);

}  // namespace treeline::cli
