// POST /transfers: one device or a thousand, each a command of its own, with an outcome per item.
#include <algorithm>
#include <deque>

#include "broker/api/call.hpp"
#include "broker/api/idempotency.hpp"
#include "broker/api/render.hpp"
#include "broker/api/rotation.hpp"
#include "broker/domain/transfer.hpp"

namespace treeline {
namespace {

using K = FieldKind;

constexpr std::size_t devices_max = 1000;
constexpr std::size_t rotations_at_once_max = 250;  // so the slowest call takes 40 s

constexpr Field create_fields[]{{"devices", K::ids},     {"from_user", K::id},
                                {"from_org", K::id},     {"to_user", K::id},
                                {"to_org", K::id},       {"expected_epoch", K::number},
                                {"contract", K::object}, {"dry_run", K::flag}};
constexpr Field contract_fields[]{
    {"history", K::text}, {"rotate_token", K::flag}, {"notify", K::flag}};
constexpr Field items_fields[]{{"items", K::objects, true}, {"revision", K::number}};
const Shape create_shape{"CreateTransfers", create_fields};
const Shape contract_shape{"TransferContract", contract_fields};
const Shape items_shape{"Transfers", items_fields};

// One call's devices on their way through the registry, on this shard's thread.
struct Bulk {
    CallPtr call;
    std::vector<CreateTransfer> commands;
    std::vector<std::optional<SubmitResult>> results;
    std::deque<std::size_t> rotating;  // to be submitted: their devices get new tokens
    std::size_t awaited = 0;
    bool is_single = false;  // named alone: what refuses it is the call's own problem
};

void read_contract(Call& call, const Body& contract, CreateTransfer& command) {
    if (contract.refused()) {
        call.body.refuse(*contract.refused());
    }
    if (contract.has("history")) {
        const std::string word = contract.text("history");
        if (word != "move" && word != "keep" && word != "cut") {
            call.body.refuse(invalid("history is move, keep or cut"));
        }
        command.history = word == "keep"  ? HistoryMode::keep
                          : word == "cut" ? HistoryMode::cut
                                          : HistoryMode::move;
    }
    if (contract.has("rotate_token")) {
        command.rotate_token = contract.flag("rotate_token");
    }
    if (contract.has("notify")) {
        command.notify = contract.flag("notify");
    }
}

// All but the device. What is wrong in it waits in call.body; only a wrong type is told at once.
Checked<CreateTransfer> read_command(Call& call) {
    const WireIds& wire = call.directory().wire();
    CreateTransfer command;
    command.to_org = wire.org(call.body.id("to_org"));
    command.to_user = wire.user(call.body.id("to_user"));
    if (call.body.has("expected_epoch")) {
        command.expected_epoch = call.body.id("expected_epoch");
    }
    if (const json::value* const given = call.body.find("contract")) {
        auto contract = Body::read(contract_shape, *given);
        if (!contract) {
            return contract.error();
        }
        read_contract(call, *contract, command);
    }
    if (command.to_org == OrgId{} && command.to_user == UserId{}) {
        call.body.refuse(invalid("to_org or to_user is missing"));
    }
    return command;
}

// The devices named, or all that the caller sees of a user or directly in an org.
Checked<std::vector<DeviceId>> read_devices(Call& call) {
    const Directory& directory = call.directory();
    const Body& body = call.body;
    std::vector<DeviceId> devices;
    if (body.has("devices") + body.has("from_user") + body.has("from_org") != 1) {
        call.body.refuse(invalid("one of devices, from_user and from_org is given"));
        return devices;
    }
    for (const std::uint64_t id : body.ids("devices")) {
        devices.push_back(directory.wire().device(id));
    }
    if (!body.has("devices")) {
        const OrgId org = directory.wire().org(body.id("from_org"));
        const UserId owner = directory.wire().user(body.id("from_user"));
        const bool is_seen = body.has("from_org")
                                 ? sees_org(directory, call.caller.user, org, call.now)
                                 : directory.user(owner) != nullptr &&
                                       sees_user(directory, call.caller.user, owner, call.now);
        if (!is_seen) {
            return not_found();
        }
        devices =
            visible_devices(directory, call.caller.user, {.org = org, .owner = owner, .text = {}},
                            {.limit = devices_max + 1}, call.now)
                .items;
    }
    auto sorted = devices;
    std::ranges::sort(sorted);
    if (std::ranges::adjacent_find(sorted) != sorted.end()) {
        call.body.refuse(invalid("a device is named twice"));
    }
    if (devices.size() > devices_max || (devices.empty() && body.has("devices"))) {
        call.body.refuse(invalid("devices holds 1 to 1000 ids"));
    }
    return devices;
}

// An item that stands for no transfer: a refusal, or what a dry run found. Of a device that the
// caller can't see it shows what was sent and nothing else.
json::object show_intent(const Call& call, const Directory& directory,
                         const CreateTransfer& command, bool is_blind) {
    TransferRecord intent;
    intent.device = command.device;
    intent.to_org = command.to_org;
    intent.to_user = command.to_user;
    intent.is_blind = is_blind;
    const Device* const device = directory.device(command.device);
    if (device != nullptr && sees_device(directory, call.caller.user, device->id, call.now)) {
        intent.from_org = device->org;
        intent.from_owner = device->owner;
    }
    if (!is_blind) {
        intent.into_org =
            transfer_target(directory, intent.from_org, command.to_org, command.to_user).into;
    }
    json::object shown = show(View{directory, call.caller.user, call.now}, intent);
    json::object item{
        {"id", nullptr}, {"device", shown["device"]}, {"from", shown["from"]}, {"to", shown["to"]}};
    return item;
}

json::object show_refused(const Call& call, const Directory& directory,
                          const CreateTransfer& command, const Refusal& refusal) {
    json::object item = show_intent(call, directory, command, true);
    item["state"] = "refused";
    item["reason"] = name(refusal.code);
    if (refusal.missing) {
        item["missing_permission"] = name(*refusal.missing);
    }
    return item;
}

json::object preview(const Call& call, const Directory& directory, const CreateTransfer& asked) {
    const Command standing = with_standing(directory, call.actor(), asked, call.now);
    const CreateTransfer& command = std::get<CreateTransfer>(standing);
    if (const auto refusal = permit(directory, call.actor(), standing, call.now)) {
        return show_refused(call, directory, command, *refusal);
    }
    const std::vector<Refusal> found = transfer_blockers(directory, command, call.now);
    if (!found.empty()) {
        json::array blockers;
        for (const Refusal& refusal : found) {
            blockers.emplace_back(name(refusal.code));
        }
        json::object item = show_refused(call, directory, command, found.front());
        item["blockers"] = std::move(blockers);
        return item;
    }
    json::object item =
        show_intent(call, directory, command, command.way == TransferWay::blind_offer);
    item["state"] = command.way == TransferWay::at_once ? "accepted" : "offered";
    return item;
}

Answer items_answer(const Call& call, const Directory& directory, json::array items,
                    bool has_changed) {
    Answer found;
    found.body["items"] = std::move(items);
    found.revision = home_revision(directory, call.caller.user);
    found.status = has_changed ? 201 : 200;
    return found;
}

void answer_preview(CallPtr call, const std::vector<CreateTransfer>& commands) {
    json::array items;
    for (const CreateTransfer& command : commands) {
        items.emplace_back(preview(*call, call->directory(), command));
    }
    Answer found = items_answer(*call, call->directory(), std::move(items), false);
    answer(std::move(call), std::move(found));
}

// What ends the call as a whole: the one device is refused, or nobody knows what has been done.
std::optional<Problem> problem_of(const Bulk& bulk) {
    for (const auto& result : bulk.results) {
        const bool is_whole =
            bulk.is_single || (!*result && ((*result).error().code == RefusalCode::in_doubt ||
                                            (*result).error().code == RefusalCode::key_reuse));
        if (is_whole && !*result) {
            return problem_of((*result).error());
        }
    }
    return std::nullopt;
}

void conclude(Bulk& bulk) {
    Call& call = *bulk.call;
    if (auto problem = problem_of(bulk)) {
        return answer(std::move(bulk.call), *problem);
    }
    call.now = call.parts->clock().wall;
    World world = call.world();
    for (const auto& result : bulk.results) {
        if (*result && (*result)->world->revision() > world->revision()) {
            world = (*result)->world;
        }
    }
    json::array items;
    bool has_changed = false;
    for (std::size_t i = 0; i < bulk.commands.size(); ++i) {
        const SubmitResult& result = *bulk.results[i];
        if (!result) {
            items.emplace_back(show_refused(call, *world, bulk.commands[i], result.error()));
            continue;
        }
        has_changed = true;
        items.emplace_back(show(View{*world, call.caller.user, call.now},
                                *world->transfer(TransferId{result->created})));
    }
    Answer found = items_answer(call, *world, std::move(items), has_changed);
    answer(std::move(bulk.call), std::move(found));
}

Submission submission_of(const Bulk& bulk, std::size_t which) {
    const Call& call = *bulk.call;
    const CreateTransfer& command = bulk.commands[which];
    const std::string part = std::to_string(call.directory().wire().of(command.device));
    return {.actor = call.actor(),
            .command = command,
            .reply = {},
            .from = call.request.peer,
            .idempotency = idempotency_of(call, part)};
}

void submit_rotating(const std::shared_ptr<Bulk>& bulk);

void take_result(const std::shared_ptr<Bulk>& bulk, std::size_t which, SubmitResult&& result) {
    bulk->results[which] = std::move(result);
    if (--bulk->awaited == 0) {
        return conclude(*bulk);
    }
    submit_rotating(bulk);
}

void submit_one(const std::shared_ptr<Bulk>& bulk, std::size_t which, Submission submission) {
    const ApiParts& parts = *bulk->call->parts;
    auto back = [bulk, which, post = parts.post](SubmitResult result) {
        post(Task([bulk, which, result = std::move(result)](Nothing) mutable {
            take_result(bulk, which, std::move(result));
        }));
    };
    submission.reply = Reply<SubmitResult>(std::move(back));
    submit_transfer(parts, std::move(submission));
}

// Those that wait for their device to answer: a bounded number at once.
void submit_rotating(const std::shared_ptr<Bulk>& bulk) {
    while (!bulk->rotating.empty() &&
           bulk->awaited - bulk->rotating.size() < rotations_at_once_max) {
        const std::size_t which = bulk->rotating.front();
        bulk->rotating.pop_front();
        submit_one(bulk, which, submission_of(*bulk, which));
    }
}

// Together, so that the registry takes as many as it can into one batch.
void submit_all(const std::shared_ptr<Bulk>& bulk) {
    bulk->results.resize(bulk->commands.size());
    bulk->awaited = bulk->commands.size();
    for (std::size_t i = 0; i < bulk->commands.size(); ++i) {
        Submission submission = submission_of(*bulk, i);
        if (needs_new_token(*bulk->call->parts, submission)) {
            bulk->rotating.push_back(i);
        } else {
            submit_one(bulk, i, std::move(submission));
        }
    }
    submit_rotating(bulk);
}

std::optional<Problem> objection_to(const Call& call, const Bulk& bulk) {
    if (bulk.is_single) {
        return objection(call, {bulk.commands.front(), call.actor(), {}});
    }
    return call.body.refused();
}

void create(CallPtr call) {
    auto bulk = std::make_shared<Bulk>();
    const auto command = read_command(*call);
    const auto devices = read_devices(*call);
    if (!command || !devices) {
        return answer(std::move(call), command ? devices.error() : command.error());
    }
    for (const DeviceId device : *devices) {
        bulk->commands.push_back(*command);
        bulk->commands.back().device = device;
    }
    bulk->is_single = call->body.has("devices") && devices->size() == 1;
    if (auto problem = objection_to(*call, *bulk)) {
        return answer(std::move(call), *problem);
    }
    if (call->body.flag("dry_run")) {
        return answer_preview(std::move(call), bulk->commands);
    }
    bulk->call = std::move(call);
    if (bulk->commands.empty()) {
        return conclude(*bulk);
    }
    submit_all(bulk);
}

const Route table[]{
    {.method = "POST",
     .pattern = "/api/v1/transfers",
     .permission = "transfer",
     .summary = "Transfer devices to a user or an org: at once where one may, else as offers",
     .handler = create,
     .answer = &items_shape,
     .body = &create_shape,
     .status = 201},
};

}  // namespace

std::span<const Route> transfer_routes() {
    return table;
}

}  // namespace treeline
