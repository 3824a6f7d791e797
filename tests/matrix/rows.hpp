// One row per route: how the matrix calls it for an object, and who may by the model.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/matrix/gates.hpp"

namespace treeline::matrix {

enum class Kind { none, org, user, membership, invitation, device, transfer };

struct Row {
    std::string_view method;
    std::string_view pattern;  // as in the route table
    Kind kind;                 // of the object that the request names
    Need need;
    // `%` stands for the object's id. Empty: the pattern, with the id in its first place.
    std::string_view target = "";
    // Empty: with a method that writes, a field that no route knows. Whoever may is then answered
    // 422 and nothing changes; whoever may not must have been refused before.
    std::string_view body = "";
    bool is_public = false;
    std::string_view content_type = "application/json";
};

// A new route needs a row here: until it has one, the suite fails and names it.
const std::vector<Row>& rows();
const Row* row_of(std::string_view method, std::string_view pattern);

// An id of that kind which nothing has; another for each `n`.
std::string missing_id(Kind kind, unsigned n = 0);

struct Asked {
    std::string target, body;
};
// REQUIRES: the row is one of rows(). `caller` takes the place of `@` in the body.
Asked asked(const Row& row, const std::string& id, const std::string& caller);

}  // namespace treeline::matrix
