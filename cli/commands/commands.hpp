// The tables of commands, one a noun, and the parameters that several share.
#pragma once

#include "cli/command.hpp"

namespace treeline::cli {

inline constexpr Parameter org_path{"ORG",         "org", Kind::id, Place::path, Missing::refused,
                                    "The org's id"};
inline constexpr Parameter home_org{
    "--org", "org", Kind::id, Place::path, Missing::home_org, "The org's id; else your home"};
inline constexpr Parameter allow_orphan{
    "--allow-orphan", "allow_orphan",   Kind::flag,
    Place::body,      Missing::nothing, "Even if an org is left without an admin"};

std::span<const Command> session_commands();
std::span<const Command> org_commands();
std::span<const Command> user_commands();
std::span<const Command> membership_commands();
std::span<const Command> device_commands();
std::span<const Command> transfer_commands();
std::span<const Command> role_commands();
std::span<const Command> audit_commands();
std::span<const Command> other_commands();

}  // namespace treeline::cli
