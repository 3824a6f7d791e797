// The rules for acts on accounts: profile, password, logout, deletion, transfer (tenancy.md §5).
#include "broker/domain/decide_rules.hpp"

namespace treeline {

Decided<Decision> decide_on(const Scene&, const PatchUser&) {
    return refuse(RefusalCode::not_found);
}
Decided<Decision> decide_on(const Scene&, const DeleteUser&) {
    return refuse(RefusalCode::not_found);
}
Decided<Decision> decide_on(const Scene&, const SetPassword&) {
    return refuse(RefusalCode::not_found);
}
Decided<Decision> decide_on(const Scene&, const ForceLogout&) {
    return refuse(RefusalCode::not_found);
}
Decided<Decision> decide_on(const Scene&, const TransferUser&) {
    return refuse(RefusalCode::not_found);
}
Decided<Decision> decide_on(const Scene&, const RequestReset&) {
    return refuse(RefusalCode::not_found);
}
Decided<Decision> decide_on(const Scene&, const FinishReset&) {
    return refuse(RefusalCode::not_found);
}

}  // namespace treeline
