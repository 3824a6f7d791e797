// Last values survive a restart in the values store; shards get theirs back from it here.
#include "broker/server/value_store.hpp"

#include "broker/hub/value_key.hpp"

namespace treeline {

storage::Result<void> restore_values(const storage::Store& store,
                                     const std::vector<std::unique_ptr<Shard>>& shards) {
    return store.scan("", first_series_key, [&](std::string_view key, std::string_view value) {
        if (const auto device = device_of_key(key)) {
            shards[shards.front()->home_of(*device)]->restore(key, value);
        }
        return true;
    });
}

}  // namespace treeline
