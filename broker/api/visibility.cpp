// /visibility: who could see or control a device, what a user could, at a time; and the difference
// between two times.
#include "broker/api/call.hpp"
#include "broker/api/format.hpp"
#include "broker/api/look_back.hpp"

namespace treeline {
namespace {

using K = FieldKind;

constexpr Field visibility_fields[]{
    {"user", K::id}, {"device", K::id}, {"org", K::id}, {"rights", K::texts, true}};
constexpr Field difference_fields[]{
    {"user", K::id}, {"device", K::id}, {"before", K::texts, true}, {"after", K::texts, true}};
const Shape visibility_shape{"Visibility", visibility_fields};
const Shape difference_shape{"VisibilityDifference", difference_fields};

// What is asked about: one of the two.
struct Subject {
    DeviceId device{};
    UserId user{};
};

Checked<Subject> subject_of(const Call& call) {
    const std::string* const device = call.target.query("device");
    const std::string* const user = call.target.query("user");
    const std::string* const given = device != nullptr ? device : user;
    if ((device == nullptr) == (user == nullptr) || !parse_id(*given)) {
        return malformed("either device or user is given, an id");
    }
    const Directory& directory = call.directory();
    if (device != nullptr) {
        const DeviceId id = directory.wire().device(*parse_id(*device));
        return sees_device(directory, call.caller.user, id, call.now) ? Checked<Subject>({id, {}})
                                                                      : not_found();
    }
    const UserId id = directory.wire().user(*parse_id(*user));
    return sees_user(directory, call.caller.user, id, call.now) ? Checked<Subject>({{}, id})
                                                                : not_found();
}

json::array names_of(DeviceRights rights) {
    json::array names;
    for (std::size_t i = 0; i < device_right_count; ++i) {
        if (rights[i]) {
            names.emplace_back(name(static_cast<DeviceRight>(i)));
        }
    }
    return names;
}

json::object about(const Call& call, UserId user) {
    return {{"user", call.directory().wire().of(user)}};
}
json::object about(const Call& call, DeviceId device) {
    return {{"device", call.directory().wire().of(device)}};
}

json::object show(const Call& call, const Could<UserId>& could) {
    json::object row = about(call, could.id);
    row["rights"] = names_of(could.rights);
    return row;
}
json::object show(const Call& call, const Could<DeviceId>& could) {
    json::object row = about(call, could.id);
    row["org"] = call.directory().wire().of(hindsight_of(call).past.device(could.id)->org);
    row["rights"] = names_of(could.rights);
    return row;
}
template <class Id>
json::object show(const Call& call, const Difference<Id>& difference) {
    json::object row = about(call, difference.id);
    row["before"] = names_of(difference.before);
    row["after"] = names_of(difference.after);
    return row;
}

// `after`: the id behind which the page begins; `which`: the instant that the answer is true at.
template <class Row>
Answer page_answer(const Call& call, const std::vector<Row>& rows, std::uint64_t after,
                   std::size_t limit, std::size_t which) {
    json::array items;
    std::uint64_t last = 0;
    std::uint64_t next = 0;
    for (const Row& row : rows) {
        if (number(row.id) <= after) {
            continue;
        }
        if (items.size() == limit) {
            next = last;
            break;
        }
        items.emplace_back(show(call, row));
        last = call.directory().wire().of(row.id);
    }
    return list_answer(
        std::move(items), next, rows.size(),
        revision_then(call, home_revision(call.directory(), call.caller.user), which));
}

Checked<Answer> get_visibility(Call& call) {
    const auto subject = subject_of(call);
    const auto list = list_query(call);
    if (!subject || !list) {
        return subject ? list.error() : subject.error();
    }
    const WireIds& wire = call.directory().wire();
    const Hindsight then = hindsight_of(call);
    return subject->device != DeviceId{}
               ? page_answer(call, who_could(then, subject->device),
                             number(wire.user(list->cursor)), list->limit, 0)
               : page_answer(call, what_could(then, subject->user),
                             number(wire.device(list->cursor)), list->limit, 0);
}

Checked<Answer> get_difference(Call& call) {
    const auto subject = subject_of(call);
    const auto list = list_query(call);
    if (!subject || !list) {
        return subject ? list.error() : subject.error();
    }
    if (!call.instants[0]) {
        return malformed("from is a time or a revision");
    }
    const WireIds& wire = call.directory().wire();
    const Hindsight before = hindsight_of(call, 0);
    const Hindsight after = hindsight_of(call, 1);
    if (before.then > after.then || before.past.revision() > after.past.revision()) {
        return invalid("from is later than to");
    }
    return subject->device != DeviceId{}
               ? page_answer(call,
                             difference(who_could(before, subject->device),
                                        who_could(after, subject->device)),
                             number(wire.user(list->cursor)), list->limit, 1)
               : page_answer(call,
                             difference(what_could(before, subject->user),
                                        what_could(after, subject->user)),
                             number(wire.device(list->cursor)), list->limit, 1);
}

const Route table[]{
    {.method = "GET",
     .pattern = "/api/v1/visibility",
     .permission = "visible",
     .summary = "Who had rights on a device, or on which devices a user had some, at a time",
     .handler = reads<get_visibility>,
     .answer = &visibility_shape,
     .is_list = true,
     .filters = "device user",
     .instants = "at"},
    {.method = "GET",
     .pattern = "/api/v1/visibility/diff",
     .permission = "visible",
     .summary = "What of that is different between two times",
     .handler = reads<get_difference>,
     .answer = &difference_shape,
     .is_list = true,
     .filters = "device user",
     .instants = "from to"},
};

}  // namespace

std::span<const Route> visibility_routes() {
    return table;
}

}  // namespace treeline
