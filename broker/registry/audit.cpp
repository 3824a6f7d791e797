// The audit's thread: follows the log, takes notes, seals what has counted its minute, answers.
#include "broker/registry/audit.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "broker/registry/audit_store.hpp"
#include "broker/registry/replay.hpp"

namespace treeline {
namespace {

constexpr Millis idle_wait{1'000};  // also how late a minute may be sealed
constexpr std::int64_t minute_ms = 60'000;
constexpr std::size_t worlds_max = 1024;

enum class Ring : std::uint8_t { bell };

struct Asked {
    AuditAsk ask;
    Reply<AuditPage> reply;
};

void append_number(std::string& out, std::uint64_t number) {
    for (int shift = 56; shift >= 0; shift -= 8) {
        out.push_back(static_cast<char>(number >> shift & 0xff));
    }
}

// Sorts by org, so that the open looks of one chain lie together.
std::string minute_key(const AuditNote& note) {
    std::string key;
    append_number(key, number(note.line.org));
    append_number(key, number(note.line.actor));
    append_number(key, static_cast<std::uint64_t>(to_unix_ms(note.line.at) / minute_ms));
    return key;
}
constexpr std::size_t minute_key_size_bytes = 24;

std::int64_t minute_of(const std::string& key) {
    std::uint64_t minute = 0;
    for (std::size_t i = 16; i < 24; ++i) {
        minute = minute << 8 | static_cast<unsigned char>(key[i]);
    }
    return static_cast<std::int64_t>(minute);
}

AuditPage in_doubt() {
    AuditPage page;
    page.is_in_doubt = true;
    return page;
}

AuditLine counted(const AuditStore::OpenLook& look) {
    AuditLine line = look.line;
    line.fields.push_back({"count", std::to_string(look.count)});
    return line;
}

}  // namespace

struct AuditTrail::Impl {
    Impl(Parts the_parts, World the_base)
        : parts(std::move(the_parts)), store(parts.store, parts.key), base(std::move(the_base)) {
        auto open = store.looks();
        const auto begun = store.lines_begun();
        is_broken.store(!open || !begun);
        if (open && begun) {
            looks = std::move(*open);
            lines_begun = *begun;
        }
        for (const auto& [key, look] : looks) {
            ++folds[key.substr(0, minute_key_size_bytes)];
        }
    }

    const Parts parts;

    // The audit's thread.
    AuditStore store;
    World base;                     // whose lines are written, all of them
    std::uint64_t lines_begun = 0;  // of the change after `base`, which a crash has broken off
    std::map<std::string, AuditStore::OpenLook> looks;
    std::map<std::string, std::size_t> folds;  // INVARIANT: how many looks begin with that minute

    // Any thread.
    Mailbox<Ring> bell{1};
    Mailbox<World> worlds{worlds_max, [this] { ring(); }};
    Mailbox<AuditNote> notes{parts.limits.notes_max, [this] { ring(); }};
    Mailbox<Asked> asked{parts.limits.asks_max, [this] { ring(); }};
    std::atomic<bool> stopping{false};
    std::atomic<bool> is_broken{false};
    std::atomic<std::size_t> looks_open{0};

    bool has_room(const AuditNote& note) const {
        return note.fold.empty() || looks_open.load() < parts.limits.open_looks_max;
    }
    void ring() { static_cast<void>(bell.push(Ring::bell)); }

    bool step(UnixTime now);
    bool derive(const World& world);
    bool append_lines(const Directory& before, const Change& change, const Directory& after);
    bool take(AuditNote& note);
    bool seal(UnixTime now);
    bool commit();
    bool fail();
    AuditPage answer(const AuditAsk& ask);
    void add_open(const AuditAsk& ask, AuditPage& page) const;
};

// Nothing is written after a write that is in doubt: what was lost is derived at the next start.
bool AuditTrail::Impl::fail() {
    if (!is_broken.exchange(true) && parts.failed) {
        parts.failed();
    }
    return false;
}

bool AuditTrail::Impl::commit() {
    return !store.has_writes() || store.commit() || fail();
}

// Commits whenever a batch is full; the watermark says how far the change's lines have come.
bool AuditTrail::Impl::append_lines(const Directory& before, const Change& change,
                                    const Directory& after) {
    const std::uint64_t there = std::exchange(lines_begun, 0);
    std::uint64_t lines = 0;
    const bool is_whole = each_audit_line(before, change, after, [&](AuditLine line) {
        if (++lines <= there) {
            return true;
        }
        if (!store.append(std::move(line))) {
            return false;
        }
        if (store.batch_size_bytes() < parts.limits.batch_size_bytes_max) {
            return true;
        }
        store.put_watermark(before.revision(), lines);
        return commit();
    });
    if (is_whole) {
        store.put_watermark(after.revision());
    }
    return is_whole;
}

// The lines of every change from `base` to `world`, read from the log: the same way whether they
// are seconds old or were missed in a crash.
bool AuditTrail::Impl::derive(const World& world) {
    if (world->revision() <= base->revision()) {
        return true;
    }
    Directory at = *base;
    bool is_whole = true;
    const auto read = parts.log.read_from(
        number(base->revision()) + 1, [&](std::uint64_t place, std::string_view entry) {
            const std::uint64_t last = number(world->revision());
            const auto change = decode_change(entry);
            is_whole = change.has_value();
            if (!is_whole) {
                return false;
            }
            // The last is known; what a push down a whole tree makes is much to make again.
            Directory after = place == last ? *world : apply(at, *change);
            is_whole = append_lines(at, *change, after);
            at = std::move(after);
            return is_whole && place < last;
        });
    if (!read || !is_whole || at.revision() != world->revision()) {
        return fail();
    }
    base = world;  // it shares its tables with what the shards use
    return commit();
}

bool AuditTrail::Impl::take(AuditNote& note) {
    if (note.fold.empty()) {
        return store.append(std::move(note.line)).has_value() || fail();
    }
    const std::string minute = minute_key(note);
    std::string key = minute + note.fold;
    if (!note.crowd.empty() && !looks.contains(key) &&
        folds[minute] >= parts.limits.folds_apart_max) {
        key = minute + note.crowd;
        std::erase_if(note.line.fields, [](const auto& field) { return field.name == "object"; });
    }
    AuditStore::OpenLook& look = looks[key];
    if (look.count++ == 0) {
        look.line = note.line;
        ++folds[minute];
    }
    store.put_look(key, look);
    return true;
}

// A look whose minute is over becomes an entry; its count stands from then on.
bool AuditTrail::Impl::seal(UnixTime now) {
    const std::int64_t minute = to_unix_ms(now) / minute_ms;
    for (auto at = looks.begin(); at != looks.end();) {
        if (minute_of(at->first) >= minute) {
            ++at;
            continue;
        }
        if (!store.append(counted(at->second))) {
            return fail();
        }
        store.remove_look(at->first);
        folds.erase(at->first.substr(0, minute_key_size_bytes));
        at = looks.erase(at);
    }
    return true;
}

void AuditTrail::Impl::add_open(const AuditAsk& ask, AuditPage& page) const {
    std::string prefix;
    append_number(prefix, number(ask.org));
    for (auto at = looks.lower_bound(prefix); at != looks.end(); ++at) {
        if (!at->first.starts_with(prefix)) {
            return;
        }
        AuditFound found{ask.org, {}, false};
        for (const audit::NamedValue& field : counted(at->second).fields) {
            found.entry.fields.push_back(audit::open_field(field.name, {}, field.value));
        }
        if (!ask.wanted || ask.wanted(ask.org, found.entry)) {
            ++page.total;
            page.found.push_back(std::move(found));
        }
    }
}

AuditPage AuditTrail::Impl::answer(const AuditAsk& ask) {
    AuditPage page;
    std::size_t examined = 0;
    std::uint64_t last = 0;  // the place of the last one in the page
    const AuditStore::Visit visit = [&](std::uint64_t place, OrgId org, audit::Entry entry) {
        if (++examined > parts.limits.examined_max) {
            page.next = page.next == 0 ? last : page.next;
            return false;
        }
        if (ask.wanted && !ask.wanted(org, entry)) {
            last = page.found.size() < ask.limit ? place : last;
            return true;
        }
        ++page.total;
        if (page.found.size() >= ask.limit) {
            page.next = page.next == 0 ? last : page.next;
            return ask.wanted != nullptr;  // only to count on
        }
        page.found.push_back({org, std::move(entry), true});
        last = place;
        return true;
    };
    if (ask.kind == AuditAsk::Kind::newest_first && ask.from == 0) {
        add_open(ask, page);
    }
    storage::Result<void> read =
        ask.kind == AuditAsk::Kind::newest_first   ? store.down(ask.org, ask.from, visit)
        : ask.kind == AuditAsk::Kind::oldest_first ? store.up(ask.org, ask.from, visit)
                                                   : store.down_row(ask.actor, ask.from, visit);
    const auto head = store.head(ask.org);
    if (!read || !head) {
        fail();
        return in_doubt();
    }
    page.head = *head;
    return page;
}

bool AuditTrail::Impl::step(UnixTime now) {
    std::vector<World> new_worlds;
    std::vector<AuditNote> new_notes;
    std::vector<Asked> new_asks;
    asked.take(new_asks);  // first: what was noted before one of them is in its answer
    worlds.take(new_worlds);
    notes.take(new_notes);
    bool is_well = !is_broken.load();
    for (const World& world : new_worlds) {
        is_well = is_well && derive(world);
    }
    for (const Asked& one : new_asks) {
        is_well = is_well && derive(one.ask.world);
    }
    for (AuditNote& note : new_notes) {
        is_well = is_well && take(note);
    }
    is_well = is_well && seal(now) && commit();
    looks_open.store(looks.size());
    for (Asked& one : new_asks) {
        one.reply(is_well ? answer(one.ask) : in_doubt());
    }
    return !new_worlds.empty() || !new_notes.empty() || !new_asks.empty();
}

AuditTrail::AuditTrail(Parts parts, World base)
    : impl_(std::make_unique<Impl>(std::move(parts), std::move(base))) {}
AuditTrail::~AuditTrail() = default;

bool AuditTrail::note(AuditNote note) {
    return !impl_->is_broken.load() && !impl_->stopping.load() && impl_->has_room(note) &&
           impl_->notes.push(std::move(note));
}

bool AuditTrail::ask(AuditAsk ask, Reply<AuditPage>&& reply) {
    Asked asked{std::move(ask), std::move(reply)};
    if (!impl_->stopping.load() && impl_->asked.push(std::move(asked))) {
        return true;
    }
    reply = std::move(asked.reply);
    return false;
}

// Full: a later one covers it, or the next question does, or the next start.
void AuditTrail::follow(World world) {
    static_cast<void>(impl_->worlds.push(std::move(world)));
}

bool AuditTrail::step(UnixTime now) {
    return impl_->step(now);
}

void AuditTrail::run() {
    std::vector<Ring> heard;
    while (true) {
        const bool stopping = impl_->stopping.load();
        if (impl_->step(read_clock().wall)) {
            continue;
        }
        if (stopping) {
            return;
        }
        impl_->bell.take_or_wait(heard, idle_wait);
    }
}

void AuditTrail::stop() {
    impl_->stopping.store(true);
    impl_->ring();
}

}  // namespace treeline
