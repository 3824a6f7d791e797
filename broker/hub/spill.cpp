// Folding and dropping of values that wait before a full lane.
#include "broker/hub/spill.hpp"

#include <map>
#include <tuple>
#include <utility>

namespace treeline {

void Spill::push(Mail&& mail) {
    if (std::holds_alternative<ValueMail>(mail.body)) {
        ++values_;
    }
    waiting_.push_back(std::move(mail));
    if (blocked_ && values_ > values_max_) {
        shrink();
    }
}

void Spill::flush(Mailbox<Mail>& lane) {
    const std::size_t moved = lane.push_batch(waiting_.begin(), waiting_.end());
    for (std::size_t i = 0; i < moved; ++i) {
        // The body is moved from but keeps its alternative.
        values_ -= std::holds_alternative<ValueMail>(waiting_.front().body) ? 1 : 0;
        waiting_.pop_front();
    }
    blocked_ = !waiting_.empty();
}

std::uint64_t Spill::take_spilled() {
    return std::exchange(spilled_, 0);
}

void Spill::shrink() {
    fold();
    // An eighth of room at once, so that a stuck lane doesn't cost a walk per value.
    const std::size_t keep = values_max_ - values_max_ / 8;
    if (values_ > keep) {
        drop_oldest(keep);
    }
}

void Spill::fold() {
    std::map<std::tuple<DeviceId, Pin, Revision>, ValueMail*> newest;
    for (auto at = waiting_.end(); at != waiting_.begin();) {
        --at;
        auto* value = std::get_if<ValueMail>(&at->body);
        if (value == nullptr) {
            continue;
        }
        const auto [kept, fresh] = newest.try_emplace(
            {value->stamp.device, value->value.pin, value->stamp.revision}, value);
        if (!fresh) {
            kept->second->folded += value->folded + 1;
            ++spilled_;
            --values_;
            at = waiting_.erase(at);
        }
    }
}

// The count takes the place of the first value dropped of its device and world, so that it reaches
// those who could have had the value, and not only who is left behind a switch point.
void Spill::drop_oldest(std::size_t keep) {
    std::map<std::pair<DeviceId, Revision>, LostMail*> counts;
    for (Mail& mail : waiting_) {
        if (auto* lost = std::get_if<LostMail>(&mail.body)) {
            counts.emplace(std::pair{lost->device, mail.revision}, lost);
        }
    }
    for (auto at = waiting_.begin(); at != waiting_.end() && values_ > keep;) {
        const auto* value = std::get_if<ValueMail>(&at->body);
        if (value == nullptr) {
            ++at;
            continue;
        }
        const LostMail lost{value->stamp.device, value->folded + 1};
        ++spilled_;
        --values_;
        const auto [counted, fresh] =
            counts.try_emplace(std::pair{lost.device, value->stamp.revision}, nullptr);
        if (fresh) {
            at->body = lost;
            counted->second = &std::get<LostMail>(at->body);
            ++at;
        } else {
            counted->second->count += lost.count;
            at = waiting_.erase(at);
        }
    }
}

}  // namespace treeline
