// Values as apps see them: items, not bytes with NULs inside.
#include "broker/session/values.hpp"

#include "proto/device/body.hpp"

namespace treeline {

std::vector<std::string_view> items_of(std::string_view bytes) {
    return bytes.empty() ? std::vector<std::string_view>{bytes} : proto::split_items(bytes);
}

std::string join_items(std::span<const std::string> items) {
    std::string bytes;
    for (std::size_t at = 0; at < items.size(); ++at) {
        bytes.append(at == 0 ? "" : std::string_view("\0", 1)).append(items[at]);
    }
    // items_of drops one trailing NUL, so an empty last item needs one more.
    if (items.size() > 1 && items.back().empty()) {
        bytes.push_back('\0');
    }
    return bytes;
}

}  // namespace treeline
