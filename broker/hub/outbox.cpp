// The bounds of an outbox: append while there is room, fold when there is none.
#include "broker/hub/outbox.hpp"

#include <utility>

namespace treeline {

// Device numbers are dense, so 9 bits for the pin lose nothing.
std::optional<Outbox::Key> Outbox::key_of(const OutItem& item) {
    if (item.kind == OutItem::Kind::value) {
        return number(item.device) << 9 | item.pin;
    }
    if (item.kind == OutItem::Kind::presence) {
        return number(item.device) << 9 | presence_pin;
    }
    return std::nullopt;
}

bool Outbox::push(OutItem&& item) {
    const std::size_t size = item.frame->size();
    if (!folding_ && !fits(size)) {
        start_folding();
    }
    if (folding_) {
        const auto key = key_of(item);
        const auto older = key ? newest_.find(*key) : newest_.end();
        if (older != newest_.end()) {
            lagged_ += item.kind == OutItem::Kind::value ? 1 : 0;
            folded_total_ += item.kind == OutItem::Kind::value ? 1 : 0;
            erase(older->second);
        }
        while (!fits(size)) {
            if (!drop_oldest_value()) {
                return false;
            }
        }
    }
    append(std::move(item));
    return true;
}

void Outbox::push_always(OutItem&& item) {
    append(std::move(item));
}

void Outbox::append(OutItem&& item) {
    size_bytes_ += item.frame->size();
    items_.push_back(std::move(item));
    if (folding_) {
        if (const auto key = key_of(items_.back())) {
            newest_[*key] = std::prev(items_.end());
        }
    }
}

void Outbox::erase(Items::iterator at) {
    size_bytes_ -= at->frame->size();
    if (folding_) {
        const auto key = key_of(*at);
        const auto known = key ? newest_.find(*key) : newest_.end();
        if (known != newest_.end() && known->second == at) {
            newest_.erase(known);
        }
    }
    items_.erase(at);
}

void Outbox::start_folding() {
    folding_ = true;
    for (auto at = items_.end(); at != items_.begin();) {
        --at;
        const auto key = key_of(*at);
        if (!key || newest_.try_emplace(*key, at).second) {
            continue;
        }
        const std::uint64_t counted = at->kind == OutItem::Kind::value ? 1 : 0;
        lagged_ += counted;
        folded_total_ += counted;
        size_bytes_ -= at->frame->size();
        at = items_.erase(at);
    }
}

bool Outbox::drop_oldest_value() {
    for (auto at = items_.begin(); at != items_.end(); ++at) {
        if (at->kind == OutItem::Kind::value) {
            ++lagged_;
            ++folded_total_;
            erase(at);
            return true;
        }
    }
    return false;
}

Outbox::Items Outbox::take(std::uint64_t& lagged) {
    lagged = std::exchange(lagged_, 0);
    Items taken = std::exchange(items_, {});
    clear();
    return taken;
}

void Outbox::clear() {
    items_.clear();
    size_bytes_ = 0;
    folding_ = false;
    newest_.clear();
    lagged_ = 0;
}

void Outbox::prune(const std::function<bool(OutItem&)>& keep) {
    for (auto at = items_.begin(); at != items_.end();) {
        const std::size_t before = at->frame->size();
        const auto next = std::next(at);
        if (keep(*at)) {
            size_bytes_ += at->frame->size() - before;
        } else {
            erase(at);
        }
        at = next;
    }
}

}  // namespace treeline
