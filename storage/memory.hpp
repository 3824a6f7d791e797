// Store and Log in memory: the reference that the real ones are held against, and for tests.
#pragma once

#include <memory>

#include "storage/log.hpp"
#include "storage/store.hpp"

namespace treeline::storage {

std::unique_ptr<Store> make_memory_store();
// Has no store: whatever is written `beside` an entry is dropped.
std::unique_ptr<Log> make_memory_log();

// A log whose `beside` goes into the store, as in RocksDatabase. Either may outlive the other.
struct MemoryDatabase {
    std::unique_ptr<Store> store;
    std::unique_ptr<Log> log;
};
MemoryDatabase make_memory_database();

}  // namespace treeline::storage
