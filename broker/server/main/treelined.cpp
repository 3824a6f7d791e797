// treelined, the server.
#include "broker/server/command_line.hpp"

int main(int argc, char** argv) {
    return treeline::run_command_line(argc, argv);
}
