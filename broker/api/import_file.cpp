// From cells to invitations. Roles and orgs are named by number or by name, as a body names them.
#include "broker/api/import_file.hpp"

#include <set>
#include <utility>

#include "broker/api/format.hpp"
#include "broker/domain/text.hpp"
#include "proto/csv.hpp"

namespace treeline {
namespace {

enum Column : std::size_t { email, name, role, org, phone, locale, not_after, column_count };

std::string joined(const std::vector<std::string>& cells) {
    std::string text;
    for (const std::string& cell : cells) {
        text += (text.empty() ? "" : ",") + cell;
    }
    return text;
}

// Empty: the org of the path. Else it or one below it, by number; or by name, its own or that of an
// org right below it. What is elsewhere is not there.
OrgId org_named(const Call& call, const std::string& text) {
    const Directory& directory = call.directory();
    const OrgId top = call.org();
    if (text.empty()) {
        return top;
    }
    OrgId found{};
    if (const auto id = parse_id(text)) {
        found = directory.wire().org(*id);
    } else if (is_valid_name(text, text.size())) {
        const std::string folded = fold_name(text);
        found = fold_name(directory.org(top)->name) == folded ? top
                                                              : directory.child_named(top, folded);
    }
    const bool is_in_reach =
        directory.is_within(found, top) && sees_org(directory, call.caller.user, found, call.now);
    return is_in_reach ? found : OrgId{};
}

RoleId role_named(const Directory& directory, OrgId org, const std::string& text) {
    const auto wanted = parse_id(text);
    for (const RoleRecord& role : directory.roles(directory.org(org)->root)) {
        if (wanted ? *wanted == number(role.id) : role.name == text) {
            return role.id;
        }
    }
    return RoleId{};
}

std::optional<Problem> read_cells(const Call& call, const std::vector<std::string>& cells,
                                  Invite& command) {
    const auto address = fold_email(cells[email]);
    if (!address) {
        return invalid("email is no address");
    }
    command.email = *address;
    command.org = org_named(call, cells[org]);
    if (command.org == OrgId{}) {
        return not_found();
    }
    command.role = role_named(call.directory(), command.org, cells[role]);
    if (command.role == RoleId{}) {
        return invalid("there is no such role");
    }
    command.name = cells[name];
    command.phone = cells[phone];
    command.locale = cells[locale];
    if (!cells[not_after].empty()) {
        command.not_after = parse_time(cells[not_after]);
        if (!command.not_after) {
            return invalid("not_after is no time");
        }
    }
    return std::nullopt;
}

ImportRow read_row(const Call& call, csv::Row&& row,
                   std::set<std::pair<OrgId, std::string>>& seen) {
    ImportRow out;
    out.line = row.line;
    out.email = row.cells[email];
    if (row.cells.size() != column_count) {
        out.refused = invalid("a row has seven cells");
        return out;
    }
    out.org = row.cells[org];
    out.refused = read_cells(call, row.cells, out.command);
    if (!out.refused && !seen.emplace(out.command.org, out.command.email).second) {
        out.refused = Problem{.status = 409,
                              .code = "already_member",
                              .detail = "This address stands above for the same org."};
    }
    return out;
}

}  // namespace

Checked<std::vector<ImportRow>> read_import(const Call& call) {
    auto rows = csv::parse(call.request.body);
    if (!rows) {
        const std::string where = "line " + std::to_string(rows.error().line) + ": ";
        const std::string text = where + std::string(csv::text_of(rows.error().code));
        return rows.error().code == csv::Errc::too_many_rows ? invalid(text) : malformed(text);
    }
    if (rows->empty() || joined(rows->front().cells) != import_header) {
        return malformed("the first line is not " + std::string(import_header));
    }
    std::vector<ImportRow> out;
    std::set<std::pair<OrgId, std::string>> seen;
    for (std::size_t i = 1; i < rows->size(); ++i) {
        out.push_back(read_row(call, std::move((*rows)[i]), seen));
    }
    return out;
}

}  // namespace treeline
