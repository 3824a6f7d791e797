// The words for storage's errors.
#include "storage/store.hpp"

namespace treeline::storage {

std::string_view name(Errc error) {
    switch (error) {
        case Errc::conflict:
            return "conflict";
        case Errc::in_doubt:
            return "in_doubt";
        case Errc::corruption:
            return "corruption";
        case Errc::unavailable:
            return "unavailable";
    }
    return "unknown";
}

}  // namespace treeline::storage
