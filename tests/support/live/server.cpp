#include "tests/support/live/server.hpp"

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace treeline::live {

namespace {

[[noreturn]] void die(const std::string& why) {
    std::fprintf(stderr, "live server: %s\n", why.c_str());
    std::abort();
}

// Starts `arguments` with standard output on a pipe; returns the pipe's reading end.
int spawn(std::vector<std::string> arguments, pid_t& pid) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        die("no pipe");
    }
    std::vector<char*> argv;
    argv.reserve(arguments.size() + 1);
    for (std::string& argument : arguments) {
        argv.push_back(argument.data());
    }
    argv.push_back(nullptr);
    std::string email = std::string("TREELINE_ADMIN_EMAIL=") + admin_email;
    std::string password = std::string("TREELINE_ADMIN_PASSWORD=") + admin_password;
    std::vector<char*> envp{email.data(), password.data()};  // the first of a name counts
    for (char** variable = environ; *variable != nullptr; ++variable) {
        envp.push_back(*variable);
    }
    envp.push_back(nullptr);
    pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that aborts leaves nobody behind
        dup2(ends[1], STDOUT_FILENO);
        execve(argv[0], argv.data(), envp.data());  // all that a child of threads may do
        _exit(127);
    }
    close(ends[1]);
    return ends[0];
}

}  // namespace

std::string treelined_path() {
    const char* path = std::getenv("TREELINED");
    return path != nullptr ? path : TREELINED_PATH;
}

Server::Server(Options options) : options_(std::move(options)) {
    std::string name = (std::filesystem::temp_directory_path() / "treeline-live-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) {
        die("no temporary directory");
    }
    directory_ = name;
    if (const auto at = options_.config.find("LOG_FILE"); at != std::string::npos) {
        options_.config.replace(at, 8, log_file());
    }
    std::ofstream config(directory_ / "treelined.toml");
    config << options_.config;
}

Server::~Server() {
    if (pid_ != 0) {
        kill9();
    }
    if (std::getenv("TREELINE_KEEP") == nullptr) {
        std::error_code ignored;
        std::filesystem::remove_all(directory_, ignored);
    }
}

void Server::start() {
    const int output = spawn({treelined_path(), "--data", data().string(), "--config",
                              (directory_ / "treelined.toml").string(), "--listen", "127.0.0.1:0",
                              "--shards", std::to_string(options_.shards)},
                             pid_);
    FILE* lines = fdopen(output, "r");
    char line[512];
    port_ = 0;
    while (port_ == 0 && std::fgets(line, sizeof line, lines) != nullptr) {
        unsigned port = 0;
        if (std::sscanf(line, "listening on 127.0.0.1:%u", &port) == 1) {
            port_ = static_cast<std::uint16_t>(port);
        }
    }
    std::fclose(lines);
    if (port_ == 0) {
        die("ended with " + std::to_string(wait_for_exit()) + " before it listened");
    }
}

void Server::kill9() {
    kill(pid_, SIGKILL);
    wait_for_exit();
}

int Server::stop() {
    kill(pid_, SIGTERM);
    return wait_for_exit();
}

int Server::wait_for_exit() {
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string Server::run(const std::vector<std::string>& arguments) const {
    std::vector<std::string> all{treelined_path()};
    all.insert(all.end(), arguments.begin(), arguments.end());
    pid_t pid = 0;
    const int output = spawn(all, pid);
    std::string text;
    char buffer[4096];
    for (ssize_t n = 0; (n = read(output, buffer, sizeof buffer)) > 0;) {
        text.append(buffer, static_cast<std::size_t>(n));
    }
    close(output);
    int status = 0;
    waitpid(pid, &status, 0);
    return text;
}

}  // namespace treeline::live
