// What only the database on the disk has: opening, reopening, damage, backups.
#include "storage/rocks.hpp"

#include <algorithm>
#include <array>
#include <fstream>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.hpp"
#include "tests/support/storage/scratch.hpp"

namespace treeline::storage {
namespace {

namespace fs = std::filesystem;
using Opened = ResultOf<std::unique_ptr<RocksDatabase>, RocksDatabase::OpenError>;

void append_one(RocksDatabase& database, const std::string& entry) {
    const std::vector<std::string> entries{entry};
    ASSERT_TRUE(database.log().append_if(database.log().last(), entries));
}

// Entries "1" … "count", each of its own write.
void fill(const fs::path& directory, int count) {
    auto database = RocksDatabase::open(directory, true);
    ASSERT_TRUE(database.has_value());
    for (int i = 1; i <= count; ++i) {
        append_one(**database, std::to_string(i));
    }
}

std::vector<fs::path> files(const fs::path& directory, const std::string& part) {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(directory)) {
        if (entry.path().filename().string().find(part) != std::string::npos) {
            found.push_back(entry.path());
        }
    }
    std::sort(found.begin(), found.end());
    return found;
}

void flip_byte(const fs::path& file, std::uintmax_t at) {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekg(static_cast<std::streamoff>(at));
    const int byte = stream.get();
    stream.seekp(static_cast<std::streamoff>(at));
    stream.put(static_cast<char>(byte ^ 0x40));
}

std::string refusal(const Opened& opened) {
    return opened ? "opened" : opened.error().detail;
}

TEST(RocksDatabase, remembers_log_and_store_over_a_restart) {
    const ScratchDirectory scratch;
    fill(scratch / "db", 3);
    auto database = RocksDatabase::open(scratch / "db", false);
    ASSERT_TRUE(database.has_value()) << refusal(database);
    EXPECT_EQ((*database)->log().last(), 3U);
    append_one(**database, "4");
    EXPECT_EQ((*database)->log().last(), 4U);
    EXPECT_TRUE((*database)->verify());
}

TEST(RocksDatabase, makes_no_database_where_one_must_exist) {
    const ScratchDirectory scratch;
    const auto database = RocksDatabase::open(scratch / "db", false);
    ASSERT_FALSE(database.has_value());
    EXPECT_EQ(database.error().code, Errc::unavailable);
    EXPECT_NE(database.error().detail.find("db"), std::string::npos);
    EXPECT_FALSE(fs::exists(scratch / "db"));
}

// Another process, which takes the lock of a database if it can and holds it. Nothing is done in it
// that a child of a process with threads may not do.
class OtherProcess {
  public:
    explicit OtherProcess(const fs::path& lock_file) {
        std::array<int, 2> held{};
        CHECK(::pipe(held.data()) == 0);
        pid_ = ::fork();
        CHECK(pid_ >= 0);
        if (pid_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            struct flock whole{};
            whole.l_type = F_WRLCK;
            const int file = ::open(lock_file.c_str(), O_RDWR);
            const char says = ::fcntl(file, F_SETLK, &whole) == 0 ? 'y' : 'n';
            const bool said = ::write(held[1], &says, 1) == 1;
            while (said) {
                ::pause();
            }
            ::_exit(1);
        }
        ::close(held[1]);
        char says = '?';
        CHECK(::read(held[0], &says, 1) == 1);
        has_lock = says == 'y';
        ::close(held[0]);
    }
    ~OtherProcess() {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    OtherProcess(const OtherProcess&) = delete;
    OtherProcess& operator=(const OtherProcess&) = delete;

    bool has_lock = false;

  private:
    pid_t pid_ = 0;
};

TEST(RocksDatabase, says_that_another_process_has_it_STO_11) {
    const ScratchDirectory scratch;
    fill(scratch / "db", 1);
    {
        const OtherProcess other(scratch / "db" / "LOCK");
        ASSERT_TRUE(other.has_lock);
        const auto second = RocksDatabase::open(scratch / "db", true);
        ASSERT_FALSE(second.has_value());
        EXPECT_TRUE(second.error().locked);
    }
    auto database = RocksDatabase::open(scratch / "db", false);
    ASSERT_TRUE(database.has_value()) << refusal(database);
    EXPECT_FALSE(OtherProcess(scratch / "db" / "LOCK").has_lock);
    append_one(**database, "still ours");
}

TEST(RocksDatabase, is_not_called_locked_when_it_may_not_be_read_STO_17) {
    if (::geteuid() == 0) {
        GTEST_SKIP() << "root may read everything";
    }
    const ScratchDirectory scratch;
    fill(scratch / "db", 1);
    fs::permissions(scratch / "db", fs::perms::none);
    const auto database = RocksDatabase::open(scratch / "db", false);
    fs::permissions(scratch / "db", fs::perms::owner_all);
    ASSERT_FALSE(database.has_value());
    EXPECT_FALSE(database.error().locked);
}

TEST(RocksDatabase, lets_nobody_but_its_owner_look_inside) {
    const ScratchDirectory scratch;
    fill(scratch / "db", 1);
    auto database = RocksDatabase::open(scratch / "db", false);
    ASSERT_TRUE(database.has_value());
    ASSERT_TRUE((*database)->checkpoint(scratch / "copy"));
    for (const char* name : {"db", "copy"}) {
        EXPECT_EQ(fs::status(scratch / name).permissions(), fs::perms::owner_all);
        for (const fs::path& file : files(scratch / name, "")) {
            EXPECT_EQ(
                fs::status(file).permissions() & (fs::perms::group_all | fs::perms::others_all),
                fs::perms::none)
                << file;
        }
    }
}

TEST(RocksDatabase, recovers_to_a_prefix_from_a_tail_cut_anywhere_STO_04) {
    const ScratchDirectory scratch;
    fill(scratch / "db", 5);
    const auto wals = files(scratch / "db", ".log");
    ASSERT_FALSE(wals.empty());
    const std::uintmax_t size = fs::file_size(wals.back());
    std::uint64_t least = 5;
    for (std::uintmax_t cut = 1; cut <= 60; ++cut) {
        fs::copy(scratch / "db", scratch / "cut", fs::copy_options::recursive);
        fs::resize_file(scratch / "cut" / wals.back().filename(), size - cut);
        {
            auto database = RocksDatabase::open(scratch / "cut", false);
            ASSERT_TRUE(database.has_value()) << cut << ": " << refusal(database);
            ASSERT_TRUE((*database)->verify()) << cut;
            EXPECT_LE((*database)->log().last(), least);
            least = std::min(least, (*database)->log().last());
        }
        fs::remove_all(scratch / "cut");
    }
    EXPECT_LT(least, 5U);
    EXPECT_GE(least, 2U);
}

TEST(RocksDatabase, refuses_a_flaw_in_the_middle_of_the_wal_STO_05) {
    const ScratchDirectory scratch;
    fill(scratch / "db", 20);
    const fs::path wal = files(scratch / "db", ".log").back();
    flip_byte(wal, fs::file_size(wal) / 2);
    const auto database = RocksDatabase::open(scratch / "db", false);
    ASSERT_FALSE(database.has_value());
    EXPECT_EQ(database.error().code, Errc::corruption);
}

// Leaves a closed WAL that still holds log entries: the values fill their write buffer alone.
void roll_the_wal(const fs::path& directory) {
    auto database = RocksDatabase::open(directory, true);
    ASSERT_TRUE(database.has_value());
    append_one(**database, "old");
    const std::string megabyte(1U << 20, 'x');
    for (int i = 0; i < 40; ++i) {
        ASSERT_TRUE(
            (*database)->store().write({{std::to_string(i), megabyte}}, Durability::buffered));
    }
    append_one(**database, "new");
}

TEST(RocksDatabase, refuses_to_start_without_a_wal_it_needs_STO_06) {
    const ScratchDirectory scratch;
    roll_the_wal(scratch / "db");
    const auto wals = files(scratch / "db", ".log");
    ASSERT_GE(wals.size(), 2U);
    fs::remove(wals.front());
    const auto database = RocksDatabase::open(scratch / "db", false);
    EXPECT_FALSE(database.has_value());
}

TEST(RocksDatabase, finds_a_flipped_bit_in_a_table_STO_07) {
    const ScratchDirectory scratch;
    fill(scratch / "db", 50);
    {
        auto database = RocksDatabase::open(scratch / "db", false);  // recovery writes a table
        ASSERT_TRUE(database.has_value());
        ASSERT_TRUE((*database)->verify());
    }
    const auto tables = files(scratch / "db", ".sst");
    ASSERT_FALSE(tables.empty());
    flip_byte(tables.back(), 20);
    auto database = RocksDatabase::open(scratch / "db", false);
    if (database) {
        EXPECT_FALSE((*database)->verify());
        const auto read =
            (*database)->log().read_from(1, [](std::uint64_t number, std::string_view entry) {
                EXPECT_EQ(entry, std::to_string(number));
                return true;
            });
        EXPECT_FALSE(read);
    }
}

TEST(RocksDatabase, refuses_a_directory_that_lost_a_file_and_makes_nothing_new_STO_08) {
    for (const char* lost : {"CURRENT", "MANIFEST"}) {
        const ScratchDirectory scratch;
        fill(scratch / "db", 3);
        for (const fs::path& file : files(scratch / "db", lost)) {
            fs::remove(file);
        }
        const auto wals = files(scratch / "db", ".log");
        EXPECT_FALSE(RocksDatabase::open(scratch / "db", true).has_value()) << lost;
        EXPECT_TRUE(files(scratch / "db", lost).empty());
        EXPECT_EQ(files(scratch / "db", ".log"), wals);
    }
}

TEST(RocksDatabase, copies_itself_consistently_while_it_is_open_STO_24) {
    const ScratchDirectory scratch;
    auto database = RocksDatabase::open(scratch / "db", true);
    ASSERT_TRUE(database.has_value());
    const std::vector<std::string> entries{"1"};
    ASSERT_TRUE((*database)->log().append_if(0, entries, {{"count", "1"}}));
    ASSERT_TRUE((*database)->checkpoint(scratch / "copy"));
    append_one(**database, "2");
    EXPECT_FALSE((*database)->checkpoint(scratch / "copy"));  // exists already
    const auto copy = RocksDatabase::open(scratch / "copy", false);
    ASSERT_TRUE(copy.has_value()) << refusal(copy);
    EXPECT_EQ((*copy)->log().last(), 1U);
    EXPECT_EQ(*(*copy)->store().get("count"), "1");
    EXPECT_TRUE((*copy)->verify());
}

}  // namespace
}  // namespace treeline::storage
