#include "cli/session_file.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/json.hpp"

namespace treeline::cli {
namespace {

std::string to_text(const Session& session) {
    return json::serialize(json::object{{"server", session.server},
                                        {"ca", session.ca_file},
                                        {"access_token", session.access_token},
                                        {"refresh_token", session.refresh_token},
                                        {"email", session.email},
                                        {"user", session.user},
                                        {"home_org", session.home_org}}) +
           "\n";
}

bool write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = write(descriptor, text.data(), text.size());
        if (written <= 0) {
            return false;
        }
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return fsync(descriptor) == 0;
}

void make_folder(const std::filesystem::path& folder) {
    std::error_code ignored;
    std::filesystem::create_directories(folder.parent_path(), ignored);
    mkdir(folder.c_str(), 0700);
}

}  // namespace

std::optional<Session> SessionFile::load() const {
    std::ifstream in(path_);
    std::ostringstream text;
    text << in.rdbuf();
    const auto found = in ? parse_json(text.str()) : std::nullopt;
    if (!found || text_of(*found, "server").empty()) {
        return std::nullopt;
    }
    return Session{.server = text_of(*found, "server"),
                   .ca_file = text_of(*found, "ca"),
                   .access_token = text_of(*found, "access_token"),
                   .refresh_token = text_of(*found, "refresh_token"),
                   .email = text_of(*found, "email"),
                   .user = number_of(*found, "user").value_or(0),
                   .home_org = number_of(*found, "home_org").value_or(0)};
}

// Written beside it and renamed: a crash leaves the old session or the new one.
std::string SessionFile::save(const Session& session) const {
    make_folder(path_.parent_path());
    const std::string fresh = path_.string() + ".new";
    unlink(fresh.c_str());
    const int descriptor = open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    const bool is_written = descriptor >= 0 && write_all(descriptor, to_text(session));
    const int why = errno;
    if (descriptor >= 0) {
        close(descriptor);
    }
    if (!is_written) {
        return "cannot write " + fresh + ": " + std::strerror(why);
    }
    if (std::rename(fresh.c_str(), path_.c_str()) != 0) {
        return "cannot write " + path_.string() + ": " + std::strerror(errno);
    }
    return {};
}

void SessionFile::remove() const {
    unlink(path_.c_str());
}

SessionFile::Lock::Lock(const SessionFile& file) {
    make_folder(file.path().parent_path());
    const std::string path = file.path().string() + ".lock";
    descriptor_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor_ >= 0) {
        flock(descriptor_, LOCK_EX);
    }
}

SessionFile::Lock::~Lock() {
    if (descriptor_ >= 0) {
        close(descriptor_);
    }
}

}  // namespace treeline::cli
