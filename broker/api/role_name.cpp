// Finding a role by what a body calls it.
#include "broker/api/role_name.hpp"

namespace treeline {
namespace {

constexpr Field role_fields[]{{"id", FieldKind::number, true},
                              {"name", FieldKind::text, true},
                              {"permissions", FieldKind::texts, true}};

}  // namespace

const Shape role_shape{"Role", role_fields};

RoleId role_called(Call& call, const json::value& called, OrgId org) {
    const Org* const found = call.directory().org(org);
    if (found == nullptr) {
        return RoleId{};
    }
    for (const RoleRecord& role : call.directory().roles(found->root)) {
        const bool is_it = called.is_string()
                               ? called.get_string() == role.name
                               : called.to_number<std::uint64_t>() == number(role.id);
        if (is_it) {
            return role.id;
        }
    }
    call.body.refuse(invalid("there is no such role"));
    return RoleId{};
}

RoleId role_in(Call& call, std::string_view name, OrgId org) {
    const json::value* const called = call.body.find(name);
    return called == nullptr || called->is_null() ? RoleId{} : role_called(call, *called, org);
}

RoleId path_role(const Directory& directory, const Call& call, OrgId org) {
    const Org* const found = directory.org(org);
    const std::uint64_t wanted = call.path_id(1);
    if (found == nullptr || wanted == 0 || wanted > 0xFFFFFFFF) {
        return RoleId{};
    }
    const RoleId id{static_cast<std::uint32_t>(wanted)};
    return directory.role(found->root, id) == nullptr ? RoleId{} : id;
}

json::object show_role(const Directory& directory, OrgId org, const RoleRecord& role) {
    return {{"id", std::uint64_t{number(role.id)}},
            {"name", role.name},
            {"permissions", names_of(directory.permissions(org, role.id))}};
}

}  // namespace treeline
