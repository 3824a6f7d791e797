// What the simulator says on standard output: lines for people or for programs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "firmware-sim/conversation.hpp"

namespace treeline {

struct SimTotals {
    std::uint64_t written = 0;
    std::uint64_t downlinks = 0;
    std::uint64_t restored = 0;
    std::uint64_t refused = 0;
    std::uint64_t connects = 0;
    std::uint64_t losses = 0;
    std::size_t online = 0;
    std::size_t given_up = 0;
};

// Never prints a token. Owned by the fleet.
class Reporter {
  public:
    Reporter(bool json, bool quiet) : json_(json), quiet_(quiet) {}

    void event(std::size_t device, const SimEvent& event) const;
    void lost(std::size_t device, std::string_view why) const;
    void gave_up(std::size_t device) const;
    void summary(const SimTotals& totals, std::size_t devices) const;

  private:
    void line(std::size_t device, std::string_view what, std::string_view details_json,
              std::string_view details_text) const;

    bool json_;
    bool quiet_;
};

// As the inside of a JSON string; bytes that are not printable ASCII as \u00XX.
std::string json_escaped(std::string_view text);

}  // namespace treeline
