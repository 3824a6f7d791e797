// New tokens over the live connection (tenancy.md §4, device-protocol.md §2 `token NEW`).
//
// A device never loses both its tokens. Whoever wants to give it one takes the lease, has the token
// staged in the registry, so that it and the old one log in, and then has it sent. The device's 200
// or its next login tells which one it has:
//   the 200, however late, or a login with the new one: it has the new one;
//   a login with the old one on a later connection: it has not.
// A staged token is overwritten only once that is known.
#include "broker/hub/shard_impl.hpp"
#include "broker/identity/token.hpp"

namespace treeline {
namespace {
constexpr std::size_t lease_waiters_max = 64;
constexpr std::size_t token_frame_size = 5 + 6 + device_token_size;  // header, "token" NUL, token
}  // namespace

void Shard::Impl::end_token_turn(DeviceId device) {
    const auto found = token_turns_.find(device);
    if (found != token_turns_.end() && found->second.is_over()) {
        token_turns_.erase(found);
    }
}

TokenOutcome Shard::Impl::can_take_token(DeviceId device) {
    const Home* at_home = world_->device(device) == nullptr ? nullptr : known_home(device);
    if (at_home == nullptr || !at_home->connected() || !at_home->ready) {
        return TokenOutcome::offline;  // before its info frame nobody knows what it can
    }
    if (!at_home->can_rotate || at_home->buff_in < token_frame_size) {
        return TokenOutcome::unsupported;
    }
    return TokenOutcome::ok;
}

void Shard::Impl::on_lease(std::uint32_t from, const LeaseAsk& ask) {
    TokenTurn& turn = token_turns_[ask.device];
    if (!turn.is_leased) {
        grant_lease(ask.device, turn, {from, ask.ask});
    } else if (turn.waiting.size() < lease_waiters_max) {
        turn.waiting.push_back({from, ask.ask});
    } else {
        send(from, LeaseAnswer{ask.ask, {TokenOutcome::silent, false}});
    }
    end_token_turn(ask.device);
}

void Shard::Impl::grant_lease(DeviceId device, TokenTurn& turn, const TokenTurn::Asker& asker) {
    TokenLease lease{can_take_token(device), false};
    if (lease.outcome == TokenOutcome::ok && turn.sent) {
        lease.outcome = TokenOutcome::silent;  // it may have stored the last one or not
    }
    if (lease.outcome == TokenOutcome::ok) {
        turn.is_leased = true;
        const Device& record = *world_->device(device);
        lease.has_earlier = record.staged_token == device_seat(home(device).seat)->token;
    }
    send(asker.shard, LeaseAnswer{asker.ask, lease});
}

void Shard::Impl::on_lease_end(const LeaseEnd& ended) {
    TokenTurn& turn = token_turns_[ended.device];
    turn.is_leased = false;
    while (!turn.is_leased && !turn.waiting.empty()) {
        const TokenTurn::Asker next = turn.waiting.front();
        turn.waiting.pop_front();
        grant_lease(ended.device, turn, next);
    }
    end_token_turn(ended.device);
}

void Shard::Impl::on_token(std::uint32_t from, const TokenAsk& ask) {
    TokenTurn& turn = token_turns_[ask.device];
    TokenOutcome outcome = can_take_token(ask.device);
    if (outcome == TokenOutcome::ok && (turn.sent || turn.awaited)) {
        outcome = TokenOutcome::silent;
    }
    if (outcome != TokenOutcome::ok) {
        send(from, TokenAnswer{ask.ask, outcome});
        return end_token_turn(ask.device);
    }
    Home& at_home = home(ask.device);
    DeviceSeat& seat = *device_seat(at_home.seat);
    const std::uint16_t id = at_home.take_message_id();
    turn.sent = {seat.id, id, hash_token(ask.token)};
    turn.awaited = {{from, ask.ask}, now_.steady + limits_.token_wait_max};
    token_dues_.emplace(turn.awaited->due, ask.device);
    seat.replies.push_back(internal_frame(id, {"token", ask.token}));
    mark_dirty(seat.id);
}

void Shard::Impl::tell_token(DeviceId device, TokenTurn& turn, TokenOutcome outcome) {
    if (turn.awaited) {
        token_dues_.erase({turn.awaited->due, device});
        send(turn.awaited->by.shard, TokenAnswer{turn.awaited->by.ask, outcome});
        turn.awaited.reset();
    }
}

void Shard::Impl::on_token_stored(DeviceSeat& seat, std::uint16_t id) {
    const auto found = token_turns_.find(seat.device);
    if (found == token_turns_.end() || !found->second.sent || found->second.sent->id != id ||
        found->second.sent->seat != seat.id) {
        return;
    }
    TokenTurn& turn = found->second;
    seat.token = turn.sent->token;
    turn.sent.reset();
    tell_token(seat.device, turn, TokenOutcome::ok);
    end_token_turn(seat.device);
}

void Shard::Impl::on_token_login(DeviceId device, const TokenHash& token) {
    const auto found = token_turns_.find(device);
    if (found == token_turns_.end() || !found->second.sent) {
        return;
    }
    TokenTurn& turn = found->second;
    const bool is_new = turn.sent->token == token;
    turn.sent.reset();
    tell_token(device, turn, is_new ? TokenOutcome::ok : TokenOutcome::silent);
    end_token_turn(device);
}

// Somebody may still wait: the device may come back with the new token. If not, its next login
// tells by itself which one it has.
void Shard::Impl::on_token_left(DeviceId device) {
    const auto found = token_turns_.find(device);
    if (found != token_turns_.end() && !found->second.awaited) {
        found->second.sent.reset();
        end_token_turn(device);
    }
}

void Shard::Impl::on_token_forgotten(DeviceId device) {
    if (const auto found = token_turns_.find(device); found != token_turns_.end()) {
        found->second.sent.reset();
        tell_token(device, found->second, TokenOutcome::offline);
        end_token_turn(device);
    }
}

void Shard::Impl::expire_tokens() {
    while (!token_dues_.empty() && token_dues_.begin()->first <= now_.steady) {
        const DeviceId device = token_dues_.begin()->second;
        TokenTurn& turn = token_turns_.at(device);
        tell_token(device, turn, TokenOutcome::silent);
        if (!home(device).connected()) {
            turn.sent.reset();
        }
        end_token_turn(device);
    }
}

void Shard::lease_token(DeviceId device, Now now, Reply<TokenLease> reply) {
    impl_->now_ = now;
    const std::uint64_t ask = impl_->next_ask_++;
    impl_->leases_.emplace(ask, std::move(reply));
    impl_->send(home_of(device), LeaseAsk{ask, device});
    impl_->pump();
}

void Shard::send_token(DeviceId device, std::string token, Now now, Reply<TokenOutcome> reply) {
    impl_->now_ = now;
    const std::uint64_t ask = impl_->next_ask_++;
    impl_->tokens_.emplace(ask, std::move(reply));
    impl_->send(home_of(device), TokenAsk{ask, device, std::move(token)});
    impl_->pump();
}

void Shard::return_token(DeviceId device, Now now) {
    impl_->now_ = now;
    impl_->send(home_of(device), LeaseEnd{device});
    impl_->pump();
}

}  // namespace treeline
