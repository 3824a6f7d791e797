// lease → stage → send → acknowledged → commit → lease back.
//
// A token that was staged stays staged when the device is silent: it may have stored it, and then
// has no other. Both log in until its next login or a late answer tells (hub/shard_token).
#include "broker/api/rotation.hpp"

#include <array>
#include <memory>

#include "broker/authority/permit.hpp"
#include "broker/domain/transfer.hpp"
#include "broker/identity/token.hpp"

namespace treeline {
namespace {

DeviceId device_of(const Directory& directory, const Command& command) {
    if (const auto* create = std::get_if<CreateTransfer>(&command)) {
        return create->device;
    }
    const auto* answered = std::get_if<AnswerTransfer>(&command);
    const TransferRecord* transfer =
        answered == nullptr ? nullptr : directory.transfer(answered->transfer);
    return transfer == nullptr ? DeviceId{} : transfer->device;
}

bool rotates(const Directory& directory, const Command& command, UnixTime now) {
    if (const auto* create = std::get_if<CreateTransfer>(&command)) {
        return needs_rotation(directory, *create) &&
               transfer_blockers(directory, *create, now).empty();
    }
    const auto* answered = std::get_if<AnswerTransfer>(&command);
    return answered != nullptr && needs_rotation(directory, *answered) &&
           !acceptance_blocker(directory, *directory.transfer(answered->transfer), now);
}

Refusal refusal_of(TokenOutcome outcome) {
    Refusal refusal;
    switch (outcome) {
        case TokenOutcome::offline:
            refusal.code = RefusalCode::device_offline;
            refusal.detail = "It is to get a new token, and is not connected.";
            break;
        case TokenOutcome::unsupported:
            refusal.code = RefusalCode::rotate_unsupported;
            refusal.detail = "It is to get a new token, which its firmware doesn't take.";
            break;
        default:
            refusal.code = RefusalCode::device_silent;
            refusal.detail = "It has not said that it stored its new token.";
            break;
    }
    return refusal;
}

// One transfer on its way. Owned by whatever it waits for; used on the shard's thread only.
struct Rotation {
    const ApiParts& parts;
    Submission submission;
    DeviceId device{};
    TokenHash staged{};
};
using RotationPtr = std::unique_ptr<Rotation>;

// Lets the next one have the device's lease, and answers. Not before: who comes next must find
// what this one has done.
void end(RotationPtr rotation, SubmitResult result) {
    rotation->parts.shard.return_token(rotation->device, rotation->parts.clock());
    rotation->submission.reply(std::move(result));
}

// To the registry and back to this shard's thread.
template <class Next>
void submit_for(RotationPtr rotation, Actor actor, Command command,
                std::optional<IdempotencyKey> idempotency, Next next) {
    const ApiParts& parts = rotation->parts;
    std::string from = rotation->submission.from;
    auto back = [rotation = std::move(rotation), next](SubmitResult result) mutable {
        const auto post = rotation->parts.post;
        post(Task([rotation = std::move(rotation), next, result = std::move(result)](
                      Nothing) mutable { next(std::move(rotation), std::move(result)); }));
    };
    parts.registry.submit({.actor = std::move(actor),
                           .command = std::move(command),
                           .reply = Reply<SubmitResult>(std::move(back)),
                           .from = std::move(from),
                           .idempotency = idempotency});
}

void commit(RotationPtr rotation) {
    const Submission& submission = rotation->submission;
    submit_for(std::move(rotation), submission.actor, submission.command, submission.idempotency,
               end);
}

void on_told(RotationPtr rotation, TokenOutcome outcome) {
    if (outcome != TokenOutcome::ok) {
        return end(std::move(rotation), refusal_of(outcome));
    }
    Command& command = rotation->submission.command;
    if (auto* create = std::get_if<CreateTransfer>(&command)) {
        create->staged = rotation->staged;
    } else {
        std::get<AnswerTransfer>(command).staged = rotation->staged;
    }
    commit(std::move(rotation));
}

void send(RotationPtr rotation, std::string token) {
    const ApiParts& parts = rotation->parts;
    const DeviceId device = rotation->device;
    auto back = [rotation = std::move(rotation)](TokenOutcome outcome) mutable {
        on_told(std::move(rotation), outcome);
    };
    parts.shard.send_token(device, std::move(token), parts.clock(),
                           Reply<TokenOutcome>(std::move(back)));
}

void stage(RotationPtr rotation, bool has_earlier) {
    std::array<std::byte, 24> random{};
    rotation->parts.random(random);
    std::string token = device_token(random);
    rotation->staged = hash_token(token);
    const StageToken command{rotation->device, rotation->staged, has_earlier};
    auto next = [token = std::move(token)](RotationPtr staged, const SubmitResult& result) {
        if (result) {
            return send(std::move(staged), token);
        }
        // Deleted meanwhile: the transfer itself says so.
        result.error().code == RefusalCode::not_found ? commit(std::move(staged))
                                                      : end(std::move(staged), result);
    };
    submit_for(std::move(rotation), Actor{Operator{}}, command, std::nullopt, std::move(next));
}

// While it waited for the lease, another one may have taken the device away.
void on_lease(RotationPtr rotation, const TokenLease& lease) {
    const bool is_needed = needs_new_token(rotation->parts, rotation->submission);
    if (lease.outcome == TokenOutcome::ok) {
        return is_needed ? stage(std::move(rotation), lease.has_earlier)
                         : commit(std::move(rotation));
    }
    if (is_needed) {
        return rotation->submission.reply(refusal_of(lease.outcome));
    }
    rotation->parts.registry.submit(std::move(rotation->submission));
}

}  // namespace

bool needs_new_token(const ApiParts& parts, const Submission& submission) {
    const Directory& directory = *parts.shard.world();
    if (device_of(directory, submission.command) == DeviceId{}) {
        return false;  // nothing is handed over; permit may cost a walk through a whole tree
    }
    const UnixTime now = parts.clock().wall;
    const KeptAnswer* const kept =
        submission.idempotency ? directory.kept_answer(submission.idempotency->key) : nullptr;
    if (kept != nullptr && now < kept->at + answer_kept_for) {
        return false;
    }
    const Command command = with_standing(directory, submission.actor, submission.command, now);
    return !permit(directory, submission.actor, command, now) && rotates(directory, command, now);
}

void submit_transfer(const ApiParts& parts, Submission submission) {
    if (!needs_new_token(parts, submission)) {
        return parts.registry.submit(std::move(submission));
    }
    const DeviceId device = device_of(*parts.shard.world(), submission.command);
    auto rotation = std::make_unique<Rotation>(parts, std::move(submission), device);
    auto back = [rotation = std::move(rotation)](TokenLease lease) mutable {
        on_lease(std::move(rotation), lease);
    };
    parts.shard.lease_token(device, parts.clock(), Reply<TokenLease>(std::move(back)));
}

}  // namespace treeline
