// What `login` leaves behind: tokens, and the server that they are for. Mode 0600.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/result.hpp"

namespace treeline::cli {

struct Session {
    std::string server;   // ServerAddress::url; the tokens go nowhere else
    std::string ca_file;  // an absolute path; empty: the system's CAs
    std::string access_token;
    std::string refresh_token;
    std::string email;
    std::uint64_t user = 0;
    std::uint64_t home_org = 0;  // 0: none
};

// Owned by one thread; other processes may use the same file.
class SessionFile {
  public:
    explicit SessionFile(std::filesystem::path path) : path_(std::move(path)) {}

    // nullopt where nobody is signed in, or the file is no session.
    std::optional<Session> load() const;
    // Replaces the file as a whole. What went wrong, in words; empty: it is written.
    std::string save(const Session& session) const;
    void remove() const;
    const std::filesystem::path& path() const { return path_; }

    // Held while tokens are traded: a refresh token works once, and using one twice ends the
    // session, so two processes must not trade the same.
    class Lock {
      public:
        explicit Lock(const SessionFile& file);
        ~Lock();
        Lock(const Lock&) = delete;
        Lock& operator=(const Lock&) = delete;

      private:
        int descriptor_;
    };

  private:
    std::filesystem::path path_;
};

}  // namespace treeline::cli
