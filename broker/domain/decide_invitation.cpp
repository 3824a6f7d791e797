// The rules for invitations and what their receivers do (tenancy.md §2, §5).
#include "broker/domain/decide_rules.hpp"

namespace treeline {

Decided<Decision> decide_on(const Scene&, const SetHome&) {
    return refuse(RefusalCode::not_found);
}
Decided<Decision> decide_on(const Scene&, const AcceptMembership&) {
    return refuse(RefusalCode::not_found);
}
Decided<Decision> decide_on(const Scene&, const DeclineMembership&) {
    return refuse(RefusalCode::not_found);
}
Decided<Decision> decide_on(const Scene&, const Invite&) {
    return refuse(RefusalCode::not_found);
}
Decided<Decision> decide_on(const Scene&, const ResendInvitation&) {
    return refuse(RefusalCode::not_found);
}
Decided<Decision> decide_on(const Scene&, const AcceptInvitation&) {
    return refuse(RefusalCode::not_found);
}

}  // namespace treeline
