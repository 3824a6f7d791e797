// Each file is synced, then named.
#include "broker/mail/eml_carrier.hpp"

#include <cstdio>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace treeline::mail {

namespace {

// Synced before it gets its name: a watermark must not outlive the mail that it counts.
bool write_synced(const std::string& path, const std::string& bytes) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) {
        return false;
    }
    std::size_t at = 0;
    while (at < bytes.size()) {
        const ssize_t done = ::write(fd, bytes.data() + at, bytes.size() - at);
        if (done <= 0) {
            break;
        }
        at += static_cast<std::size_t>(done);
    }
    const bool written = at == bytes.size() && ::fsync(fd) == 0;
    return ::close(fd) == 0 && written;
}

bool sync_directory(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool synced = fd >= 0 && ::fsync(fd) == 0;
    if (fd >= 0) {
        ::close(fd);
    }
    return synced;
}

}  // namespace

Carried EmlCarrier::carry(const Letter& letter) {
    const std::string name = (directory_ / (to_string(letter.position) + ".eml")).string();
    const std::string fresh = name + ".new";
    ::mkdir(directory_.c_str(), 0700);
    if (!write_synced(fresh, rendered(letter, true)) ||
        std::rename(fresh.c_str(), name.c_str()) != 0 || !sync_directory(directory_.string())) {
        return {Carried::How::unreachable, "file"};
    }
    return {Carried::How::sent, {}};
}

}  // namespace treeline::mail
