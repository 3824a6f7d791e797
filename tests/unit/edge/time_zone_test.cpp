// Zone facts for device clocks.
#include "broker/edge/time_zone.hpp"

#include <gtest/gtest.h>

namespace treeline {
namespace {

const UnixTime winter = from_unix_ms(1'768'000'000'000);  // 2026-01-09

TEST(TimeZone, knows_offset_rule_and_the_next_change) {
    const Zone berlin = zone_named("Europe/Berlin", winter);
    EXPECT_EQ(berlin.name, "Europe/Berlin");
    EXPECT_EQ(berlin.offset_minutes, 60);
    EXPECT_EQ(berlin.posix_rule, "CET-1CEST,M3.5.0,M10.5.0/3");
    EXPECT_EQ(berlin.next_offset_minutes, 120);
    ASSERT_TRUE(berlin.next_transition);
    EXPECT_EQ(to_unix_ms(*berlin.next_transition), 1'774'746'000'000);  // 2026-03-29T01:00Z
}

TEST(TimeZone, is_utc_for_whatever_is_not_a_zone) {
    for (const char* name : {"", "UTC", "Nowhere/Land", "../../../etc/passwd", "/etc/passwd",
                             "zone.tab", "Europe", "Europe/../UTC"}) {
        EXPECT_EQ(zone_named(name, winter).posix_rule, "UTC0") << name;
    }
}

TEST(TimeZone, refuses_a_file_cut_anywhere) {
    std::string file("TZif2", 5);
    file.resize(44, '\0');
    EXPECT_FALSE(zone_in("x", file, winter));
    EXPECT_FALSE(zone_in("x", "", winter));
    file[36] = '\x7f';  // two billion types
    EXPECT_FALSE(zone_in("x", file, winter));
}

}  // namespace
}  // namespace treeline
