// The hub's ValueSink over the writer thread, and the values read back at a start.
#pragma once

#include <memory>
#include <vector>

#include "broker/hub/shard.hpp"
#include "storage/writer.hpp"

namespace treeline {

// Any thread.
class WriterSink final : public ValueSink {
  public:
    explicit WriterSink(storage::Writer& writer) : writer_(writer) {}
    std::uint64_t put(std::string key, std::string value) override {
        return writer_.put(std::move(key), std::move(value));
    }
    void hurry() override { writer_.hurry(); }
    std::uint64_t durable() const override { return writer_.durable(); }

  private:
    storage::Writer& writer_;
};

// Hands every stored value to its device's home shard. Before the shards' first turn.
storage::Result<void> restore_values(const storage::Store& store,
                                     const std::vector<std::unique_ptr<Shard>>& shards);

}  // namespace treeline
