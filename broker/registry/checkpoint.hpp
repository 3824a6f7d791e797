// The newest complete checkpoint of a store.
//
//   mark  key = "checkpoint/mark/"  revision : u64 big-endian
//   chunk key = "checkpoint/chunk/" revision : u64 big-endian  index : u64 big-endian, from 0
#pragma once

#include <optional>

#include "broker/domain/directory.hpp"
#include "storage/store.hpp"

namespace treeline {

// nullopt: there is none. Fails with `corruption` when a marked one is not whole.
storage::Result<std::optional<Directory>> read_checkpoint(const storage::Store& store);

}  // namespace treeline
