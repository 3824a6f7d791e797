// The directory: one change, the log folded again, one question, for a small tree and a larger one.
#include <benchmark/benchmark.h>

#include "broker/authority/authorise.hpp"
#include "broker/domain/effect.hpp"
#include "broker/registry/replay.hpp"
#include "tests/bench/big_tree.hpp"

namespace treeline {
namespace {

const Directory& tree_of(std::size_t devices) {
    static std::map<std::size_t, Directory> made;
    const auto found = made.find(devices);
    if (found != made.end()) {
        return found->second;
    }
    const BigTreeSize size{std::max<std::size_t>(devices / 10, 1), devices, devices};
    return made.emplace(devices, big_tree(size)).first->second;
}

// The world before is held, as every shard does: the path to the change is copied.
void directory_apply(benchmark::State& state) {
    const auto devices = static_cast<std::size_t>(state.range(0));
    Directory directory = tree_of(devices);
    Change change;
    change.at = from_unix_ms(1'800'000'000'000);
    change.trees = {root_of_big_tree()};
    std::uint64_t nth = 0;
    for (auto _ : state) {
        DeviceRecord device = *directory.device(DeviceId{nth++ * 7919 % devices + 1});
        device.name = "renamed";
        change.events.assign(1, DevicePut{std::move(device)});
        Directory after = apply(directory, change);
        benchmark::DoNotOptimize(effect_of(directory, after, change));
        directory = std::move(after);
    }
}
BENCHMARK(directory_apply)->Arg(100)->Arg(100'000);

// Per entry of the log: parsed and applied.
void replay(benchmark::State& state) {
    const auto devices = static_cast<std::size_t>(state.range(0));
    Directory directory = tree_of(devices);
    Change change;
    change.at = from_unix_ms(1'800'000'000'000);
    change.trees = {root_of_big_tree()};
    change.command = "patch_device";
    change.events.emplace_back(DevicePut{*directory.device(DeviceId{1})});
    const std::string entry = encode_change(change);
    for (auto _ : state) {
        directory = apply(std::move(directory), *decode_change(entry));
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(replay)->Arg(100);

// A different device each time, so that a large tree is not in the processor's cache.
void authorise_anywhere(benchmark::State& state) {
    const auto devices = static_cast<std::size_t>(state.range(0));
    const Directory& directory = tree_of(devices);
    const UnixTime now = from_unix_ms(1'800'000'000'000);
    std::uint64_t nth = 0;
    for (auto _ : state) {
        const std::uint64_t device = nth++ * 7919 % devices + 1;
        benchmark::DoNotOptimize(device_rights(directory, UserId{device}, DeviceId{device}, now));
    }
}
BENCHMARK(authorise_anywhere)->Arg(100)->Arg(100'000);

}  // namespace
}  // namespace treeline
