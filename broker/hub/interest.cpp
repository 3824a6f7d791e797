// Masks of interested shards per device, org and subtree.
#include "broker/hub/interest.hpp"

#include "base/check.hpp"

namespace treeline {

ScopeKey key_of(const Scope& scope) {
    return {scope.kind,
            scope.kind == Scope::Kind::device ? number(scope.device) : number(scope.org)};
}

void Interest::begin(const Scope& scope, std::uint32_t shard) {
    masks_[key_of(scope)] |= std::uint64_t{1} << shard;
}

void Interest::end(const Scope& scope, std::uint32_t shard) {
    const auto found = masks_.find(key_of(scope));
    if (found == masks_.end()) {
        return;
    }
    found->second &= ~(std::uint64_t{1} << shard);
    if (found->second == 0) {
        masks_.erase(found);
    }
}

std::uint64_t Interest::shards(const Directory& directory, const Device& device) const {
    std::uint64_t mask = of(Scope::Kind::device, number(device.id)) |
                         of(Scope::Kind::org, number(device.org)) |
                         of(Scope::Kind::subtree, number(device.org));
    if (const Org* org = directory.org(device.org)) {
        for (const OrgId above : org->ancestors) {
            mask |= of(Scope::Kind::subtree, number(above));
        }
    }
    return mask;
}

std::uint64_t Interest::of(Scope::Kind kind, std::uint64_t id) const {
    const auto found = masks_.find(ScopeKey{kind, id});
    return found == masks_.end() ? 0 : found->second;
}

bool Watching::end(const Scope& scope) {
    const auto found = counts_.find(key_of(scope));
    CHECK(found != counts_.end());
    if (--found->second > 0) {
        return false;
    }
    counts_.erase(found);
    return true;
}

}  // namespace treeline
