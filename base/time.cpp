#include "base/time.hpp"

#include "base/wall_keeper.hpp"

namespace treeline {

namespace {

WallKeeper keeper;

}  // namespace

Now read_clock() {
    using std::chrono::floor;
    // The wall first: a thread that is set aside between the two finds too small an offset, which
    // is forgotten. The other way round it would find too great a one, and keep it for ever: all
    // windows would end early by the longest such pause.
    const auto wall = floor<Millis>(std::chrono::system_clock::now());
    const auto steady = floor<Millis>(std::chrono::steady_clock::now());
    return keeper.keep(wall, steady);
}

}  // namespace treeline
