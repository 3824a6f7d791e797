// The rules for custom roles (tenancy.md §3).
#include "broker/domain/decide_rules.hpp"

namespace treeline {

Decided<Decision> decide_on(const Scene&, const CreateRole&) {
    return refuse(RefusalCode::not_found);
}
Decided<Decision> decide_on(const Scene&, const RenameRole&) {
    return refuse(RefusalCode::not_found);
}
Decided<Decision> decide_on(const Scene&, const DeleteRole&) {
    return refuse(RefusalCode::not_found);
}

}  // namespace treeline
