// What transfers mean: where one would go, what stands against it, what has become of it. Pure.
#pragma once

#include <optional>
#include <vector>

#include "broker/domain/command.hpp"
#include "broker/domain/directory.hpp"
#include "broker/domain/refusal.hpp"

namespace treeline {

struct TransferTarget {
    OrgId into{};    // 0: nowhere
    UserId owner{};  // 0: none
};
// tenancy.md §4: an org named is where it goes; a user alone gets it in the device's org where he
// is a member, else in his home.
TransferTarget transfer_target(const Directory& directory, OrgId device_org, OrgId to_org,
                               UserId to_user);

// `expired` where the record still says `offered` and its time is over: nobody writes that down.
TransferState state_at(const TransferRecord& transfer, UnixTime now);
// Null: none.
const TransferRecord* open_offer(const Directory& directory, DeviceId device, UnixTime now);

// Everything that stands against it, the first to be told in front; empty: nothing. About the
// target of a blind offer there is never anything. Leaves the device's connection out: whether it
// can take a token now is the hub's to know. REQUIRES: `command` went through with_standing.
std::vector<Refusal> transfer_blockers(const Directory& directory, const CreateTransfer& command,
                                       UnixTime now);

// What stands against accepting the offer now, as if it were made now by somebody who may; `gone`
// where it is not open any more or its device isn't what it was. nullopt: nothing.
std::optional<Refusal> acceptance_blocker(const Directory& directory,
                                          const TransferRecord& transfer, UnixTime now);

// Must the device get a new token before this can be carried out? False for offers and for what
// has no device or target.
bool needs_rotation(const Directory& directory, const CreateTransfer& command);
bool needs_rotation(const Directory& directory, const AnswerTransfer& command);

}  // namespace treeline
