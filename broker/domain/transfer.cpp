// Where a transfer goes, what stands against it, and what its contract asks of the token.
#include "broker/domain/transfer.hpp"

namespace treeline {
namespace {

bool is_member(const Directory& directory, OrgId org, UserId user) {
    const Membership* membership = directory.membership(directory.membership_of(user, org));
    return membership != nullptr && membership->status == MembershipStatus::active;
}

OrgId home_of(const Directory& directory, UserId user) {
    const User* found = directory.user(user);
    const Membership* home = found == nullptr ? nullptr : directory.membership(found->home);
    return home == nullptr ? OrgId{} : home->org;
}

bool crosses_trees(const Directory& directory, OrgId from, OrgId into) {
    const Org* before = directory.org(from);
    const Org* after = directory.org(into);
    return before != nullptr && after != nullptr && before->root != after->root;
}

Refusal because(RefusalCode code, std::string detail) {
    Refusal refusal;
    refusal.code = code;
    refusal.detail = std::move(detail);
    return refusal;
}

void look_at_target(const Directory& directory, const Device& device, const CreateTransfer& command,
                    UnixTime now, std::vector<Refusal>& found) {
    const TransferTarget target =
        transfer_target(directory, device.org, command.to_org, command.to_user);
    const Org* into = directory.org(target.into);
    const User* user = directory.user(target.owner);
    if (into == nullptr || (target.owner != UserId{} && user == nullptr)) {
        found.push_back(because(RefusalCode::not_found, {}));
        return;
    }
    if (user != nullptr) {
        const Membership* membership =
            directory.membership(directory.membership_of(user->id, into->id));
        const bool has_ended = membership != nullptr && membership->not_after.has_value() &&
                               *membership->not_after <= now;
        if (!is_member(directory, into->id, user->id) || has_ended) {
            found.push_back(
                because(RefusalCode::invalid, "An owner is a member of the device's org."));
        }
    }
    // An org named alone is never "already there" by half: what clears an owner is DELETE owner.
    if (into->id == device.org && (user == nullptr || user->id == device.owner)) {
        found.push_back(because(RefusalCode::already_there, "The device is there already."));
    }
    if (into->suspended_here_or_above) {
        found.push_back(because(RefusalCode::org_suspended, "The organization is suspended."));
    }
    if (user != nullptr && user->status != UserStatus::active) {
        found.push_back(because(RefusalCode::user_pending, "The user is pending or suspended."));
    }
}

}  // namespace

TransferTarget transfer_target(const Directory& directory, OrgId device_org, OrgId to_org,
                               UserId to_user) {
    if (to_org != OrgId{}) {
        return {directory.org(to_org) == nullptr ? OrgId{} : to_org, to_user};
    }
    return {is_member(directory, device_org, to_user) ? device_org : home_of(directory, to_user),
            to_user};
}

TransferState state_at(const TransferRecord& transfer, UnixTime now) {
    const bool is_over = transfer.state == TransferState::offered && transfer.expires_at <= now;
    return is_over ? TransferState::expired : transfer.state;
}

const TransferRecord* open_offer(const Directory& directory, DeviceId device, UnixTime now) {
    const TransferRecord* open = nullptr;
    directory.transfers_of(device, TransferId{}, [&](const TransferRecord& transfer) {
        if (state_at(transfer, now) == TransferState::offered) {
            open = &transfer;
        }
        return open == nullptr;
    });
    return open;
}

std::vector<Refusal> transfer_blockers(const Directory& directory, const CreateTransfer& command,
                                       UnixTime now) {
    std::vector<Refusal> found;
    const Device* device = directory.device(command.device);
    if (device == nullptr) {
        found.push_back(because(RefusalCode::not_found, {}));
        return found;
    }
    if (command.expected_epoch && *command.expected_epoch != device->ownership_epoch) {
        found.push_back(because(RefusalCode::epoch_moved, "Its org or owner has changed since."));
    }
    if (command.way != TransferWay::blind_offer) {
        look_at_target(directory, *device, command, now, found);
    }
    const bool is_offer = command.way != TransferWay::at_once;
    if (is_offer && open_offer(directory, device->id, now) != nullptr) {
        found.push_back(because(RefusalCode::offer_open, "There is an open offer of it."));
    }
    return found;
}

std::optional<Refusal> acceptance_blocker(const Directory& directory,
                                          const TransferRecord& transfer, UnixTime now) {
    const Refusal gone = because(RefusalCode::gone, "The offer is not open any more.");
    const Device* device = directory.device(transfer.device);
    if (state_at(transfer, now) != TransferState::offered || device == nullptr ||
        device->ownership_epoch != transfer.from_epoch) {
        return gone;
    }
    CreateTransfer again;
    again.device = transfer.device;
    again.to_org = transfer.to_org;
    again.to_user = transfer.to_user;
    again.way = TransferWay::at_once;
    const std::vector<Refusal> found = transfer_blockers(directory, again, now);
    if (found.empty()) {
        return std::nullopt;
    }
    return found.front().code == RefusalCode::not_found ? gone : found.front();
}

bool needs_rotation(const Directory& directory, const CreateTransfer& command) {
    const Device* device = directory.device(command.device);
    if (device == nullptr || command.way != TransferWay::at_once) {
        return false;
    }
    const TransferTarget target =
        transfer_target(directory, device->org, command.to_org, command.to_user);
    // Who has the rights on both sides has confirmed by saying so that the token stays.
    return command.rotate_token.value_or(crosses_trees(directory, device->org, target.into));
}

bool needs_rotation(const Directory& directory, const AnswerTransfer& command) {
    const TransferRecord* transfer = directory.transfer(command.transfer);
    const Device* device = transfer == nullptr ? nullptr : directory.device(transfer->device);
    if (device == nullptr || command.step != AnswerTransfer::Step::accept) {
        return false;
    }
    const TransferTarget target =
        transfer_target(directory, device->org, transfer->to_org, transfer->to_user);
    if (crosses_trees(directory, device->org, target.into)) {
        return transfer->rotate_token.value_or(false) || !command.keep_token;
    }
    return transfer->rotate_token.value_or(false);
}

}  // namespace treeline
