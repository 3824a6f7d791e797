// How calls are checked, carried out and answered.
#include "broker/api/call.hpp"

#include <algorithm>
#include <exception>

#include "broker/api/audit_note.hpp"
#include "broker/api/csv_list.hpp"
#include "broker/api/format.hpp"
#include "broker/api/idempotency.hpp"
#include "broker/api/rotation.hpp"

namespace treeline {
namespace {

HttpResponse render(const Call& call, const Answer& found) {
    if (call.is_csv) {
        return render_csv(*call.route, found);
    }
    json::object body = found.body;
    body["revision"] = found.revision;
    HttpResponse response{.status = found.status != 0 ? found.status : call.route->status,
                          .headers = {{"Content-Type", "application/json"},
                                      {"Treeline-Revision", std::to_string(found.revision)}},
                          .body = json::serialize(body)};
    if (found.etag) {
        response.headers.emplace_back("ETag", "\"" + std::to_string(*found.etag) + "\"");
    }
    return response;
}

// A problem of somebody who is known carries the revision that it was found at, but a 404 carries
// nothing.
HttpResponse render(const Call& call, const Problem& problem) {
    HttpResponse response = render(problem);
    if (call.caller.user != UserId{} && problem.status != 404 && problem.status != 401) {
        response.headers.emplace_back(
            "Treeline-Revision", std::to_string(home_revision(call.directory(), call.caller.user)));
    }
    return response;
}

// The registry's answer is of a world that every shard has settled, but this shard may have
// adopted a later one since: then that one says what may be shown.
void conclude(CallPtr call, const SubmitResult& result, Finish finish) {
    if (!result) {
        Limiter* const limiter = call->parts->limiter;
        if (limiter != nullptr && result.error().code == RefusalCode::email_taken) {
            limiter->told_of_an_address(call->caller.user, call->steady);
        }
        return answer(std::move(call), problem_of(result.error()));
    }
    if (call->parts->fault) {
        call->parts->fault(*call->route);
    }
    call->now = call->parts->clock().wall;
    call->is_repeated = result->is_repeated;
    const World world = newest(*call, result->world);
    finish(std::move(call), world, result->created);
}

// A body without the id that it must have names nothing: the command is built without it, and
// that nothing is found is no answer to what was asked.
bool names_nothing(const Call& call) {
    return call.route->body != nullptr &&
           std::ranges::any_of(call.route->body->fields, [&](const Field& field) {
               return field.is_required && field.kind == FieldKind::id &&
                      !call.body.has(field.name);
           });
}

}  // namespace

Call::~Call() {
    if (reply && std::uncaught_exceptions() > 0) {
        reply(render(Problem{.status = 500, .code = "internal"}));
    }
}

void guarded(const ApiParts& parts, const std::string& id, const std::function<void()>& step) {
    try {
        step();
    } catch (const std::exception& fault) {
        if (parts.failed) {
            parts.failed(id, fault.what());
        }
    }
}

void aside(CallPtr call, std::function<void()> work, Handler next) {
    const ApiParts& parts = *call->parts;
    const auto held = std::make_shared<CallPtr>(std::move(call));
    const auto go_on = [held, next](const std::exception_ptr& fault) {
        const ApiParts& parts = *(*held)->parts;
        const std::string id = (*held)->id;
        guarded(parts, id, [&] {
            CallPtr call = std::move(*held);
            if (fault) {
                std::rethrow_exception(fault);
            }
            call->now = parts.clock().wall;
            next(std::move(call));
        });
    };
    const auto post = parts.post;
    Task task([post, go_on, work = std::move(work), tried = parts.fault,
               route = (*held)->route](Nothing) {
        std::exception_ptr fault;
        try {
            if (tried) {
                tried(*route);
            }
            work();
        } catch (const std::exception&) {
            fault = std::current_exception();
        }
        post(Task([go_on, fault](Nothing) { go_on(fault); }));
    });
    if (!parts.aside(std::move(task))) {
        answer(std::move(*held), overloaded());
    }
}

std::uint64_t Call::path_id(std::size_t which) const {
    return path[which].empty() ? 0 : parse_id(path[which]).value_or(0);
}

std::string Call::header(std::string_view name) const {
    for (const auto& [field, value] : request.headers) {
        if (field == name) {
            return value;
        }
    }
    return {};
}

// What can't be recorded is not answered: neither an object nor that there is none. A read that is
// behind what was asked for has not been answered yet, and is not recorded.
void answer(CallPtr call, Checked<Answer> result) {
    if (is_behind(*call, result)) {
        return wait_for_revision(std::move(call));
    }
    if (result && call->past_problem) {
        result = *call->past_problem;
    }
    const auto unrecorded = result ? record_look(*call) : record_denial(*call, result.error());
    if (unrecorded) {
        result = *unrecorded;
    }
    HttpResponse response = result ? render(*call, *result) : render(*call, result.error());
    call->reply(std::move(response));
}

void wait_for_revision(CallPtr call) {
    if (call->waiting == nullptr || !call->waiting->hold(call)) {
        answer_late(std::move(call));
    }
}

void answer_late(CallPtr call) {
    HttpResponse response =
        render(*call, Problem{.status = 503, .code = "revision_ahead", .retry_after_s = 1});
    call->reply(std::move(response));
}

std::optional<Problem> objection(const Call& call, const Prepared& prepared) {
    const std::optional<Refusal> refusal =
        permit(call.directory(), prepared.actor, prepared.command, call.now);
    const bool is_the_body =
        refusal && refusal->code == RefusalCode::not_found && names_nothing(call);
    if (refusal && !is_the_body) {
        return problem_of(*refusal);
    }
    const auto wanted = if_match(call);
    if (wanted && prepared.changed_at && *wanted != *prepared.changed_at) {
        return problem_of(Refusal{RefusalCode::precondition_failed, {}, {}, false});
    }
    return call.body.refused();
}

World newest(const Call& call, const World& world) {
    return call.world()->revision() < world->revision() ? world : call.world();
}

void submit(CallPtr call, Prepared prepared, Finish finish) {
    const ApiParts& parts = *call->parts;
    const auto idempotency = idempotency_of(*call);
    std::string from = call->request.peer;
    auto back = [call = std::move(call), finish](SubmitResult result) mutable {
        const auto post = call->parts->post;
        post(Task([call = std::move(call), finish, result = std::move(result)](Nothing) mutable {
            const ApiParts& parts = *call->parts;
            const std::string id = call->id;
            guarded(parts, id, [&] { conclude(std::move(call), result, finish); });
        }));
    };
    submit_transfer(parts, {.actor = std::move(prepared.actor),
                            .command = std::move(prepared.command),
                            .reply = Reply<SubmitResult>(std::move(back)),
                            .from = std::move(from),
                            .idempotency = idempotency});
}

std::optional<Problem> lacks(const Call& call, OrgId org, Permission permission) {
    const Directory& directory = call.directory();
    const UserId user = call.caller.user;
    if (!sees_org(directory, user, org, call.now)) {
        return not_found();
    }
    if (contains(org_permissions(directory, user, org, call.now).permissions, permission)) {
        return std::nullopt;
    }
    return problem_of(org_refusal(directory, user, org, permission, call.now));
}

std::optional<Problem> lacks(const Call& call, DeviceId device, DeviceRight right) {
    const Directory& directory = call.directory();
    const UserId user = call.caller.user;
    if (!sees_device(directory, user, device, call.now)) {
        return not_found();
    }
    if (contains(device_rights(directory, user, device, call.now).rights, right)) {
        return std::nullopt;
    }
    return problem_of(device_refusal(directory, user, device, right, call.now));
}

std::optional<std::uint64_t> if_match(const Call& call) {
    const std::string text = call.header("if-match");
    if (text.empty() || text == "*") {
        return std::nullopt;
    }
    constexpr std::uint64_t never = ~std::uint64_t{0};
    if (text.size() < 3 || text.front() != '"' || text.back() != '"') {
        return never;
    }
    return parse_id(std::string_view(text).substr(1, text.size() - 2)).value_or(never);
}

Checked<ListQuery> list_query(const Call& call) {
    ListQuery list;
    list.limit = call.is_csv ? list_limit_max : list_limit_default;
    if (const std::string* const text = call.target.query("limit")) {
        const auto limit = parse_id(*text);
        if (!limit || *limit > list_limit_max) {
            return malformed("limit is a number from 1 to 1000");
        }
        list.limit = *limit;
    }
    if (const std::string* const text = call.target.query("cursor")) {
        const auto place = parse_cursor(*text);
        if (!place) {
            return malformed("cursor is not one of ours");
        }
        list.cursor = *place;
    }
    return list;
}

Answer list_answer(json::array items, std::uint64_t next_wire_id, std::uint64_t total,
                   std::uint64_t revision) {
    Answer list;
    list.revision = revision;
    list.body["items"] = std::move(items);
    list.body["next_cursor"] =
        next_wire_id == 0 ? json::value(nullptr) : json::value(format_cursor(next_wire_id));
    list.body["total"] = total;
    return list;
}

std::uint64_t tree_revision(const Directory& directory, OrgId org) {
    const Org* const found = directory.org(org);
    return found == nullptr ? 0 : directory.tree_revision(found->root);
}

std::uint64_t home_revision(const Directory& directory, UserId user) {
    const User* const found = directory.user(user);
    const Membership* const home = found == nullptr ? nullptr : directory.membership(found->home);
    return home == nullptr ? 0 : tree_revision(directory, home->org);
}

Answer only_revision(std::uint64_t revision) {
    Answer bare;
    bare.revision = revision;
    return bare;
}

}  // namespace treeline
