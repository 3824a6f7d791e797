// May this user? The rules for acts on accounts: profile, password, logout, deletion, transfer
// (tenancy.md §5).
#include "broker/authority/permit_rules.hpp"

namespace treeline {

Objection permit_on(const Asker&, const PatchUser&) {
    return unseen();
}
Objection permit_on(const Asker&, const DeleteUser&) {
    return unseen();
}
Objection permit_on(const Asker&, const SetPassword&) {
    return unseen();
}
Objection permit_on(const Asker&, const ForceLogout&) {
    return unseen();
}
Objection permit_on(const Asker&, const TransferUser&) {
    return unseen();
}

}  // namespace treeline
