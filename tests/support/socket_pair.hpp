// Two connected sockets that never wait.
#pragma once

#include <string>

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "net/fd.hpp"

namespace treeline {

struct SocketPair {
    SocketPair() {
        int ends[2];
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
        ours = Fd(ends[0]);
        theirs = Fd(ends[1]);
    }
    Fd ours, theirs;
};

// All that has come.
inline std::string read_all(const Fd& from) {
    std::string all;
    char bytes[4'096];
    for (ssize_t got = 0; (got = ::recv(from.get(), bytes, sizeof bytes, 0)) > 0;) {
        all.append(bytes, static_cast<std::size_t>(got));
    }
    return all;
}

}  // namespace treeline
