// The rules for changing, moving, suspending and deleting orgs (tenancy.md §1).
#include "broker/domain/decide_rules.hpp"

namespace treeline {

Decided<Decision> decide_on(const Scene&, const PatchOrg&) {
    return refuse(RefusalCode::not_found);
}
Decided<Decision> decide_on(const Scene&, const MoveOrg&) {
    return refuse(RefusalCode::not_found);
}
Decided<Decision> decide_on(const Scene&, const SuspendOrg&) {
    return refuse(RefusalCode::not_found);
}
Decided<Decision> decide_on(const Scene&, const ResumeOrg&) {
    return refuse(RefusalCode::not_found);
}
Decided<Decision> decide_on(const Scene&, const DeleteOrg&) {
    return refuse(RefusalCode::not_found);
}

}  // namespace treeline
