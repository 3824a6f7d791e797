// The rules for transfers of devices: at once, offered, answered, cancelled (tenancy.md §4).
#include <algorithm>
#include <string_view>

#include "broker/domain/decide_rules.hpp"
#include "broker/domain/transfer.hpp"

namespace treeline {
namespace {

constexpr std::chrono::hours offer_lifetime{7 * 24};

TransferId next_id(const Scene& scene, const Decision& made) {
    std::uint64_t next = scene.directory.next().next_transfer;
    for (const Event& event : made.change.events) {
        if (const auto* put = std::get_if<TransferPut>(&event)) {
            next = std::max(next, number(put->transfer.id) + 1);
        }
    }
    return TransferId{next};
}

TransferRecord transfer_of(const Scene& scene, const Device& device, TransferId id) {
    TransferRecord transfer;
    transfer.id = id;
    transfer.device = device.id;
    transfer.from_org = device.org;
    transfer.from_owner = device.owner;
    transfer.made_by = scene.acting_user();
    transfer.created_at = scene.now;
    transfer.from_epoch = device.ownership_epoch;
    return transfer;
}

void close(const Scene& scene, TransferRecord& transfer, TransferState state) {
    transfer.state = state;
    transfer.closed_at = scene.now;
    transfer.closed_by = scene.acting_user();
}

// Told are those whom it concerns and who didn't do it: the new owner, the one before and whoever
// made the offer. An org has no address, and its admins see its list. The mail names neither org:
// each reader may see only one side.
void tell(const Scene& scene, const TransferRecord& transfer, const Device& device,
          std::string_view state, std::vector<UserId> concerned, Change& change) {
    std::ranges::sort(concerned);
    const auto rest = std::ranges::unique(concerned);
    concerned.erase(rest.begin(), rest.end());
    for (const UserId id : concerned) {
        const User* user = scene.directory.user(id);
        if (transfer.notify && user != nullptr && user->status == UserStatus::active &&
            id != scene.acting_user()) {
            change.mail.push_back({user->email.str(),
                                   MailKind::transfer_notice,
                                   {{"device", device.name}, {"state", std::string(state)}}});
        }
    }
}

// The device as the next holder gets it. People find it empty after `cut` and `keep`; the device's
// own sync is the hub's and knows no epochs.
DeviceRecord handed_over(const Device& device, const TransferTarget& target, HistoryMode history,
                         const std::optional<TokenHash>& staged) {
    DeviceRecord next = device;
    next.org = target.into;
    next.owner = target.owner;
    ++next.ownership_epoch;
    if (history == HistoryMode::keep) {
        next.kept.edit().push_back(
            {device.org, device.readable_from_epoch, device.ownership_epoch});
    }
    if (history != HistoryMode::move) {
        next.readable_from_epoch = next.ownership_epoch;
        next.metadata.clear();
        next.tags.clear();
    }
    if (staged) {
        next.token = *staged;
        next.staged_token.reset();
    }
    return next;
}

HistoryMode usual_history(const Scene& scene, OrgId from, OrgId into) {
    const bool is_inside = scene.directory.org(from)->root == scene.directory.org(into)->root;
    return is_inside ? HistoryMode::move : HistoryMode::cut;
}

// The one place where a device changes hands. REQUIRES: nothing stands against it.
Decided<Decision> hand_over(const Scene& scene, const Device& device, TransferRecord transfer,
                            bool must_rotate, const std::optional<TokenHash>& staged) {
    if (must_rotate && !staged) {
        return refuse(RefusalCode::rotate_unsupported, "The device has taken no new token.");
    }
    if (staged && device.staged_token != staged) {
        return refuse(RefusalCode::device_silent, "Another token was sent to it meanwhile.");
    }
    const TransferTarget target =
        transfer_target(scene.directory, device.org, transfer.to_org, transfer.to_user);
    const OrgId from = device.org;
    transfer.into_org = target.into;
    transfer.history = transfer.history.value_or(usual_history(scene, from, target.into));
    transfer.rotate_token = staged.has_value();
    close(scene, transfer, TransferState::accepted);
    Decision made = decision(number(transfer.id),
                             DevicePut{handed_over(device, target, *transfer.history, staged)},
                             TransferPut{transfer});
    const TransferRecord* open = open_offer(scene.directory, device.id, scene.now);
    if (open != nullptr && open->id != transfer.id) {
        cancel_offer(scene, device.id, made);
    }
    tell(scene, transfer, device, "accepted", {target.owner, transfer.from_owner, transfer.made_by},
         made.change);
    return made;
}

// What another change does to a device besides, inside its tree and without a word to anybody.
void pass_on(const Scene& scene, const Device& device, const TransferTarget& target,
             Decision& made) {
    made.change.events.emplace_back(
        DevicePut{handed_over(device, target, HistoryMode::move, std::nullopt)});
    cancel_offer(scene, device.id, made);
    TransferRecord transfer = transfer_of(scene, device, next_id(scene, made));
    transfer.to_org = target.into == device.org ? OrgId{} : target.into;
    transfer.to_user = target.owner;
    transfer.into_org = target.into;
    transfer.history = HistoryMode::move;
    transfer.rotate_token = false;
    transfer.notify = false;
    close(scene, transfer, TransferState::accepted);
    made.change.events.emplace_back(TransferPut{transfer});
}

Decided<Decision> offer(const Scene& scene, const Device& device, TransferRecord transfer) {
    transfer.expires_at = scene.now + offer_lifetime;
    Decision made = decision(number(transfer.id), TransferPut{transfer});
    tell(scene, transfer, device, "offered", {transfer.to_user}, made.change);
    return made;
}

}  // namespace

void change_owner(const Scene& scene, const Device& device, UserId owner, Decision& made) {
    pass_on(scene, device, {device.org, owner}, made);
}

void take_along(const Scene& scene, const Device& device, OrgId into, Decision& made) {
    pass_on(scene, device, {into, device.owner}, made);
}

void cancel_offer(const Scene& scene, DeviceId device, Decision& made) {
    if (const TransferRecord* open = open_offer(scene.directory, device, scene.now)) {
        TransferRecord next = *open;
        close(scene, next, TransferState::cancelled);
        made.change.events.emplace_back(TransferPut{next});
    }
}

void cancel_offers_below(const Scene& scene, OrgId org, Decision& made) {
    scene.directory.devices(org, DeviceId{}, [&](const Device& device) {
        cancel_offer(scene, device.id, made);
        return true;
    });
    scene.directory.children(org, OrgId{}, [&](OrgId child) {
        cancel_offers_below(scene, child, made);
        return true;
    });
}

void cancel_offers_to(const Scene& scene, OrgId org, Decision& made) {
    scene.directory.all_transfers(TransferId{}, [&](const TransferRecord& transfer) {
        const bool is_to_it = transfer.into_org == org && !transfer.is_blind;
        if (is_to_it && state_at(transfer, scene.now) == TransferState::offered) {
            TransferRecord next = transfer;
            close(scene, next, TransferState::cancelled);
            made.change.events.emplace_back(TransferPut{next});
        }
        return true;
    });
}

Decided<Decision> decide_on(const Scene& scene, const StageToken& command) {
    const Device* device = scene.directory.device(command.device);
    if (device == nullptr) {
        return refuse(RefusalCode::not_found);
    }
    if (auto objection = check_token(scene, command.token)) {
        return *objection;
    }
    DeviceRecord next = *device;
    if (command.has_earlier && device->staged_token) {
        next.token = *device->staged_token;
    }
    next.staged_token = command.token;
    return decision(number(device->id), DevicePut{next});
}

Decided<Decision> decide_on(const Scene& scene, const CreateTransfer& command) {
    if (command.way == TransferWay::unknown) {
        return refuse(RefusalCode::forbidden);  // nobody has looked at the actor's rights
    }
    const std::vector<Refusal> found = transfer_blockers(scene.directory, command, scene.now);
    if (!found.empty()) {
        return found.front();
    }
    const Device& device = *scene.directory.device(command.device);
    TransferRecord transfer =
        transfer_of(scene, device, TransferId{scene.directory.next().next_transfer});
    transfer.to_org = command.to_org;
    transfer.to_user = command.to_user;
    transfer.history = command.history;
    transfer.rotate_token = command.rotate_token;
    transfer.notify = command.notify.value_or(true);
    if (command.way == TransferWay::at_once) {
        return hand_over(scene, device, transfer, needs_rotation(scene.directory, command),
                         command.staged);
    }
    transfer.is_blind = command.way == TransferWay::blind_offer;
    if (!transfer.is_blind) {
        transfer.into_org =
            transfer_target(scene.directory, device.org, command.to_org, command.to_user).into;
    }
    return offer(scene, device, transfer);
}

Decided<Decision> decide_on(const Scene& scene, const AnswerTransfer& command) {
    const TransferRecord* transfer = scene.directory.transfer(command.transfer);
    if (transfer == nullptr) {
        return refuse(RefusalCode::not_found);
    }
    if (state_at(*transfer, scene.now) != TransferState::offered) {
        return refuse(RefusalCode::gone, "The offer is not open any more.");
    }
    if (command.step == AnswerTransfer::Step::accept) {
        if (auto blocker = acceptance_blocker(scene.directory, *transfer, scene.now)) {
            return *blocker;
        }
        return hand_over(scene, *scene.directory.device(transfer->device), *transfer,
                         needs_rotation(scene.directory, command), command.staged);
    }
    const bool is_declined = command.step == AnswerTransfer::Step::decline;
    TransferRecord next = *transfer;
    close(scene, next, is_declined ? TransferState::declined : TransferState::cancelled);
    Decision made = decision(number(next.id), TransferPut{next});
    if (const Device* device = scene.directory.device(next.device)) {
        tell(scene, next, *device, is_declined ? "declined" : "cancelled",
             {is_declined ? next.made_by : next.to_user}, made.change);
    }
    return made;
}

}  // namespace treeline
