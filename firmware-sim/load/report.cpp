#include "firmware-sim/load/report.hpp"

#include <cmath>
#include <cstdio>
#include <utility>
#include <vector>

#include <boost/json.hpp>

namespace treeline::load {
namespace {

// A figure's name, as in the JSON, and its unit.
struct Figure {
    std::string name;
    double value = 0;
    std::string unit;
};

constexpr std::pair<const char*, double> percentiles[]{
    {"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}, {"p9999", 0.9999}};

double number(std::uint64_t value) {
    return static_cast<double>(value);
}

void add_flow(const LoadResult& result, std::vector<Figure>& out) {
    if (result.messages == 0) {
        return;
    }
    out.push_back({"messages", number(result.messages), ""});
    out.push_back({"messages_per_second", number(result.messages) / result.seconds, "1/s"});
    for (const auto& [name, share] : percentiles) {
        out.push_back({std::string("latency_") + name, number(result.latency_us.at(share)), "µs"});
    }
    out.push_back({"latency_max", number(result.latency_us.max()), "µs"});
    out.push_back({"latency_mean", result.latency_us.mean(), "µs"});
    out.push_back({"generator_cpu_per_message",
                   number(result.own_cpu_ns) / 1'000 / number(result.messages), "µs"});
}

void add_server(const LoadResult& result, std::vector<Figure>& out) {
    if (!result.end.is_known) {
        return;
    }
    if (result.seconds > 0) {
        const double busy_us = number(result.end.cpu_ns - result.begin.cpu_ns) / 1'000;
        out.push_back({"server_busy", 100 * busy_us / 1e6 / result.seconds, "% of a core"});
    }
    if (result.messages > 0) {
        out.push_back({"server_cpu_per_message", result.server_cpu_us_per_message(), "µs"});
    }
    if (result.logins > 0 && result.messages == 0) {
        out.push_back({"server_cpu_per_login", result.server_cpu_us_per_login(), "µs"});
    }
    if (result.seated.is_known) {
        out.push_back({"resident_per_connection", result.resident_kib_per_connection(), "KiB"});
    }
    out.push_back({"server_resident", number(result.end.resident_kib), "KiB"});
    if (result.syscalls && result.messages > 0) {
        out.push_back(
            {"syscalls_per_message", number(*result.syscalls) / number(result.messages), ""});
    }
}

std::vector<Figure> figures_of(const LoadResult& result) {
    const Tally& tally = result.tally;
    std::vector<Figure> out{{"devices", number(result.devices), ""},
                            {"apps", number(result.apps), ""},
                            {"seated_in", result.seated_seconds, "s"},
                            {"measured", result.seconds, "s"},
                            {"sent", number(tally.sent), ""},
                            {"delivered", number(tally.delivered), ""},
                            {"lost", number(tally.lost), ""},
                            {"lagged", number(tally.lagged), ""},
                            {"reordered", number(tally.reordered), ""},
                            {"duplicated", number(tally.duplicated), ""},
                            {"misrouted", number(tally.misrouted), ""},
                            {"unreadable", number(tally.unreadable), ""},
                            {"refused", number(result.refused), ""},
                            {"connections_lost", number(result.connections_lost), ""}};
    add_flow(result, out);
    if (result.logins > 0) {
        out.push_back({"logins", number(result.logins), ""});
        if (result.back_seconds > 0) {
            out.push_back({"all_back_in", result.back_seconds, "s"});
        }
        out.push_back({"logins_resumed", number(result.resumed), ""});
    }
    add_server(result, out);
    return out;
}

std::string key_of(const Figure& figure) {
    static const std::vector<std::pair<std::string, std::string>> suffixes{
        {"µs", "_us"}, {"KiB", "_kib"}, {"s", "_s"}, {"% of a core", "_percent"}};
    for (const auto& [unit, suffix] : suffixes) {
        if (figure.unit == unit) {
            return figure.name + suffix;
        }
    }
    return figure.name;
}

std::string text_of(double value) {
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, value == std::floor(value) ? "%.0f" : "%.2f", value);
    return buffer;
}

}  // namespace

std::string to_table(const LoadPlan& plan, const LoadResult& result) {
    std::string out(name_of(plan.scenario));
    out.append(" on ").append(name_of(plan.server)).append("\n");
    for (const Figure& figure : figures_of(result)) {
        char line[128];
        std::snprintf(line, sizeof line, "  %-26s %14s %s\n", figure.name.c_str(),
                      text_of(figure.value).c_str(), figure.unit.c_str());
        out += line;
    }
    return out;
}

std::string to_json(const LoadPlan& plan, const LoadResult& result) {
    boost::json::object object{{"scenario", name_of(plan.scenario)},
                               {"server", name_of(plan.server)},
                               {"ended_early", result.is_ended_early}};
    for (const Figure& figure : figures_of(result)) {
        object[key_of(figure)] = figure.value;
    }
    return boost::json::serialize(object) + "\n";
}

}  // namespace treeline::load
