#include "tests/support/live/letters.hpp"

#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <utility>

#include "base/time.hpp"
#include "tests/support/live/stream.hpp"

namespace treeline::live {

namespace fs = std::filesystem;

namespace {

using Position = std::pair<unsigned long, unsigned long>;  // revision and index: "12-0.eml"

std::string read_file(const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

}  // namespace

std::vector<std::string> mailed_tokens(const Server& server, const std::string& address) {
    static const std::regex link("#token=([A-Za-z0-9_-]{43})");
    std::map<Position, std::string> tokens;
    std::error_code absent;
    for (const auto& file : fs::directory_iterator(server.data() / "mail", absent)) {
        Position at;
        const std::string name = file.path().filename().string();
        const bool is_letter = std::sscanf(name.c_str(), "%lu-%lu", &at.first, &at.second) == 2 &&
                               file.path().extension() == ".eml";
        const std::string text = is_letter ? read_file(file.path()) : std::string();
        std::smatch match;
        if (text.find("\r\nTo: " + address + "\r\n") != std::string::npos &&
            std::regex_search(text, match, link)) {
            tokens[at] = match[1];
        }
    }
    std::vector<std::string> found;
    for (auto& [at, token] : tokens) {
        found.push_back(std::move(token));
    }
    return found;
}

std::string await_mailed_token(const Server& server, const std::string& address,
                               std::size_t before) {
    const auto until = read_clock().steady + patience;
    while (read_clock().steady < until) {
        const auto tokens = mailed_tokens(server, address);
        if (tokens.size() > before) {
            return tokens.back();
        }
    }
    return {};
}

}  // namespace treeline::live
