// Answers to a device's clock questions.
#include "broker/session/device_clock.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>

namespace treeline {

namespace {

std::string iso(const Zone& zone, UnixTime now) {
    const auto local =
        std::chrono::floor<std::chrono::seconds>(now) + std::chrono::minutes(zone.offset_minutes);
    const auto day = std::chrono::floor<std::chrono::days>(local);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(local - day);
    const int offset = std::abs(zone.offset_minutes);
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d%c%02d:%02d",
                  static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
                  static_cast<int>(time.minutes().count()),
                  static_cast<int>(time.seconds().count()), zone.offset_minutes < 0 ? '-' : '+',
                  offset / 60, offset % 60);
    return text.data();
}

std::vector<std::string> next_change(const Zone& zone) {
    if (!zone.next_transition) {
        return {"0"};
    }
    std::vector<std::string> values{unix_seconds(*zone.next_transition)};
    if (zone.next_offset_minutes) {
        values.push_back(std::to_string(*zone.next_offset_minutes));
    }
    return values;
}

std::optional<std::vector<std::string>> values_of(std::string_view key, const Zone& zone,
                                                  UnixTime now) {
    using Values = std::vector<std::string>;
    if (key == "time") {
        return Values{std::to_string(to_unix_ms(now))};
    }
    if (key == "iso") {
        return Values{iso(zone, now)};
    }
    if (key == "tz_name") {
        return Values{zone.name};
    }
    if (key == "tz") {
        // The second value is the part of daylight saving; it is in the first already.
        return Values{std::to_string(zone.offset_minutes), "0"};
    }
    if (key == "tz_rule") {
        return Values{zone.posix_rule};
    }
    if (key == "dst_next") {
        return next_change(zone);
    }
    return std::nullopt;
}

}  // namespace

std::string unix_seconds(UnixTime time) {
    return std::to_string(to_unix_ms(time) / 1'000);
}

std::optional<std::vector<std::string>> answer_utc(std::string_view key, const Zone& zone,
                                                   UnixTime now) {
    const auto values = values_of(key, zone, now);
    if (!values) {
        return std::nullopt;
    }
    std::vector<std::string> items{"utc", std::string(key)};
    items.insert(items.end(), values->begin(), values->end());
    return items;
}

}  // namespace treeline
