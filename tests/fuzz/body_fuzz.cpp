// Fuzzes the bodies of device frames: what is parsed lies within the body and within its bounds.
#include <string_view>

#include "base/check.hpp"
#include "proto/device/body.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace treeline::proto;
    const std::string_view body(reinterpret_cast<const char*>(data), size);
    const auto items = split_items(body);
    std::size_t total = items.empty() ? 0 : items.size() - 1;
    for (const std::string_view item : items) {
        total += item.size();
        parse_integer(item);
    }
    CHECK(total == size || total + 1 == size);
    if (is_info(items)) {
        CHECK(info_pairs(items).size() == (items.size() + 1) / 2);
    }
    if (const auto write = parse_write(body)) {
        CHECK(body.ends_with(write->value));
    }
    if (const auto sync = parse_sync(body)) {
        CHECK(sync->size() <= 256);
    }
    if (const auto property = parse_property(body)) {
        CHECK(!property->pins.empty() && !property->name.empty() && !property->values.empty());
    }
    if (const auto event = parse_event_clear(body)) {
        CHECK(!event->code.empty());
    }
    if (const auto step = parse_group(body)) {
        CHECK(step->unix_ms >= 0);
    }
    if (const auto token = parse_token(body)) {
        CHECK(token->size() == 32);
    }
    return 0;
}
