// Store and Log in memory. The state is one message in a mailbox: whoever has taken it owns it.
#include "storage/memory.hpp"

#include <map>
#include <utility>

#include "base/check.hpp"
#include "base/mailbox.hpp"

namespace treeline::storage {

namespace {

using Map = std::map<std::string, std::string, std::less<>>;
using Pairs = std::vector<std::pair<std::string, std::string>>;

struct State {
    Map map;
    std::vector<std::string> entries;
};

// Any thread. Copies of it are the same database.
class Shared {
  public:
    Shared() : box_(std::make_shared<Mailbox<State>>(1)) { put(State{}); }

    // Runs `act(State&)` while nobody else has the state; `act` must not come back here.
    template <class Act>
    auto with(Act&& act) const {
        std::vector<State> taken;
        while (taken.empty()) {
            box_->take_or_wait(taken, Millis(1000));
        }
        auto result = act(taken.front());
        put(std::move(taken.front()));
        return result;
    }

  private:
    void put(State state) const { CHECK(box_->push(std::move(state))); }

    std::shared_ptr<Mailbox<State>> box_;
};

bool apply(Map& map, const std::vector<Write>& batch) {
    for (const Write& write : batch) {
        if (write.value) {
            map.insert_or_assign(write.key, *write.value);
        } else {
            map.erase(write.key);
        }
    }
    return true;
}

// A copy of the range, so that a visitor may use the store itself.
Pairs copy_range(const Map& map, std::string_view from, std::string_view to) {
    Pairs pairs;
    for (auto at = map.lower_bound(from); at != map.end() && (to.empty() || at->first < to); ++at) {
        pairs.emplace_back(at->first, at->second);
    }
    return pairs;
}

class MemoryStore final : public Store {
  public:
    explicit MemoryStore(Shared shared) : shared_(std::move(shared)) {}

    Result<std::optional<std::string>> get(std::string_view key) const override {
        return shared_.with([&](State& state) -> std::optional<std::string> {
            const auto found = state.map.find(key);
            return found == state.map.end() ? std::nullopt : std::optional(found->second);
        });
    }

    Result<void> scan(std::string_view from, std::string_view to,
                      const std::function<bool(std::string_view key, std::string_view value)>&
                          visit) const override {
        const Pairs pairs =
            shared_.with([&](State& state) { return copy_range(state.map, from, to); });
        for (const auto& [key, value] : pairs) {
            if (!visit(key, value)) {
                break;
            }
        }
        return {};
    }

    Result<void> write(const std::vector<Write>& batch, Durability) override {
        shared_.with([&](State& state) { return apply(state.map, batch); });
        return {};
    }

  private:
    Shared shared_;
};

class MemoryLog final : public Log {
  public:
    explicit MemoryLog(Shared shared) : shared_(std::move(shared)) {}

    std::uint64_t last() const override {
        return shared_.with([](State& state) { return state.entries.size(); });
    }

    Result<void> append_if(std::uint64_t expected, std::span<const std::string> entries,
                           const std::vector<Write>& beside) override {
        const bool appended = shared_.with([&](State& state) {
            if (state.entries.size() != expected) {
                return false;
            }
            state.entries.insert(state.entries.end(), entries.begin(), entries.end());
            return apply(state.map, beside);
        });
        if (!appended) {
            return Errc::conflict;
        }
        return {};
    }

    Result<void> read_from(std::uint64_t first,
                           const std::function<bool(std::uint64_t number, std::string_view entry)>&
                               visit) const override {
        const auto entries = shared_.with([](State& state) { return state.entries; });
        for (std::uint64_t number = first == 0 ? 1 : first; number <= entries.size(); ++number) {
            if (!visit(number, entries[number - 1])) {
                break;
            }
        }
        return {};
    }

  private:
    Shared shared_;
};

}  // namespace

std::unique_ptr<Store> make_memory_store() {
    return std::make_unique<MemoryStore>(Shared{});
}

std::unique_ptr<Log> make_memory_log() {
    return std::make_unique<MemoryLog>(Shared{});
}

MemoryDatabase make_memory_database() {
    const Shared shared;
    return {std::make_unique<MemoryStore>(shared), std::make_unique<MemoryLog>(shared)};
}

}  // namespace treeline::storage
