#!/usr/bin/env bash
# From nothing to a working broker with a tree, users, devices and apps to look at.
#   deploy/demo.sh          goes on until Ctrl-C, and says how to connect your own device and app
#   deploy/demo.sh --once   shows all of it once and ends; 0 when nothing crossed a border
# The preset that is built comes from the environment's TREELINE_PRESET (release).
set -euo pipefail
cd "$(dirname "$0")/.."
preset=${TREELINE_PRESET:-release}

if [ -z "${TREELINE_INSTALLED:-}" ]; then
    ./deploy/install.sh
fi
./deploy/node_modules.sh
export CCACHE_BASEDIR="$PWD" CCACHE_NOHASHDIR=1
if [ ! -f "build/$preset/build.ninja" ]; then
    cmake --preset "$preset" --log-level=WARNING
fi
cmake --build "build/$preset" --target treelined treeline-sim
export TREELINED="$PWD/build/$preset/treelined"
export TREELINE_SIM="$PWD/build/$preset/treeline-sim"
exec node deploy/demo/demo.mjs "$@"
