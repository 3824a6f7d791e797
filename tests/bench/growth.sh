#!/usr/bin/env bash
# How Treeline's cost grows with devices, watchers, orgs, shards and load, as tables and plots.
#   tests/bench/growth.sh [--quick] [--rounds N] [--json FILE] [--svg DIR] [--only NAME,…]
#   tests/bench/growth.sh --from FILE [--svg DIR]    from an earlier --json, nothing is measured
# Medians of three rounds; at most 8 minutes (--quick: 90 s). NAME: devices watchers orgs shards
# latency p50 memory. Ends with 1 when a single message was misrouted.
set -euo pipefail
here=$PWD
cd "$(dirname "$0")/../.."
preset=${TREELINE_PRESET:-release}

case " $* " in
*" --from"*) ;;
*)
    if [ -z "${TREELINE_INSTALLED:-}" ]; then
        ./deploy/install.sh
    fi
    export CCACHE_BASEDIR="$PWD" CCACHE_NOHASHDIR=1
    cmake --preset "$preset" --log-level=WARNING
    cmake --build "build/$preset" --target treelined treeline-sim bench_limit
    ;;
esac
export TREELINE_BUILD="$PWD/build/$preset" TREELINE_CALLER="$here"
exec node tests/bench/growth/growth.mjs "$@"
