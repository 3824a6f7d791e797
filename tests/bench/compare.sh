#!/usr/bin/env bash
# Treeline, Mosquitto and the bare TLS forwarder, driven in turn by one generator on this machine.
#   tests/bench/compare.sh [--quick] [--rounds N] [--json FILE] [--shards N] [--only MEASURE,…]
# Prints medians and ratios; at most 12 minutes (--quick: 2). Server and generator each have a core.
# Ends with 1 when a single message was misrouted.
set -euo pipefail
here=$PWD
cd "$(dirname "$0")/../.."
preset=${TREELINE_PRESET:-release}

if [ -z "${TREELINE_INSTALLED:-}" ]; then
    ./deploy/install.sh
fi
export CCACHE_BASEDIR="$PWD" CCACHE_NOHASHDIR=1
cmake --preset "$preset" --log-level=WARNING
cmake --build "build/$preset" --target treelined treeline-sim bench_limit
export TREELINE_BUILD="$PWD/build/$preset" TREELINE_CALLER="$here"
exec node tests/bench/compare/compare.mjs "$@"
