// Which transfers a user may see.
#include "broker/authority/visible.hpp"
#include "broker/authority/walk.hpp"

namespace treeline {

const TransferViewer::Sides& TransferViewer::at(OrgId org) {
    const auto known = known_.find(org);
    if (known != known_.end()) {
        return known->second;
    }
    Sides sides;
    const Org* found = directory_.org(org);
    if (found != nullptr && sees_org(directory_, viewer_, org, now_)) {
        const PermissionSet granted = grants_at(directory_, viewer_, *found, now_).permissions;
        sides.sees = true;
        sides.gives = contains(granted, Permission::org_devices_transfer);
        sides.takes = sides.gives || contains(granted, Permission::org_devices_provision);
    }
    return known_.emplace(org, sides).first->second;
}

bool TransferViewer::sees(const TransferRecord& transfer) {
    if (!is_active(directory_, viewer_)) {
        return false;
    }
    const bool had_part = transfer.made_by == viewer_ || transfer.from_owner == viewer_;
    const OrgId into = transfer.into_org != OrgId{} ? transfer.into_org : transfer.to_org;
    return transfer.to_user == viewer_ || at(transfer.from_org).gives || at(into).takes ||
           (had_part && at(transfer.from_org).sees);
}

bool sees_transfer(const Directory& directory, UserId viewer, TransferId transfer, UnixTime now) {
    const TransferRecord* found = directory.transfer(transfer);
    return found != nullptr && TransferViewer(directory, viewer, now).sees(*found);
}

Page<TransferId> visible_transfers(const Directory& directory, UserId viewer, DeviceId device,
                                   const PageRequest& page, UnixTime now) {
    TransferViewer eyes(directory, viewer, now);
    Page<TransferId> found;
    const auto take = [&](const TransferRecord& transfer) {
        if (!eyes.sees(transfer)) {
            return true;
        }
        ++found.total;
        if (number(transfer.id) > page.after) {
            if (found.items.size() < page.limit) {
                found.items.push_back(transfer.id);
            } else if (found.next_after == 0) {
                found.next_after = number(found.items.back());
            }
        }
        return true;
    };
    if (device != DeviceId{}) {
        directory.transfers_of(device, TransferId{}, take);
    } else {
        directory.all_transfers(TransferId{}, take);
    }
    return found;
}

}  // namespace treeline
