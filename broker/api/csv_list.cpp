// From the items of a list to rows.
#include "broker/api/csv_list.hpp"

#include <algorithm>

#include "proto/csv.hpp"

namespace treeline {
namespace {

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    while (!text.empty()) {
        const std::size_t size = std::min(text.find(' '), text.size());
        words.emplace_back(text.substr(0, size));
        text.remove_prefix(std::min(size + 1, text.size()));
    }
    return words;
}

std::string text_of(const json::value* value) {
    if (value == nullptr || value->is_null()) {
        return {};
    }
    return value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
}

// "users" of "/api/v1/orgs/{id}/users".
std::string file_name_of(std::string_view pattern) {
    return std::string(pattern.substr(pattern.rfind('/') + 1)) + ".csv";
}

}  // namespace

HttpResponse render_csv(const Route& route, const Answer& list) {
    HttpResponse response{
        .status = route.status,
        .headers = {{"Content-Type", std::string(csv_type) + "; charset=utf-8; header=present"},
                    {"Content-Disposition",
                     "attachment; filename=\"" + file_name_of(route.pattern) + "\""},
                    {"Treeline-Revision", std::to_string(list.revision)}},
        .body = {}};
    const std::vector<std::string> columns = words_of(route.csv);
    csv::append_row(response.body, columns);
    std::vector<std::string> cells(columns.size());
    for (const json::value& item : list.body.at("items").get_array()) {
        for (std::size_t i = 0; i < columns.size(); ++i) {
            cells[i] = text_of(item.get_object().if_contains(columns[i]));
        }
        csv::append_row(response.body, cells);
    }
    if (const json::value& next = list.body.at("next_cursor"); next.is_string()) {
        response.headers.emplace_back("Treeline-Next-Cursor", std::string(next.get_string()));
    }
    return response;
}

}  // namespace treeline
