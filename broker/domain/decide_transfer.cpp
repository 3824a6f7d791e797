// The rules for transfers of devices (tenancy.md §4).
#include "broker/domain/decide_rules.hpp"

namespace treeline {

Decided<Decision> decide_on(const Scene&, const StageToken&) {
    return refuse(RefusalCode::not_found);
}
Decided<Decision> decide_on(const Scene&, const CreateTransfer&) {
    return refuse(RefusalCode::not_found);
}
Decided<Decision> decide_on(const Scene&, const AnswerTransfer&) {
    return refuse(RefusalCode::not_found);
}

}  // namespace treeline
