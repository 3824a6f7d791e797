// /orgs/{id}/invitations/import: many invitations from one CSV file, each row for itself.

#include "broker/api/call.hpp"
#include "broker/api/idempotency.hpp"
#include "broker/api/import_file.hpp"
#include "broker/api/mailed_link.hpp"
#include "broker/api/render.hpp"
#include "broker/domain/decide.hpp"

namespace treeline {
namespace {

using K = FieldKind;

// So many rows a turn are looked at, or wait in the registry: nothing blocks a shard or fills a
// queue.
constexpr std::size_t rows_at_once = 32;

constexpr Field verdict_fields[]{{"line", K::number, true}, {"email", K::text, true},
                                 {"org", K::text, true},    {"verdict", K::text, true},
                                 {"detail", K::text, true}, {"invitation", K::id, true, true}};
const Shape verdict_shape{"ImportVerdict", verdict_fields};

// An import on its way. Owned by its next task or the replies it waits for.
struct Import {
    CallPtr call;
    std::vector<ImportRow> rows;
    bool is_commit = false;
    std::size_t next = 0;     // the first row that was not begun
    std::size_t waiting = 0;  // rows at the registry
    json::array verdicts{};   // by row
};
using ImportPtr = std::shared_ptr<Import>;

json::object verdict_of(const ImportRow& row, const std::optional<Problem>& problem) {
    return {{"line", row.line},
            {"email", row.email},
            {"org", row.org},
            {"verdict", problem ? json::string(problem->code) : json::string("ok")},
            {"detail", problem ? json::string(problem->detail) : json::string()},
            {"invitation", nullptr}};
}

void finish(Import& import) {
    const std::uint64_t total = import.verdicts.size();
    Answer shown = list_answer(std::move(import.verdicts), 0, total,
                               tree_revision(import.call->directory(), import.call->org()));
    answer(std::move(import.call), std::move(shown));
}

// What would become of the row now. Changes nothing.
std::optional<Problem> foreseen(const Call& call, const ImportRow& row) {
    if (auto refusal = permit(call.directory(), call.actor(), row.command, call.now)) {
        return problem_of(*refusal);
    }
    const auto decided = decide(call.directory(), call.actor(), row.command, call.now, {});
    return decided ? std::nullopt : std::optional(problem_of(decided.error()));
}

// A file that is sent again makes nothing twice: a row is known by the file and its line, whether
// or not the call carries a key of its own.
IdempotencyKey key_of(const Call& call, const ImportRow& row) {
    const std::string line = std::to_string(row.line);
    if (const auto given = idempotency_of(call, line)) {
        return *given;
    }
    std::string text = "import " + std::to_string(number(call.caller.user)) + " " +
                       std::to_string(number(call.org())) + " " + line + " ";
    text.append(reinterpret_cast<const char*>(call.body_hash.data()), call.body_hash.size());
    return {hash_token(text), call.body_hash};
}

void proceed(const ImportPtr& import);

void take_verdict(const ImportPtr& import, std::size_t at, const SubmitResult& result) {
    const ImportRow& row = import->rows[at];
    import->verdicts[at] =
        verdict_of(row, result ? std::nullopt : std::optional(problem_of(result.error())));
    if (result) {
        const WireIds& wire = result->world->wire();
        import->verdicts[at].get_object()["invitation"] = wire.of(MembershipId{result->created});
    }
    --import->waiting;
    proceed(import);
}

void begin(const ImportPtr& import, std::size_t at) {
    const Call& call = *import->call;
    Invite command = import->rows[at].command;
    command.token = fresh_link(*call.parts, purpose_invitation);
    const IdempotencyKey key = key_of(call, import->rows[at]);
    auto back = [post = call.parts->post, import, at](SubmitResult result) {
        post(Task([import, at, result = std::move(result)](Nothing) {
            take_verdict(import, at, result);
        }));
    };
    ++import->waiting;
    call.parts->registry.submit({.actor = call.actor(),
                                 .command = std::move(command),
                                 .reply = Reply<SubmitResult>(std::move(back)),
                                 .from = call.request.peer,
                                 .idempotency = key});
}

// A row that is refused by itself never waits; the others are foreseen, or given to the registry.
void look_at(const ImportPtr& import, std::size_t at) {
    const ImportRow& row = import->rows[at];
    if (!row.refused && import->is_commit) {
        return begin(import, at);
    }
    const auto problem = row.refused ? row.refused : foreseen(*import->call, row);
    import->verdicts[at] = verdict_of(row, problem);
}

void proceed(const ImportPtr& import) {
    for (std::size_t count = 0; count < rows_at_once && import->waiting < rows_at_once &&
                                import->next < import->rows.size();
         ++count) {
        look_at(import, import->next++);
    }
    if (import->waiting > 0) {
        return;  // the replies go on
    }
    if (import->next == import->rows.size()) {
        return finish(*import);
    }
    import->call->parts->post(Task([import](Nothing) { proceed(import); }));
}

void import_invitations(CallPtr call) {
    if (auto problem = lacks(*call, call->org(), Permission::users_invite)) {
        return answer(std::move(call), *problem);
    }
    const std::string* const mode = call->target.query("mode");
    if (mode == nullptr || (*mode != "validate" && *mode != "commit")) {
        return answer(std::move(call), malformed("mode is validate or commit"));
    }
    auto rows = read_import(*call);
    if (!rows) {
        return answer(std::move(call), rows.error());
    }
    call->request.body.clear();
    const auto import = std::make_shared<Import>();
    import->is_commit = *mode == "commit";
    import->call = std::move(call);
    import->rows = std::move(*rows);
    import->verdicts.resize(import->rows.size());
    proceed(import);
}

const Route table[]{
    {.method = "POST",
     .pattern = "/api/v1/orgs/{id}/invitations/import",
     .permission = "users.invite",
     .summary = "Invite the rows of a CSV file (email,name,role,org,phone,locale,not_after), or "
                "say what would become of each",
     .handler = import_invitations,
     .answer = &verdict_shape,
     .is_list = true,
     .filters = "mode",
     .csv = "line email org verdict detail invitation",
     .csv_permission = "users.invite",
     .takes_csv = true},
};

}  // namespace

std::span<const Route> import_routes() {
    return table;
}

}  // namespace treeline
