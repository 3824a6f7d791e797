// Points are added and dropped by the writer, and found again by range scans.
#include "broker/hub/series.hpp"

#include <algorithm>
#include <optional>

namespace treeline {
namespace {

constexpr std::size_t drops_max = 4'096;  // in one batch; what is left goes with a later one

std::string key_of(const SeriesQuery& query, std::uint64_t epoch, SeriesPlace place) {
    return encode_series_key({query.kind, query.device, epoch, query.pin, place});
}

// The next ownership that has points of any pin.
storage::Result<std::optional<std::uint64_t>> next_epoch(const storage::Store& store,
                                                         const SeriesQuery& query,
                                                         std::uint64_t from, std::uint64_t to) {
    std::optional<std::uint64_t> found;
    if (from > to) {
        return found;
    }
    const auto scanned = store.scan(encode_series_key({query.kind, query.device, from, 0, 0}),
                                    encode_series_key({query.kind, query.device, to + 1, 0, 0}),
                                    [&](std::string_view key, std::string_view) {
                                        if (const auto parts = decode_series_key(key)) {
                                            found = parts->epoch;
                                        }
                                        return false;
                                    });
    if (!scanned) {
        return scanned.error();
    }
    return found;
}

void take(const SeriesQuery& query, const SeriesKey& key, std::string_view bytes,
          SeriesPage& page) {
    ++page.total;
    if (query.after != 0 && key.place <= query.after) {
        return;
    }
    page.points.try_emplace(key.place, std::string(bytes));
    if (page.points.size() > query.limit + 1) {
        page.points.erase(std::prev(page.points.end()));
    }
}

storage::Result<void> read_range(const storage::Store& store, const SeriesQuery& query,
                                 const EpochRange& range, SeriesPage& page) {
    const std::uint64_t oldest =
        range.to < series_epochs_max ? 0 : range.to - series_epochs_max + 1;
    auto epoch = next_epoch(store, query, std::max(range.from, oldest), range.to);
    while (epoch && *epoch) {
        const auto scanned =
            store.scan(key_of(query, **epoch, query.from), key_of(query, **epoch, query.to),
                       [&](std::string_view key, std::string_view bytes) {
                           take(query, *decode_series_key(key), bytes, page);
                           return true;
                       });
        if (!scanned) {
            return scanned.error();
        }
        epoch = next_epoch(store, query, **epoch + 1, range.to);
    }
    if (!epoch) {
        return epoch.error();
    }
    return {};
}

}  // namespace

void SeriesKeeper::join(std::string_view key, std::string_view value,
                        std::vector<storage::Write>& batch) {
    if (const auto event = decode_series_key(key)) {
        return trim(*event, limits_.events_max, batch);
    }
    const auto parts = decode_value_key(key);
    const auto stored = parts ? decode_stored_value(parts->pin, value) : std::nullopt;
    if (!stored || limits_.values_max == 0) {
        return;
    }
    const SeriesKey point{.kind = SeriesKind::values,
                          .device = parts->device,
                          .epoch = parts->epoch,
                          .pin = parts->pin,
                          .place = series_place(stored->at, parts->epoch)};
    batch.push_back({encode_series_key(point), std::string(value)});
    trim(point, limits_.values_max, batch);
}

// Drawn, not counted: a count per series would have to be kept for every pin of every device.
bool SeriesKeeper::is_turn(std::uint32_t points_max) {
    draw_ ^= draw_ << 13;
    draw_ ^= draw_ >> 7;
    draw_ ^= draw_ << 17;
    return draw_ % std::max<std::uint32_t>(points_max / 8, 1) == 0;
}

void SeriesKeeper::trim(const SeriesKey& newest, std::uint32_t points_max,
                        std::vector<storage::Write>& batch) {
    if (!is_turn(points_max)) {
        return;
    }
    SeriesKey edge = newest;
    edge.place = 0;
    const std::string first = encode_series_key(edge);
    edge.place = ~SeriesPlace{0};
    const std::string last = encode_series_key(edge);
    std::size_t count = 0;
    const auto counted = store_.scan(first, last, [&](std::string_view, std::string_view) {
        ++count;
        return true;
    });
    std::size_t over = counted && count > points_max ? count - points_max : 0;
    over = std::min(over, drops_max);
    if (over == 0) {
        return;  // what can't be read now is dropped another time
    }
    static_cast<void>(store_.scan(first, last, [&](std::string_view key, std::string_view) {
        batch.push_back({std::string(key), std::nullopt});
        return --over > 0;
    }));
}

storage::Result<SeriesPage> read_series(const storage::Store& store, const SeriesQuery& query) {
    SeriesPage page;
    for (const EpochRange& range : query.epochs) {
        if (const auto scanned = read_range(store, query, range, page); !scanned) {
            return scanned.error();
        }
    }
    if (page.points.size() > query.limit) {
        page.points.erase(std::prev(page.points.end()));
        page.next = page.points.empty() ? 0 : page.points.rbegin()->first;
    }
    return page;
}

}  // namespace treeline
