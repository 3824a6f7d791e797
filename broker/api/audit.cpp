// /audit: an org's chain to read, to export so that it verifies, and to prove one entry of; and
// what one user has done.
#include <algorithm>
#include <array>

#include "broker/api/accept.hpp"
#include "broker/api/audit_filter.hpp"
#include "broker/api/audit_note.hpp"
#include "broker/api/audit_view.hpp"
#include "broker/api/call.hpp"
#include "broker/api/csv_list.hpp"
#include "broker/api/format.hpp"
#include "broker/api/look_back.hpp"

namespace treeline {
namespace {

using K = FieldKind;

constexpr std::size_t export_lines_max = 5'000;
constexpr std::size_t proof_entries_max = 1'000;
constexpr std::string_view lines_type = "application/x-ndjson";

constexpr Field head_fields[]{{"org", K::id, true},
                              {"seq", K::number, true},
                              {"hash", K::text, true},
                              {"revision", K::number}};
constexpr Field proof_fields[]{{"org", K::id, true},       {"seq", K::number, true},
                               {"entry", K::object, true}, {"following", K::objects, true},
                               {"head", K::object, true},  {"revision", K::number}};
const Shape head_shape{"AuditHead", head_fields};
const Shape proof_shape{"AuditProof", proof_fields};

// ---- asking the audit's thread, and coming back

using FinishAudit = void (*)(CallPtr call, AuditPage page);

void inquire(CallPtr call, AuditAsk ask, FinishAudit finish) {
    const ApiParts& parts = *call->parts;
    if (parts.audit == nullptr) {
        return answer(std::move(call), overloaded());
    }
    ask.world = call->world();
    auto back = [call = std::move(call), finish](AuditPage page) mutable {
        const auto post = call->parts->post;
        post(Task([call = std::move(call), finish, page = std::move(page)](Nothing) mutable {
            call->now = call->parts->clock().wall;
            finish(std::move(call), std::move(page));
        }));
    };
    Reply<AuditPage> reply(std::move(back));
    if (!parts.audit->ask(std::move(ask), std::move(reply))) {
        AuditPage none;
        none.is_in_doubt = true;
        reply(std::move(none));
    }
}

// What the caller may do may have changed while the audit was read.
std::optional<Problem> unready(const Call& call, OrgId org, const AuditPage& page) {
    if (auto problem = lacks(call, org, Permission::audit_view)) {
        return problem;
    }
    return page.is_in_doubt ? std::optional(overloaded()) : std::nullopt;
}

View view_of(const Call& call) {
    return {call.directory(), call.caller.user, call.now};
}

bool wants_lines(const Call& call) {
    constexpr std::array<std::string_view, 3> types{"application/json", lines_type, csv_type};
    return wanted_type(call.header("accept"), types) == lines_type;
}

// ---- GET /orgs/{id}/audit

// The chain as it was stands in front of the first entry that is later, and verifies.
void cut_later(AuditPage& page, const AuditAsOf& then) {
    const auto first = std::ranges::find_if(
        page.found, [&](const AuditFound& found) { return then.is_later(found.entry); });
    if (first != page.found.end()) {
        page.found.erase(first, page.found.end());
        page.next = 0;
    }
}

void finish_list(CallPtr call, AuditPage page) {
    const OrgId org = call->org();
    if (auto problem = unready(*call, org, page)) {
        return answer(std::move(call), *problem);
    }
    json::array items;
    std::uint64_t open = 0;
    for (const AuditFound& found : page.found) {
        open += found.is_sealed ? 0U : 1U;
        items.emplace_back(show(view_of(*call), found));
    }
    const auto filter = audit_filter(*call);
    const std::uint64_t total = filter && filter->is_any() ? page.head.seq + open : page.total;
    Answer list = list_answer(std::move(items), page.next, total, audit_revision(*call));
    answer(std::move(call), std::move(list));
}

// The whole chain in its order, as lines: what the offline verifier reads.
void finish_lines(CallPtr call, AuditPage page) {
    const OrgId org = call->org();
    if (auto problem = unready(*call, org, page)) {
        return answer(std::move(call), *problem);
    }
    if (is_behind(*call, only_revision(tree_revision(call->directory(), org)))) {
        return wait_for_revision(std::move(call));
    }
    if (const std::optional<Problem> impossible = call->past_problem) {
        return answer(std::move(call), *impossible);  // a copy: the call is given away
    }
    if (auto problem = record_look(*call)) {
        return answer(std::move(call), *problem);
    }
    if (const auto then = audit_as_of(*call)) {
        cut_later(page, *then);
    }
    HttpResponse response{.status = 200,
                          .headers = {{"Content-Type", std::string(lines_type)},
                                      {"Treeline-Revision", std::to_string(audit_revision(*call))}},
                          .body = {}};
    for (AuditFound& found : page.found) {
        hide_unseen(view_of(*call), org, found.entry);
        response.body += audit::to_line(found.entry) + "\n";
    }
    if (page.next != 0) {
        response.headers.emplace_back("Treeline-Next-Cursor", format_cursor(page.next + 1));
    }
    call->reply(std::move(response));
}

void list_audit(CallPtr call) {
    if (auto problem = lacks(*call, call->org(), Permission::audit_view)) {
        return answer(std::move(call), *problem);
    }
    const auto list = list_query(*call);
    const auto filter = audit_filter(*call);
    if (!list || !filter) {
        return answer(std::move(call), list ? filter.error() : list.error());
    }
    AuditAsk ask;
    ask.org = call->org();
    ask.from = list->cursor;
    ask.limit = list->limit;
    if (wants_lines(*call)) {
        ask.kind = AuditAsk::Kind::oldest_first;
        ask.limit = call->target.query("limit") == nullptr ? export_lines_max : list->limit;
        return inquire(std::move(call), std::move(ask), finish_lines);
    }
    if (!filter->is_any()) {
        ask.wanted = [filter = *filter](OrgId, const audit::Entry& entry) {
            return filter.takes(entry);
        };
    }
    inquire(std::move(call), std::move(ask), finish_list);
}

// ---- GET /orgs/{id}/audit/head

void finish_head(CallPtr call, AuditPage page) {
    const OrgId org = call->org();
    if (auto problem = unready(*call, org, page)) {
        return answer(std::move(call), *problem);
    }
    Answer head;
    head.revision = tree_revision(call->directory(), org);
    head.body = {{"org", call->directory().wire().of(org)},
                 {"seq", page.head.seq},
                 {"hash", audit::to_hex(page.head.hash)}};
    answer(std::move(call), std::move(head));
}

void get_head(CallPtr call) {
    if (auto problem = lacks(*call, call->org(), Permission::audit_view)) {
        return answer(std::move(call), *problem);
    }
    AuditAsk ask;
    ask.kind = AuditAsk::Kind::oldest_first;
    ask.org = call->org();
    ask.limit = 1;
    inquire(std::move(call), std::move(ask), finish_head);
}

// ---- GET /audit/{seq}/proof

// The chain that `?org=` names; without it the caller's home.
OrgId chain_of(const Call& call) {
    if (const std::string* const org = call.target.query("org")) {
        return call.directory().wire().org(parse_id(*org).value_or(0));
    }
    const User* const user = call.directory().user(call.caller.user);
    const Membership* const home =
        user == nullptr ? nullptr : call.directory().membership(user->home);
    return home == nullptr ? OrgId{} : home->org;
}

json::value line_of(const audit::Entry& entry) {
    return *parse_json(audit::to_line(entry));
}

// The entry, the ones behind it with all but their numbers hidden, and the head they lead to.
void finish_proof(CallPtr call, AuditPage page) {
    const OrgId org = chain_of(*call);
    if (auto problem = unready(*call, org, page)) {
        return answer(std::move(call), *problem);
    }
    if (page.found.empty() || page.found.front().entry.seq != call->path_id()) {
        return answer(std::move(call), not_found());
    }
    hide_unseen(view_of(*call), org, page.found.front().entry);
    json::array following;
    for (std::size_t i = 1; i < page.found.size(); ++i) {
        std::vector<audit::Field>& fields = page.found[i].entry.fields;
        std::for_each(fields.begin() + 1, fields.end(), audit::hide);
        following.emplace_back(line_of(page.found[i].entry));
    }
    Answer proof;
    proof.revision = tree_revision(call->directory(), org);
    proof.body = {{"org", call->directory().wire().of(org)},
                  {"seq", call->path_id()},
                  {"entry", line_of(page.found.front().entry)},
                  {"following", std::move(following)},
                  {"head", *parse_json(audit::to_line(page.head))}};
    answer(std::move(call), std::move(proof));
}

void get_proof(CallPtr call) {
    const OrgId org = chain_of(*call);
    if (auto problem = lacks(*call, org, Permission::audit_view)) {
        return answer(std::move(call), *problem);
    }
    AuditAsk ask;
    ask.kind = AuditAsk::Kind::oldest_first;
    ask.org = org;
    ask.from = call->path_id();
    ask.limit = proof_entries_max + 1;
    if (ask.from == 0) {
        return answer(std::move(call), not_found());
    }
    inquire(std::move(call), std::move(ask), finish_proof);
}

// ---- GET /users/{id}/activity

bool may_follow(const Directory& directory, UserId viewer, OrgId org, UnixTime now) {
    return contains(org_permissions(directory, viewer, org, now).permissions,
                    Permission::users_view_activity);
}

std::optional<Problem> cannot_follow(const Call& call) {
    const Directory& directory = call.directory();
    if (!sees_user(directory, call.caller.user, call.user(), call.now)) {
        return not_found();
    }
    for (const Membership* membership : directory.memberships_of(call.user())) {
        if (may_follow(directory, call.caller.user, membership->org, call.now)) {
            return std::nullopt;
        }
    }
    Refusal refusal;
    refusal.code = RefusalCode::forbidden;
    refusal.missing = Permission::users_view_activity;
    return problem_of(refusal);
}

void finish_activity(CallPtr call, AuditPage page) {
    auto problem = cannot_follow(*call);
    if (problem || page.is_in_doubt) {
        return answer(std::move(call), problem ? *problem : overloaded());
    }
    json::array items;
    for (const AuditFound& found : page.found) {
        if (may_follow(call->directory(), call->caller.user, found.org, call->now)) {
            items.emplace_back(show(view_of(*call), found));
        }
    }
    Answer list = list_answer(std::move(items), page.next, page.total,
                              home_revision(call->directory(), call->caller.user));
    answer(std::move(call), std::move(list));
}

// Only what stands in the chains of orgs in which the asker may follow people.
void get_activity(CallPtr call) {
    if (auto problem = cannot_follow(*call)) {
        return answer(std::move(call), *problem);
    }
    const auto list = list_query(*call);
    if (!list) {
        return answer(std::move(call), list.error());
    }
    AuditAsk ask;
    ask.kind = AuditAsk::Kind::of_actor;
    ask.actor = call->user();
    ask.from = list->cursor;
    ask.limit = list->limit;
    ask.wanted = [world = call->world(), viewer = call->caller.user, now = call->now](
                     OrgId org, const audit::Entry&) {
        return may_follow(*world, viewer, org, now);
    };
    inquire(std::move(call), std::move(ask), finish_activity);
}

const Route table[]{
    {.method = "GET",
     .pattern = "/api/v1/orgs/{id}/audit",
     .permission = "audit.view",
     .summary = "The org's audit, newest first; as application/x-ndjson the chain to verify",
     .handler = list_audit,
     .answer = &audit_shape,
     .is_list = true,
     .filters = "actor action from to",
     .csv = "seq at org tree_revision actor on_behalf action outcome object before after also from "
            "count kind status missing_permission hash",
     .csv_permission = "audit.view",
     .instants = "as_of"},
    {.method = "GET",
     .pattern = "/api/v1/orgs/{id}/audit/head",
     .permission = "audit.view",
     .summary = "Where the chain ends now: kept elsewhere, it shows later that a tail is missing",
     .handler = get_head,
     .answer = &head_shape},
    {.method = "GET",
     .pattern = "/api/v1/audit/{seq}/proof",
     .permission = "audit.view",
     .summary = "One entry of a chain (?org=), and how it leads to the head",
     .handler = get_proof,
     .answer = &proof_shape,
     .filters = "org"},
    {.method = "GET",
     .pattern = "/api/v1/users/{id}/activity",
     .permission = "users.view_activity",
     .summary = "What a user has done, newest first",
     .handler = get_activity,
     .answer = &audit_shape,
     .is_list = true},
};

}  // namespace

std::span<const Route> audit_routes() {
    return table;
}

}  // namespace treeline
