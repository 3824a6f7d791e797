// Plain socket calls: listening, accepting, options, addresses. No TLS and no protocol.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "net/fd.hpp"

namespace treeline {

struct Endpoint {
    std::string host;  // a name or an address, without brackets
    std::uint16_t port = 0;
};
// "HOST:PORT" or "[V6]:PORT"; nullopt for anything else.
std::optional<Endpoint> parse_endpoint(const std::string& text);
std::string to_string(const Endpoint& endpoint);

struct BindError {
    enum class Kind : std::uint8_t { in_use, no_right, other } kind{};
    std::string detail;  // one clear line
};
struct Bound {
    Fd socket;       // bound with SO_REUSEPORT, not listening yet
    Endpoint local;  // with the port it really has
};
// One socket of a group that shares the port. `first` asks beforehand whether anybody else has it
// (SO_REUSEPORT alone would let a second broker in unnoticed).
std::variant<Bound, BindError> bind_shared(const Endpoint& endpoint, bool first);
// Is it bound to every interface of the machine (0.0.0.0, ::)?
bool is_on_every_interface(const Fd& socket);
// False when the socket can't listen.
bool start_listening(const Fd& socket, int backlog);
// The next waiting connection, non-blocking and with TCP_NODELAY; an empty Fd when there is none
// (`exhausted`: because the process has no descriptor left).
Fd accept_connection(const Fd& listener, bool& exhausted);
// The peer's address without its port ("127.0.0.1", "::1"); empty when it is gone.
std::string peer_address(const Fd& socket);
// The next close sends RST and throws away what waits in the kernel.
void reset_on_close(const Fd& socket);

}  // namespace treeline
