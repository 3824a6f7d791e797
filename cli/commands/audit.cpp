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

// The whole chain, one entry a line: what `verify` reads.
Step<std::string> export_of(Shell& shell, const Command& command, const Given& given) {
    const auto request = prepare(shell, command, given);
    if (!request) {
        return request.error();
    }
    const auto reply = ask_all(shell, *request);
    if (!reply) {
        return reply.error();
    }
    std::string lines;
    if (const json::array* const items = items_of(reply->value)) {
        for (const json::value& entry : *items) {
            lines += json::serialize(entry) + "\n";
        }
    }
    return lines;
}

int run_export(Shell& shell, const Command& command, const Given& given) {
    const auto lines = export_of(shell, command, given);
    return lines ? write(shell, given, *lines) : static_cast<int>(lines.error());
}

// Of the newest entry: kept elsewhere, it shows later that a tail is missing.
int run_head(Shell& shell, const Command& command, const Given& given) {
    const auto lines = export_of(shell, command, given);
    if (!lines) {
        return static_cast<int>(lines.error());
    }
    audit::Head head;
    if (!lines->empty()) {
        const std::size_t before = lines->rfind('\n', lines->size() - 2);
        const std::size_t begin = before == std::string::npos ? 0 : before + 1;
        const auto last =
            audit::from_line(std::string_view(*lines).substr(begin, lines->size() - 1 - begin));
        if (!last) {
            return static_cast<int>(
                complain(shell, "the server's last entry is no audit entry", exit_unavailable));
        }
        head = {.seq = last->seq, .hash = last->hash};
    }
    return write(shell, given, audit::to_line(head) + "\n");
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
     "/orgs/{org}/audit",
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
