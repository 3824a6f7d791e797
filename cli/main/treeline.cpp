// treeline: the operator's client of the platform API.
#include "cli/run.hpp"
#include "cli/terminal.hpp"

int main(int argc, char** argv) {
    treeline::cli::Outside outside = treeline::cli::real_outside();
    return treeline::cli::run(argc, argv, outside);
}
