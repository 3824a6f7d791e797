#include "tests/e2e/live/trace.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <vector>

#include <gtest/gtest.h>

namespace treeline::live {

namespace {

struct Line {
    std::uint64_t revision = 0;
    std::uint64_t at_us = 0;
};

std::uint64_t field(const std::string& line, const char* name) {
    const std::size_t at = line.find(name);
    return at == std::string::npos
               ? 0
               : std::strtoull(line.c_str() + at + std::string(name).size(), nullptr, 10);
}

void read_trace(const std::string& path, std::vector<Line>& acknowledged,
                std::vector<Line>& written) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        const Line found{field(line, " revision="), field(line, " at_us=")};
        if (line.find("acknowledged revision=") != std::string::npos) {
            acknowledged.push_back(found);
        } else if (line.find("written device=") != std::string::npos && found.revision != 0) {
            written.push_back(found);
        }
    }
}

}  // namespace

std::string trace_config() {
    return "[device]\nflood_per_second = 0\n[log]\nlevel = \"trace\"\nfile = \"LOG_FILE\"\n";
}

void expect_no_write_after_acknowledgement(const Server& server, unsigned revocations) {
    std::vector<Line> acknowledged;
    std::vector<Line> written;
    read_trace(server.log_file(), acknowledged, written);
    ASSERT_GE(acknowledged.size(), revocations * 2);
    ASSERT_GT(written.size(), revocations);
    acknowledged.erase(acknowledged.begin(), acknowledged.end() - revocations * 2);
    std::vector<Line> revoked;
    for (std::size_t i = 0; i < acknowledged.size(); i += 2) {
        revoked.push_back(acknowledged[i]);
    }
    unsigned late = 0;
    for (const Line& line : written) {
        const auto next = std::upper_bound(
            revoked.begin(), revoked.end(), line.at_us,
            [](std::uint64_t at_us, const Line& ack) { return at_us < ack.at_us; });
        late += next != revoked.begin() && line.revision <= std::prev(next)->revision;
    }
    EXPECT_EQ(late, 0u) << "of " << written.size() << " values written";
}

}  // namespace treeline::live
