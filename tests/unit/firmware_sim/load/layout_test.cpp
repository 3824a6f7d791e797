// Who takes part in each scenario, and who hears whom.
#include "firmware-sim/load/layout.hpp"

#include <map>
#include <set>

#include <gtest/gtest.h>

namespace treeline::load {
namespace {

Layout layout_of(LoadPlan plan) {
    return lay_out(plan, make_fixed_roster(plan.tenants, devices_needed(plan)));
}

// Every message has a receiver, and as many as its flow says.
void expect_consistent(const Layout& layout) {
    std::map<std::size_t, std::size_t> hearers;
    for (std::size_t i = 0; i < layout.peers.size(); ++i) {
        EXPECT_EQ(layout.peers[i].is_device, i >= layout.apps);
        for (const std::size_t device : layout.peers[i].hears) {
            ++hearers[device];
        }
    }
    std::set<std::size_t> devices;
    for (const FlowPlan& flow : layout.flows) {
        EXPECT_TRUE(devices.insert(flow.device).second) << "two flows of one device";
        EXPECT_EQ(hearers[flow.device], flow.receivers);
        EXPECT_EQ(layout.peers[flow.sender].is_device, !flow.is_command);
    }
}

TEST(Layout, each_scenario_has_a_receiver_for_all_that_flows) {
    for (const Scenario scenario :
         {Scenario::pairs, Scenario::fanout, Scenario::fanin, Scenario::commands, Scenario::burst,
          Scenario::storm, Scenario::churn, Scenario::mixed}) {
        LoadPlan plan;
        plan.scenario = scenario;
        plan.tenants = 7;
        plan.devices = 50;
        plan.fan = 3;
        const Layout layout = layout_of(plan);
        EXPECT_FALSE(layout.flows.empty()) << name_of(scenario);
        expect_consistent(layout);
    }
}

TEST(Layout, an_app_hears_devices_of_its_own_tenant_alone) {
    for (const Scenario scenario : {Scenario::pairs, Scenario::fanout, Scenario::fanin}) {
        LoadPlan plan;
        plan.scenario = scenario;
        plan.tenants = 7;
        plan.devices = 50;
        const Roster roster = make_fixed_roster(plan.tenants, plan.devices);
        for (const PeerPlan& peer : lay_out(plan, roster).peers) {
            for (const std::size_t device : peer.hears) {
                EXPECT_EQ(roster.devices[device].tenant, peer.tenant);
            }
        }
    }
}

TEST(Layout, a_fan_in_leaves_no_device_without_an_app) {
    LoadPlan plan;
    plan.scenario = Scenario::fanin;
    plan.tenants = 3;
    plan.devices = 20;
    plan.fan = 4;
    const Layout layout = layout_of(plan);
    EXPECT_EQ(layout.apps, 6U);  // 7, 7 and 6 devices of a tenant, by four
    EXPECT_EQ(layout.flows.size(), 20U);
}

TEST(Layout, in_a_tree_an_app_hears_its_org_and_those_below_but_no_sibling) {
    LoadPlan plan;
    plan.scenario = Scenario::mixed;
    plan.tenants = 5;  // 0 above 1 and 2; 1 above 3 and 4
    plan.branching = 2;
    plan.devices = 5;  // one of each tenant, all of which write
    const Layout layout = layout_of(plan);
    EXPECT_EQ(layout.peers[0].hears, (std::vector<std::size_t>{0, 1, 2, 3, 4}));
    EXPECT_EQ(layout.peers[1].hears, (std::vector<std::size_t>{1, 3, 4}));
    EXPECT_EQ(layout.peers[2].hears, (std::vector<std::size_t>{2}));
    EXPECT_EQ(layout.peers[3].hears, (std::vector<std::size_t>{3}));
}

TEST(Layout, in_a_tree_a_command_is_heard_by_the_device_and_by_the_apps_above_its_writer) {
    LoadPlan plan;
    plan.scenario = Scenario::mixed;
    plan.tenants = 3;
    plan.branching = 2;
    plan.devices = 6;  // 3, 4 and 5 are written to
    const Layout layout = layout_of(plan);
    const FlowPlan& flow = layout.flows[4];
    EXPECT_TRUE(flow.is_command);
    EXPECT_EQ(flow.sender, 1U);
    EXPECT_EQ(flow.receivers, 2U);
    EXPECT_EQ(layout.peers[1].hears, (std::vector<std::size_t>{1}));
    EXPECT_EQ(layout.peers[0].hears, (std::vector<std::size_t>{0, 1, 2, 4, 5}));
}

TEST(Layout, in_a_storm_the_witnesses_are_not_among_those_who_leave) {
    LoadPlan plan;
    plan.scenario = Scenario::storm;
    plan.devices = 100;
    plan.witnesses = 8;
    const Layout layout = layout_of(plan);
    EXPECT_EQ(layout.peers.size() - layout.stormers, 100U);
    for (const FlowPlan& flow : layout.flows) {
        EXPECT_LT(flow.sender, layout.stormers);
    }
}

}  // namespace
}  // namespace treeline::load
