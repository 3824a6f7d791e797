// Reading a key, or making it once.
#include "broker/server/key_file.hpp"

#include <fcntl.h>
#include <openssl/rand.h>
#include <unistd.h>

#include "base/check.hpp"
#include "broker/server/exit_code.hpp"
#include "net/fd.hpp"

namespace treeline {

namespace {

using FileKey = std::array<std::byte, 32>;

// A key that a power cut takes back would take what was made from it along.
bool sync_directory(const std::filesystem::path& directory) {
    const Fd descriptor(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return descriptor && ::fsync(descriptor.get()) == 0;
}

FileKey make_key(const std::filesystem::path& file) {
    FileKey key{};
    CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(key.data()), static_cast<int>(key.size())) ==
          1);
    const std::filesystem::path fresh = file.string() + ".new";
    const Fd descriptor(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    const bool is_written =
        descriptor &&
        ::write(descriptor.get(), key.data(), key.size()) == static_cast<ssize_t>(key.size()) &&
        ::fsync(descriptor.get()) == 0;
    if (!is_written || ::rename(fresh.c_str(), file.c_str()) != 0 ||
        !sync_directory(file.parent_path())) {
        throw StartError(ExitCode::storage, "can't write " + file.string());
    }
    return key;
}

}  // namespace

FileKey key_of_file(const std::filesystem::path& file) {
    const Fd descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!descriptor) {
        if (errno == ENOENT) {
            return make_key(file);
        }
        throw StartError(ExitCode::no_right, "can't read " + file.string());
    }
    FileKey key{};
    if (::read(descriptor.get(), key.data(), key.size()) != static_cast<ssize_t>(key.size())) {
        throw StartError(ExitCode::storage, "not a key: " + file.string());
    }
    return key;
}

}  // namespace treeline
