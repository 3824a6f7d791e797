// Boost.JSON's event parser with a handler that also looks for names given twice.
#include "broker/api/json.hpp"

#include <string>
#include <utility>
#include <vector>

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

namespace treeline {
namespace {

using boost::json::error_code;
using boost::json::string_view;

// Builds the value and remembers the names of the objects that are open. Called by basic_parser,
// which fixes the signatures.
class Builder {
  public:
    static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

    Builder() { values_.reset(); }
    json::value release() { return values_.release(); }
    bool found_duplicate() const { return found_duplicate_; }

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }
    bool on_object_begin(error_code&) {
        names_.emplace_back();
        return true;
    }
    bool on_object_end(std::size_t count, error_code&) {
        names_.pop_back();
        values_.push_object(count);
        return true;
    }
    bool on_array_begin(error_code&) { return true; }
    bool on_array_end(std::size_t count, error_code&) {
        values_.push_array(count);
        return true;
    }
    bool on_key_part(string_view part, std::size_t, error_code&) {
        name_.append(part.data(), part.size());
        values_.push_chars(part);
        return true;
    }
    bool on_key(string_view part, std::size_t, error_code& failure) {
        name_.append(part.data(), part.size());
        values_.push_key(part);
        const bool is_new = names_.back().insert(std::exchange(name_, {})).second;
        if (!is_new) {
            found_duplicate_ = true;
            failure = boost::json::error::syntax;
        }
        return is_new;
    }
    bool on_string_part(string_view part, std::size_t, error_code&) {
        values_.push_chars(part);
        return true;
    }
    bool on_string(string_view part, std::size_t, error_code&) {
        values_.push_string(part);
        return true;
    }
    bool on_number_part(string_view, error_code&) { return true; }
    bool on_int64(std::int64_t number, string_view, error_code&) {
        values_.push_int64(number);
        return true;
    }
    bool on_uint64(std::uint64_t number, string_view, error_code&) {
        values_.push_uint64(number);
        return true;
    }
    bool on_double(double number, string_view, error_code&) {
        values_.push_double(number);
        return true;
    }
    bool on_bool(bool value, error_code&) {
        values_.push_bool(value);
        return true;
    }
    bool on_null(error_code&) {
        values_.push_null();
        return true;
    }
    bool on_comment_part(string_view, error_code&) { return true; }
    bool on_comment(string_view, error_code&) { return true; }

  private:
    boost::json::value_stack values_;
    std::vector<boost::unordered_flat_set<std::string>> names_;  // of the open objects
    std::string name_;                                           // the parts of one so far
    bool found_duplicate_ = false;
};

Problem problem_of(const Builder& builder, error_code failure) {
    if (builder.found_duplicate()) {
        return {.status = 400, .code = "duplicate_key", .detail = "a name is given twice"};
    }
    if (failure == boost::json::error::too_deep) {
        return {.status = 400, .code = "json_depth", .detail = "nested deeper than 32"};
    }
    return malformed("the body is not JSON in UTF-8");
}

}  // namespace

Checked<json::value> parse_json(std::string_view text) {
    boost::json::parse_options options;
    options.max_depth = json_depth_max;
    boost::json::basic_parser<Builder> parser(options);
    error_code failure;
    const std::size_t used = parser.write_some(false, text.data(), text.size(), failure);
    if (failure) {
        return problem_of(parser.handler(), failure);
    }
    if (used != text.size()) {
        return malformed("something follows the JSON value");
    }
    return parser.handler().release();
}

}  // namespace treeline
