// From instants in a query to worlds in the call.
#include "broker/api/look_back.hpp"

#include <algorithm>

#include "broker/api/format.hpp"

namespace treeline {
namespace {

// The tree in which a revision is counted: the org's in the path, else the caller's own. One that
// the caller does not see is none, so that nothing is looked up for it.
OrgId tree_of(const Call& call) {
    const Directory& directory = call.directory();
    OrgId org = call.org();
    if (!call.route->pattern.starts_with("/api/v1/orgs/{id}")) {
        const User* const user = directory.user(call.caller.user);
        const Membership* const home = user == nullptr ? nullptr : directory.membership(user->home);
        org = home == nullptr ? OrgId{} : home->org;
    } else if (!sees_org(directory, call.caller.user, org, call.now)) {
        org = OrgId{};
    }
    const Org* const found = directory.org(org);
    return found == nullptr ? OrgId{} : found->root;
}

std::optional<Problem> impossible(const Call& call, const Instant& instant) {
    const Directory& directory = call.directory();
    if (!instant.time) {
        return instant.tree_revision > directory.tree_revision(instant.tree)
                   ? std::optional(invalid("there is no such revision yet"))
                   : std::nullopt;
    }
    if (*instant.time > call.now) {
        return invalid("the time has not come yet");
    }
    return *instant.time < directory.org(instant.tree)->created_at
               ? std::optional(invalid("the time is before the first change"))
               : std::nullopt;
}

// The present is at hand, and a client that pages through a list asks for just that.
bool is_present(const Call& call, const Instant& instant) {
    return !instant.time && instant.tree_revision == call.directory().tree_revision(instant.tree);
}

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    while (!text.empty()) {
        words.push_back(text.substr(0, text.find(' ')));
        text.remove_prefix(std::min(words.back().size() + 1, text.size()));
    }
    return words;
}

// The worlds have come, some time later.
void go_on(CallPtr call, const std::vector<std::size_t>& places, std::vector<PastWorld> worlds,
           Handler next) {
    call->now = call->parts->clock().wall;
    if (worlds.size() != places.size()) {
        return answer(std::move(call), overloaded());
    }
    for (std::size_t i = 0; i < places.size(); ++i) {
        call->past[places[i]] = std::move(worlds[i]);
    }
    next(std::move(call));
}

void ask(CallPtr call, std::vector<std::size_t> places, PastAsk wanted, Handler next) {
    PastDesk* const desk = call->parts->past;
    const auto post = call->parts->post;
    auto back = [call = std::move(call), places = std::move(places), post,
                 next](std::vector<PastWorld> worlds) mutable {
        post(Task([call = std::move(call), places = std::move(places), next,
                   worlds = std::move(worlds)](Nothing) mutable {
            const ApiParts& parts = *call->parts;
            const std::string id = call->id;
            guarded(parts, id, [&] { go_on(std::move(call), places, std::move(worlds), next); });
        }));
    };
    Reply<std::vector<PastWorld>> reply(std::move(back));
    if (desk == nullptr || !desk->ask(std::move(wanted), std::move(reply))) {
        reply({});
    }
}

}  // namespace

std::optional<Problem> read_instants(Call& call) {
    const auto names = words_of(call.route->instants);
    if (call.route->is_list && call.route->instants != "as_of" &&
        call.target.query("as_of") != nullptr) {
        return malformed("this list has no past");
    }
    for (std::size_t i = 0; i < names.size(); ++i) {
        const std::string* const text = call.target.query(names[i]);
        if (text == nullptr) {
            continue;
        }
        Instant instant{parse_time(*text), {}, 0};
        instant.tree_revision = instant.time ? 0 : parse_id(*text).value_or(0);
        if (!instant.time && instant.tree_revision == 0) {
            return malformed(std::string(names[i]) + " is a time or a revision");
        }
        call.instants[i] = instant;
    }
    return std::nullopt;
}

void look_back(CallPtr call, Handler next) {
    const OrgId tree = tree_of(*call);
    std::vector<std::size_t> places;
    PastAsk wanted{call->world(), {}};
    for (std::size_t i = 0; i < call->instants.size(); ++i) {
        if (!call->instants[i]) {
            continue;
        }
        if (tree == OrgId{}) {
            call->past_problem = invalid("there is no tree whose past this is");
            break;
        }
        Instant& instant = *call->instants[i];
        instant.tree = tree;
        call->past_problem = call->past_problem ? call->past_problem : impossible(*call, instant);
        if (is_present(*call, instant)) {
            call->past[i] = {call->world(), call->now};
        } else {
            places.push_back(i);
            wanted.instants.push_back(instant);
            wanted.instants.back().tree = instant.time ? OrgId{} : tree;
        }
    }
    if (call->past_problem || places.empty()) {
        return next(std::move(call));
    }
    ask(std::move(call), std::move(places), std::move(wanted), next);
}

bool is_of_the_past(const Call& call, std::size_t which) {
    return call.past[which].world != nullptr;
}

std::uint64_t revision_then(const Call& call, std::uint64_t present, std::size_t which) {
    const World& past = call.past[which].world;
    return past == nullptr ? present : past->tree_revision(call.instants[which]->tree);
}

Hindsight hindsight_of(const Call& call, std::size_t which) {
    const PastWorld& past = call.past[which];
    if (past.world == nullptr) {
        return {call.directory(), call.directory(), call.caller.user, call.now, call.now};
    }
    return {call.directory(), *past.world, call.caller.user, call.now, past.at};
}

}  // namespace treeline
