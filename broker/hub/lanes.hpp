// Lanes: what shards say to each other. One bounded mailbox per ordered pair; being full blocks
// nobody.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

namespace treeline {

struct Mail;  // hub/mail.hpp

// Any thread. Built before the shards, outlives them.
class Lanes {
  public:
    // `wake(shard)` is called on the sender's thread when mail comes into an empty lane.
    Lanes(std::uint32_t shards, std::size_t capacity, std::function<void(std::uint32_t)> wake);
    ~Lanes();
    std::uint32_t shards() const;

  private:
    friend class Shard;
    friend struct LanesAccess;
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace treeline
