// The rules for pushing sets down a tree, and for taking that back (tenancy.md §3).
#include "broker/domain/decide_rules.hpp"

namespace treeline {

Decided<Decision> decide_on(const Scene&, const Push&) {
    return refuse(RefusalCode::not_found);
}
Decided<Decision> decide_on(const Scene&, const UndoPush&) {
    return refuse(RefusalCode::not_found);
}

}  // namespace treeline
