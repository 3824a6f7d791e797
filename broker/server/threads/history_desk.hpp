// The shards' way to the worker that reads history from the values store.
#pragma once

#include <functional>
#include <memory>

#include "broker/api/api.hpp"
#include "broker/server/threads/worker.hpp"

namespace treeline {

// One shard's: replies come back through its `post`.
std::unique_ptr<SeriesReader> make_history_desk(Worker& worker, const storage::Store& store,
                                                std::function<void(Task)> post);

}  // namespace treeline
