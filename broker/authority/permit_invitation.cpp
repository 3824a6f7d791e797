// May this user? The rules for invitations and what their receivers do (tenancy.md §2, §5).
#include "broker/authority/permit_rules.hpp"

namespace treeline {

Objection permit_on(const Asker&, const SetHome&) {
    return unseen();
}
Objection permit_on(const Asker&, const AcceptMembership&) {
    return unseen();
}
Objection permit_on(const Asker&, const DeclineMembership&) {
    return unseen();
}
Objection permit_on(const Asker&, const Invite&) {
    return unseen();
}
Objection permit_on(const Asker&, const ResendInvitation&) {
    return unseen();
}

}  // namespace treeline
