// Reads letters into rows, tries those that are due, and remembers what became of each.
#include "broker/mail/outbox.hpp"

#include <algorithm>
#include <vector>

#include "broker/mail/still_wanted.hpp"
#include "broker/observe/log.hpp"
#include "broker/registry/replay.hpp"

namespace treeline::mail {

namespace {

using observe::Level;
using storage::Durability;
using How = Carried::How;

constexpr Millis idle_max{60'000};
constexpr std::uint64_t marks_apart = 1'000;  // changes without a letter, before they are marked

void tell(Level level, std::string_view text, Position position, const std::string& why) {
    observe::log(level, text, {{"letter", to_string(position)}, {"why", why}});
}

}  // namespace

Outbox::Outbox(Parts parts) : parts_(std::move(parts)), store_(parts_.store) {}

storage::Result<void> Outbox::open() {
    const auto mark = store_.read_up_to();
    auto rows = store_.waiting();
    auto parked = store_.parked();
    if (!mark || !rows || !parked) {
        return !mark ? mark.error() : !rows ? rows.error() : parked.error();
    }
    const Revision last{parts_.log.last()};
    if (mark->value_or(last) > last) {
        return storage::Errc::corruption;
    }
    // A clock that was ahead when they were written must not hold them back.
    for (const auto& [position, row] : *rows) {
        Waiting waiting = row;
        waiting.queued_at = std::min(row.queued_at, now());
        waiting.due_at = std::min(row.due_at, now() + parts_.limits.retry_max);
        waiting_.emplace(position, waiting);
        due_.emplace(waiting.due_at, position);
    }
    parked_ = std::move(*parked);
    read_ = stored_ = mark->value_or(last);
    count();
    if (*mark) {
        return {};
    }
    store_.put_read(read_);
    return store_.commit(Durability::synced);
}

// The newest world takes the place of one that nobody has looked at yet.
void Outbox::follow(World world) {
    std::vector<World> older;
    worlds_.take(older);
    static_cast<void>(worlds_.push(std::move(world)));
    ring();
}

void Outbox::retry_parked() {
    retry_wanted_.store(true);
    ring();
}

void Outbox::stop() {
    stopping_.store(true);
    parts_.carrier.stop();
    ring();
}

void Outbox::run() {
    std::vector<Ring> heard;
    while (!stopping_.load()) {
        if (!step()) {
            bell_.take_or_wait(heard, idle_for());
        }
    }
    rest();
}

Millis Outbox::idle_for() const {
    if (due_.empty() || is_broken_) {
        return idle_max;
    }
    const UnixTime next = std::max(due_.begin()->first, paused_until_);
    return std::clamp(next - now(), Millis(0), idle_max);
}

bool Outbox::step() {
    std::vector<World> newest;
    worlds_.take(newest);
    if (!newest.empty()) {
        world_ = std::move(newest.back());
    }
    if (is_broken_ || world_ == nullptr) {
        return false;
    }
    if (retry_wanted_.exchange(false)) {
        unpark(now());
    }
    const bool tried = read_log(now()) && try_next(now());
    const bool is_well = !is_broken_ && commit(Durability::buffered);
    count();
    if (is_well && !tried) {
        rest();
    }
    return is_well && tried;
}

// The rows of a change and the mark that counts it are one write: none is queued twice or never.
bool Outbox::read_log(UnixTime now) {
    const std::uint64_t newest = number(world_->revision());
    std::uint64_t at = number(read_);
    bool is_whole = true;
    if (at >= newest) {
        return true;
    }
    const auto read = parts_.log.read_from(at + 1, [&](std::uint64_t place,
                                                       std::string_view entry) {
        if (place > newest || waiting_.size() >= parts_.limits.waiting_max || stopping_.load()) {
            return false;
        }
        const auto change = decode_change(entry);
        is_whole = change.has_value();
        for (std::uint32_t index = 0; is_whole && index < change->mail.size(); ++index) {
            queue({place, index}, {now, now, 0});
        }
        at = is_whole ? place : at;
        return is_whole;
    });
    if (!read || !is_whole) {
        return fail("the log can't be read");
    }
    read_ = Revision{at};
    if (store_.has_writes() || at - number(stored_) >= marks_apart) {
        store_.put_read(read_);
        stored_ = read_;
    }
    return commit(Durability::buffered);
}

bool Outbox::try_next(UnixTime now) {
    if (due_.empty() || due_.begin()->first > now || paused_until_ > now) {
        return false;
    }
    const Position position = due_.begin()->second;
    const Change* change = change_of(position);
    if (change == nullptr || position.index >= change->mail.size()) {
        return fail("a letter is not in the log");
    }
    const OutgoingMail& mail = change->mail[position.index];
    if (is_still_wanted(mail, *world_, parts_.sender.key, now)) {
        carry(position, mail, change->at);
    } else {
        ++counters_.withdrawn;
        unqueue(position);
    }
    return true;
}

void Outbox::carry(Position position, const OutgoingMail& mail, UnixTime at) {
    const auto letter = write_letter(mail, position, at, parts_.sender);
    if (!letter) {
        ++counters_.refused;
        return park(position, std::string(name(letter.error())));
    }
    is_resting_ = false;
    const Carried carried = parts_.carrier.carry(*letter);
    // What a stop has cut short was nobody's fault.
    const bool is_cut_short = stopping_.load() && carried.how != How::sent;
    if (!is_cut_short) {
        take_result(position, carried);
    }
}

void Outbox::take_result(Position position, const Carried& carried) {
    switch (carried.how) {
        case How::sent:
            ++counters_.sent;
            observe::log(Level::debug, "letter sent", {{"letter", to_string(position)}});
            unqueue(position);
            return reached();
        case How::refused:
            ++counters_.refused;
            park(position, carried.why);
            return reached();
        case How::deferred:
            ++counters_.deferred;
            postpone(position, carried.why);
            return reached();
        case How::unreachable:
            return pause(carried.why);
    }
}

void Outbox::postpone(Position position, const std::string& why) {
    Waiting waiting = waiting_.at(position);
    if (now() - waiting.queued_at >= parts_.limits.life_max) {
        ++counters_.expired;
        return park(position, why);
    }
    constexpr std::uint32_t doublings_max = 16;
    const Millis wait = parts_.limits.retry_min * (1 << std::min(waiting.tries, doublings_max));
    ++waiting.tries;
    waiting.due_at = now() + std::min(wait, parts_.limits.retry_max);
    tell(Level::debug, "letter deferred", position, why);
    unqueue(position);
    queue(position, waiting);
}

// No letter is to blame, so all of them wait; only those that have waited too long are given up.
void Outbox::pause(const std::string& why) {
    if (pause_ == Millis(0)) {
        observe::log(Level::warn, "mail can't be handed over, trying again", {{"why", why}});
    }
    pause_ = std::clamp(pause_ * 2, parts_.limits.pause_min, parts_.limits.pause_max);
    paused_until_ = now() + pause_;
    park_aged(now());
}

void Outbox::reached() {
    if (pause_ != Millis(0)) {
        observe::log(Level::info, "mail is handed over again");
    }
    pause_ = Millis(0);
}

void Outbox::park_aged(UnixTime now) {
    std::vector<Position> aged;
    for (const auto& [position, waiting] : waiting_) {
        if (now - waiting.queued_at >= parts_.limits.life_max) {
            aged.push_back(position);
        }
    }
    for (const Position position : aged) {
        ++counters_.expired;
        park(position, "unreachable");
    }
}

void Outbox::unpark(UnixTime now) {
    for (const auto& [position, parked] : std::exchange(parked_, {})) {
        store_.forget(position);
        queue(position, {now, now, 0});
    }
}

// A burst of letters costs one sync. Until then a power cut repeats some of them, byte for byte.
void Outbox::rest() {
    if (!is_resting_) {
        is_resting_ = true;
        parts_.carrier.rest();
    }
    if (!is_synced_ && !is_broken_) {
        store_.put_read(read_);
        stored_ = read_;
        static_cast<void>(commit(Durability::synced));
    }
}

const Change* Outbox::change_of(Position position) {
    if (last_change_ && last_change_->first == position.revision) {
        return &last_change_->second;
    }
    last_change_.reset();
    const auto read =
        parts_.log.read_from(position.revision, [&](std::uint64_t place, std::string_view entry) {
            auto change = decode_change(entry);
            if (change && place == position.revision) {
                last_change_.emplace(place, std::move(*change));
            }
            return false;
        });
    return read && last_change_ ? &last_change_->second : nullptr;
}

void Outbox::queue(Position position, const Waiting& waiting) {
    waiting_.insert_or_assign(position, waiting);
    due_.emplace(waiting.due_at, position);
    store_.put(position, waiting);
}

void Outbox::unqueue(Position position) {
    const auto found = waiting_.find(position);
    due_.erase({found->second.due_at, position});
    waiting_.erase(found);
    store_.remove(position);
}

void Outbox::park(Position position, std::string why) {
    tell(Level::warn, "letter given up", position, why);
    unqueue(position);
    Parked& parked = parked_[position];
    parked = {now(), std::move(why)};
    store_.park(position, parked);
    if (parked_.size() > parts_.limits.parked_max) {
        store_.forget(parked_.begin()->first);
        parked_.erase(parked_.begin());
    }
}

bool Outbox::commit(Durability durability) {
    if (!store_.has_writes()) {
        return true;
    }
    if (!store_.commit(durability)) {
        return fail("a write of the outbox is in doubt");
    }
    is_synced_ = durability == Durability::synced;
    return true;
}

// Nothing is written after a write that is in doubt; the next start takes up what is there.
bool Outbox::fail(std::string_view why) {
    if (!is_broken_) {
        is_broken_ = true;
        observe::log(Level::error, "the outbox stops", {{"why", why}});
        if (parts_.failed) {
            parts_.failed();
        }
    }
    return false;
}

void Outbox::count() {
    counters_.waiting = waiting_.size();
    counters_.parked = parked_.size();
    counters_.oldest_ms = waiting_.empty() ? 0 : to_unix_ms(waiting_.begin()->second.queued_at);
    counters_.is_paused = pause_ != Millis(0);
}

}  // namespace treeline::mail
