// Rows of decimal text: few, and a person can read them.
#include "broker/mail/outbox_store.hpp"

#include <charconv>
#include <utility>

namespace treeline::mail {

namespace {

constexpr std::string_view read_key = "mail/read";
constexpr std::string_view waiting_prefix = "mail/waiting/";
constexpr std::string_view parked_prefix = "mail/parked/";
constexpr std::size_t revision_width = 20;  // 2^64 − 1
constexpr std::size_t index_width = 10;     // 2^32 − 1

std::string padded(std::uint64_t number, std::size_t width) {
    const std::string digits = std::to_string(number);
    return std::string(width - digits.size(), '0') + digits;
}

std::string key_of(std::string_view prefix, Position position) {
    return std::string(prefix) + padded(position.revision, revision_width) + "." +
           padded(position.index, index_width);
}

// A decimal number from the front of `text`, and the separator behind it.
template <class Number>
bool take_number(std::string_view& text, char separator, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (error != std::errc()) {
        return false;
    }
    if (!text.empty()) {
        const bool follows = text.front() == separator;
        text.remove_prefix(1);
        return follows;
    }
    return true;
}

bool take_time(std::string_view& text, UnixTime& at) {
    std::int64_t ms = 0;
    const bool taken = take_number(text, ' ', ms);
    at = from_unix_ms(ms);
    return taken;
}

std::optional<Position> position_of(std::string_view text) {
    Position position;
    const bool is_whole =
        take_number(text, '.', position.revision) && take_number(text, '.', position.index);
    return is_whole && text.empty() ? std::optional(position) : std::nullopt;
}

bool read_row(std::string_view text, Waiting& row) {
    return take_time(text, row.queued_at) && take_time(text, row.due_at) &&
           take_number(text, ' ', row.tries) && text.empty();
}

bool read_row(std::string_view text, Parked& row) {
    const bool is_whole = take_time(text, row.at);
    row.why = text;
    return is_whole;
}

template <class Row>
storage::Result<std::map<Position, Row>> rows_of(const storage::Store& store,
                                                 std::string_view prefix) {
    std::map<Position, Row> rows;
    bool is_whole = true;
    std::string end(prefix);
    end.back() = '0';  // just behind '/'
    const auto read = store.scan(prefix, end, [&](std::string_view key, std::string_view value) {
        Row row;
        const auto position = position_of(key.substr(prefix.size()));
        is_whole = position && read_row(value, row);
        if (is_whole) {
            rows.emplace(*position, std::move(row));
        }
        return is_whole;
    });
    if (!read) {
        return read.error();
    }
    if (!is_whole) {
        return storage::Errc::corruption;
    }
    return rows;
}

std::string text_of(UnixTime at) {
    return std::to_string(to_unix_ms(at));
}

}  // namespace

storage::Result<std::optional<Revision>> OutboxStore::read_up_to() const {
    const auto found = store_.get(read_key);
    if (!found) {
        return found.error();
    }
    if (!*found) {
        return std::optional<Revision>();
    }
    std::string_view text = **found;
    std::uint64_t revision = 0;
    if (!take_number(text, ' ', revision) || !text.empty()) {
        return storage::Errc::corruption;
    }
    return std::optional(Revision{revision});
}

storage::Result<std::map<Position, Waiting>> OutboxStore::waiting() const {
    return rows_of<Waiting>(store_, waiting_prefix);
}

storage::Result<std::map<Position, Parked>> OutboxStore::parked() const {
    return rows_of<Parked>(store_, parked_prefix);
}

void OutboxStore::put_read(Revision revision) {
    batch_.push_back({std::string(read_key), std::to_string(number(revision))});
}

void OutboxStore::put(Position position, const Waiting& waiting) {
    batch_.push_back({key_of(waiting_prefix, position), text_of(waiting.queued_at) + " " +
                                                            text_of(waiting.due_at) + " " +
                                                            std::to_string(waiting.tries)});
}

void OutboxStore::remove(Position position) {
    batch_.push_back({key_of(waiting_prefix, position), std::nullopt});
}

void OutboxStore::park(Position position, const Parked& parked) {
    batch_.push_back({key_of(parked_prefix, position), text_of(parked.at) + " " + parked.why});
}

void OutboxStore::forget(Position position) {
    batch_.push_back({key_of(parked_prefix, position), std::nullopt});
}

storage::Result<void> OutboxStore::commit(storage::Durability durability) {
    return store_.write(std::exchange(batch_, {}), durability);
}

}  // namespace treeline::mail
