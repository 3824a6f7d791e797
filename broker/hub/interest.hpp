// Interest: which shards want what is said about a device. Homes know shards, never users.
#pragma once

#include <cstdint>

#include <boost/unordered/unordered_flat_map.hpp>

#include "broker/authority/visible.hpp"

namespace treeline {

// What a scope is about, as one key.
struct ScopeKey {
    Scope::Kind kind{};
    std::uint64_t id = 0;
    friend bool operator==(const ScopeKey&, const ScopeKey&) = default;
    friend std::size_t hash_value(const ScopeKey& key) {
        return boost::hash<std::uint64_t>{}(key.id << 2 | static_cast<std::uint64_t>(key.kind));
    }
};
ScopeKey key_of(const Scope& scope);

// On the side of the homes: a bit per interested shard. Owned by one shard.
class Interest {
  public:
    void begin(const Scope& scope, std::uint32_t shard);
    void end(const Scope& scope, std::uint32_t shard);
    // The shards with a watch that may match `device`, in the given world.
    std::uint64_t shards(const Directory& directory, const Device& device) const;

  private:
    std::uint64_t of(Scope::Kind kind, std::uint64_t id) const;
    boost::unordered_flat_map<ScopeKey, std::uint64_t> masks_;
};

// On the side of the watchers: how many watches of this shard stand behind each interest.
class Watching {
  public:
    // True when this is the first: tell the homes.
    bool begin(const Scope& scope) { return counts_[key_of(scope)]++ == 0; }
    // True when that was the last: tell the homes.
    bool end(const Scope& scope);

  private:
    boost::unordered_flat_map<ScopeKey, std::uint32_t> counts_;
};

}  // namespace treeline
