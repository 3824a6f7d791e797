// A value's way through one shard: from the device's action to the bytes of its watchers.
#include <benchmark/benchmark.h>

#include "base/mailbox.hpp"
#include "broker/authority/authorise.hpp"
#include "tests/support/hub_rig.hpp"

namespace treeline {
namespace {

constexpr Pin watched_pin = 5;
constexpr Pin other_pin = 6;

// Takes what is put and forgets it: the write-behind's own cost is another benchmark's.
class NullSink final : public ValueSink {
  public:
    std::uint64_t put(std::string, std::string) override { return ++tickets_; }
    void hurry() override {}
    std::uint64_t durable() const override { return tickets_; }

  private:
    std::uint64_t tickets_ = 0;
};

// One shard, one device, and as many apps, each of its own user, that watch pin 5 of it.
class Route {
  public:
    explicit Route(std::size_t watchers) {
        const OrgId root = build_.root();
        device_ = build_.device(root, "lamp");
        std::vector<LoginId> logins;
        for (std::size_t i = 0; i < watchers; ++i) {
            const UserId user = build_.user(root, "user" + std::to_string(i), role_admin);
            logins.push_back(build_.sign_in(user));
        }
        now_.wall = build_.now;
        const World world = build_.world();
        settlement_ = std::make_unique<Settlement>(1, world->revision(), nullptr, nullptr);
        shard_ = std::make_unique<Shard>(0, lanes_, *settlement_, sink_, HubLimits{}, world);
        for (const LoginId login : logins) {
            const auto access = world->login(login)->access;
            const SeatId seat = shard_->admit_app(access, Encoding::protobuf, now_)->seat;
            AppRequest request;
            request.request = 1;
            request.body = AppWatch{AppWatch::Kind::device, device_, {}, {watched_pin}, false};
            shard_->app_request(seat, request, std::nullopt, now_);
        }
        seat_ = std::get<SeatId>(shard_->admit_device(world->device(device_)->token, now_));
        for (int i = 0; i < 20; ++i) {
            turn();
        }
    }

    void write(Pin pin) {
        shard_->device_action(
            seat_, DeviceWrote{{pin, "12345678901234567890", now_.wall, Origin::device}}, now_);
    }
    std::size_t turn() {
        std::size_t bytes = 0;
        shard_->advance(now_);
        for (const SeatId seat : shard_->take_dirty()) {
            out_.clear();
            shard_->gather(seat, out_, now_);
            bytes += out_.bytes.size();
        }
        shard_->conclude(now_);
        return bytes;
    }

  private:
    WorldBuilder build_;
    NullSink sink_;
    Lanes lanes_{1, 4096, nullptr};
    std::unique_ptr<Settlement> settlement_;
    std::unique_ptr<Shard> shard_;
    DeviceId device_{};
    SeatId seat_;
    Output out_;
    Now now_{SteadyTime{Millis{1'000'000}}, {}};
};

void route(benchmark::State& state) {
    Route route(static_cast<std::size_t>(state.range(0)));
    for (auto _ : state) {
        route.write(watched_pin);
        if (route.turn() == 0) {
            state.SkipWithError("nothing was routed");
        }
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(route)->Arg(1)->Arg(10)->Arg(1'000);

// A value of a pin that none of them watches costs each of them the compare of its standing
// verdict and nothing else; the time per item is that of `authorise`, standing in the seat.
void authorise_standing(benchmark::State& state) {
    Route route(static_cast<std::size_t>(state.range(0)));
    for (auto _ : state) {
        route.write(other_pin);
        benchmark::DoNotOptimize(route.turn());
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(authorise_standing)->Arg(0)->Arg(1'000);

// A user with as many memberships, the last of which reaches the device from above.
void authorise_computed(benchmark::State& state) {
    WorldBuilder build;
    const OrgId root = build.root();
    const OrgId client = build.org(root, "client");
    const OrgId branch = build.org(client, "branch");
    const UserId user = build.user(client, "u", role_admin);
    for (std::int64_t i = 1; i < state.range(0); ++i) {
        build.member(user, build.org(root, "other" + std::to_string(i)), role_user);
    }
    const DeviceId device = build.device(branch, "lamp");
    const Directory& directory = build.directory();
    if (!contains(device_rights(directory, user, device, build.now).rights, DeviceRight::view)) {
        state.SkipWithError("the user should see the device");
    }
    for (auto _ : state) {
        benchmark::DoNotOptimize(device_rights(directory, user, device, build.now));
    }
}
BENCHMARK(authorise_computed)->Arg(1)->Arg(3);

void mailbox_hop(benchmark::State& state) {
    const auto batch = static_cast<std::size_t>(state.range(0));
    Mailbox<std::uint64_t> mailbox(4096);
    std::vector<std::uint64_t> taken;
    for (auto _ : state) {
        for (std::size_t i = 0; i < batch; ++i) {
            benchmark::DoNotOptimize(mailbox.push(std::uint64_t{i}));
        }
        mailbox.take(taken);
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(mailbox_hop)->Arg(1)->Arg(64);

}  // namespace
}  // namespace treeline
