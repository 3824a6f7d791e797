// Series: points go with a put, stay within their bound, and are read by pages over ownerships.
#include "broker/hub/series.hpp"

#include <gmock/gmock.h>

#include "storage/memory.hpp"

namespace treeline {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr DeviceId lamp{7};

struct Series : testing::Test {
    std::unique_ptr<storage::Store> store = storage::make_memory_store();
    SeriesKeeper keeper{*store, {.values_max = 10, .events_max = 3}};

    void write(Pin pin, std::uint64_t epoch, std::int64_t at_ms, const std::string& bytes) {
        write_with(keeper, pin, epoch, at_ms, bytes);
    }
    void write_with(SeriesKeeper& by, Pin pin, std::uint64_t epoch, std::int64_t at_ms,
                    const std::string& bytes) {
        const StoredValue value{pin, bytes, from_unix_ms(at_ms), Origin::device};
        put(by, encode_value_key({lamp, epoch, pin}), encode_stored_value(value));
    }
    void put(SeriesKeeper& by, const std::string& key, const std::string& value) {
        std::vector<storage::Write> batch;
        by.join(key, value, batch);
        batch.push_back({key, value});
        ASSERT_TRUE(store->write(batch, storage::Durability::synced));
    }
    SeriesQuery of(Pin pin, std::vector<EpochRange> epochs, std::size_t limit = 100) {
        return {.kind = SeriesKind::values,
                .device = lamp,
                .epochs = std::move(epochs),
                .pin = pin,
                .limit = limit};
    }
    SeriesPage read(const SeriesQuery& query) {
        auto page = read_series(*store, query);
        EXPECT_TRUE(page);
        return *page;
    }
    std::vector<std::string> values(const SeriesQuery& query) {
        std::vector<std::string> found;
        for (const auto& [place, bytes] : read(query).points) {
            found.push_back(decode_stored_value(query.pin, bytes)->bytes);
        }
        return found;
    }
};

TEST_F(Series, keeps_the_points_of_each_pin_in_the_order_of_their_times) {
    write(5, 1, 2'000, "b");
    write(5, 1, 1'000, "a");
    write(5, 1, 3'000, "c");
    write(6, 1, 1'500, "other pin");
    EXPECT_THAT(values(of(5, {{1, 1}})), ElementsAre("a", "b", "c"));
    EXPECT_THAT(values(of(7, {{1, 1}})), IsEmpty());
}

TEST_F(Series, XFR_13_shows_the_ownerships_asked_for_and_no_other) {
    write(5, 1, 1'000, "one");
    write(5, 2, 2'000, "two");
    write(5, 9, 3'000, "nine");
    EXPECT_THAT(values(of(5, {{1, 2}})), ElementsAre("one", "two"));
    EXPECT_THAT(values(of(5, {{2, 9}})), ElementsAre("two", "nine"));
    EXPECT_THAT(values(of(5, {{1, 1}, {3, 9}})), ElementsAre("one", "nine"));
    EXPECT_THAT(values(of(5, {{3, 8}})), IsEmpty());
}

TEST_F(Series, takes_from_and_to_as_an_interval_that_is_open_at_its_end) {
    for (const int at : {1, 2, 3}) {
        write(5, 1, at * 1'000, std::to_string(at));
    }
    SeriesQuery query = of(5, {{1, 1}});
    query.from = series_place(from_unix_ms(2'000), 0);
    query.to = series_place(from_unix_ms(3'000), 0);
    EXPECT_THAT(values(query), ElementsAre("2"));
}

TEST_F(Series, is_read_by_pages_that_lose_and_repeat_nothing) {
    for (int at = 1; at <= 7; ++at) {
        write(5, at <= 3 ? 1U : 2U, at, std::to_string(at));
    }
    SeriesQuery query = of(5, {{1, 2}}, 3);
    std::vector<std::string> all;
    for (int pages = 1;; ++pages) {
        ASSERT_LE(pages, 3);
        const SeriesPage page = read(query);
        EXPECT_EQ(page.total, 7U);
        for (const std::string& value : values(query)) {
            all.push_back(value);
        }
        if (page.next == 0) {
            break;
        }
        query.after = page.next;
    }
    EXPECT_THAT(all, ElementsAre("1", "2", "3", "4", "5", "6", "7"));
}

TEST_F(Series, drops_its_oldest_points_when_it_is_over_its_limit) {
    for (int at = 1; at <= 40; ++at) {
        write(5, 1, at, std::to_string(at));
    }
    write(6, 1, 1, "of another pin");
    const auto left = values(of(5, {{1, 1}}));
    EXPECT_LE(left.size(), 11U);
    EXPECT_GE(left.size(), 10U);
    EXPECT_EQ(left.back(), "40");
    EXPECT_THAT(values(of(6, {{1, 1}})), ElementsAre("of another pin"));
}

TEST_F(Series, seldom_grows_a_quarter_over_a_large_limit) {
    SeriesKeeper large{*store, {.values_max = 800, .events_max = 1}};
    for (int at = 1; at <= 4'000; ++at) {
        write_with(large, static_cast<Pin>(at % 2), 1, at, "v");
    }
    for (const Pin pin : {Pin{0}, Pin{1}}) {
        const std::uint64_t total = read(of(pin, {{1, 1}})).total;
        EXPECT_GE(total, 800U);
        EXPECT_LE(total, 1'600U);
    }
}

TEST_F(Series, is_not_kept_where_the_limit_is_zero) {
    SeriesKeeper none{*store, {.values_max = 0, .events_max = 1}};
    write_with(none, 5, 1, 1'000, "a");
    EXPECT_THAT(values(of(5, {{1, 1}})), IsEmpty());
}

TEST_F(Series, of_events_is_bounded_too_and_tells_events_of_one_millisecond_apart) {
    for (std::uint64_t n = 1; n <= 6; ++n) {
        put(keeper,
            encode_series_key({.kind = SeriesKind::events,
                               .device = lamp,
                               .epoch = 1,
                               .place = series_place(from_unix_ms(1'000), n)}),
            encode_stored_event({"code" + std::to_string(n), "text", n == 6}));
    }
    SeriesQuery query = of(0, {{1, 1}});
    query.kind = SeriesKind::events;
    const SeriesPage page = read(query);
    EXPECT_EQ(page.total, 4U);  // the limit, and the one that came with the last drop
    const auto last = decode_stored_event(page.points.rbegin()->second);
    EXPECT_EQ(last->code, "code6");
    EXPECT_EQ(last->text, "text");
    EXPECT_TRUE(last->is_clear);
}

TEST_F(Series, holds_times_that_no_clock_has_within_its_own) {
    write(5, 1, -5, "before 1970");
    write(5, 1, std::int64_t{1} << 60, "far away");
    EXPECT_THAT(values(of(5, {{1, 1}})), ElementsAre("before 1970", "far away"));
    EXPECT_EQ(decode_series_key("\xff"), std::nullopt);
    EXPECT_EQ(decode_stored_event("no end"), std::nullopt);
}

}  // namespace
}  // namespace treeline
