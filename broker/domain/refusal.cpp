// The words of RefusalCode as the wire spells them.
#include "broker/domain/refusal.hpp"

#include <array>

#include "base/check.hpp"

namespace treeline {
namespace {

constexpr std::array<std::string_view, 33> names{
    "not_found",
    "forbidden",
    "unknown_field",
    "read_only",
    "domain_not_allowed",
    "invalid",
    "cycle",
    "too_deep",
    "root",
    "cross_tree",
    "name_taken",
    "email_taken",
    "already_member",
    "already_there",
    "last_admin",
    "offer_open",
    "not_empty",
    "revision_moved",
    "epoch_moved",
    "key_reuse",
    "template_missing",
    "user_pending",
    "org_suspended",
    "rotate_unsupported",
    "device_offline",
    "device_silent",
    "role_in_use",
    "suborgs_off",
    "gone",
    "precondition_failed",
    "unauthenticated",
    "overloaded",
    "in_doubt",
};
static_assert(static_cast<std::size_t>(RefusalCode::in_doubt) + 1 == names.size());

}  // namespace

std::string_view name(RefusalCode code) {
    const auto at = static_cast<std::size_t>(code);
    CHECK(at < names.size());
    return names[at];
}

}  // namespace treeline
