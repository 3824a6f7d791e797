// treeline-sim: simulated devices against a broker.
#include <cstdio>

#include "firmware-sim/fleet.hpp"

int main(int argc, char** argv) {
    std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
    const auto command_line = treeline::parse_command_line(argc, argv);
    if (!command_line.plan) {
        return command_line.exit_code;
    }
    return treeline::Fleet(*command_line.plan).run();
}
