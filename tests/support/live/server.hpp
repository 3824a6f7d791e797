// A real treelined as a child process on 127.0.0.1, with a data directory of its own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

namespace treeline::live {

inline constexpr const char* admin_email = "admin@example.org";
inline constexpr const char* admin_password = "correct horse battery";

// The binary comes from the environment's TREELINED, else from the build that made this test.
std::string treelined_path();

class Server {
  public:
    struct Options {
        unsigned shards = 1;
        std::string config;  // TOML; the word LOG_FILE becomes log_file()
    };
    // Makes an empty data directory; start() runs the server on it.
    explicit Server(Options options);
    ~Server();  // SIGKILL if it still runs; removes the directory
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    // Waits for the line `listening on HOST:PORT`; fails the process when it does not come.
    void start();
    void kill9();
    // SIGTERM; the exit code.
    int stop();

    std::uint16_t port() const { return port_; }
    pid_t pid() const { return pid_; }
    std::filesystem::path directory() const { return directory_; }
    std::filesystem::path data() const { return directory_ / "data"; }
    std::string ca_file() const { return (data() / "tls" / "ca.pem").string(); }
    std::string log_file() const { return (directory_ / "treelined.log").string(); }
    // Runs `treelined ARGS…` to its end; its standard output.
    std::string run(const std::vector<std::string>& arguments) const;

  private:
    int wait_for_exit();

    Options options_;
    std::filesystem::path directory_;
    std::uint16_t port_ = 0;
    pid_t pid_ = 0;
};

}  // namespace treeline::live
