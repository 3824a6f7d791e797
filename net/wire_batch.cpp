// Slots for what comes, one string for what goes.
#include "net/wire_batch.hpp"

#include <algorithm>
#include <cerrno>

#include "base/check.hpp"

namespace treeline {

namespace {

// More than a burst of frames; whoever sends more is read on by himself. The odd part keeps the
// slots from falling on the same cache lines.
constexpr std::size_t slot_size_bytes = 2 * 1024 + 64;
constexpr std::size_t bytes_max = 1024 * 1024;

bool is_for_later(int result) {
    return result == -EAGAIN || result == -EINTR;
}

}  // namespace

void WireBatch::receive(const std::vector<Wire*>& wires) {
    CHECK(wires.size() <= size_max);
    if (!slots_) {
        slots_ = std::make_unique_for_overwrite<char[]>(size_max * slot_size_bytes);
    }
    calls_.clear();
    for (const Wire* wire : wires) {
        char* const slot = slots_.get() + calls_.size() * slot_size_bytes;
        calls_.push_back({wire->socket().get(), slot, slot_size_bytes});
    }
    sockets_.receive(calls_);
    for (std::size_t at = 0; at < wires.size(); ++at) {
        const SocketIo& got = calls_[at];
        if (got.result > 0) {
            wires[at]->arrived({got.bytes, static_cast<std::size_t>(got.result)});
        }
    }
}

void WireBatch::begin(Wire& wire) {
    wire.divert(&bytes_);
}

bool WireBatch::end(Wire& wire) {
    wire.divert(nullptr);
    const std::size_t size_before = ends_.empty() ? 0 : ends_.back();
    if (bytes_.size() == size_before) {
        return false;
    }
    ends_.push_back(bytes_.size());
    return true;
}

void WireBatch::drop(Wire& wire) {
    wire.divert(nullptr);
    bytes_.resize(ends_.empty() ? 0 : ends_.back());
}

bool WireBatch::is_full() const {
    return ends_.size() == size_max || bytes_.size() >= bytes_max;
}

const std::vector<bool>& WireBatch::send(const std::function<Wire*(std::size_t)>& wire_of) {
    calls_.clear();
    std::size_t begin = 0;
    for (std::size_t at = 0; at < ends_.size(); ++at) {
        const Wire* const wire = wire_of(at);
        calls_.push_back({wire == nullptr ? -1 : wire->socket().get(), bytes_.data() + begin,
                          ends_[at] - begin});
        begin = ends_[at];
    }
    sockets_.send(calls_);
    intact_.assign(calls_.size(), true);
    for (std::size_t at = 0; at < calls_.size(); ++at) {
        const SocketIo& call = calls_[at];
        Wire* const wire = wire_of(at);
        if (wire == nullptr || (call.result < 0 && !is_for_later(call.result))) {
            intact_[at] = false;
            continue;
        }
        const auto taken = static_cast<std::size_t>(std::max(call.result, 0));
        wire->keep_unsent({call.bytes + taken, call.size_bytes - taken});
    }
    ends_.clear();
    bytes_.clear();
    if (bytes_.capacity() > 2 * bytes_max) {
        bytes_.shrink_to_fit();
    }
    return intact_;
}

}  // namespace treeline
