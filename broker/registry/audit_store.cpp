// Keys of the audit's store, big-endian so that they sort:
//
//   e/ORG SEQ        one entry, as a line        h/ORG      the chain's head, as a line
//   a/ACTOR PLACE    ORG SEQ of an entry of his  c/ACTOR    how many he has
//   l/ORG ACTOR MINUTE FOLD   a look that still counts
//   w   the watermark: a revision; behind it, unless 0, how many lines of the next one are there
#include "broker/registry/audit_store.hpp"

#include <algorithm>

namespace treeline {
namespace {

constexpr std::string_view watermark_key = "w";
constexpr std::uint64_t rows_per_scan = 256;
constexpr std::size_t number_size_bytes = 8;
constexpr std::uint64_t near = 4;          // orgs whose numbers differ by no more are neighbours
constexpr std::size_t neighbours_min = 8;  // so many in a row, and their heads are read ahead
constexpr std::uint64_t heads_ahead = 256;

std::string bytes_of(std::uint64_t number) {
    std::string out;
    for (int shift = 56; shift >= 0; shift -= 8) {
        out.push_back(static_cast<char>(number >> shift & 0xff));
    }
    return out;
}

// REQUIRES: 8 bytes from `at` on.
std::uint64_t number_at(std::string_view bytes, std::size_t at) {
    std::uint64_t out = 0;
    for (std::size_t i = 0; i < number_size_bytes; ++i) {
        out = out << 8 | static_cast<unsigned char>(bytes[at + i]);
    }
    return out;
}

std::string key_of(char kind, std::uint64_t first) {
    return std::string{kind, '/'} + bytes_of(first);
}
std::string key_of(char kind, std::uint64_t first, std::uint64_t second) {
    return key_of(kind, first) + bytes_of(second);
}

storage::Result<std::uint64_t> read_number(const storage::Store& store, std::string_view key) {
    const auto found = store.get(key);
    if (!found) {
        return found.error();
    }
    if (!*found) {
        return std::uint64_t{0};
    }
    if ((*found)->size() != number_size_bytes) {
        return storage::Errc::corruption;
    }
    return number_at(**found, 0);
}

struct Watermark {
    Revision revision{};
    std::uint64_t lines = 0;
};

storage::Result<Watermark> read_watermark(const storage::Store& store) {
    const auto found = store.get(watermark_key);
    if (!found) {
        return found.error();
    }
    if (!*found) {
        return Watermark{};
    }
    const std::string& bytes = **found;
    if (bytes.size() != number_size_bytes && bytes.size() != 2 * number_size_bytes) {
        return storage::Errc::corruption;
    }
    const bool is_between = bytes.size() > number_size_bytes;
    return Watermark{Revision{number_at(bytes, 0)},
                     is_between ? number_at(bytes, number_size_bytes) : 0};
}

storage::Result<audit::Head> read_head(std::string_view line) {
    const auto head = audit::head_from_line(line);
    if (!head) {
        return storage::Errc::corruption;
    }
    return *head;
}

// The entries of [first, last] of a chain, ascending, until `visit` returns false.
storage::Result<void> read_chain(const storage::Store& store, OrgId org, std::uint64_t first,
                                 std::uint64_t last, const AuditStore::Visit& visit) {
    bool is_whole = true;
    const auto read =
        store.scan(key_of('e', number(org), first), key_of('e', number(org), last + 1),
                   [&](std::string_view, std::string_view value) {
                       auto entry = audit::from_line(value);
                       is_whole = entry.has_value();
                       return is_whole && visit(entry->seq, org, std::move(*entry));
                   });
    if (read && !is_whole) {
        return storage::Errc::corruption;
    }
    return read;
}

}  // namespace

storage::Result<Revision> AuditTrail::watermark(const storage::Store& store) {
    const auto found = read_watermark(store);
    if (!found) {
        return found.error();
    }
    return found->revision;
}

storage::Result<void> AuditStore::append(AuditLine line) {
    auto known = heads_.find(line.org);
    if (known == heads_.end()) {
        const auto stored = head_ahead(line.org);
        if (!stored) {
            return stored.error();
        }
        known = heads_.emplace(line.org, *stored).first;
    }
    audit::Head& at = known->second;
    const audit::Entry entry = audit::seal(key_, number(line.org), at, std::move(line.fields));
    at = {entry.seq, entry.hash};
    batch_.push_back({key_of('e', number(line.org), entry.seq), audit::to_line(entry)});
    batch_size_bytes_ += batch_.back().value->size();
    if (line.actor == UserId{}) {
        return storage::Result<void>();
    }
    const auto size = row_size(line.actor);
    if (!size) {
        return size.error();
    }
    row_sizes_[line.actor] = *size + 1;
    batch_.push_back({key_of('a', number(line.actor), *size + 1),
                      bytes_of(number(line.org)) + bytes_of(entry.seq)});
    return storage::Result<void>();
}

storage::Result<std::uint64_t> AuditStore::row_size(UserId actor) const {
    const auto known = row_sizes_.find(actor);
    if (known != row_sizes_.end()) {
        return known->second;
    }
    return read_number(store_, key_of('c', number(actor)));
}

void AuditStore::put_watermark(Revision revision, std::uint64_t lines) {
    watermark_ = bytes_of(number(revision)) + (lines == 0 ? std::string() : bytes_of(lines));
}

storage::Result<std::uint64_t> AuditStore::lines_begun() const {
    const auto found = read_watermark(store_);
    if (!found) {
        return found.error();
    }
    return found->lines;
}

void AuditStore::put_look(const std::string& key, const OpenLook& look) {
    audit::Entry entry;
    for (const audit::NamedValue& field : look.line.fields) {
        entry.fields.push_back(audit::open_field(field.name, {}, field.value));
    }
    entry.fields.push_back(audit::open_field("count", {}, std::to_string(look.count)));
    batch_.push_back({"l/" + key, audit::to_line(entry)});
}

void AuditStore::remove_look(const std::string& key) {
    batch_.push_back({"l/" + key, std::nullopt});
}

// Heads and row sizes are of this batch only: what a failed one thought is forgotten.
storage::Result<void> AuditStore::commit() {
    for (const auto& [org, at] : heads_) {
        batch_.push_back({key_of('h', number(org)), audit::to_line(at)});
    }
    for (const auto& [actor, size] : row_sizes_) {
        batch_.push_back({key_of('c', number(actor)), bytes_of(size)});
    }
    if (!watermark_.empty()) {
        batch_.push_back({std::string(watermark_key), std::exchange(watermark_, {})});
    }
    heads_.clear();
    heads_ahead_.clear();
    ahead_until_ = {};
    row_sizes_.clear();
    batch_size_bytes_ = 0;
    return store_.write(std::exchange(batch_, {}), storage::Durability::synced);
}

storage::Result<std::map<std::string, AuditStore::OpenLook>> AuditStore::looks() const {
    std::map<std::string, OpenLook> found;
    bool is_whole = true;
    const auto read = store_.scan("l/", "l0", [&](std::string_view key, std::string_view value) {
        const auto entry = audit::from_line(value);
        is_whole = entry && !entry->fields.empty() && key.size() >= 2 + 3 * number_size_bytes;
        if (!is_whole) {
            return false;
        }
        OpenLook look;
        look.line.org = OrgId{number_at(key, 2)};
        look.line.actor = UserId{number_at(key, 2 + number_size_bytes)};
        for (const audit::Field& field : entry->fields) {
            look.line.fields.push_back({field.name, field.opening->value});
        }
        look.count = std::stoull(look.line.fields.back().value);
        look.line.fields.pop_back();
        found.emplace(key.substr(2), std::move(look));
        return true;
    });
    if (!read) {
        return read.error();
    }
    if (!is_whole) {
        return storage::Errc::corruption;
    }
    return found;
}

storage::Result<audit::Head> AuditStore::head(OrgId org) const {
    const auto found = store_.get(key_of('h', number(org)));
    if (!found) {
        return found.error();
    }
    return *found ? read_head(**found) : audit::Head{};
}

// As head. Where lines come org after org, as those of a push do, one scan is for many of them.
storage::Result<audit::Head> AuditStore::head_ahead(OrgId org) {
    const std::uint64_t step = number(org) - number(std::exchange(asked_, org));
    if (step > near) {  // or back
        neighbours_ = 0;
        ahead_until_ = {};
    }
    if (++neighbours_ < neighbours_min) {
        return head(org);
    }
    if (org >= ahead_until_) {
        heads_ahead_.clear();
        ahead_until_ = OrgId{number(org) + heads_ahead};
        const auto read = store_.scan(key_of('h', number(org)), key_of('h', number(ahead_until_)),
                                      [this](std::string_view key, std::string_view value) {
                                          heads_ahead_.emplace(OrgId{number_at(key, 2)}, value);
                                          return true;
                                      });
        if (!read) {
            return read.error();
        }
    }
    const auto found = heads_ahead_.find(org);
    return found == heads_ahead_.end() ? audit::Head{} : read_head(found->second);
}

storage::Result<void> AuditStore::up(OrgId org, std::uint64_t from, const Visit& visit) const {
    return read_chain(store_, org, std::max<std::uint64_t>(from, 1), ~std::uint64_t{0} - 1, visit);
}

storage::Result<void> AuditStore::down(OrgId org, std::uint64_t below, const Visit& visit) const {
    const auto at = head(org);
    if (!at) {
        return at.error();
    }
    std::uint64_t last = below == 0 ? at->seq : std::min(at->seq, below - 1);
    bool goes_on = true;
    while (last > 0 && goes_on) {
        const std::uint64_t first = last >= rows_per_scan ? last - rows_per_scan + 1 : 1;
        std::vector<audit::Entry> entries;
        const auto read =
            read_chain(store_, org, first, last, [&](std::uint64_t, OrgId, audit::Entry entry) {
                entries.push_back(std::move(entry));
                return true;
            });
        if (!read) {
            return read;
        }
        for (auto entry = entries.rbegin(); entry != entries.rend() && goes_on; ++entry) {
            const std::uint64_t seq = entry->seq;
            goes_on = visit(seq, org, std::move(*entry));
        }
        last = first - 1;
    }
    return storage::Result<void>();
}

storage::Result<void> AuditStore::down_row(UserId actor, std::uint64_t below,
                                           const Visit& visit) const {
    const auto size = row_size(actor);
    if (!size) {
        return size.error();
    }
    std::uint64_t place = below == 0 ? *size : std::min(*size, below - 1);
    for (bool goes_on = true; place > 0 && goes_on; --place) {
        const auto row = store_.get(key_of('a', number(actor), place));
        if (!row || !*row || (*row)->size() != 2 * number_size_bytes) {
            return row ? storage::Errc::corruption : row.error();
        }
        const OrgId org{number_at(**row, 0)};
        const std::uint64_t seq = number_at(**row, number_size_bytes);
        const auto read =
            read_chain(store_, org, seq, seq, [&](std::uint64_t, OrgId, audit::Entry entry) {
                goes_on = visit(place, org, std::move(entry));
                return true;
            });
        if (!read) {
            return read;
        }
    }
    return storage::Result<void>();
}

}  // namespace treeline
