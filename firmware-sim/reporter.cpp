#include "firmware-sim/reporter.hpp"

#include <array>
#include <cstdio>
#include <utility>

namespace treeline {
namespace {

constexpr std::array<std::string_view, 6> names{"online",   "wrote",   "downlink",
                                                "restored", "refused", "token"};

bool is_plain(char c) {
    return c >= ' ' && c <= '~' && c != '"' && c != '\\';
}

}  // namespace

std::string json_escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (is_plain(c)) {
            out += c;
        } else {
            std::array<char, 8> buffer{};
            std::snprintf(buffer.data(), buffer.size(), "\\u%04x", static_cast<unsigned char>(c));
            out += buffer.data();
        }
    }
    return out;
}

void Reporter::line(std::size_t device, std::string_view what, std::string_view details_json,
                    std::string_view details_text) const {
    if (quiet_) {
        return;
    }
    const int what_size = static_cast<int>(what.size());
    if (json_) {
        std::printf("{\"device\":%zu,\"event\":\"%.*s\"%.*s}\n", device, what_size, what.data(),
                    static_cast<int>(details_json.size()), details_json.data());
    } else {
        std::printf("device %zu %.*s%.*s\n", device, what_size, what.data(),
                    static_cast<int>(details_text.size()), details_text.data());
    }
}

void Reporter::event(std::size_t device, const SimEvent& event) const {
    const std::string_view name = names[static_cast<std::size_t>(event.kind)];
    const std::string pin = std::to_string(event.pin);
    const std::string value = json_escaped(event.value);
    switch (event.kind) {
        case SimEvent::Kind::online:
        case SimEvent::Kind::token:
            return line(device, name, "", "");
        case SimEvent::Kind::refused: {
            const std::string status = std::to_string(event.status);
            return line(device, name, ",\"status\":" + status, " with status " + status);
        }
        default:
            return line(device, name, ",\"pin\":" + pin + ",\"value\":\"" + value + "\"",
                        " V" + pin + " = " + value);
    }
}

void Reporter::lost(std::size_t device, std::string_view why) const {
    const std::string reason = json_escaped(why);
    line(device, "offline", ",\"why\":\"" + reason + "\"", ": " + reason);
}

void Reporter::gave_up(std::size_t device) const {
    line(device, "gave_up", "", ": its token is not valid");
}

void Reporter::summary(const SimTotals& totals, std::size_t devices) const {
    const std::array<std::pair<const char*, std::uint64_t>, 9> numbers{{
        {"devices", devices},
        {"online", totals.online},
        {"given_up", totals.given_up},
        {"connects", totals.connects},
        {"losses", totals.losses},
        {"written", totals.written},
        {"downlinks", totals.downlinks},
        {"restored", totals.restored},
        {"refused", totals.refused},
    }};
    std::string text = json_ ? "{\"summary\":true" : "summary:";
    for (const auto& [name, number] : numbers) {
        text += json_ ? ",\"" + std::string(name) + "\":" : " " + std::string(name) + "=";
        text += std::to_string(number);
    }
    std::printf("%s%s\n", text.c_str(), json_ ? "}" : "");
    std::fflush(stdout);
}

}  // namespace treeline
