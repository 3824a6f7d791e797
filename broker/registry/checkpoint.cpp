// Checkpoints: a Directory as chunks of events, then a mark; the mark makes them count.
#include "broker/registry/checkpoint.hpp"

#include <vector>

#include "broker/registry/replay.hpp"
#include "broker/registry/wire.hpp"

namespace treeline {

namespace {

constexpr std::string_view mark_prefix = "checkpoint/mark/";
constexpr std::string_view chunk_prefix = "checkpoint/chunk/";
// Just behind each prefix: '0' follows '/'.
constexpr std::string_view mark_end = "checkpoint/mark0";
constexpr std::string_view chunk_end = "checkpoint/chunk0";
constexpr int chunk_events_max = 1000;
constexpr int number_size_bytes = 8;

void append_number(std::string& key, std::uint64_t number) {
    for (int shift = 8 * (number_size_bytes - 1); shift >= 0; shift -= 8) {
        key.push_back(static_cast<char>(number >> shift & 0xff));
    }
}

std::string mark_key(Revision revision) {
    std::string key(mark_prefix);
    append_number(key, number(revision));
    return key;
}

std::string chunk_key(std::uint64_t revision, std::uint64_t index) {
    std::string key(chunk_prefix);
    append_number(key, revision);
    append_number(key, index);
    return key;
}

template <class Message>
bool parse(std::string_view bytes, Message& message) {
    return message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

// The greatest mark, as bytes; nullopt: none.
storage::Result<std::optional<std::string>> newest_mark(const storage::Store& store) {
    std::optional<std::string> newest;
    const auto scanned =
        store.scan(mark_prefix, mark_end, [&](std::string_view, std::string_view value) {
            newest = std::string(value);
            return true;
        });
    if (!scanned) {
        return scanned.error();
    }
    return newest;
}

// Everything of earlier checkpoints, and what crashes have left of unfinished ones.
storage::Result<void> delete_others(storage::Store& store, Revision kept) {
    std::vector<storage::Write> deletes;
    const std::string mark = mark_key(kept);
    const std::string chunks = chunk_key(number(kept), 0).substr(0, chunk_prefix.size() + 8);
    const auto note = [&](std::string_view key, std::string_view) {
        if (key != mark && !key.starts_with(chunks)) {
            deletes.push_back({std::string(key), std::nullopt});
        }
        return true;
    };
    for (const auto& [from, to] :
         {std::pair(mark_prefix, mark_end), std::pair(chunk_prefix, chunk_end)}) {
        if (auto scanned = store.scan(from, to, note); !scanned) {
            return scanned.error();
        }
    }
    return deletes.empty() ? storage::Result<void>()
                           : store.write(deletes, storage::Durability::buffered);
}

// Owned by one call of write_checkpoint. Holds at most one chunk of events.
class ChunkWriter {
  public:
    ChunkWriter(storage::Store& store, Revision revision) : store_(store), revision_(revision) {}

    void take(const Event& event) {
        to_wire(event, *chunk_.add_events());
        ++events_;
        if (chunk_.events_size() >= chunk_events_max) {
            flush();
        }
    }
    // The mark, durable with all that it counts.
    storage::Result<void> finish() {
        flush();
        if (!failed_) {
            record::v1::CheckpointMark mark;
            mark.set_revision(number(revision_));
            mark.set_chunks(chunks_);
            mark.set_events(events_);
            failed_ = error_of(store_.write({{mark_key(revision_), mark.SerializeAsString()}},
                                            storage::Durability::synced));
        }
        return failed_ ? storage::Result<void>(*failed_) : storage::Result<void>();
    }

  private:
    static std::optional<storage::Errc> error_of(const storage::Result<void>& result) {
        return result ? std::nullopt : std::optional(result.error());
    }
    void flush() {
        if (!failed_ && chunk_.events_size() > 0) {
            failed_ = error_of(store_.write(
                {{chunk_key(number(revision_), chunks_++), chunk_.SerializeAsString()}},
                storage::Durability::buffered));
        }
        chunk_.Clear();
    }

    storage::Store& store_;
    const Revision revision_;
    record::v1::CheckpointChunk chunk_;
    std::uint64_t chunks_ = 0;
    std::uint64_t events_ = 0;
    std::optional<storage::Errc> failed_;
};

bool append_events(const std::string& bytes, std::vector<Event>& events) {
    record::v1::CheckpointChunk chunk;
    if (!parse(bytes, chunk)) {
        return false;
    }
    for (const record::v1::Event& wire : chunk.events()) {
        auto event = from_wire(wire);
        if (!event) {
            return false;
        }
        events.push_back(std::move(*event));
    }
    return true;
}

}  // namespace

storage::Result<std::optional<Directory>> read_checkpoint(const storage::Store& store) {
    const auto bytes = newest_mark(store);
    if (!bytes) {
        return bytes.error();
    }
    if (!*bytes) {
        return std::optional<Directory>();
    }
    record::v1::CheckpointMark mark;
    if (!parse(**bytes, mark)) {
        return storage::Errc::corruption;
    }
    std::vector<Event> events;
    for (std::uint64_t index = 0; index < mark.chunks(); ++index) {
        const auto chunk = store.get(chunk_key(mark.revision(), index));
        if (!chunk) {
            return chunk.error();
        }
        if (!*chunk || !append_events(**chunk, events)) {
            return storage::Errc::corruption;
        }
    }
    if (events.size() != mark.events()) {
        return storage::Errc::corruption;
    }
    return std::optional(restore(Revision{mark.revision()}, events));
}

storage::Result<void> write_checkpoint(storage::Store& store, const Directory& directory) {
    const auto bytes = newest_mark(store);
    if (!bytes) {
        return bytes.error();
    }
    record::v1::CheckpointMark newest;
    if (*bytes && parse(**bytes, newest) && newest.revision() >= number(directory.revision())) {
        return {};  // there is one as good; overwriting its chunks would break it for a moment
    }
    ChunkWriter chunks(store, directory.revision());
    to_events(directory, [&](const Event& event) { chunks.take(event); });
    if (auto finished = chunks.finish(); !finished) {
        return finished.error();
    }
    return delete_others(store, directory.revision());
}

}  // namespace treeline
