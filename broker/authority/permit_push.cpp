// May this user? The rules for pushing sets down a tree, and for taking that back (tenancy.md §3).
#include "broker/authority/permit_rules.hpp"

namespace treeline {

Objection permit_on(const Asker&, const Push&) {
    return unseen();
}
Objection permit_on(const Asker&, const UndoPush&) {
    return unseen();
}

}  // namespace treeline
