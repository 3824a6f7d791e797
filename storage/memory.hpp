// Store and Log in memory: the reference that the real ones are held against, and for tests.
#pragma once

#include <memory>

#include "storage/log.hpp"
#include "storage/store.hpp"

namespace treeline::storage {

std::unique_ptr<Store> make_memory_store();
std::unique_ptr<Log> make_memory_log();

}  // namespace treeline::storage
