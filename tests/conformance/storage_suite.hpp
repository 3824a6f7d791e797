// The databases that Store and Log are held to account in: one in memory, one on the disk.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "storage/memory.hpp"
#include "storage/rocks.hpp"
#include "tests/support/storage/scratch.hpp"

namespace treeline::storage {

class InMemory {
  public:
    Store& store() { return *database_.store; }
    Log& log() { return *database_.log; }

  private:
    MemoryDatabase database_ = make_memory_database();
};

class OnDisk {
  public:
    OnDisk() {
        auto opened = RocksDatabase::open(scratch_ / "db", true);
        CHECK(opened.has_value());
        database_ = std::move(*opened);
    }
    Store& store() { return database_->store(); }
    Log& log() { return database_->log(); }

  private:
    ScratchDirectory scratch_;
    std::unique_ptr<RocksDatabase> database_;
};

using Databases = ::testing::Types<InMemory, OnDisk>;

template <class Database>
class Conformance : public ::testing::Test {
  protected:
    Database database;

    Store& store() { return database.store(); }
    Log& log() { return database.log(); }

    void put(const std::string& key, const std::string& value) {
        ASSERT_TRUE(store().write({{key, value}}, Durability::buffered));
    }
    std::optional<std::string> get(const std::string& key) {
        auto got = store().get(key);
        EXPECT_TRUE(got.has_value());
        return got ? *got : std::nullopt;
    }
    std::vector<std::string> keys(std::string_view from = {}, std::string_view to = {}) {
        std::vector<std::string> found;
        EXPECT_TRUE(store().scan(from, to, [&](std::string_view key, std::string_view) {
            found.emplace_back(key);
            return true;
        }));
        return found;
    }
    std::vector<std::string> entries(std::uint64_t first = 1) {
        std::vector<std::string> found;
        EXPECT_TRUE(log().read_from(first, [&](std::uint64_t number, std::string_view entry) {
            EXPECT_EQ(number, std::max<std::uint64_t>(first, 1) + found.size());
            found.emplace_back(entry);
            return true;
        }));
        return found;
    }
    Result<void> append(std::uint64_t expected, const std::vector<std::string>& added,
                        const std::vector<Write>& beside = {}) {
        return log().append_if(expected, added, beside);
    }
};

}  // namespace treeline::storage
