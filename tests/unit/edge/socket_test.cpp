// Sockets: where they are bound.
#include "broker/edge/socket.hpp"

#include <gtest/gtest.h>

namespace treeline {
namespace {

TEST(Socket, REST_49_tells_one_address_from_every_interface) {
    const auto is_on_every = [](const char* host) {
        const auto bound = bind_shared({host, 0}, true);
        const auto* socket = std::get_if<Bound>(&bound);
        return socket == nullptr ? -1 : static_cast<int>(is_on_every_interface(socket->socket));
    };
    for (const char* host : {"127.0.0.1", "127.0.0.2", "localhost"}) {
        EXPECT_EQ(is_on_every(host), 0) << host;
    }
    for (const char* host : {"0.0.0.0", "0"}) {
        EXPECT_EQ(is_on_every(host), 1) << host;
    }
    for (const char* host : {"::", "0::0", "::ffff:0.0.0.0"}) {
        EXPECT_NE(is_on_every(host), 0) << host;  // -1 where there is no IPv6
    }
}

}  // namespace
}  // namespace treeline
