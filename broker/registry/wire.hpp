// Between events and their messages of proto/record/v1; shared by log entries and checkpoints.
#pragma once

#include <optional>

#include "broker/domain/event.hpp"
#include "proto/record/v1/record.pb.h"

namespace treeline {

void to_wire(const Event& event, record::v1::Event& wire);
// nullopt: an event this version does not know, or a field out of its range.
std::optional<Event> from_wire(const record::v1::Event& wire);

}  // namespace treeline
