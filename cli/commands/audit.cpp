// audit: an org's chain of entries, exported and verified.
#include <fstream>
#include <ostream>

#include "cli/commands/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/shell.hpp"
#include "cli/verify.hpp"
#include "proto/audit/chain.hpp"

namespace treeline::cli {
namespace {

constexpr Parameter out_file{
    "--out", "", Kind::text, Place::local, Missing::nothing, "A file instead of the output"};

constexpr Parameter list[]{home_org};
constexpr Parameter to_file[]{home_org, out_file};
constexpr Parameter check[]{
    {"FILE", "", Kind::text, Place::local, Missing::refused, "An export; - is stdin"},
    {"--head", "", Kind::text, Place::local, Missing::nothing, "What audit head gave earlier"}};

int write(Shell& shell, const Given& given, const std::string& text) {
    if (!given.has("--out")) {
        shell.outside.out << text;
        return exit_ok;
    }
    std::ofstream out(given.one("--out"), std::ios::binary | std::ios::trunc);
    out << text;
    out.close();
    if (!out) {
        return static_cast<int>(complain(shell, "cannot write the file of --out", exit_usage));
    }
    return exit_ok;
}

// The whole chain, one entry a line, over all its pages: what `verify` reads.
Step<std::string> export_of(Shell& shell, const Command& command, const Given& given) {
    const auto prepared = prepare(shell, command, given);
    if (!prepared) {
        return prepared.error();
    }
    ApiRequest request = *prepared;
    request.accept = "application/x-ndjson";
    std::string lines;
    for (;;) {
        const HttpAnswer answer = shell.client.send(request);
        if (!answer.is_success()) {
            return complain(shell, answer);
        }
        lines += answer.body;
        const std::string next = answer.header("Treeline-Next-Cursor");
        if (next.empty()) {
            return lines;
        }
        request.path = prepared->path + "?cursor=" + next;
    }
}

int run_export(Shell& shell, const Command& command, const Given& given) {
    const auto lines = export_of(shell, command, given);
    return lines ? write(shell, given, *lines) : static_cast<int>(lines.error());
}

// Kept elsewhere, it shows later that a tail is missing.
int run_head(Shell& shell, const Command& command, const Given& given) {
    const auto request = prepare(shell, command, given);
    if (!request) {
        return static_cast<int>(request.error());
    }
    const auto reply = ask(shell, *request);
    if (!reply) {
        return static_cast<int>(reply.error());
    }
    const auto head = audit::head_from_line(reply->text);
    if (!head) {
        return static_cast<int>(
            complain(shell, "the server's answer is no head of a chain", exit_unavailable));
    }
    return write(shell, given, audit::to_line(*head) + "\n");
}

int run_verify(Shell& shell, const Command&, const Given& given) {
    return verify_audit_file(shell, given.one("FILE"), given.one("--head"));
}

constexpr Command table[]{
    {"audit", "list", "The entries of an org", "GET", "/orgs/{org}/audit", list, {}, true},
    {"audit",
     "export",
     "The whole chain, one entry a line",
     "GET",
     "/orgs/{org}/audit",
     to_file,
     {},
     false,
     run_export},
    {"audit",
     "head",
     "Where the chain ends now, to hold a later export against",
     "GET",
     "/orgs/{org}/audit/head",
     to_file,
     {},
     false,
     run_head},
    {"audit",
     "verify",
     "Check an export offline; names the first broken entry",
     {},
     {},
     check,
     {},
     false,
     run_verify},
};

}  // namespace

std::span<const Command> audit_commands() {
    return table;
}

}  // namespace treeline::cli
