#!/usr/bin/env bash
# What no noise can hide: instructions, system calls and resident bytes, held against the bounds in
# tests/bench/gate.json (a tenth above what was reached). Part of tests/run.sh; at most two minutes.
#   tests/bench/gate.sh [--json FILE]
set -euo pipefail
here=$PWD
cd "$(dirname "$0")/../.."
preset=${TREELINE_PRESET:-release}

export CCACHE_BASEDIR="$PWD" CCACHE_NOHASHDIR=1
cmake --preset "$preset" --log-level=WARNING
cmake --build "build/$preset" --target treelined treeline-sim
export TREELINE_BUILD="$PWD/build/$preset" TREELINE_CALLER="$here"
exec timeout --foreground --kill-after=60 600 node tests/bench/gate/gate.mjs "$@"
