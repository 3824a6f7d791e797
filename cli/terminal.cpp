#include "cli/terminal.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <iostream>

#include <fcntl.h>
#include <openssl/rand.h>
#include <termios.h>
#include <unistd.h>

namespace treeline::cli {
namespace {

constexpr std::size_t secret_size_max = 4'096;

std::string fresh_key() {
    std::array<unsigned char, 16> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
        std::fputs("treeline: the system gives no random bytes\n", stderr);
        std::abort();
    }
    std::string key;
    for (const unsigned char byte : bytes) {
        constexpr std::string_view digits = "0123456789abcdef";
        key += digits[byte >> 4U];
        key += digits[byte & 0xFU];
    }
    return key;
}

// Switches the echo off while it lives.
class Quiet {
  public:
    explicit Quiet(int terminal) : terminal_(terminal) {
        is_set_ = tcgetattr(terminal, &before_) == 0;
        termios quiet = before_;
        quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        is_set_ = is_set_ && tcsetattr(terminal, TCSAFLUSH, &quiet) == 0;
    }
    ~Quiet() {
        if (is_set_) {
            tcsetattr(terminal_, TCSAFLUSH, &before_);
        }
    }
    Quiet(const Quiet&) = delete;
    Quiet& operator=(const Quiet&) = delete;

  private:
    int terminal_;
    termios before_{};
    bool is_set_ = false;
};

void say(int terminal, std::string_view text) {
    [[maybe_unused]] const ssize_t written = write(terminal, text.data(), text.size());
}

std::string read_line(int terminal) {
    std::string line;
    char c = 0;
    while (line.size() < secret_size_max && read(terminal, &c, 1) == 1 && c != '\n') {
        line += c;
    }
    return line;
}

std::optional<std::string> ask_secret(const std::string& prompt) {
    const int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (terminal < 0) {
        return std::nullopt;
    }
    std::string line;
    {
        const Quiet quiet(terminal);
        say(terminal, prompt);
        line = read_line(terminal);
        say(terminal, "\n");
    }
    close(terminal);
    return line;
}

std::string environment(const std::string& name) {
    const char* const value = std::getenv(name.c_str());
    return value == nullptr ? std::string() : std::string(value);
}

}  // namespace

Outside real_outside() {
    return {.call = call,
            .wait = wait,
            .fresh_key = fresh_key,
            .ask_secret = ask_secret,
            .environment = environment,
            .in = std::cin,
            .out = std::cout,
            .err = std::cerr};
}

}  // namespace treeline::cli
