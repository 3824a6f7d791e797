// The Prometheus text format: "# TYPE name kind", then one sample a line.
#include <string>
#include <string_view>

#include "broker/server/report.hpp"

namespace treeline {

namespace {

class Text {
  public:
    void single(std::string_view name, std::string_view kind, double value) {
        type(name, kind);
        sample(name, "", value);
    }
    // One sample per shard; `read` picks the number.
    template <class Read>
    void per_shard(const BrokerReport& report, std::string_view name, std::string_view kind,
                   Read&& read) {
        type(name, kind);
        for (const ShardReport& shard : report.shards) {
            sample(name, label(shard), static_cast<double>(read(shard)));
        }
    }
    template <class Read>
    void turns(const BrokerReport& report, std::string_view name, Read&& read) {
        type(name, "histogram");
        for (const ShardReport& shard : report.shards) {
            histogram(name, label(shard), read(shard));
        }
    }
    void one_histogram(std::string_view name, const Histogram& histogram_of_it) {
        type(name, "histogram");
        histogram(name, "", histogram_of_it);
    }
    std::string take() { return std::move(out_); }

  private:
    static std::string label(const ShardReport& shard) {
        return "shard=\"" + std::to_string(shard.index) + "\"";
    }
    void type(std::string_view name, std::string_view kind) {
        out_.append("# TYPE ").append(name).append(" ").append(kind).append("\n");
    }
    void sample(std::string_view name, std::string_view labels, double value) {
        out_.append(name);
        if (!labels.empty()) {
            out_.append("{").append(labels).append("}");
        }
        out_.append(" ").append(number_text(value)).append("\n");
    }
    static std::string number_text(double value) {
        const auto whole = static_cast<std::int64_t>(value);
        return static_cast<double>(whole) == value ? std::to_string(whole) : std::to_string(value);
    }
    void histogram(std::string_view name, const std::string& labels, const Histogram& of) {
        const std::string head = labels.empty() ? "" : labels + ",";
        const std::string base(name);
        std::uint64_t sum = 0;
        for (std::size_t index = 0; index < histogram_edges_us.size(); ++index) {
            sum += of.buckets[index];
            const double edge = static_cast<double>(histogram_edges_us[index]) / 1e6;
            sample(base + "_bucket", head + "le=\"" + std::to_string(edge) + "\"",
                   static_cast<double>(sum));
        }
        sample(base + "_bucket", head + "le=\"+Inf\"", static_cast<double>(of.count));
        sample(base + "_sum", labels, static_cast<double>(of.sum_us) / 1e6);
        sample(base + "_count", labels, static_cast<double>(of.count));
    }
    std::string out_;
};

struct Column {
    std::string_view name;
    std::string_view kind;
    std::uint64_t ShardCounters::* member;
};
struct EdgeColumn {
    std::string_view name;
    std::string_view kind;
    std::uint64_t EdgeCounters::* member;
};

constexpr Column hub_columns[] = {
    {"treeline_devices", "gauge", &ShardCounters::devices},
    {"treeline_apps", "gauge", &ShardCounters::apps},
    {"treeline_watches", "gauge", &ShardCounters::watches},
    {"treeline_world_revision", "gauge", &ShardCounters::world},
    {"treeline_settled_revision", "gauge", &ShardCounters::settled},
    {"treeline_lane_depth", "gauge", &ShardCounters::lane_depth},
    {"treeline_values_in_total", "counter", &ShardCounters::values_in},
    {"treeline_values_delivered_total", "counter", &ShardCounters::values_delivered},
    {"treeline_values_folded_total", "counter", &ShardCounters::values_folded},
    {"treeline_values_spilled_total", "counter", &ShardCounters::values_spilled},
    {"treeline_downlinks_total", "counter", &ShardCounters::downlinks},
    {"treeline_downlinks_folded_total", "counter", &ShardCounters::downlinks_folded},
    {"treeline_downlinks_revoked_total", "counter", &ShardCounters::downlinks_revoked},
    {"treeline_watches_ended_total", "counter", &ShardCounters::watches_ended},
    {"treeline_items_revoked_total", "counter", &ShardCounters::items_revoked},
    {"treeline_seats_swept_total", "counter", &ShardCounters::seats_swept},
    {"treeline_logins_total", "counter", &ShardCounters::logins},
    {"treeline_logins_refused_total", "counter", &ShardCounters::logins_refused},
    {"treeline_denied_not_found_total", "counter", &ShardCounters::denied_not_found},
    {"treeline_denied_forbidden_total", "counter", &ShardCounters::denied_forbidden},
};
constexpr EdgeColumn edge_columns[] = {
    {"treeline_links", "gauge", &EdgeCounters::links},
    {"treeline_accepted_total", "counter", &EdgeCounters::accepted},
    {"treeline_refused_per_address_total", "counter", &EdgeCounters::refused_per_address},
    {"treeline_out_of_descriptors_total", "counter", &EdgeCounters::out_of_descriptors},
    {"treeline_handshakes_total", "counter", &EdgeCounters::handshakes},
    {"treeline_handshakes_failed_total", "counter", &EdgeCounters::handshakes_failed},
    {"treeline_http_requests_total", "counter", &EdgeCounters::http_requests},
    {"treeline_upgrades_total", "counter", &EdgeCounters::upgrades},
    {"treeline_origins_denied_total", "counter", &EdgeCounters::origins_denied},
    {"treeline_moved_home_total", "counter", &EdgeCounters::moved_home},
    {"treeline_resets_total", "counter", &EdgeCounters::resets},
    {"treeline_write_stalls_total", "counter", &EdgeCounters::write_stalls},
    {"treeline_turn_stalls_total", "counter", &EdgeCounters::turn_stalls},
};

double whole(std::uint64_t value) {
    return static_cast<double>(value);
}

}  // namespace

std::string metrics_text(const BrokerReport& report) {
    Text text;
    for (const Column& column : hub_columns) {
        text.per_shard(report, column.name, column.kind,
                       [&](const ShardReport& shard) { return shard.hub.*column.member; });
    }
    for (const EdgeColumn& column : edge_columns) {
        text.per_shard(report, column.name, column.kind,
                       [&](const ShardReport& shard) { return shard.edge.*column.member; });
    }
    text.turns(report, "treeline_turn_seconds",
               [](const ShardReport& shard) { return shard.edge.turn; });
    text.one_histogram("treeline_settle_seconds", report.settle);
    text.single("treeline_revision", "gauge", whole(report.revision));
    text.single("treeline_changes_accepted_total", "counter", whole(report.accepted));
    text.single("treeline_changes_refused_total", "counter", whole(report.refused));
    text.single("treeline_fsyncs_total", "counter", whole(report.fsyncs));
    text.single("treeline_fsync_seconds_total", "counter", whole(report.fsync_us) / 1e6);
    text.single("treeline_fences_total", "counter", whole(report.fences));
    text.single("treeline_values_lag_seconds", "gauge", whole(report.values_lag_ms) / 1e3);
    text.single("treeline_values_shed_total", "counter", whole(report.values_shed));
    text.single("treeline_certificate_reloads_total", "counter", whole(report.reloads));
    text.single("treeline_certificate_reloads_failed_total", "counter",
                whole(report.reloads_failed));
    text.single("treeline_draining", "gauge", report.draining ? 1 : 0);
    return text.take();
}

}  // namespace treeline
