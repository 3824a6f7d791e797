// Mail: every message from one shard to another (or to itself, by the same path and order).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "broker/authority/visible.hpp"
#include "broker/hub/shard.hpp"

namespace treeline {

// A value as its home keeps it.
struct HeldValue {
    StoredValue value;
    std::uint64_t sequence = 0;  // 0: from before the start
    std::uint64_t epoch = 0;     // the ownership_epoch it was received in
    bool is_unsaved = false;     // the sink hasn't been given it yet
};

// ---- data: from a home to an interested shard
struct ValueMail {
    Stamp stamp;
    StoredValue value;
    std::uint32_t writer_shard = 0;  // with `writer`: who gets no echo
    SeatId writer;
    std::uint64_t folded = 0;  // older values of this pin that a full lane has cost
};
struct PresenceMail {
    Stamp stamp;
    Presence presence;
};
struct EventMail {
    Stamp stamp;
    std::string code;
    std::string text;
    UnixTime at{};
};
// Values of `device` that a full lane has dropped for good.
struct LostMail {
    DeviceId device{};
    std::uint64_t count = 0;
};

// ---- control: never dropped, always in order with the data
struct InterestMail {
    Scope scope;
    bool begins = false;
};
// Everything stamped before the sender adopted `Mail::revision` is in front of this.
struct MarkerMail {};
// What a watch begins with: presence and, if wanted, last values.
struct PullAsk {
    SeatId seat;
    std::uint64_t ask = 0;
    DeviceId device{};
    bool snapshot = false;
};
struct PullAnswer {
    SeatId seat;
    std::uint64_t ask = 0;
    DeviceId device{};
    Presence presence;
    std::vector<HeldValue> values;
};
struct ReadAsk {
    std::uint64_t ask = 0;
    DeviceId device{};
    std::vector<Pin> pins;  // empty: all
};
struct ReadAnswer {
    std::uint64_t ask = 0;
    std::vector<HeldValue> values;
};
struct PresencesAsk {
    std::uint64_t ask = 0;
    std::vector<DeviceId> devices;
};
struct PresencesAnswer {
    std::uint64_t ask = 0;
    std::vector<std::pair<DeviceId, Presence>> presences;
};
struct CutAsk {
    std::uint64_t ask = 0;
    std::shared_ptr<const LostSight> lost;
};
struct CutAnswer {
    std::uint64_t ask = 0;
    std::vector<UserId> cut;  // of the asked shard's sessions
};
struct WriteAsk {
    std::uint64_t ask = 0;  // 0: an app session's, named by writer and request
    std::uint32_t request = 0;
    UserId by{};    // 0: nobody whose rights could end
    SeatId writer;  // generation 0: not an app session
    DeviceId device{};
    Pin pin = 0;
    std::string bytes;
    Origin origin{};
};
struct WriteAnswer {
    std::uint64_t ask = 0;  // as in the WriteAsk, with the next three
    std::uint32_t request = 0;
    SeatId writer;
    DeviceId device{};
    WriteOutcome outcome;
};
// A new token for a device (shard_token.cpp).
struct LeaseAsk {
    std::uint64_t ask = 0;
    DeviceId device{};
};
struct LeaseAnswer {
    std::uint64_t ask = 0;
    TokenLease lease;
};
struct LeaseEnd {
    DeviceId device{};
};
struct TokenAsk {
    std::uint64_t ask = 0;
    DeviceId device{};
    std::string token;
};
struct TokenAnswer {
    std::uint64_t ask = 0;
    TokenOutcome outcome{};
};

struct Mail {
    std::uint32_t from = 0;
    Revision revision{};  // the sender's world; a receiver behind it adopts first
    std::variant<ValueMail, PresenceMail, EventMail, LostMail, InterestMail, MarkerMail, PullAsk,
                 PullAnswer, ReadAsk, ReadAnswer, PresencesAsk, PresencesAnswer, CutAsk, CutAnswer,
                 WriteAsk, WriteAnswer, LeaseAsk, LeaseAnswer, LeaseEnd, TokenAsk, TokenAnswer>
        body;
};

}  // namespace treeline
