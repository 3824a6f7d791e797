#include "firmware-sim/load/picture.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>
#include <vector>

namespace treeline::load {
namespace {

constexpr double left = 80;
constexpr double width = 720;
constexpr double height = 220;
constexpr double upper_top = 60;
constexpr double lower_top = upper_top + height + 80;
constexpr double nines_max = 5;  // the percentile's axis ends at 99.999 %

using Points = std::vector<std::pair<double, double>>;  // x 0..1, latency in µs

std::string text_of(double value) {
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%.1f", value);
    return buffer;
}

void append_text(double x, double y, const char* anchor, const std::string& text,
                 std::string& out) {
    out += R"(<text x=")" + text_of(x) + R"(" y=")" + text_of(y) + R"(" text-anchor=")" + anchor +
           "\">" + text + "</text>\n";
}

void append_line(double x1, double y1, double x2, double y2, std::string& out) {
    out += R"(<path class="grid" d="M)" + text_of(x1) + "," + text_of(y1) + "L" + text_of(x2) +
           "," + text_of(y2) + "\"/>\n";
}

std::string time_text(double us) {
    char buffer[32];
    if (us >= 1e6) {
        std::snprintf(buffer, sizeof buffer, "%g s", us / 1e6);
    } else if (us >= 1e3) {
        std::snprintf(buffer, sizeof buffer, "%g ms", us / 1e3);
    } else {
        std::snprintf(buffer, sizeof buffer, "%g µs", us);
    }
    return buffer;
}

// Decades of latency, from the one below the least value to the one above the greatest.
struct Scale {
    double top = 0;
    double low = 1;
    double high = 2;

    static Scale over(double top, double least, double greatest) {
        const double low = std::floor(std::log10(std::max(1.0, least)));
        return {top, low, std::max(low + 1, std::ceil(std::log10(std::max(1.0, greatest))))};
    }
    double y(double us) const {
        const double share = (std::log10(std::max(1.0, us)) - low) / (high - low);
        return top + height * (1 - std::clamp(share, 0.0, 1.0));
    }
    void append_grid(std::string& out) const {
        for (double decade = low; decade <= high; ++decade) {
            const double us = std::pow(10, decade);
            append_line(left, y(us), left + width, y(us), out);
            append_text(left - 8, y(us) + 4, "end", time_text(us), out);
        }
    }
};

void append_curve(const Points& points, const Scale& scale, const char* style, std::string& out) {
    if (points.empty()) {
        return;
    }
    out += std::string(R"(<path class=")") + style + R"(" d=")";
    for (std::size_t i = 0; i < points.size(); ++i) {
        out += i == 0 ? "M" : "L";
        out += text_of(left + width * points[i].first) + "," + text_of(scale.y(points[i].second));
    }
    out += "\"/>\n";
}

// `share` over 1: the greatest.
Points over_time(const LoadResult& result, double share) {
    Points points;
    const auto size = static_cast<double>(result.latency_us_by_time.size());
    for (std::size_t i = 0; i < result.latency_us_by_time.size(); ++i) {
        const Histogram& slice = result.latency_us_by_time[i];
        if (slice.count() > 0) {
            const auto us = share > 1 ? slice.max() : slice.at(share);
            points.emplace_back((static_cast<double>(i) + 0.5) / size, static_cast<double>(us));
        }
    }
    return points;
}

Points by_percentile(const Histogram& latency) {
    Points points;
    for (double nines = 0; nines <= nines_max; nines += 0.05) {
        const double share = 1 - std::pow(10, -nines);
        points.emplace_back(nines / nines_max, static_cast<double>(latency.at(share)));
    }
    return points;
}

void append_over_time(const LoadResult& result, const Scale& scale, std::string& out) {
    scale.append_grid(out);
    append_curve(over_time(result, 2), scale, "max", out);
    append_curve(over_time(result, 0.99), scale, "p99", out);
    append_curve(over_time(result, 0.5), scale, "p50", out);
    const double bottom = scale.top + height + 18;
    append_text(left, bottom, "middle", "0 s", out);
    append_text(left + width, bottom, "middle", time_text(std::round(result.seconds * 10) * 1e5),
                out);
    append_text(left + width / 2, bottom, "middle",
                "latency over time: p50 (blue), p99 (orange), greatest (grey)", out);
}

void append_percentiles(const LoadResult& result, const Scale& scale, std::string& out) {
    constexpr const char* names[]{"0 %", "90 %", "99 %", "99.9 %", "99.99 %", "99.999 %"};
    scale.append_grid(out);
    append_curve(by_percentile(result.latency_us), scale, "p50", out);
    for (std::size_t nines = 0; nines < std::size(names); ++nines) {
        const double x = left + width * static_cast<double>(nines) / nines_max;
        append_line(x, scale.top, x, scale.top + height, out);
        append_text(x, scale.top + height + 18, "middle", names[nines], out);
    }
    append_text(left + width / 2, scale.top + height + 38, "middle",
                "latency by percentile (from when each message was due)", out);
}

}  // namespace

std::string to_svg(const LoadPlan& plan, const LoadResult& result) {
    const Histogram& latency = result.latency_us;
    const auto least = static_cast<double>(latency.at(0));
    const auto greatest = static_cast<double>(latency.max());
    std::string out =
        R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 840 660" font-family="sans-serif" )"
        R"(font-size="12">
<style>path{fill:none}.grid{stroke:#ddd}.p50{stroke:#1f77b4;stroke-width:2})"
        R"(.p99{stroke:#ff7f0e;stroke-width:1.5}.max{stroke:#999}</style>
<rect width="840" height="660" fill="white"/>
)";
    append_text(left, 30, "start",
                std::string(name_of(plan.scenario)) + " on " + std::string(name_of(plan.server)) +
                    ", " + std::to_string(latency.count()) + " messages, " +
                    (plan.rate > 0 ? std::to_string(static_cast<long>(plan.rate)) + " a second"
                                   : std::to_string(plan.outstanding) + " under way"),
                out);
    append_over_time(result, Scale::over(upper_top, least, greatest), out);
    append_percentiles(result, Scale::over(lower_top, least, greatest), out);
    return out + "</svg>\n";
}

}  // namespace treeline::load
