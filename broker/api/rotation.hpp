// Transfers that give the device a new token first, over its live connection (tenancy.md §4).
#pragma once

#include "broker/api/api.hpp"

namespace treeline {

// Would the transfer be carried out now, and does its contract ask for a new token? False for any
// other command, for an answer that is kept, and for what is refused or only offered.
bool needs_new_token(const ApiParts& parts, const Submission& submission);

// As registry.submit, on the shard's thread; but a device that needs a new token gets it first:
// staged, sent, acknowledged, then committed with the transfer. Refused with device_offline,
// rotate_unsupported or device_silent the transfer has changed nothing. The reply comes on the
// registry's thread or on this one.
void submit_transfer(const ApiParts& parts, Submission submission);

}  // namespace treeline
