// A call: one request on its way to its answer, and the few ways in which it gets there.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "broker/api/api.hpp"
#include "broker/api/caller.hpp"
#include "broker/api/revision_queue.hpp"
#include "broker/api/route.hpp"
#include "broker/api/target.hpp"
#include "broker/authority/hindsight.hpp"
#include "broker/authority/permit.hpp"
#include "broker/authority/visible.hpp"
#include "broker/domain/command.hpp"

namespace treeline {

struct PushLook;  // push.cpp

// Owned by whoever has to answer it next. Everything in it is used on the shard's thread only.
struct Call {
    Call() = default;
    // Dropped by an exception, it is answered all the same: 500, which says nothing of the fault.
    ~Call();

    std::string id;  // X-Request-Id
    const ApiParts* parts = nullptr;
    HttpRequest request;
    const Route* route = nullptr;
    Target target;
    PathParts path;  // into target.path()
    Body body;
    TokenHash body_hash{};  // of the bytes as they came
    Caller caller;          // 0 on public routes
    bool is_csv = false;    // the list is wanted as text/csv
    UnixTime now{};
    SteadyTime steady{};  // when it came
    OrgId tree{};  // where the object stood that the command removes: whose revision is answered
    std::optional<std::uint64_t> at_least_revision;
    RevisionQueue* waiting = nullptr;  // where it waits for that
    // The instants of the query in the route's order, the worlds of them, and why there are none.
    std::array<std::optional<Instant>, 2> instants{};
    std::array<PastWorld, 2> past{};
    std::optional<Problem> past_problem{};
    std::vector<OrgId> looked_into{};  // whose devices a list of several orgs showed from above
    Reply<HttpResponse> reply;
    // Tokens made for this call, to be shown once, when the command has been carried out.
    std::string access_token;
    std::string refresh_token;
    std::shared_ptr<PushLook> push{};  // what a push does: filled by `aside`, then this thread's
    bool is_repeated = false;          // an earlier call has done it: secrets read null

    const World& world() const { return parts->shard.world(); }
    const Directory& directory() const { return *world(); }
    std::uint64_t path_id(std::size_t which = 0) const;  // 0 for what is no id
    OrgId org() const { return directory().wire().org(path_id()); }
    UserId user() const { return directory().wire().user(path_id()); }
    DeviceId device() const { return directory().wire().device(path_id()); }
    MembershipId membership() const { return directory().wire().membership(path_id()); }
    Actor actor() const { return Actor{caller.user}; }
    std::string header(std::string_view name) const;  // the first one; empty: none
};

// A success: its object, and the revision that it is true at, counted in one tree.
struct Answer {
    json::object body{};
    std::uint64_t revision = 0;
    std::optional<std::uint64_t> etag{};  // the object's last change
    unsigned status = 0;                  // 0: the route's
};

// Runs a step of a call. What it throws is a fault that nobody foresaw: the log is told of it under
// the request's id, and the broker goes on.
void guarded(const ApiParts& parts, const std::string& id, const std::function<void()>& step);

// For what looks at a whole tree: `work` on a thread of its own, where it may read worlds and write
// what it owns, then `next` on this one. 503 when too many wait there.
void aside(CallPtr call, std::function<void()> work, Handler next);

void answer(CallPtr call, Checked<Answer> result);
// The route is asked again when the revision has come; 503 when it does not come.
void wait_for_revision(CallPtr call);
void answer_late(CallPtr call);

// ---- reading: at once, from the world this shard has adopted.
using Read = Checked<Answer> (*)(Call&);
template <Read read>
void reads(CallPtr call) {
    Checked<Answer> result = read(*call);
    answer(std::move(call), std::move(result));
}

// ---- writing: a command, and how its outcome is shown.
struct Prepared {
    Command command;
    Actor actor;
    std::optional<std::uint64_t> changed_at;  // what If-Match is compared with
};
// Builds the command. Fails with 404 for what the path names. A body that is not whole is no
// failure here: it is refused after the permission is known.
using Prepare = Checked<Prepared> (*)(Call&);
// Renders from the newest world that is settled; what the caller may no longer see is left out.
using Show = Checked<Answer> (*)(Call&, const Directory&, std::uint64_t created);

// 403 and 404 by `permit`, 412, 422: everything that is known before the registry is asked.
std::optional<Problem> objection(const Call& call, const Prepared& prepared);
// Answers a call whose command was carried out. `world` is settled and holds the change.
using Finish = void (*)(CallPtr call, const World& world, std::uint64_t created);
void submit(CallPtr call, Prepared prepared, Finish finish);

template <Show show>
void shows(CallPtr call, const World& world, std::uint64_t created) {
    Checked<Answer> shown = show(*call, *world, created);
    answer(std::move(call), std::move(shown));
}

template <Prepare prepare, Finish finish>
void writes(CallPtr call) {
    Checked<Prepared> prepared = prepare(*call);
    if (!prepared) {
        return answer(std::move(call), prepared.error());
    }
    if (auto problem = objection(*call, *prepared)) {
        return answer(std::move(call), *problem);
    }
    submit(std::move(call), std::move(*prepared), finish);
}
// The later one of `world` and what this shard has adopted by now.
World newest(const Call& call, const World& world);

// ---- the questions that most routes begin with: nullopt is yes.
// 404 where the caller does not see the org, 403 where the permission is missing.
std::optional<Problem> lacks(const Call& call, OrgId org, Permission permission);
// The same for a device.
std::optional<Problem> lacks(const Call& call, DeviceId device, DeviceRight right);
// If-Match, quoted as the ETag is; nullopt where there is none or it is `*`. What can't be read
// matches nothing.
std::optional<std::uint64_t> if_match(const Call& call);

// ---- lists
// limit and cursor of the query; 400 for what they can't be.
struct ListQuery {
    std::size_t limit = list_limit_default;
    std::uint64_t cursor = 0;  // a wire id; 0: from the start
};
Checked<ListQuery> list_query(const Call& call);
Answer list_answer(json::array items, std::uint64_t next_wire_id, std::uint64_t total,
                   std::uint64_t revision);

// ---- revisions
std::uint64_t tree_revision(const Directory& directory, OrgId org);    // of the org's tree
std::uint64_t home_revision(const Directory& directory, UserId user);  // of the home org's tree
// `{"revision": …}`: what is left to say when the object is gone or out of sight.
Answer only_revision(std::uint64_t revision);

}  // namespace treeline
