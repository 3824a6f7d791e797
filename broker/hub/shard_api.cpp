// Questions to homes, wherever they are, and the REST API's calls that are made of them.
#include <algorithm>
#include <utility>

#include "broker/hub/shard_impl.hpp"

namespace treeline {
namespace {

template <class Id>
auto of_user(const std::vector<std::pair<UserId, Id>>& lost, UserId user) {
    return std::ranges::equal_range(lost, user, {}, &std::pair<UserId, Id>::first);
}

// INVARIANT: yes exactly where sweep_entries or sweep_scopes would say `watch_ended`.
bool would_end_a_watch(const AppSeat& seat, const LostSight& lost) {
    const auto is_told_of = [&](const std::pair<UserId, DeviceId>& one) {
        const auto at = seat.entries.find(one.second);
        return at != seat.entries.end() && (at->second.told || !at->second.watches.empty());
    };
    const auto is_rooted = [&](const std::pair<UserId, OrgId>& one) {
        return std::ranges::any_of(
            seat.scopes, [&](const auto& at) { return at.second.scope.org == one.second; });
    };
    return !seat.close && !seat.signed_out &&
           (std::ranges::any_of(of_user(lost.devices, seat.user), is_told_of) ||
            std::ranges::any_of(of_user(lost.orgs, seat.user), is_rooted));
}

}  // namespace

void Shard::Impl::ask_presences(std::vector<DeviceId> devices,
                                std::function<void(PresenceList)> done) {
    struct Join {
        std::vector<DeviceId> order;
        boost::unordered_flat_map<DeviceId, Presence> known;
        std::size_t awaited = 0;
        std::function<void(PresenceList)> done;
        void finish() {
            PresenceList list;
            for (const DeviceId device : order) {
                list.emplace_back(device, known[device]);
            }
            done(std::move(list));
        }
    };
    std::vector<std::vector<DeviceId>> by_home(shards_);
    for (const DeviceId device : devices) {
        by_home[home_of(device)].push_back(device);
    }
    auto join = std::make_shared<Join>(Join{std::move(devices), {}, 0, std::move(done)});
    for (std::uint32_t to = 0; to < shards_; ++to) {
        if (by_home[to].empty()) {
            continue;
        }
        ++join->awaited;
        const std::uint64_t ask = next_ask_++;
        presences_.emplace(ask, [join](PresenceList part) {
            for (const auto& [device, presence] : part) {
                join->known[device] = presence;
            }
            if (--join->awaited == 0) {
                join->finish();
            }
        });
        send(to, PresencesAsk{ask, std::move(by_home[to])});
    }
    if (join->awaited == 0) {
        join->finish();
    }
}

void Shard::Impl::ask_values(DeviceId device, std::vector<Pin> pins,
                             std::function<void(std::vector<HeldValue>)> done) {
    const std::uint64_t ask = next_ask_++;
    reads_.emplace(ask, std::move(done));
    send(home_of(device), ReadAsk{ask, device, std::move(pins)});
}

void Shard::Impl::ask_cut(LostSight lost, std::function<void(std::vector<UserId>)> done) {
    struct Join {
        std::vector<UserId> cut;
        std::size_t awaited = 0;
        std::function<void(std::vector<UserId>)> done;
    };
    auto join = std::make_shared<Join>(Join{{}, shards_, std::move(done)});
    const auto shared = std::make_shared<const LostSight>(std::move(lost));
    for (std::uint32_t to = 0; to < shards_; ++to) {
        const std::uint64_t ask = next_ask_++;
        cuts_.emplace(ask, [join](const std::vector<UserId>& part) {
            join->cut.insert(join->cut.end(), part.begin(), part.end());
            if (--join->awaited == 0) {
                join->done(std::move(join->cut));
            }
        });
        send(to, CutAsk{ask, shared});
    }
}

void Shard::Impl::on_cut(std::uint32_t from, const CutAsk& ask) {
    CutAnswer answer{ask.ask, {}};
    for (const Slot& slot : slots_) {
        if (slot.app && would_end_a_watch(*slot.app, *ask.lost)) {
            answer.cut.push_back(slot.app->user);
        }
    }
    send(from, std::move(answer));
}

void Shard::Impl::ask_write(WriteAsk ask, std::function<void(const WriteOutcome&)> done) {
    ask.ask = next_ask_++;
    writes_.emplace(ask.ask, std::move(done));
    const std::uint32_t home = home_of(ask.device);
    send(home, std::move(ask));
}

// A std::function must be copyable and a Reply is not, hence the shared holders below.

void Shard::presences(std::vector<DeviceId> devices, Reply<std::vector<Presence>> reply) {
    auto waiting = std::make_shared<Reply<std::vector<Presence>>>(std::move(reply));
    impl_->ask_presences(std::move(devices), [waiting](Impl::PresenceList list) {
        std::vector<Presence> presences;
        for (const auto& [device, presence] : list) {
            presences.push_back(presence);
        }
        (*waiting)(std::move(presences));
    });
    impl_->pump();
}

void Shard::sessions_cut(LostSight lost, Reply<std::vector<UserId>> reply) {
    auto waiting = std::make_shared<Reply<std::vector<UserId>>>(std::move(reply));
    impl_->ask_cut(std::move(lost),
                   [waiting](std::vector<UserId> cut) { (*waiting)(std::move(cut)); });
    impl_->pump();
}

void Shard::read_values(DeviceId device, std::vector<Pin> pins, Now now,
                        Reply<std::vector<StoredValue>> reply) {
    impl_->now_ = now;
    auto waiting = std::make_shared<Reply<std::vector<StoredValue>>>(std::move(reply));
    impl_->ask_values(device, std::move(pins), [this, device, waiting](auto held_values) {
        // The home may have answered in an older world than the asker will check his right in.
        const Device* record = impl_->world_->device(device);
        std::vector<StoredValue> values;
        for (HeldValue& held : held_values) {
            if (record != nullptr && held.epoch >= record->readable_from_epoch) {
                values.push_back(std::move(held.value));
            }
        }
        (*waiting)(std::move(values));
    });
    impl_->pump();
}

void Shard::write_value(UserId by, DeviceId device, Pin pin, std::string bytes, Origin origin,
                        Now now, Reply<WriteOutcome> reply) {
    impl_->now_ = now;
    auto waiting = std::make_shared<Reply<WriteOutcome>>(std::move(reply));
    WriteAsk ask{.by = by,
                 .writer = {},
                 .device = device,
                 .pin = pin,
                 .bytes = std::move(bytes),
                 .origin = origin};
    impl_->ask_write(std::move(ask),
                     [waiting](const WriteOutcome& outcome) { (*waiting)(outcome); });
    impl_->pump();
}

}  // namespace treeline
