// From the disk to a Directory, and back: checkpoints and the log after them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "broker/domain/directory.hpp"
#include "storage/log.hpp"

namespace treeline {

// One log entry and back (proto/record/v1). decode: nullopt for bytes that are not one.
std::string encode_change(const Change& change);
std::optional<Change> decode_change(std::string_view bytes);

struct Loaded {
    Directory directory;
    std::uint64_t replayed = 0;  // entries applied on top of the checkpoint
};
// The newest complete checkpoint and every entry behind it. Fails with `corruption` when an entry
// can't be read or a number is missing.
storage::Result<Loaded> load_directory(const storage::Store& store, const storage::Log& log);
// The Directory as it was after entry `revision`: from the checkpoint where that is not later, else
// from the first entry. Fails with `corruption` where there is no such entry. Blocks.
storage::Result<Directory> directory_at(const storage::Store& store, const storage::Log& log,
                                        Revision revision);
// Writes `directory` in chunks and then its mark, so that a crash leaves the one before; deletes
// older ones. Blocks: off the registry's thread.
storage::Result<void> write_checkpoint(storage::Store& store, const Directory& directory);

}  // namespace treeline
