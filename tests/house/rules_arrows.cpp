// Which room may include which, and what pure rooms may not include at all.
#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "tests/house/rules.hpp"

namespace treeline::house {
namespace {

struct Room {
    std::string_view folder;
    std::string_view below;  // the rooms that it may include, each between spaces
    bool is_pure = false;
};

// The floors of house.md, from the ground up; `domain` is in reach of whoever reaches a room that
// speaks its words.
constexpr std::array<Room, 17> rooms{{
    {"base/", ""},
    {"proto/", " base/ ", true},
    {"net/", " proto/ base/ "},
    {"storage/", " base/ "},
    {"firmware-sim/", " net/ proto/ base/ "},
    {"cli/", " proto/ base/ "},
    {"broker/observe/", " base/ "},
    {"broker/domain/", " base/ ", true},
    {"broker/identity/", " broker/domain/ base/ ", true},
    {"broker/authority/", " broker/domain/ base/ ", true},
    {"broker/session/", " proto/ broker/domain/ base/ ", true},
    {"broker/hub/",
     " broker/session/ broker/authority/ broker/identity/ broker/domain/ storage/ base/ ", true},
    {"broker/registry/",
     " broker/authority/ broker/domain/ storage/ proto/ broker/observe/ base/ "},
    {"broker/mail/",
     " broker/registry/ broker/identity/ broker/domain/ broker/observe/ storage/ base/ "},
    {"broker/api/",
     " broker/registry/ broker/hub/ broker/session/ broker/authority/ broker/identity/"
     " broker/domain/ broker/observe/ proto/ base/ "},
    {"broker/edge/",
     " broker/api/ broker/hub/ broker/session/ broker/identity/ broker/domain/ broker/observe/"
     " net/ proto/ base/ "},
    {"broker/server/",
     " broker/edge/ broker/mail/ broker/api/ broker/registry/ broker/hub/ broker/session/"
     " broker/authority/ broker/identity/ broker/domain/ broker/observe/ storage/ net/ proto/"
     " base/ "},
}};

const Room* room_of(std::string_view path) {
    const auto* const found = std::ranges::find_if(
        rooms, [&](const Room& room) { return path.starts_with(room.folder); });
    return found == rooms.end() ? nullptr : found;
}

bool may_include(const Room& from, const Room& to) {
    const std::string wanted = " " + std::string(to.folder) + " ";
    return from.folder == to.folder || from.below.find(wanted) != std::string_view::npos;
}

bool begins_with_any(std::string_view name, std::span<const std::string_view> starts) {
    return std::ranges::any_of(starts, [&](auto start) { return name.starts_with(start); });
}

constexpr std::string_view impure_headers[]{
    "<boost/asio", "<boost/beast", "<thread",      "<mutex",  "<shared_mutex", "<condition_",
    "<future",     "<semaphore",   "<stop_token",  "<spdlog", "<fstream",      "<iostream",
    "<filesystem", "<random",      "<sys/",        "<unistd", "<poll",         "<fcntl",
    "<netinet",    "<arpa/",       "<openssl/ssl", "<rocksdb"};

constexpr std::string_view impure_calls[]{"read_clock(",  "::now(",      "getenv(",
                                          "randombytes_", "RAND_bytes(", "std::random_device"};

}  // namespace

Breaches check_floors(const Source& source) {
    const Room* const from = room_of(source.path);
    Breaches found;
    if (from == nullptr) {
        if (!is_test(source)) {
            found.push_back({source.path, 1, "stands in no room"});
        }
        return found;
    }
    for (const Include& include : includes_of(source)) {
        if (include.name.starts_with("\"tests/")) {
            found.push_back({source.path, include.line, "includes a test"});
        }
        const Room* const to = room_of(std::string_view(include.name).substr(1));
        if (to != nullptr && !may_include(*from, *to)) {
            found.push_back({source.path, include.line,
                             std::string(from->folder) + " must not include " + include.name});
        }
    }
    return found;
}

Breaches check_purity(const Source& source) {
    const Room* const room = room_of(source.path);
    Breaches found;
    if (room == nullptr || !room->is_pure) {
        return found;
    }
    for (const Include& include : includes_of(source)) {
        if (begins_with_any(include.name, impure_headers)) {
            found.push_back({source.path, include.line, "a pure room includes " + include.name});
        }
    }
    for (const std::string_view call : impure_calls) {
        const std::size_t at = source.code.find(call);
        if (at != std::string::npos) {
            found.push_back(
                {source.path, line_at(source.code, at), "a pure room calls " + std::string(call)});
        }
    }
    return found;
}

Breaches check_own_header_first(const Source& source, const std::set<std::string>& paths) {
    if (is_header(source)) {
        return {};
    }
    const std::string header = source.path.substr(0, source.path.size() - 3) + "hpp";
    if (!paths.contains(header)) {
        return {};
    }
    const auto includes = includes_of(source);
    if (!includes.empty() && includes[0].name == "\"" + header + "\"") {
        return {};
    }
    return {{source.path, 1, "does not include its own header first"}};
}

}  // namespace treeline::house
