// Records as the audit says them: named texts, ids as they stand on the wire, never a secret.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "broker/domain/directory.hpp"
#include "proto/audit/chain.hpp"

namespace treeline {

// One thing that a record says. Of a secret, only that it is set.
struct Said {
    std::string name;
    std::string value;
    bool is_secret = false;
};
using Saying = std::vector<Said>;

Saying say(const WireIds& wire, const OrgRecord& org);
Saying say(const WireIds& wire, const UserRecord& user);
Saying say(const WireIds& wire, const MembershipRecord& membership);
Saying say(const WireIds& wire, const DeviceRecord& device);
Saying say(const WireIds& wire, const TransferRecord& transfer);
Saying say(const RoleRecord& role);
Saying say(const PermissionSet& permissions, bool is_linked);

// "org/123": how the audit names a thing. Empty for id 0.
std::string reference(const WireIds& wire, OrgId id);
std::string reference(const WireIds& wire, UserId id);
std::string reference(const WireIds& wire, MembershipId id);
std::string reference(const WireIds& wire, DeviceId id);
std::string reference(const WireIds& wire, LoginId id);
std::string reference(const WireIds& wire, TransferId id);
std::string reference(RoleId id);

}  // namespace treeline
