// May this user? The rules for custom roles (tenancy.md §3).
#include "broker/authority/permit_rules.hpp"

namespace treeline {

Objection permit_on(const Asker&, const CreateRole&) {
    return unseen();
}
Objection permit_on(const Asker&, const RenameRole&) {
    return unseen();
}
Objection permit_on(const Asker&, const DeleteRole&) {
    return unseen();
}

}  // namespace treeline
