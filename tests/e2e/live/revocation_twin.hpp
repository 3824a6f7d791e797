// What the files that make acts share: finding things in the model, and writing paths.
#pragma once

#include <algorithm>
#include <string>

#include <boost/json.hpp>

#include "tests/model/model.hpp"

namespace treeline::live {

inline model::Set& set_in(model::World& world, std::uint64_t org, unsigned role) {
    const auto found = std::ranges::find_if(
        world.sets, [&](const model::Set& set) { return set.org == org && set.role == role; });
    if (found != world.sets.end()) {
        return *found;
    }
    world.sets.push_back({org, role, {}});
    return world.sets.back();
}

inline model::Device& device_in(model::World& world, std::uint64_t id) {
    return *std::ranges::find(world.devices, id, &model::Device::id);
}

inline model::Org& org_in(model::World& world, std::uint64_t id) {
    return *std::ranges::find(world.orgs, id, &model::Org::id);
}

inline model::Membership& member_in(model::World& world, std::uint64_t user, std::uint64_t org) {
    return *std::ranges::find_if(world.memberships, [&](const model::Membership& m) {
        return m.user == user && m.org == org;
    });
}

inline boost::json::array names_in(const model::Names& names) {
    return boost::json::array(names.begin(), names.end());
}

inline model::Names without(model::Names names, const std::string& name) {
    names.erase(name);
    return names;
}

inline std::string path_of(const char* kind, std::uint64_t id) {
    return "/" + std::string(kind) + "/" + std::to_string(id);
}

}  // namespace treeline::live
