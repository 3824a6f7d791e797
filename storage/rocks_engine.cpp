// RocksEngine over RocksDB: the one file that calls it.
#include "storage/rocks_engine.hpp"

#include <array>
#include <system_error>
#include <vector>

#include <rocksdb/db.h>
#include <rocksdb/utilities/checkpoint.h>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#include <sanitizer/tsan_interface.h>
#define TREELINE_TSAN 1
#endif
#endif

namespace treeline::storage {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t write_buffer_size_bytes = std::size_t{32} << 20;
constexpr std::uint64_t wal_size_bytes_max = std::uint64_t{256} << 20;
constexpr int open_files_max = 256;

rocksdb::Slice slice(std::string_view text) {
    return {text.data(), text.size()};
}
std::string_view view(const rocksdb::Slice& text) {
    return {text.data(), text.size()};
}

// The library is not instrumented, so TSan can't see that what one thread gave to the database
// happened before another got it back. This says so.
class Ordered {
  public:
#if defined(TREELINE_TSAN)
    explicit Ordered(void* database) : database_(database) { __tsan_acquire(database_); }
    ~Ordered() { __tsan_release(database_); }
    Ordered(const Ordered&) = delete;
    Ordered& operator=(const Ordered&) = delete;

  private:
    void* database_;
#else
    explicit Ordered(const void*) {}
    ~Ordered() {}
    Ordered(const Ordered&) = delete;
    Ordered& operator=(const Ordered&) = delete;
#endif
};

rocksdb::DBOptions database_options(bool create) {
    rocksdb::DBOptions options;
    options.create_if_missing = create;
    options.create_missing_column_families = create;
    options.paranoid_checks = true;
    options.track_and_verify_wals_in_manifest = true;
    options.verify_sst_unique_id_in_manifest = true;
    // A torn last record is what a crash leaves; a flaw before it is damage, and then the start is
    // refused instead of dropping what was acknowledged behind it (STO-04, STO-05).
    options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
    // RocksDB 7.8 can hang on close while it tries to resume (STO-15); we stop anyway.
    options.max_bgerror_resume_count = 0;
    options.max_total_wal_size = wal_size_bytes_max;
    options.max_open_files = open_files_max;
    options.max_background_jobs = 2;
    options.env->LowerThreadPoolCPUPriority(rocksdb::Env::LOW);  // compaction; flushes are awaited
    options.stats_dump_period_sec = 0;
    options.keep_log_file_num = 4;
    options.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
    return options;
}

rocksdb::ColumnFamilyOptions family_options() {
    rocksdb::ColumnFamilyOptions options;
    options.write_buffer_size = write_buffer_size_bytes;
    // A flush is waited for and takes its time from the shards; what it writes is soon compacted.
    options.compression_per_level = {rocksdb::kNoCompression, options.compression};
    return options;
}

// Only its owner may look into a database: it holds password verifiers and token hashes.
std::error_code restrict_to_owner(const fs::path& directory) {
    std::error_code error;
    fs::permissions(directory, fs::perms::owner_all, error);
    fs::directory_iterator at(directory, error);
    for (; !error && at != fs::directory_iterator(); at.increment(error)) {
        std::error_code gone;  // the database may delete a file meanwhile
        if (at->is_regular_file(gone)) {
            fs::permissions(at->path(), fs::perms::owner_read | fs::perms::owner_write, gone);
        }
    }
    return error;
}

RocksDatabase::OpenError refused(const fs::path& directory, std::string_view why) {
    std::string detail = directory.string();
    detail.append(": ").append(why);
    return {Errc::unavailable, false, detail};
}

bool is_other_process(const std::string& text) {
    return text.find("lock hold by current process") != std::string::npos ||
           (text.find("lock") != std::string::npos &&
            text.find("temporarily unavailable") != std::string::npos);
}

RocksDatabase::OpenError open_error(const fs::path& directory, const rocksdb::Status& status) {
    RocksDatabase::OpenError error = refused(directory, status.ToString());
    error.locked = status.IsIOError() && is_other_process(error.detail);
    if (status.IsCorruption()) {
        error.code = Errc::corruption;
    }
    return error;
}

// What RocksDB would do by itself with a directory that has lost its CURRENT: start afresh over the
// old files (STO-08). Also makes a missing directory. nullopt: go on.
std::optional<RocksDatabase::OpenError> prepare(const fs::path& directory, bool create) {
    std::error_code error;
    if (fs::exists(directory / "CURRENT", error)) {
        return std::nullopt;
    }
    if (error) {
        return refused(directory, error.message());
    }
    if (!create) {
        return refused(directory, "no database here");
    }
    fs::create_directories(directory, error);
    if (error) {
        return refused(directory, error.message());
    }
    fs::directory_iterator at(directory, error);
    for (; !error && at != fs::directory_iterator(); at.increment(error)) {
        const std::string file = at->path().filename().string();
        if (file.starts_with("MANIFEST") || file.ends_with(".sst") || file.ends_with(".log")) {
            RocksDatabase::OpenError lost = refused(directory, "CURRENT is missing beside " + file);
            lost.code = Errc::corruption;
            return lost;
        }
    }
    if (error) {
        return refused(directory, error.message());
    }
    return std::nullopt;
}

Errc read_error(const rocksdb::Status&) {
    return Errc::corruption;
}

}  // namespace

struct RocksEngine::Impl {
    std::unique_ptr<rocksdb::DB> database;
    std::vector<rocksdb::ColumnFamilyHandle*> families;  // owned by the database, closed by us

    rocksdb::ColumnFamilyHandle* handle(Family family) const {
        return families[static_cast<std::size_t>(family)];
    }
    std::unique_ptr<rocksdb::Iterator> iterate(Family family) const {
        rocksdb::ReadOptions options;
        options.fill_cache = false;
        return std::unique_ptr<rocksdb::Iterator>(database->NewIterator(options, handle(family)));
    }
    ~Impl() {
        for (rocksdb::ColumnFamilyHandle* family : families) {
            static_cast<void>(database->DestroyColumnFamilyHandle(family));
        }
        static_cast<void>(database->Close());
    }
};

RocksEngine::RocksEngine(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RocksEngine::~RocksEngine() = default;

ResultOf<std::unique_ptr<RocksEngine>, RocksEngine::OpenError> RocksEngine::open(
    const fs::path& directory, bool create_if_missing) {
    if (auto error = prepare(directory, create_if_missing)) {
        return *error;
    }
    const std::vector<rocksdb::ColumnFamilyDescriptor> families{
        {rocksdb::kDefaultColumnFamilyName, family_options()}, {"log", family_options()}};
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* database = nullptr;
    const rocksdb::Status status = rocksdb::DB::Open(
        database_options(create_if_missing), directory.string(), families, &handles, &database);
    if (!status.ok()) {
        return open_error(directory, status);
    }
    auto impl = std::make_unique<Impl>();
    impl->database.reset(database);
    impl->families = std::move(handles);
    if (const std::error_code error = restrict_to_owner(directory)) {
        return refused(directory, error.message());
    }
    return std::unique_ptr<RocksEngine>(new RocksEngine(std::move(impl)));
}

Result<std::optional<std::string>> RocksEngine::get(Family family, std::string_view key) const {
    const Ordered ordered(impl_->database.get());
    std::string value;
    const rocksdb::Status status =
        impl_->database->Get(rocksdb::ReadOptions(), impl_->handle(family), slice(key), &value);
    if (status.IsNotFound()) {
        return std::optional<std::string>();
    }
    if (!status.ok()) {
        return read_error(status);
    }
    return std::optional(std::move(value));
}

Result<void> RocksEngine::scan(Family family, std::string_view from, std::string_view to,
                               const Visit& visit) const {
    const Ordered ordered(impl_->database.get());
    const auto at = impl_->iterate(family);
    for (at->Seek(slice(from)); at->Valid(); at->Next()) {
        if (!to.empty() && view(at->key()) >= to) {
            break;
        }
        if (!visit(view(at->key()), view(at->value()))) {
            break;
        }
    }
    if (!at->status().ok()) {
        return read_error(at->status());
    }
    return {};
}

Result<std::optional<std::string>> RocksEngine::last_key(Family family) const {
    const Ordered ordered(impl_->database.get());
    const auto at = impl_->iterate(family);
    at->SeekToLast();
    if (!at->status().ok()) {
        return read_error(at->status());
    }
    return at->Valid() ? std::optional(at->key().ToString()) : std::nullopt;
}

Result<void> RocksEngine::write(std::span<const Put> batch, Durability durability) {
    if (broken_.load(std::memory_order_acquire)) {
        return Errc::in_doubt;
    }
    const Ordered ordered(impl_->database.get());
    rocksdb::WriteBatch writes;
    rocksdb::Status status;
    for (const Put& put : batch) {
        rocksdb::ColumnFamilyHandle* family = impl_->handle(put.family);
        status = put.value ? writes.Put(family, slice(put.key), slice(*put.value))
                           : writes.Delete(family, slice(put.key));
        if (!status.ok()) {
            break;
        }
    }
    if (status.ok()) {
        rocksdb::WriteOptions options;
        options.sync = durability == Durability::synced;
        status = impl_->database->Write(options, &writes);
    }
    if (!status.ok()) {
        broken_.store(true, std::memory_order_release);
        return Errc::in_doubt;
    }
    return {};
}

Result<void> RocksEngine::checkpoint(const fs::path& directory) {
    const Ordered ordered(impl_->database.get());
    rocksdb::Checkpoint* made = nullptr;
    rocksdb::Status status = rocksdb::Checkpoint::Create(impl_->database.get(), &made);
    const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
    if (status.ok()) {
        status = checkpoint->CreateCheckpoint(directory.string());
    }
    if (!status.ok()) {
        return status.IsCorruption() ? Errc::corruption : Errc::unavailable;
    }
    if (restrict_to_owner(directory)) {
        return Errc::unavailable;
    }
    return {};
}

Result<void> RocksEngine::verify() const {
    const Ordered ordered(impl_->database.get());
    if (!impl_->database->VerifyChecksum().ok()) {
        return Errc::corruption;
    }
    return {};
}

}  // namespace treeline::storage
