// load_directory: the newest checkpoint, and the log behind it folded on top.
#include "broker/registry/replay.hpp"

#include "broker/registry/checkpoint.hpp"

namespace treeline {

storage::Result<Loaded> load_directory(const storage::Store& store, const storage::Log& log) {
    auto checkpoint = read_checkpoint(store);
    if (!checkpoint) {
        return checkpoint.error();
    }
    Loaded loaded;
    if (*checkpoint) {
        loaded.directory = std::move(**checkpoint);
    }
    // A checkpoint of entries that aren't there: the log is not the one it was made from.
    if (number(loaded.directory.revision()) > log.last()) {
        return storage::Errc::corruption;
    }
    const auto read = log.read_from(
        number(loaded.directory.revision()) + 1, [&](std::uint64_t at, std::string_view entry) {
            const auto change = decode_change(entry);
            if (!change || at != number(loaded.directory.revision()) + 1) {
                return false;
            }
            loaded.directory = apply(std::move(loaded.directory), *change);
            ++loaded.replayed;
            return true;
        });
    if (!read) {
        return read.error();
    }
    if (number(loaded.directory.revision()) != log.last()) {
        return storage::Errc::corruption;
    }
    return loaded;
}

storage::Result<Directory> directory_at(const storage::Store& store, const storage::Log& log,
                                        Revision revision) {
    auto checkpoint = read_checkpoint(store);
    if (!checkpoint) {
        return checkpoint.error();
    }
    Directory directory;
    if (*checkpoint && (**checkpoint).revision() <= revision) {
        directory = std::move(**checkpoint);
    }
    const auto read = log.read_from(number(directory.revision()) + 1,
                                    [&](std::uint64_t at, std::string_view entry) {
                                        const auto change = decode_change(entry);
                                        if (!change || at > number(revision)) {
                                            return false;
                                        }
                                        directory = apply(std::move(directory), *change);
                                        return true;
                                    });
    if (!read || directory.revision() != revision) {
        return read ? storage::Errc::corruption : read.error();
    }
    return directory;
}

}  // namespace treeline
