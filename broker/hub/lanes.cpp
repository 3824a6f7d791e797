// One bounded mailbox per ordered pair of shards.
#include "broker/hub/lanes.hpp"

#include <utility>

#include "base/check.hpp"
#include "broker/hub/lanes_access.hpp"

namespace treeline {
namespace {
constexpr std::uint32_t shards_max = 64;  // an interest mask is one word
}

Lanes::Lanes(std::uint32_t shards, std::size_t capacity, std::function<void(std::uint32_t)> wake)
    : impl_(std::make_unique<Impl>()) {
    CHECK(shards >= 1 && shards <= shards_max);
    impl_->shards = shards;
    for (std::uint32_t from = 0; from < shards; ++from) {
        for (std::uint32_t to = 0; to < shards; ++to) {
            std::function<void()> wake_receiver;
            if (wake) {
                wake_receiver = [wake, to] { wake(to); };
            }
            impl_->boxes.push_back(
                std::make_unique<Mailbox<Mail>>(capacity, std::move(wake_receiver)));
        }
    }
}

Lanes::~Lanes() = default;

std::uint32_t Lanes::shards() const {
    return impl_->shards;
}

}  // namespace treeline
