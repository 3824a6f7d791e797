// The way to the past: replays run one after the other on a worker of their own.
#pragma once

#include <memory>

#include "broker/registry/past.hpp"
#include "broker/server/threads/worker.hpp"

namespace treeline {

// ask: any thread. The worker must be stopped before the desk and the storage go.
std::unique_ptr<PastDesk> make_past_desk(Worker& worker, const storage::Store& store,
                                         const storage::Log& log);

}  // namespace treeline
