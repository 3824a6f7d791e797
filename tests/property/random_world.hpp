// Random worlds for laws: drawn as the model's plain structs, built into a real Directory, and
// read back from one.
#pragma once

#include <array>

#include "broker/authority/authorise.hpp"
#include "tests/model/model.hpp"

namespace treeline::property {

inline constexpr model::Instant noon = 1'800'000'000'000;
// Windows begin and end at noon and at whole seconds around it; looked at on, before and between.
inline constexpr std::array<model::Instant, 5> instants{noon - 1, noon, noon + 999, noon + 1000,
                                                        noon + 2500};

struct Sizes {
    int orgs_max = 30;
    int users_max = 6;
    int devices_max = 10;
};

// Inside rc::check only. One to three trees with ids in any order (as after moves), users of every
// status, memberships with windows, suspended orgs, sets near the defaults and far from them.
model::World draw_world(const Sizes& sizes = {});

Directory directory_of(const model::World& world);
model::World model_of(const Directory& directory);

model::Names names_of(const PermissionSet& set);
model::Names names_of(const DeviceRights& rights);
PermissionSet set_of(const model::Names& names);
inline UnixTime at(model::Instant instant) {
    return from_unix_ms(instant);
}

}  // namespace treeline::property
