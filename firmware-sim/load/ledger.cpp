#include "firmware-sim/load/ledger.hpp"

#include <algorithm>

namespace treeline::load {

void Ledger::allow(std::size_t receiver, std::uint32_t tenant, std::uint32_t device,
                   std::uint64_t name) {
    if (device >= receivers_.size()) {
        receivers_.resize(device + 1U);
        sequences_.resize(device + 1U);
    }
    ++receivers_[device];
    Stream stream;
    stream.tenant = tenant;
    stream.name = name;
    stream.next = sequences_[device] + 1;
    streams_.insert_or_assign(key(receiver, device), std::move(stream));
}

std::uint64_t Ledger::send(std::uint32_t device) {
    ++tally_.sent;
    tally_.expected += receivers_[device];
    return ++sequences_[device];
}

Verdict Ledger::receive(std::size_t receiver, std::uint64_t name, std::string_view payload,
                        Mark& mark) {
    const auto read = read_payload(payload);
    if (!read) {
        ++tally_.unreadable;
        return Verdict::unreadable;
    }
    mark = *read;
    const Verdict verdict = judge(receiver, name, mark);
    switch (verdict) {
        case Verdict::misrouted:
            ++tally_.misrouted;
            break;
        case Verdict::duplicated:
            ++tally_.duplicated;
            break;
        case Verdict::reordered:
            ++tally_.reordered;
            ++tally_.delivered;
            break;
        default:
            ++tally_.delivered;
    }
    return verdict;
}

// A receiver that may not see the device, a device of another tenant, or a value of one device in
// the name of another: all the same breach.
Verdict Ledger::judge(std::size_t receiver, std::uint64_t name, const Mark& mark) {
    const auto found = streams_.find(key(receiver, mark.device));
    if (found == streams_.end() || found->second.tenant != mark.tenant ||
        (name != unnamed && name != found->second.name)) {
        return Verdict::misrouted;
    }
    return take(found->second, mark.sequence);
}

Verdict Ledger::take(Stream& stream, std::uint64_t sequence) {
    if (sequence == stream.next) {
        ++stream.next;
        return Verdict::delivered;
    }
    if (sequence > stream.next) {
        stream.gaps.emplace_back(stream.next, sequence - 1);
        stream.next = sequence + 1;
        return Verdict::delivered;
    }
    return fill(stream, sequence) ? Verdict::reordered : Verdict::duplicated;
}

// Takes the sequence out of the gap that it lies in, if it lies in one.
bool Ledger::fill(Stream& stream, std::uint64_t sequence) {
    const auto gap = std::ranges::find_if(stream.gaps, [&](const auto& range) {
        return range.first <= sequence && sequence <= range.second;
    });
    if (gap == stream.gaps.end()) {
        return false;
    }
    const auto [first, last] = *gap;
    stream.gaps.erase(gap);
    if (first < sequence) {
        stream.gaps.emplace_back(first, sequence - 1);
    }
    if (sequence < last) {
        stream.gaps.emplace_back(sequence + 1, last);
    }
    return true;
}

Tally Ledger::closed() const {
    Tally tally = tally_;
    tally.lost = tally.expected - std::min(tally.expected, tally.delivered);
    return tally;
}

}  // namespace treeline::load
