// treeline-sim: simulated devices against a broker, or a load test of it.
#include <cstdio>
#include <string_view>

#include "firmware-sim/fleet.hpp"
#include "firmware-sim/load/load.hpp"

namespace {

int load(int argc, char** argv) {
    const auto command_line = treeline::load::parse_load_command_line(argc, argv);
    return command_line.plan ? treeline::load::run_load(*command_line.plan)
                             : command_line.exit_code;
}

}  // namespace

int main(int argc, char** argv) {
    std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
    if (argc > 1 && std::string_view(argv[1]) == "load") {
        return load(argc - 1, argv + 1);
    }
    const auto command_line = treeline::parse_command_line(argc, argv);
    if (!command_line.plan) {
        return command_line.exit_code;
    }
    return treeline::Fleet(*command_line.plan).run();
}
