#include "cli/verify.hpp"

#include <ostream>

#include "cli/exit_code.hpp"
#include "proto/audit/chain.hpp"

namespace treeline::cli {
namespace {

Step<std::optional<audit::Head>> read_head(Shell& shell, const std::string& path) {
    if (path.empty()) {
        return std::optional<audit::Head>();
    }
    auto text = read_file(shell, path);
    if (!text) {
        return text.error();
    }
    while (text->ends_with('\n')) {
        text->pop_back();
    }
    const auto head = audit::head_from_line(*text);
    if (!head) {
        return complain(shell, "the head's file holds no head", exit_usage);
    }
    return head;
}

}  // namespace

int verify_audit_file(Shell& shell, const std::string& path, const std::string& head) {
    const auto text = read_file(shell, path);
    if (!text) {
        return static_cast<int>(text.error());
    }
    const auto saved = read_head(shell, head);
    if (!saved) {
        return static_cast<int>(saved.error());
    }
    const audit::Finding found = audit::verify(*text, *saved);
    const std::string entry = "entry " + std::to_string(found.seq);
    if (found.kind != audit::Finding::Kind::intact) {
        return static_cast<int>(
            complain(shell, entry + ": " + std::string(audit::name(found.kind)), exit_refused));
    }
    shell.outside.out << "intact to " << entry << '\n';
    return exit_ok;
}

}  // namespace treeline::cli
