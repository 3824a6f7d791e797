// May this user? The rules for transfers of devices (tenancy.md §4).
#include "broker/authority/permit_rules.hpp"

namespace treeline {

Objection permit_on(const Asker&, const StageToken&) {
    return unseen();
}
Objection permit_on(const Asker&, const CreateTransfer&) {
    return unseen();
}
Objection permit_on(const Asker&, const AnswerTransfer&) {
    return unseen();
}

}  // namespace treeline
