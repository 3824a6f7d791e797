#include "firmware-sim/load/layout.hpp"

#include <algorithm>
#include <utility>

namespace treeline::load {
namespace {

// Owned by one call of lay_out().
class Builder {
  public:
    Builder(const LoadPlan& plan, const Roster& roster) : plan_(plan), roster_(roster) {}

    // Each of the first `devices` with `fan` apps of its own.
    void one_to_many(std::size_t devices, std::size_t fan) {
        for (std::size_t i = 0; i < devices; ++i) {
            for (std::size_t k = 0; k < fan; ++k) {
                app({i}, {i});
            }
        }
        end_apps();
        for (std::size_t i = 0; i < devices; ++i) {
            writer(i, fan);
        }
    }

    // Up to `fan` devices of one tenant with one app.
    void many_to_one() {
        const std::size_t tenants = roster_.tenants.size();
        for (std::size_t tenant = 0; tenant < std::min(tenants, plan_.devices); ++tenant) {
            std::vector<std::size_t> watched;
            for (std::size_t i = tenant; i < plan_.devices; i += tenants) {
                watched.push_back(i);
                if (watched.size() == plan_.fan) {
                    const auto whole = std::exchange(watched, {});
                    app(whole, whole);
                }
            }
            if (!watched.empty()) {
                app(watched, watched);
            }
        }
        end_apps();
        for (std::size_t i = 0; i < plan_.devices; ++i) {
            writer(i, 1);
        }
    }

    void commands() {
        for (std::size_t i = 0; i < plan_.devices; ++i) {
            app({i}, {});
        }
        end_apps();
        for (std::size_t i = 0; i < plan_.devices; ++i) {
            device(i, {i});
            layout_.flows.push_back({.device = i, .sender = i, .receivers = 1, .is_command = true});
        }
    }

    void silent() {
        const std::size_t known = devices_needed(plan_);
        for (std::size_t i = 0; plan_.apps && i < plan_.devices; ++i) {
            app({i % known}, {});
        }
        end_apps();
        for (std::size_t i = 0; !plan_.apps && i < plan_.devices; ++i) {
            device(i, {});
        }
    }

    void storm() {
        one_to_many(plan_.witnesses, 1);
        layout_.stormers = layout_.peers.size();
        for (std::size_t i = plan_.witnesses; i < devices_needed(plan_); ++i) {
            device(i, {});
        }
    }

    // An app for each tenant, which watches its org and all below. Every second device writes; the
    // others are written to by their tenant's app, which the apps above see too.
    void mixed() {
        for (std::uint32_t tenant = 0; tenant < roster_.tenants.size(); ++tenant) {
            layout_.peers.push_back(
                {.tenant = tenant, .devices = {}, .hears = {}, .watches_subtree = true});
        }
        end_apps();
        for (std::size_t i = 0; i < plan_.devices; ++i) {
            const std::uint32_t own = roster_.devices[i].tenant;
            const bool is_command = i / roster_.tenants.size() % 2 == 1;
            std::size_t receivers = is_command ? 1 : 0;
            for (auto at = std::optional(own); at; at = parent_of(plan_, *at)) {
                if (!(is_command && *at == own)) {  // a writer gets no echo
                    layout_.peers[*at].hears.push_back(i);
                    ++receivers;
                }
            }
            if (is_command) {
                device(i, {i});
                layout_.flows.push_back(
                    {.device = i, .sender = own, .receivers = receivers, .is_command = true});
            } else {
                writer(i, receivers);
            }
        }
    }

    Layout take() { return std::move(layout_); }

  private:
    void app(std::vector<std::size_t> devices, std::vector<std::size_t> hears) {
        const std::uint32_t tenant = roster_.devices[devices.front()].tenant;
        layout_.peers.push_back(
            {.tenant = tenant, .devices = std::move(devices), .hears = std::move(hears)});
    }
    void end_apps() { layout_.apps = layout_.peers.size(); }
    void device(std::size_t index, std::vector<std::size_t> hears) {
        layout_.peers.push_back({.is_device = true,
                                 .tenant = roster_.devices[index].tenant,
                                 .devices = {index},
                                 .hears = std::move(hears)});
    }
    void writer(std::size_t index, std::size_t receivers) {
        layout_.flows.push_back(
            {.device = index, .sender = layout_.peers.size(), .receivers = receivers});
        device(index, {});
    }

    const LoadPlan& plan_;
    const Roster& roster_;
    Layout layout_;
};

}  // namespace

std::optional<std::uint32_t> parent_of(const LoadPlan& plan, std::uint32_t tenant) {
    if (plan.scenario != Scenario::mixed || tenant == 0) {
        return std::nullopt;
    }
    return static_cast<std::uint32_t>((tenant - 1) / plan.branching);
}

std::size_t devices_needed(const LoadPlan& plan) {
    if (plan.scenario == Scenario::idle && plan.apps) {
        return std::min(plan.tenants, plan.devices);
    }
    return plan.devices + (plan.scenario == Scenario::storm ? plan.witnesses : 0);
}

Layout lay_out(const LoadPlan& plan, const Roster& roster) {
    Builder builder(plan, roster);
    switch (plan.scenario) {
        case Scenario::fanout:
            builder.one_to_many(plan.devices, plan.fan);
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
        case Scenario::storm:
            builder.storm();
            break;
        case Scenario::mixed:
            builder.mixed();
            break;
        default:
            builder.one_to_many(plan.devices, 1);
    }
    return builder.take();
}

}  // namespace treeline::load
