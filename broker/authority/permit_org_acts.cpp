// May this user? The rules for changing, moving, suspending and deleting orgs (tenancy.md §1).
#include "broker/authority/permit_rules.hpp"

namespace treeline {

Objection permit_on(const Asker&, const PatchOrg&) {
    return unseen();
}
Objection permit_on(const Asker&, const MoveOrg&) {
    return unseen();
}
Objection permit_on(const Asker&, const SuspendOrg&) {
    return unseen();
}
Objection permit_on(const Asker&, const ResumeOrg&) {
    return unseen();
}
Objection permit_on(const Asker&, const DeleteOrg&) {
    return unseen();
}

}  // namespace treeline
