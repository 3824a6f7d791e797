// May this user make an org here?
#include "broker/authority/permit_rules.hpp"

namespace treeline {

// Rights over an org come from its parent.
Objection permit_on(const Asker& asker, const CreateOrg& command) {
    return need(asker, command.parent, Permission::suborgs_create);
}

}  // namespace treeline
