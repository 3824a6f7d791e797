#include "firmware-sim/load/layout.hpp"

#include <algorithm>
#include <utility>

namespace treeline::load {
namespace {

// Owned by one call of lay_out().
class Builder {
  public:
    Builder(const LoadPlan& plan, const Roster& roster) : plan_(plan), roster_(roster) {}

    void app(std::vector<std::size_t> devices) {
        layout_.peers.push_back(
            {false, roster_.devices[devices.front()].tenant, std::move(devices)});
    }
    void device(std::size_t index) {
        layout_.peers.push_back({true, roster_.devices[index].tenant, {index}});
    }

    // Each device with `fan` apps of its own.
    void one_to_many(std::size_t fan) {
        for (std::size_t i = 0; i < plan_.devices; ++i) {
            for (std::size_t k = 0; k < fan; ++k) {
                app({i});
            }
        }
        devices();
        flows(fan);
    }

    // Up to `fan` devices of one tenant with one app.
    void many_to_one() {
        const std::size_t tenants = roster_.tenants.size();
        for (std::size_t tenant = 0; tenant < std::min(tenants, plan_.devices); ++tenant) {
            std::vector<std::size_t> watched;
            for (std::size_t i = tenant; i < plan_.devices; i += tenants) {
                watched.push_back(i);
                if (watched.size() == plan_.fan) {
                    app(std::exchange(watched, {}));
                }
            }
            if (!watched.empty()) {
                app(std::move(watched));
            }
        }
        devices();
        flows(1);
    }

    void commands() {
        for (std::size_t i = 0; i < plan_.devices; ++i) {
            app({i});
        }
        devices();
        for (std::size_t i = 0; i < plan_.devices; ++i) {
            layout_.flows.push_back({.device = i, .sender = i, .receivers = 1, .is_command = true});
        }
    }

    void silent() {
        if (!plan_.apps) {
            return devices();
        }
        for (std::size_t i = 0; i < plan_.devices; ++i) {
            app({i % devices_needed(plan_)});
        }
        layout_.apps = layout_.peers.size();
    }

    Layout take() { return std::move(layout_); }

  private:
    void devices() {
        layout_.apps = layout_.peers.size();
        for (std::size_t i = 0; i < plan_.devices; ++i) {
            device(i);
        }
    }
    void flows(std::size_t receivers) {
        for (std::size_t i = 0; i < plan_.devices; ++i) {
            layout_.flows.push_back(
                {.device = i, .sender = layout_.apps + i, .receivers = receivers});
        }
    }

    const LoadPlan& plan_;
    const Roster& roster_;
    Layout layout_;
};

}  // namespace

std::size_t devices_needed(const LoadPlan& plan) {
    const bool is_apps_alone = plan.scenario == Scenario::idle && plan.apps;
    return is_apps_alone ? std::min(plan.tenants, plan.devices) : plan.devices;
}

Layout lay_out(const LoadPlan& plan, const Roster& roster) {
    Builder builder(plan, roster);
    switch (plan.scenario) {
        case Scenario::fanout:
            builder.one_to_many(plan.fan);
            break;
        case Scenario::fanin:
            builder.many_to_one();
            break;
        case Scenario::commands:
            builder.commands();
            break;
        case Scenario::idle:
        case Scenario::logins:
            builder.silent();
            break;
        default:
            builder.one_to_many(1);
    }
    return builder.take();
}

}  // namespace treeline::load
