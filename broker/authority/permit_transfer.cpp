// May this user transfer a device, or answer an offer of one? And how far do his rights carry it?
#include "broker/authority/permit_rules.hpp"
#include "broker/domain/transfer.hpp"

namespace treeline {
namespace {

bool takes_devices(const Asker& asker, OrgId org) {
    const Org* found = asker.directory.org(org);
    return found != nullptr &&
           contains(grants_at(asker.directory, asker.user, *found, asker.now).permissions,
                    Permission::org_devices_provision);
}

bool sees_target(const Asker& asker, const CreateTransfer& command, OrgId into) {
    if (command.to_org != OrgId{} &&
        !sees_org(asker.directory, asker.user, command.to_org, asker.now)) {
        return false;
    }
    if (command.to_user == asker.user) {
        return into != OrgId{};
    }
    const bool sees_named = command.to_user == UserId{} ||
                            (asker.directory.user(command.to_user) != nullptr &&
                             sees_user(asker.directory, asker.user, command.to_user, asker.now));
    return sees_named && sees_org(asker.directory, asker.user, into, asker.now);
}

// An offer holds while its maker could make it: checked at the acceptance, not remembered.
Objection check_offerer(const Asker& asker, const TransferRecord& transfer) {
    const DeviceRights rights =
        device_rights(asker.directory, transfer.made_by, transfer.device, asker.now).rights;
    if (contains(rights, DeviceRight::view) && contains(rights, DeviceRight::transfer)) {
        return std::nullopt;
    }
    Refusal gone;
    gone.code = RefusalCode::gone;
    gone.detail = "The offer is not open any more.";
    return gone;
}

// The no is the same for every target out of sight, be there such an org or not.
Objection need_to_take(const Asker& asker, const TransferRecord& transfer) {
    const Device* device = asker.directory.device(transfer.device);
    const OrgId from = device == nullptr ? OrgId{} : device->org;
    const OrgId into =
        transfer_target(asker.directory, from, transfer.to_org, transfer.to_user).into;
    if (transfer.to_user == asker.user || takes_devices(asker, into)) {
        return std::nullopt;
    }
    if (sees_org(asker.directory, asker.user, into, asker.now)) {
        return org_refusal(asker.directory, asker.user, into, Permission::org_devices_provision,
                           asker.now);
    }
    return forbidden("Only its target may do this.", Permission::org_devices_provision);
}

Objection need_to_cancel(const Asker& asker, const TransferRecord& transfer) {
    if (transfer.made_by == asker.user) {
        return std::nullopt;
    }
    if (sees_device(asker.directory, asker.user, transfer.device, asker.now)) {
        return need_on(asker, transfer.device, DeviceRight::transfer);
    }
    return forbidden("Only its maker's side may do this.", Permission::org_devices_transfer);
}

}  // namespace

TransferWay way_of(const Asker& asker, const CreateTransfer& command) {
    const Device* device = asker.directory.device(command.device);
    const OrgId from = device == nullptr ? OrgId{} : device->org;
    const OrgId into = transfer_target(asker.directory, from, command.to_org, command.to_user).into;
    if (!sees_target(asker, command, into)) {
        return TransferWay::blind_offer;
    }
    const bool is_himself = command.to_user == asker.user;
    return is_himself || takes_devices(asker, into) ? TransferWay::at_once : TransferWay::offer;
}

Objection permit_on(const Asker& asker, const CreateTransfer& command) {
    return need_on(asker, command.device, DeviceRight::transfer);
}

Objection permit_on(const Asker& asker, const AnswerTransfer& command) {
    const TransferRecord* transfer = asker.directory.transfer(command.transfer);
    if (transfer == nullptr ||
        !sees_transfer(asker.directory, asker.user, command.transfer, asker.now)) {
        return unseen();
    }
    if (command.step == AnswerTransfer::Step::cancel) {
        return need_to_cancel(asker, *transfer);
    }
    if (auto objection = need_to_take(asker, *transfer)) {
        return objection;
    }
    return command.step == AnswerTransfer::Step::accept ? check_offerer(asker, *transfer)
                                                        : std::nullopt;
}

}  // namespace treeline
