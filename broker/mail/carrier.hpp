// Carrier: takes one letter to whoever delivers it, and says how that went.
#pragma once

#include <cstdint>
#include <string>

#include "broker/mail/letter.hpp"

namespace treeline::mail {

struct Carried {
    enum class How : std::uint8_t {
        sent,         // somebody else answers for it now
        refused,      // never: this letter, this address
        deferred,     // not now: this letter; others may go
        unreachable,  // nobody takes anything now: the server, the network, the disk, our password
    } how{};
    std::string
        why;  // for the log: a code and a constant text, never what a server or person wrote
    bool operator==(const Carried&) const = default;
};

// Owned by the mail thread, but for stop().
class Carrier {
  public:
    virtual ~Carrier() = default;
    // May block for as long as its time limits say.
    virtual Carried carry(const Letter& letter) = 0;
    // Nothing waits any more: let go of what is held open.
    virtual void rest() {}
    // Any thread. What blocks, and all that comes after it, ends soon.
    virtual void stop() {}
};

}  // namespace treeline::mail
