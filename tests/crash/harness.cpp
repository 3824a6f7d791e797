// The crash harness over RocksDatabase: a child appends and acknowledges through a pipe, until
// SIGKILL; then the database is opened again. The child is this program anew: in one that was only
// forked, the locks of RocksDB's threads may stay held for ever.
//
//   entry = batch ":" place ":" size      batch = the number of its first entry, place from 0
//   beside: key "end" = the number of the last entry of the batch
#include "tests/crash/harness.hpp"

#include <array>
#include <charconv>
#include <cstring>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.hpp"
#include "storage/rocks.hpp"

namespace treeline::crash {

namespace {

using storage::RocksDatabase;
using storage::Write;

constexpr int held_batches_max = 32;
constexpr int answer_ms_max = 60'000;     // a child that says nothing for so long has hung
constexpr std::uint64_t batch_sizes = 7;  // 1 … 7 entries, by the batch's number

std::uint64_t batch_size(std::uint64_t first) {
    return first % batch_sizes + 1;
}

std::vector<std::string> batch_at(std::uint64_t first) {
    std::vector<std::string> entries;
    const std::uint64_t size = batch_size(first);
    for (std::uint64_t place = 0; place < size; ++place) {
        entries.push_back(std::to_string(first) + ":" + std::to_string(place) + ":" +
                          std::to_string(size) + std::string(first % 200, '.'));
    }
    return entries;
}

// The child's ways to write one batch; each returns the number that it acknowledges.
class Child {
  public:
    Child(RocksDatabase& database, Fault fault) : database_(database), fault_(fault) {}

    std::uint64_t write_batch() {
        switch (fault_) {
            case Fault::none:
                return append(next_batch());
            case Fault::torn_batch:
                return append_in_two(next_batch());
            case Fault::unsynced:
                break;
        }
        return keep_in_memory();
    }

  private:
    std::vector<std::string> next_batch() const { return batch_at(database_.log().last() + 1); }

    std::uint64_t append(const std::vector<std::string>& entries) {
        const std::uint64_t last = database_.log().last();
        const std::uint64_t end = last + entries.size();
        const std::vector<Write> beside{{"end", std::to_string(end)}};
        CHECK(database_.log().append_if(last, entries, beside).has_value());
        return end;
    }
    std::uint64_t append_in_two(const std::vector<std::string>& entries) {
        const std::uint64_t last = database_.log().last();
        CHECK(database_.log().append_if(last, entries).has_value());
        const std::uint64_t end = last + entries.size();
        CHECK(database_.store()
                  .write({{"end", std::to_string(end)}}, storage::Durability::synced)
                  .has_value());
        return end;
    }
    // Says yes before the disk has it, and writes many batches later: what a page cache does. The
    // paced sync keeps the kill from falling nearly always into the one slow write.
    std::uint64_t keep_in_memory() {
        const std::uint64_t base = database_.log().last();
        const std::uint64_t first = base + held_.size() + 1;
        const auto entries = batch_at(first);
        held_.insert(held_.end(), entries.begin(), entries.end());
        const std::uint64_t said = base + held_.size();
        CHECK(database_.store()
                  .write({{"pace", std::to_string(said)}}, storage::Durability::synced)
                  .has_value());
        if (++held_batches_ == held_batches_max) {
            append(held_);
            held_.clear();
            held_batches_ = 0;
        }
        return said;
    }

    RocksDatabase& database_;
    const Fault fault_;
    std::vector<std::string> held_;
    int held_batches_ = 0;
};

// The child acknowledges on its standard output; returns its process.
pid_t spawn_child(const std::filesystem::path& directory, Fault fault, int pipe) {
    std::string place = directory.string();
    std::string number = std::to_string(static_cast<int>(fault));
    std::string name = "crash";
    std::string role(child_role);
    std::array<char*, 5> arguments{name.data(), role.data(), place.data(), number.data(), nullptr};
    posix_spawn_file_actions_t actions;
    CHECK(::posix_spawn_file_actions_init(&actions) == 0);
    CHECK(::posix_spawn_file_actions_adddup2(&actions, pipe, STDOUT_FILENO) == 0);
    pid_t child = 0;
    CHECK(::posix_spawn(&child, "/proc/self/exe", &actions, nullptr, arguments.data(), environ) ==
          0);
    ::posix_spawn_file_actions_destroy(&actions);
    return child;
}

std::uint64_t next_acknowledged(int pipe) {
    pollfd readable{pipe, POLLIN, 0};
    CHECK(::poll(&readable, 1, answer_ms_max) == 1);
    std::uint64_t said = 0;
    CHECK(::read(pipe, &said, sizeof said) == sizeof said);
    return said;
}

// Reads acknowledgements until there were `count`, then for `extra_us` more; the last one.
std::uint64_t listen(int pipe, std::uint64_t count, std::uint64_t extra_us) {
    std::uint64_t said = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
        said = next_acknowledged(pipe);
    }
    timespec left{0, static_cast<long>(extra_us * 1000)};
    pollfd nothing{-1, 0, 0};
    ::ppoll(&nothing, 1, &left, nullptr);  // the child goes on meanwhile, to be hit anywhere
    return said;
}

// What the child had said before it died and nobody had read.
std::uint64_t drain(int pipe, std::uint64_t said) {
    std::uint64_t next = 0;
    while (::read(pipe, &next, sizeof next) == sizeof next) {
        said = next;
    }
    return said;
}

bool is_whole(const std::vector<std::string>& entries, const std::string& end) {
    std::uint64_t first = 1;
    while (first <= entries.size()) {
        const auto batch = batch_at(first);
        for (const std::string& expected : batch) {
            if (first > entries.size() || entries[first - 1] != expected) {
                return false;
            }
            ++first;
        }
    }
    return end == std::to_string(entries.size());
}

void examine(const std::filesystem::path& directory, Findings& findings) {
    auto opened = RocksDatabase::open(directory, true);
    if (!opened) {
        findings.refused = opened.error().detail;
        return;
    }
    RocksDatabase& database = **opened;
    if (!database.verify()) {
        findings.refused = "verify failed";
        return;
    }
    std::vector<std::string> entries;
    CHECK(database.log()
              .read_from(1,
                         [&](std::uint64_t, std::string_view entry) {
                             entries.emplace_back(entry);
                             return true;
                         })
              .has_value());
    const auto end = database.store().get("end");
    CHECK(end.has_value());
    findings.found = entries.size();
    findings.lost = findings.found < findings.acknowledged;
    findings.torn = !is_whole(entries, end->value_or("0"));
}

}  // namespace

void live_as_child(const std::filesystem::path& directory, std::string_view fault) {
    CHECK(::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0);  // a parent that gives up leaves nobody behind
    int number = 0;
    CHECK(std::from_chars(fault.data(), fault.data() + fault.size(), number).ec == std::errc());
    auto opened = RocksDatabase::open(directory, true);
    CHECK(opened.has_value());
    Child child(**opened, static_cast<Fault>(number));
    while (true) {
        const std::uint64_t said = child.write_batch();
        CHECK(::write(STDOUT_FILENO, &said, sizeof said) == sizeof said);
    }
}

Findings run_round(const std::filesystem::path& directory, Fault fault, std::uint64_t life_acks,
                   std::uint64_t life_extra_us) {
    std::array<int, 2> pipe{};
    CHECK(::pipe2(pipe.data(), O_CLOEXEC) == 0);
    const pid_t child = spawn_child(directory, fault, pipe[1]);
    ::close(pipe[1]);
    Findings findings;
    findings.acknowledged = listen(pipe[0], life_acks, life_extra_us);
    CHECK(::kill(child, SIGKILL) == 0);
    int status = 0;
    CHECK(::waitpid(child, &status, 0) == child);
    findings.acknowledged = drain(pipe[0], findings.acknowledged);
    ::close(pipe[0]);
    examine(directory, findings);
    return findings;
}

}  // namespace treeline::crash
