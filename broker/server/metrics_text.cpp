// What the broker counts, as metric families for the operator's scraper.
#include <algorithm>
#include <limits>
#include <string>
#include <string_view>

#include "broker/observe/metrics.hpp"
#include "broker/server/report.hpp"

namespace treeline {

namespace {

using observe::MetricType;
using observe::render_metrics;
using observe::Sample;

// Collects the families, one call each.
class Families {
  public:
    void single(std::string_view name, MetricType type, double value) {
        add(name, type).push_back({.value = value});
    }
    // One sample per shard; `read` picks the number.
    template <class Read>
    void per_shard(const BrokerReport& report, std::string_view name, MetricType type,
                   Read&& read) {
        auto& samples = add(name, type);
        for (const ShardReport& shard : report.shards) {
            samples.push_back({.labels = label(shard), .value = static_cast<double>(read(shard))});
        }
    }
    void turns(const BrokerReport& report, std::string_view name) {
        auto& samples = add(name, MetricType::histogram);
        for (const ShardReport& shard : report.shards) {
            samples.push_back(sample_of(shard.edge.turn));
            samples.back().labels = label(shard);
        }
    }
    void one_histogram(std::string_view name, const Histogram& histogram) {
        add(name, MetricType::histogram).push_back(sample_of(histogram));
    }
    std::string render() const { return render_metrics(families_); }

  private:
    using Labels = std::vector<std::pair<std::string, std::string>>;
    static Labels label(const ShardReport& shard) {
        return {{"shard", std::to_string(shard.index)}};
    }
    // "treeline_values_in_total" reads "values in".
    static std::string help_of(std::string_view name) {
        std::string words(name.substr(std::string_view("treeline_").size()));
        if (words.ends_with("_total")) {
            words.resize(words.size() - std::string_view("_total").size());
        }
        std::replace(words.begin(), words.end(), '_', ' ');
        return words;
    }
    static Sample sample_of(const Histogram& of) {
        Sample sample;
        std::uint64_t sum = 0;
        for (std::size_t index = 0; index < histogram_edges_us.size(); ++index) {
            sum += of.buckets[index];
            sample.buckets.push_back({static_cast<double>(histogram_edges_us[index]) / 1e6, sum});
        }
        sample.buckets.push_back({std::numeric_limits<double>::infinity(), of.count});
        sample.count = of.count;
        sample.sum = static_cast<double>(of.sum_us) / 1e6;
        return sample;
    }
    std::vector<Sample>& add(std::string_view name, MetricType type) {
        families_.push_back({std::string(name), help_of(name), type, {}});
        return families_.back().samples;
    }
    std::vector<observe::Family> families_;
};

struct Column {
    std::string_view name;
    MetricType type;
    std::uint64_t ShardCounters::* member;
};
struct EdgeColumn {
    std::string_view name;
    MetricType type;
    std::uint64_t EdgeCounters::* member;
};

constexpr Column hub_columns[] = {
    {"treeline_devices", MetricType::gauge, &ShardCounters::devices},
    {"treeline_apps", MetricType::gauge, &ShardCounters::apps},
    {"treeline_watches", MetricType::gauge, &ShardCounters::watches},
    {"treeline_world_revision", MetricType::gauge, &ShardCounters::world},
    {"treeline_settled_revision", MetricType::gauge, &ShardCounters::settled},
    {"treeline_lane_depth", MetricType::gauge, &ShardCounters::lane_depth},
    {"treeline_values_in_total", MetricType::counter, &ShardCounters::values_in},
    {"treeline_values_delivered_total", MetricType::counter, &ShardCounters::values_delivered},
    {"treeline_values_folded_total", MetricType::counter, &ShardCounters::values_folded},
    {"treeline_values_spilled_total", MetricType::counter, &ShardCounters::values_spilled},
    {"treeline_downlinks_total", MetricType::counter, &ShardCounters::downlinks},
    {"treeline_downlinks_folded_total", MetricType::counter, &ShardCounters::downlinks_folded},
    {"treeline_downlinks_revoked_total", MetricType::counter, &ShardCounters::downlinks_revoked},
    {"treeline_watches_ended_total", MetricType::counter, &ShardCounters::watches_ended},
    {"treeline_items_revoked_total", MetricType::counter, &ShardCounters::items_revoked},
    {"treeline_seats_swept_total", MetricType::counter, &ShardCounters::seats_swept},
    {"treeline_logins_total", MetricType::counter, &ShardCounters::logins},
    {"treeline_logins_refused_total", MetricType::counter, &ShardCounters::logins_refused},
    {"treeline_denied_not_found_total", MetricType::counter, &ShardCounters::denied_not_found},
    {"treeline_denied_forbidden_total", MetricType::counter, &ShardCounters::denied_forbidden},
};
constexpr EdgeColumn edge_columns[] = {
    {"treeline_links", MetricType::gauge, &EdgeCounters::links},
    {"treeline_io_uring", MetricType::gauge, &EdgeCounters::io_uring},
    {"treeline_accepted_total", MetricType::counter, &EdgeCounters::accepted},
    {"treeline_refused_per_address_total", MetricType::counter, &EdgeCounters::refused_per_address},
    {"treeline_out_of_descriptors_total", MetricType::counter, &EdgeCounters::out_of_descriptors},
    {"treeline_handshakes_total", MetricType::counter, &EdgeCounters::handshakes},
    {"treeline_handshakes_failed_total", MetricType::counter, &EdgeCounters::handshakes_failed},
    {"treeline_http_requests_total", MetricType::counter, &EdgeCounters::http_requests},
    {"treeline_upgrades_total", MetricType::counter, &EdgeCounters::upgrades},
    {"treeline_origins_denied_total", MetricType::counter, &EdgeCounters::origins_denied},
    {"treeline_moved_home_total", MetricType::counter, &EdgeCounters::moved_home},
    {"treeline_logins_unknown_token_total", MetricType::counter, &EdgeCounters::logins_unknown},
    {"treeline_resets_total", MetricType::counter, &EdgeCounters::resets},
    {"treeline_write_stalls_total", MetricType::counter, &EdgeCounters::write_stalls},
    {"treeline_turn_stalls_total", MetricType::counter, &EdgeCounters::turn_stalls},
};

double whole(std::uint64_t value) {
    return static_cast<double>(value);
}

void add_mail(Families& families, const MailReport& mail) {
    families.single("treeline_mail_waiting", MetricType::gauge, whole(mail.waiting));
    families.single("treeline_mail_oldest_seconds", MetricType::gauge, whole(mail.oldest_ms) / 1e3);
    families.single("treeline_mail_paused", MetricType::gauge, mail.is_paused ? 1 : 0);
    families.single("treeline_mail_parked", MetricType::gauge, whole(mail.parked));
    families.single("treeline_mail_sent_total", MetricType::counter, whole(mail.sent));
    families.single("treeline_mail_deferred_total", MetricType::counter, whole(mail.deferred));
    families.single("treeline_mail_refused_total", MetricType::counter, whole(mail.refused));
    families.single("treeline_mail_expired_total", MetricType::counter, whole(mail.expired));
    families.single("treeline_mail_withdrawn_total", MetricType::counter, whole(mail.withdrawn));
}

}  // namespace

std::string metrics_text(const BrokerReport& report) {
    Families families;
    for (const Column& column : hub_columns) {
        families.per_shard(report, column.name, column.type,
                           [&](const ShardReport& shard) { return shard.hub.*column.member; });
    }
    for (const EdgeColumn& column : edge_columns) {
        families.per_shard(report, column.name, column.type,
                           [&](const ShardReport& shard) { return shard.edge.*column.member; });
    }
    families.turns(report, "treeline_turn_seconds");
    families.one_histogram("treeline_settle_seconds", report.settle);
    families.single("treeline_revision", MetricType::gauge, whole(report.revision));
    families.single("treeline_changes_accepted_total", MetricType::counter, whole(report.accepted));
    families.single("treeline_changes_refused_total", MetricType::counter, whole(report.refused));
    families.single("treeline_fsyncs_total", MetricType::counter, whole(report.fsyncs));
    families.single("treeline_fsync_seconds_total", MetricType::counter,
                    whole(report.fsync_us) / 1e6);
    families.single("treeline_fences_total", MetricType::counter, whole(report.fences));
    families.single("treeline_values_lag_seconds", MetricType::gauge,
                    whole(report.values_lag_ms) / 1e3);
    families.single("treeline_values_shed_total", MetricType::counter, whole(report.values_shed));
    families.single("treeline_certificate_reloads_total", MetricType::counter,
                    whole(report.reloads));
    families.single("treeline_certificate_reloads_failed_total", MetricType::counter,
                    whole(report.reloads_failed));
    add_mail(families, report.mail);
    families.single("treeline_draining", MetricType::gauge, report.draining ? 1 : 0);
    return families.render();
}

}  // namespace treeline
