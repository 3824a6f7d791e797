// Reports as JSON for the admin socket.
#include "broker/server/report.hpp"

#include <boost/json.hpp>

namespace treeline {

namespace {

namespace json = boost::json;

json::object row_of(const ShardReport& shard) {
    return {{"shard", shard.index},
            {"world", shard.hub.world},
            {"settled", shard.hub.settled},
            {"lane_depth", shard.hub.lane_depth},
            {"spilled", shard.hub.values_spilled},
            {"devices", shard.hub.devices},
            {"apps", shard.hub.apps},
            {"watches", shard.hub.watches},
            {"links", shard.edge.links},
            {"turns", shard.edge.turn.count},
            {"turn_max_us", shard.edge.turn.max_us},
            {"turn_stalls", shard.edge.turn_stalls}};
}

}  // namespace

std::string status_json(const BrokerReport& report) {
    std::uint64_t devices = 0;
    std::uint64_t apps = 0;
    std::uint64_t links = 0;
    for (const ShardReport& shard : report.shards) {
        devices += shard.hub.devices;
        apps += shard.hub.apps;
        links += shard.edge.links;
    }
    return json::serialize(json::object{{"exit", 0},
                                        {"revision", report.revision},
                                        {"settled", report.settled},
                                        {"incarnation", report.incarnation},
                                        {"shards", report.shards.size()},
                                        {"devices", devices},
                                        {"apps", apps},
                                        {"links", links},
                                        {"values_lag_ms", report.values_lag_ms},
                                        {"mail_waiting", report.mail.waiting},
                                        {"mail_parked", report.mail.parked},
                                        {"draining", report.draining}});
}

std::string shards_json(const BrokerReport& report) {
    json::array rows;
    for (const ShardReport& shard : report.shards) {
        rows.push_back(row_of(shard));
    }
    return json::serialize(json::object{{"exit", 0}, {"shards", std::move(rows)}});
}

}  // namespace treeline
