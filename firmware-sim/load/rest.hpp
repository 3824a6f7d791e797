// Many calls of the platform API at once, over a few connections.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include <boost/json/value.hpp>

#include "firmware-sim/load/wires.hpp"

namespace treeline::load {

// One thread. A call that is answered with anything but success ends the run; one that the server
// had no room for (429, 503) is asked again.
class Rest : private Wires::Listener {
  public:
    using Take = std::function<void(const boost::json::value& answer)>;
    struct Call {
        std::string method;
        std::string path;  // below /api/v1
        std::string token;
        std::string body;
        Take take;  // may ask for more
        unsigned tries = 0;
    };

    Rest(const Target& target, std::size_t connections);
    void ask(Call call) { waiting_.push_back(std::move(call)); }
    // Until every call is answered. Empty, or what went wrong.
    std::string run(std::int64_t time_us_max);

  private:
    struct Line {  // of one connection
        Call call;
        bool is_busy = false;
        bool is_connecting = false;
        std::string buffer;
    };

    void opened(std::size_t wire) override;
    void received(std::size_t wire, std::string_view bytes) override;
    void lost(std::size_t wire, const std::string& why) override;
    void start(std::size_t wire);
    void answered(std::size_t wire, unsigned status, std::string_view body);
    void again(Call call, const std::string& why);

    const Target& target_;
    Wires wires_;
    std::vector<Line> lines_;
    std::deque<Call> waiting_;
    std::int64_t pause_until_us_ = 0;  // the server had no room
    std::string failure_;
};

}  // namespace treeline::load
