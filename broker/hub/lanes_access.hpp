// The inside of Lanes, for the hub's own files.
#pragma once

#include <memory>
#include <vector>

#include "base/mailbox.hpp"
#include "broker/hub/lanes.hpp"
#include "broker/hub/mail.hpp"

namespace treeline {

struct Lanes::Impl {
    std::uint32_t shards = 0;
    std::vector<std::unique_ptr<Mailbox<Mail>>> boxes;  // [from * shards + to]
};

struct LanesAccess {
    static Mailbox<Mail>& lane(Lanes& lanes, std::uint32_t from, std::uint32_t to) {
        return *lanes.impl_->boxes[from * lanes.impl_->shards + to];
    }
};

}  // namespace treeline
