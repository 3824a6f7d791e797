// What commands are called in logs and in the audit.
#include "broker/domain/command.hpp"

#include <array>

namespace treeline {

std::string_view kind_name(const Command& command) {
    // In the order of the variant.
    static constexpr std::array<std::string_view, std::variant_size_v<Command>> names{
        "create_root",
        "sign_in",
        "refresh_login",
        "sign_out",
        "create_org",
        "patch_org",
        "move_org",
        "suspend_org",
        "resume_org",
        "delete_org",
        "create_user",
        "patch_user",
        "suspend_user",
        "resume_user",
        "delete_user",
        "set_password",
        "force_logout",
        "transfer_user",
        "request_reset",
        "finish_reset",
        "create_membership",
        "patch_membership",
        "end_membership",
        "set_home",
        "accept_membership",
        "decline_membership",
        "invite",
        "resend_invitation",
        "accept_invitation",
        "put_permissions",
        "create_role",
        "rename_role",
        "delete_role",
        "push",
        "undo_push",
        "create_device",
        "patch_device",
        "delete_device",
        "rotate_token",
        "set_owner",
        "stage_token",
        "create_transfer",
        "answer_transfer",
        "set_device_meta",
    };
    return names[command.index()];
}

}  // namespace treeline
