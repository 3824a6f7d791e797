#!/usr/bin/env bash
# treelined on a directory of 100,000 orgs, 1 million users and 1 million devices, driven live.
#   tests/bench/big_tree.sh [--quick] [--rounds N] [--only STEP,…] [--json FILE] [--shards N]
#                           [--tree ORGS,USERS,DEVICES] [--work FOLDER] [--fresh]
# Steps: start settle saturation loaded push storm. At most 15 minutes (--quick: 8), the writing of the
# directory (kept in FOLDER, below /tmp) included. Ends with 1 when a single message was misrouted.
set -euo pipefail
here=$PWD
cd "$(dirname "$0")/../.."
preset=${TREELINE_PRESET:-release}

if [ -z "${TREELINE_INSTALLED:-}" ]; then
    ./deploy/install.sh
fi
export CCACHE_BASEDIR="$PWD" CCACHE_NOHASHDIR=1
cmake --preset "$preset" --log-level=WARNING
cmake --build "build/$preset" --target treelined treeline-sim bench_scale
export TREELINE_BUILD="$PWD/build/$preset" TREELINE_CALLER="$here"
exec node tests/bench/big_tree/big_tree.mjs "$@"
