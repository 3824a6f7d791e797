// Finding a role by what a body calls it.
#include "broker/api/role_name.hpp"

namespace treeline {

RoleId role_in(Call& call, std::string_view name, OrgId org) {
    const Org* const found = call.directory().org(org);
    if (found == nullptr || !call.body.has(name)) {
        return RoleId{};
    }
    const std::string text = call.body.text(name);
    const std::uint64_t wanted = call.body.id(name);
    for (const RoleRecord& role : call.directory().roles(found->root)) {
        if (text.empty() ? number(role.id) == wanted : role.name == text) {
            return role.id;
        }
    }
    call.body.refuse(invalid("there is no such role"));
    return RoleId{};
}

}  // namespace treeline
