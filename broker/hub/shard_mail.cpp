// Mail between shards: out through spills, in through lanes, to itself through a queue.
#include "broker/hub/shard_impl.hpp"

namespace treeline {
namespace {

template <class... F>
struct Overloaded : F... {
    using F::operator()...;
};

template <class Table, class Result>
void finish(Table& table, std::uint64_t ask, Result&& result) {
    if (auto waiting = table.extract(ask)) {
        waiting.mapped()(std::forward<Result>(result));
    }
}

}  // namespace

// A fixed mix (splitmix64), so that consecutive devices spread evenly.
std::uint32_t Shard::Impl::home_of(DeviceId device) const {
    std::uint64_t x = number(device) + 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return static_cast<std::uint32_t>((x ^ x >> 31) % shards_);
}

void Shard::Impl::pump() {
    if (!handled_.empty()) {
        return;  // called by what a mail did: the loop that handles it goes on to the new ones
    }
    while (!local_.empty()) {
        std::swap(local_, handled_);
        for (Mail& mail : handled_) {
            handle(mail);
        }
        handled_.clear();
    }
}

void Shard::Impl::take_lanes() {
    for (std::uint32_t from = 0; from < shards_; ++from) {
        if (from == index_) {
            continue;
        }
        LanesAccess::lane(lanes_, from, index_).take(incoming_);
        for (Mail& mail : incoming_) {
            handle(mail);
        }
        incoming_.clear();
    }
}

void Shard::Impl::flush_lanes() {
    for (std::uint32_t to = 0; to < shards_; ++to) {
        if (!spills_[to].empty()) {
            spills_[to].flush(LanesAccess::lane(lanes_, index_, to));
        }
        counters_.values_spilled += spills_[to].take_spilled();
    }
}

void Shard::Impl::handle(Mail& mail) {
    if (mail.revision > world_->revision()) {
        CHECK(adopt_published());
    }
    std::visit(
        Overloaded{
            [&](ValueMail& body) { on_value(body); },
            [&](PresenceMail& body) { on_presence(body); },
            [&](EventMail& body) { on_event(body); },
            [&](LostMail& body) { on_lost(body, mail.revision); },
            [&](InterestMail& body) {
                body.begins ? interest_.begin(body.scope, mail.from)
                            : interest_.end(body.scope, mail.from);
            },
            [&](MarkerMail&) { on_marker(mail.from, mail.revision); },
            [&](PullAsk& body) { on_pull(mail.from, body); },
            [&](PullAnswer& body) { on_pulled(body); },
            [&](ReadAsk& body) { on_read(mail.from, body); },
            [&](ReadAnswer& body) { finish(reads_, body.ask, std::move(body.values)); },
            [&](PresencesAsk& body) { on_presences(mail.from, body); },
            [&](PresencesAnswer& body) { finish(presences_, body.ask, std::move(body.presences)); },
            [&](CutAsk& body) { on_cut(mail.from, body); },
            [&](CutAnswer& body) { finish(cuts_, body.ask, std::move(body.cut)); },
            [&](WriteAsk& body) { on_write(mail.from, body); },
            [&](WriteAnswer& body) {
                body.ask == 0 ? on_written(body) : finish(writes_, body.ask, body.outcome);
            },
            [&](LeaseAsk& body) { on_lease(mail.from, body); },
            [&](LeaseAnswer& body) { finish(leases_, body.ask, body.lease); },
            [&](LeaseEnd& body) { on_lease_end(body); },
            [&](TokenAsk& body) { on_token(mail.from, body); },
            [&](TokenAnswer& body) { finish(tokens_, body.ask, body.outcome); },
        },
        mail.body);
}

}  // namespace treeline
