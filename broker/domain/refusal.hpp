// Why a command was not carried out, as a value; api/problem turns it into HTTP once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "broker/domain/permission.hpp"

namespace treeline {

// The stable words of platform-api.md; `name` gives them as the wire spells them.
enum class RefusalCode : std::uint8_t {
    not_found,
    forbidden,  // 404, 403
    unknown_field,
    read_only,
    domain_not_allowed,
    invalid,  // 422
    cycle,
    too_deep,
    root,
    cross_tree,
    name_taken,
    email_taken,
    already_member,
    already_there,
    last_admin,
    offer_open,
    not_empty,
    revision_moved,
    epoch_moved,
    key_reuse,
    template_missing,
    user_pending,
    org_suspended,
    rotate_unsupported,
    device_offline,
    device_silent,
    role_in_use,
    suborgs_off,          // 409
    gone,                 // 410
    precondition_failed,  // 412
    unauthenticated,      // 401
    overloaded,
    in_doubt,  // 503
};
std::string_view name(RefusalCode code);

struct Refusal {
    RefusalCode code{};
    std::optional<Permission> missing;  // with forbidden
    std::string detail;                 // a sentence for people; never about what they may not see
    bool membership_scope = false;      // an account act on an account not wholly in reach
};

template <class T>
using Decided = ResultOf<T, Refusal>;

}  // namespace treeline
