// The threads of a running server, as the kernel has them.
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>

#include <gtest/gtest.h>

#include "base/time.hpp"
#include "tests/support/live/server.hpp"

namespace treeline::live {
namespace {

constexpr Millis limit{10'000};

struct Thread {
    std::string name;
    int niceness = 0;
};

// As proc_pid_stat(5) has it: the niceness is the seventeenth field behind the name.
Thread read_thread(const std::filesystem::path& task) {
    std::string line;
    std::getline(std::ifstream(task / "stat"), line);
    const auto open = line.find('(');
    const auto close = line.rfind(')');
    std::istringstream fields(line.substr(close + 1));
    std::string field;
    for (int i = 0; i < 17; ++i) {
        fields >> field;
    }
    return {line.substr(open + 1, close - open - 1), std::stoi(field)};
}

// By name, beyond that of the whole process. Without the databases' and the kernel's own.
std::map<std::string, int> niceness_of(pid_t process) {
    const std::filesystem::path tasks = "/proc/" + std::to_string(process) + "/task";
    const int usual = read_thread(tasks / std::to_string(process)).niceness;
    std::map<std::string, int> found;
    for (const auto& entry : std::filesystem::directory_iterator(tasks)) {
        const Thread thread = read_thread(entry.path());
        if (!thread.name.starts_with("rocksdb:") && !thread.name.starts_with("iou-")) {
            found[thread.name] = thread.niceness - usual;
        }
    }
    return found;
}

TEST(LiveThreads, have_names_and_go_first_in_the_order_of_adr_0012) {
    Server server({.shards = 2, .config = ""});
    server.start();
    const std::map<std::string, int> wanted{{"treelined", 0}, {"shard 0", 0},      {"shard 1", 0},
                                            {"registry", 3},  {"preview", 5},      {"values", 10},
                                            {"mail", 10},     {"passwords", 10},   {"history", 10},
                                            {"past", 10},     {"maintenance", 10}, {"audit", 15}};
    // It may listen before the last of them has found its place.
    const auto until = read_clock().steady + limit;
    while (niceness_of(server.pid()) != wanted && read_clock().steady < until) {
        std::this_thread::yield();
    }
    EXPECT_EQ(niceness_of(server.pid()), wanted);
}

}  // namespace
}  // namespace treeline::live
