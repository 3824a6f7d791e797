// How a new world leaves the registry: the one interface between the two planes.
#pragma once

#include <memory>

#include "broker/domain/effect.hpp"

namespace treeline {

// A durable world and whom it may have changed something for since the one before.
struct Publication {
    World world;
    std::shared_ptr<const Effect> effect;
};

// Implemented by the hub (hub/settle), called by the registry's thread.
class Follower {
  public:
    virtual ~Follower() = default;
    // Hands the next world to every shard. REQUIRES: settled() >= the revision published before.
    virtual void publish(Publication publication) = 0;
    // The revision which every shard has settled: nothing it forbids is in a route, seat or outbox.
    virtual Revision settled() const = 0;
};

}  // namespace treeline
