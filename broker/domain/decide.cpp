// decide: the one dispatch over commands, and what every change has in common.
#include "broker/domain/decide.hpp"

#include <algorithm>

#include "broker/domain/decide_rules.hpp"
#include "broker/domain/text.hpp"

namespace treeline {
namespace {

// The trees in which somebody could see that the change has happened.
class TreeFinder {
  public:
    explicit TreeFinder(const Directory& before) : before_(before) {}

    void look(const Event& event) {
        std::visit([this](const auto& e) { on(e); }, event);
    }
    std::vector<OrgId> take() {
        std::sort(roots_.begin(), roots_.end());
        roots_.erase(std::unique(roots_.begin(), roots_.end()), roots_.end());
        return std::move(roots_);
    }

  private:
    void on(const OrgPut& e) {
        if (e.org.parent == OrgId{}) {
            roots_.push_back(e.org.id);
        }
        add(e.org.parent);
    }
    void on(const UserPut& e) {
        for (const Membership* membership : before_.memberships_of(e.user.id)) {
            add(membership->org);
        }
    }
    void on(const MembershipPut& e) {
        add_org_of(e.membership.id);  // a user who is transferred leaves it
        add(e.membership.org);
    }
    void on(const MembershipRemoved& e) { add_org_of(e.membership); }
    void on(const RolePut& e) { add(e.role.root); }
    void on(const RoleRemoved& e) { add(e.root); }
    void on(const PermissionsPut& e) { add(e.permissions.org); }
    void on(const PushPut& e) { add(e.push.org); }
    // An offer into another tree shows there once it is accepted, as a device.
    void on(const TransferPut& e) { add(e.transfer.from_org); }
    void on(const DevicePut& e) {
        add_org_of(e.device.id);
        add(e.device.org);
    }
    void on(const DeviceRemoved& e) { add_org_of(e.device); }
    template <class Other>
    void on(const Other&) {}

    void add_org_of(DeviceId id) {
        if (const Device* device = before_.device(id)) {
            add(device->org);
        }
    }
    void add_org_of(MembershipId id) {
        if (const Membership* membership = before_.membership(id)) {
            add(membership->org);
        }
    }
    // An org that is only being made is counted with its parent.
    void add(OrgId id) {
        if (const Org* org = before_.org(id)) {
            roots_.push_back(org->root);
        }
    }

    const Directory& before_;
    std::vector<OrgId> roots_;
};

void complete(const Scene& scene, Change& change) {
    TreeFinder finder(scene.directory);
    for (const Event& event : change.events) {
        finder.look(event);
    }
    change.trees = finder.take();
    change.at = scene.now;
    change.actor = scene.acting_user();
}

}  // namespace

Objection check_if_match(const std::optional<std::uint64_t>& if_match, std::uint64_t changed_at) {
    if (if_match && *if_match != changed_at) {
        return refuse(RefusalCode::precondition_failed, "It has changed since.");
    }
    return std::nullopt;
}

Objection check_name(const Scene& scene, std::string_view name) {
    if (is_valid_name(name, scene.limits.name_size_max)) {
        return std::nullopt;
    }
    return refuse(RefusalCode::invalid, "A name has 1 to " +
                                            std::to_string(scene.limits.name_size_max) +
                                            " characters, none of them a control character.");
}

Objection check_metadata(const Scene& scene, const Metadata& metadata) {
    if (metadata.size() > scene.limits.metadata_entries_max) {
        return refuse(RefusalCode::invalid, "There are too many metadata entries.");
    }
    for (const auto& [key, value] : metadata) {
        if (!is_valid_name(key, scene.limits.name_size_max) ||
            !is_valid_text(value, scene.limits.metadata_value_size_max)) {
            return refuse(RefusalCode::invalid, "A metadata name or value is not acceptable.");
        }
    }
    return std::nullopt;
}

Objection check_role(const Scene& scene, const Org& org, RoleId role) {
    if (scene.directory.role(org.root, role) == nullptr) {
        return refuse(RefusalCode::invalid, "There is no such role.");
    }
    return std::nullopt;
}

Decided<Decision> decide(const Directory& directory, const Actor& actor, const Command& command,
                         UnixTime now, const TreeLimits& limits) {
    const Scene scene{directory, actor, now, limits};
    auto decided = std::visit([&](const auto& c) { return decide_on(scene, c); }, command);
    if (decided) {
        complete(scene, decided->change);
        decided->change.command = kind_name(command);
    }
    return decided;
}

}  // namespace treeline
