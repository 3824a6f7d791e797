// The words of the fence: one slot and one settled word per shard, one published word for all.
#include "broker/hub/settlement.hpp"

#include <algorithm>
#include <atomic>
#include <utility>
#include <vector>

#include "base/check.hpp"

namespace treeline {

struct Settlement::Impl {
    // Plain, though two threads touch it: the registry writes it only after every shard has
    // settled what was in it (acquire on the settled words), and a shard reads it only after it
    // saw the published word rise (release by the registry).
    struct alignas(64) Slot {
        Publication publication;
        std::atomic<std::uint64_t> settled{0};
    };

    Impl(std::uint32_t shards, Revision initial, std::function<void(std::uint32_t)> wake_shard,
         std::function<void()> moved_word)
        : slots(shards), wake(std::move(wake_shard)), moved(std::move(moved_word)) {
        for (Slot& slot : slots) {
            slot.settled.store(number(initial), std::memory_order_relaxed);
        }
        published.store(number(initial), std::memory_order_release);
    }

    std::vector<Slot> slots;
    std::atomic<std::uint64_t> published{0};
    const std::function<void(std::uint32_t)> wake;
    const std::function<void()> moved;
};

Settlement::Settlement(std::uint32_t shards, Revision initial,
                       std::function<void(std::uint32_t)> wake, std::function<void()> moved)
    : impl_(std::make_unique<Impl>(shards, initial, std::move(wake), std::move(moved))) {}

Settlement::~Settlement() = default;

void Settlement::publish(Publication publication) {
    const std::uint64_t revision = number(publication.world->revision());
    CHECK(settled() >= published());
    CHECK(revision > number(published()));
    for (Impl::Slot& slot : impl_->slots) {
        slot.publication = publication;
    }
    impl_->published.store(revision, std::memory_order_release);
    if (impl_->wake) {
        for (std::uint32_t shard = 0; shard < impl_->slots.size(); ++shard) {
            impl_->wake(shard);
        }
    }
}

Revision Settlement::settled() const {
    std::uint64_t least = impl_->published.load(std::memory_order_acquire);
    for (const Impl::Slot& slot : impl_->slots) {
        least = std::min(least, slot.settled.load(std::memory_order_acquire));
    }
    return Revision{least};
}

Revision Settlement::published() const {
    return Revision{impl_->published.load(std::memory_order_acquire)};
}

Revision Settlement::settled_by(std::uint32_t shard) const {
    return Revision{impl_->slots[shard].settled.load(std::memory_order_acquire)};
}

std::optional<Publication> Settlement::take(std::uint32_t shard, Revision than) {
    if (published() <= than) {
        return std::nullopt;
    }
    // Moved out, so that the last reference to an old world isn't kept alive by a slot.
    return std::move(impl_->slots[shard].publication);
}

void Settlement::settle(std::uint32_t shard, Revision revision) {
    impl_->slots[shard].settled.store(number(revision), std::memory_order_release);
    if (impl_->moved) {
        impl_->moved();
    }
}

}  // namespace treeline
