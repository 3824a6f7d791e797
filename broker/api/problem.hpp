// Problems: the only place where an error becomes an HTTP status (RFC 9457).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "broker/api/api.hpp"
#include "broker/domain/refusal.hpp"

namespace treeline {

// Why a request is not answered with what it asked for. A plain value until it is rendered.
struct Problem {
    unsigned status = 500;
    std::string code{};                // the stable word
    std::string detail{};              // a sentence for people; never about what they may not see
    std::string missing_permission{};  // with 403
    bool membership_scope = false;     // only the membership is in the caller's reach
    unsigned retry_after_s = 0;        // 0: not said
    std::string allow{};               // with 405
};

template <class T>
using Checked = ResultOf<T, Problem>;

Problem not_found();
Problem unauthenticated();
Problem malformed(std::string detail);
Problem invalid(std::string detail);
Problem overloaded();
Problem too_many_requests(unsigned retry_after_s);
Problem problem_of(const Refusal& refusal);

// Answers 404 with one constant, whatever the problem's other fields say: an object that is
// missing and one that is invisible are told apart by nothing (tenancy.md §7).
HttpResponse render(const Problem& problem);

}  // namespace treeline
