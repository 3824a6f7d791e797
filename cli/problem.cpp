#include "cli/problem.hpp"

#include <vector>

#include "cli/exit_code.hpp"
#include "cli/json.hpp"
#include "cli/table.hpp"

namespace treeline::cli {
namespace {

std::string joined(const std::vector<std::string>& parts) {
    std::string out;
    for (const std::string& part : parts) {
        out += (out.empty() ? "" : ", ") + part;
    }
    return out;
}

std::string unanswered(const HttpAnswer& answer) {
    std::string line = answer.failure;
    if (answer.tries > 1) {
        line += ", " + std::to_string(answer.tries) + " tries";
    }
    if (answer.was_sent) {
        line += "; the call may or may not have taken effect";
    }
    return line;
}

std::string advice(unsigned status, const std::string& code) {
    if (status == 401 && code != "suspended") {
        return "; sign in with: treeline login EMAIL";
    }
    return {};
}

}  // namespace

std::string problem_line(const HttpAnswer& answer) {
    if (answer.status == 0) {
        return safe_text(unanswered(answer));
    }
    const json::value problem = parse_json(answer.body).value_or(nullptr);
    const std::string code = text_of(problem, "code");
    std::string what = text_of(problem, "detail");
    if (what.empty()) {
        what = text_of(problem, "title");
    }
    if (what.empty()) {
        what = "the server answered " + std::to_string(answer.status);
    }
    std::vector<std::string> rest;
    rest.push_back(std::to_string(answer.status) + (code.empty() ? "" : " " + code));
    if (const std::string missing = text_of(problem, "missing_permission"); !missing.empty()) {
        rest.push_back("missing permission " + missing);
    }
    if (text_of(problem, "scope") == "membership") {
        rest.emplace_back("only the membership is in reach");
    }
    if (const std::string after = answer.header("Retry-After"); !after.empty()) {
        rest.push_back("try again in " + after + " s");
    }
    if (const std::string id = answer.header("X-Request-Id"); !id.empty()) {
        rest.push_back("request " + id);
    }
    return safe_text(what + " (" + joined(rest) + ")" + advice(answer.status, code));
}

int exit_code_of(const HttpAnswer& answer) {
    if (answer.is_success()) {
        return exit_ok;
    }
    if (answer.status == 401 || answer.status == 403) {
        return exit_no_right;
    }
    return answer.status >= 400 && answer.status < 500 ? exit_refused : exit_unavailable;
}

}  // namespace treeline::cli
