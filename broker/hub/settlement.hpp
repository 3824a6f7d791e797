// Settlement: the fence between a durable change and its acknowledgement (design: R1).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "broker/domain/publication.hpp"

namespace treeline {

// publish: the registry's thread. Shards take what was published and store their settled word on
// their own. The slot of every shard is filled before the one word that lets any of them take it
// is raised, so that a shard that meets a newer stamp always finds the world it belongs to.
class Settlement final : public Follower {
  public:
    // `wake(shard)`: a world waits for it. `moved()`: a settled word has moved (the registry).
    Settlement(std::uint32_t shards, Revision initial, std::function<void(std::uint32_t)> wake,
               std::function<void()> moved);
    ~Settlement() override;

    void publish(Publication publication) override;
    Revision settled() const override;
    Revision published() const;
    Revision settled_by(std::uint32_t shard) const;

    // ---- shard `shard`, on its thread
    // The published world if it is newer than `than`.
    std::optional<Publication> take(std::uint32_t shard, Revision than);
    void settle(std::uint32_t shard, Revision revision);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace treeline
