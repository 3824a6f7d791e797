// /transfers/{id} and the lists of transfers: reading them, and answering an offer.
#include "broker/api/call.hpp"
#include "broker/api/look_back.hpp"
#include "broker/api/render.hpp"
#include "broker/domain/transfer.hpp"

namespace treeline {
namespace {

using Step = AnswerTransfer::Step;

constexpr Field accept_fields[]{{"keep_token", FieldKind::flag}};
const Shape accept_shape{"AcceptTransfer", accept_fields};

TransferId id_of(const Call& call) {
    return call.directory().wire().transfer(call.path_id());
}

Checked<Answer> show_transfer(Call& call, const Directory& directory, std::uint64_t id) {
    if (!sees_transfer(directory, call.caller.user, TransferId{id}, call.now)) {
        return only_revision(home_revision(directory, call.caller.user));
    }
    const TransferRecord& transfer = *directory.transfer(TransferId{id});
    Answer found;
    found.body = show(View{directory, call.caller.user, call.now}, transfer);
    found.revision = sees_org(directory, call.caller.user, transfer.from_org, call.now)
                         ? tree_revision(directory, transfer.from_org)
                         : home_revision(directory, call.caller.user);
    return found;
}

Checked<Answer> get_transfer(Call& call) {
    const TransferId id = id_of(call);
    if (!sees_transfer(call.directory(), call.caller.user, id, call.now)) {
        return not_found();
    }
    return show_transfer(call, call.directory(), number(id));
}

Checked<Answer> list_of(Call& call, DeviceId device, std::uint64_t revision) {
    const auto list = list_query(call);
    if (!list) {
        return list.error();
    }
    const Directory& directory = call.directory();
    const PageRequest page{number(directory.wire().transfer(list->cursor)), list->limit};
    const Hindsight then = hindsight_of(call);
    const auto found = is_of_the_past(call)
                           ? transfers_then(then, device, page)
                           : visible_transfers(directory, call.caller.user, device, page, call.now);
    json::array items;
    for (const TransferId id : found.items) {
        items.emplace_back(
            show(View{directory, call.caller.user, call.now}, *then.past.transfer(id)));
    }
    return list_answer(std::move(items), directory.wire().of(TransferId{found.next_after}),
                       found.total, revision_then(call, revision));
}

Checked<Answer> list_all(Call& call) {
    return list_of(call, DeviceId{}, home_revision(call.directory(), call.caller.user));
}

// Those of its history that the caller may see: what it did before its org got it stays outside.
Checked<Answer> list_of_device(Call& call) {
    if (auto problem = lacks(call, call.device(), DeviceRight::transfer)) {
        return *problem;
    }
    const Device& device = *call.directory().device(call.device());
    return list_of(call, device.id, tree_revision(call.directory(), device.org));
}

template <Step step>
Checked<Prepared> prepare_answer(Call& call) {
    const TransferId id = id_of(call);
    if (!sees_transfer(call.directory(), call.caller.user, id, call.now)) {
        return not_found();
    }
    AnswerTransfer command;
    command.transfer = id;
    command.step = step;
    command.keep_token = call.body.flag("keep_token");
    return Prepared{command, call.actor(), {}};
}

const Route table[]{
    {.method = "GET",
     .pattern = "/api/v1/transfers",
     .permission = "visible",
     .summary = "The transfers that the caller may see, open offers among them",
     .handler = reads<list_all>,
     .answer = &transfer_shape,
     .is_list = true,
     .instants = "as_of"},
    {.method = "GET",
     .pattern = "/api/v1/transfers/{id}",
     .permission = "visible",
     .summary = "One transfer",
     .handler = reads<get_transfer>,
     .answer = &transfer_shape},
    {.method = "GET",
     .pattern = "/api/v1/devices/{id}/transfers",
     .permission = "transfer",
     .summary = "A device's transfers, every change of its owner included",
     .handler = reads<list_of_device>,
     .answer = &transfer_shape,
     .is_list = true,
     .instants = "as_of"},
    {.method = "POST",
     .pattern = "/api/v1/transfers/{id}/accept",
     .permission = "org_devices.provision",
     .summary = "Take an offered device in, where one may or is the user named",
     .handler = writes<prepare_answer<Step::accept>, shows<show_transfer>>,
     .answer = &transfer_shape,
     .body = &accept_shape},
    {.method = "POST",
     .pattern = "/api/v1/transfers/{id}/decline",
     .permission = "org_devices.provision",
     .summary = "Leave an offered device where it is",
     .handler = writes<prepare_answer<Step::decline>, shows<show_transfer>>,
     .answer = &transfer_shape},
    {.method = "POST",
     .pattern = "/api/v1/transfers/{id}/cancel",
     .permission = "transfer",
     .summary = "Take an offer back",
     .handler = writes<prepare_answer<Step::cancel>, shows<show_transfer>>,
     .answer = &transfer_shape},
};

}  // namespace

std::span<const Route> transfer_act_routes() {
    return table;
}

}  // namespace treeline
