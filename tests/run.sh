#!/usr/bin/env bash
# The whole suite, from a clean clone on Debian 12: installs, builds, tests, and says how long each
# stage took.
#   tests/run.sh         what every change must pass
#   tests/run.sh fast    build dev; unit, property, conformance, sim and house tests: the inner loop
# The last line is `N passed, N failed`, counted over the tests of every stage.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
mode=${1:-all}
case $mode in all | fast) ;; *) echo "usage: tests/run.sh [fast]" >&2; exit 64 ;; esac

export CCACHE_BASEDIR="$PWD" CCACHE_NOHASHDIR=1
reports="$PWD/build/reports"
jobs=$(nproc)
patience=1200  # seconds for one test program, npm's clients, the demo: what hangs fails
patiently="timeout --foreground --kill-after=60 $patience"
slow='^(e2e|live|matrix|revocation|crash|fuzz|bench)'  # names of test programs
summary=()
passed=0
failed=0
total_start=$SECONDS

# stage NAME COMMAND…: runs it in a shell of its own. The commands chain with && (bash ignores
# `set -e` wherever a status is asked for).
stage() {
    local name=$1 start=$SECONDS status verdict=ok
    shift
    printf '\n==> %s\n' "$name"
    ("$@")
    status=$?
    if [ $status -ne 0 ]; then
        verdict="FAILED ($status)"
        failed_stages+=("$name")
    fi
    summary+=("$(printf '%5d s  %-44s %s' $((SECONDS - start)) "$name" "$verdict")")
    printf '<== %s: %s, %d s\n' "$name" "$verdict" $((SECONDS - start))
    return $status
}
failed_stages=()

# build PRESET [TARGET…]
build() {
    local preset=$1
    shift
    cmake --preset "$preset" --log-level=WARNING &&
        cmake --build "build/$preset" ${1:+--target "$@"}
}

# run_ctest PRESET STAGE ARGUMENTS…: each program leaves a report that finish() counts. `${jobs}` at a time.
run_ctest() {
    local preset=$1 name=$2
    shift 2
    mkdir -p "$reports/$name"
    GTEST_OUTPUT="xml:$reports/$name/" TREELINED="$PWD/build/$preset/treelined" \
        ctest --test-dir "build/$preset" --output-on-failure --no-tests=error \
        --timeout $patience "$@" |
        tee "$reports/$name/ctest.log"
}

node_tests() {
    mkdir -p "$reports/node"
    ./deploy/node_modules.sh && cd tests/e2e/node || return
    local status=0  # no pipe: what outlives a hung test would hold it open
    TREELINED=build/dev/treelined $patiently node --test --test-timeout=300000 test/*.test.mjs \
        >"$reports/node/node.log" || status=$?
    cat "$reports/node/node.log"
    return $status
}

sanitizer_options() {
    export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1
    export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
    export TSAN_OPTIONS="suppressions=$PWD/tests/tsan.supp:halt_on_error=1:second_deadlock_stack=1"
}

check_format() {
    find base proto net storage broker firmware-sim cli tests -name node_modules -prune -o \
        \( -name '*.cpp' -o -name '*.hpp' \) -print0 |
        xargs -0 -n 20 -P "$jobs" clang-format-19 --dry-run -Werror
}

check_tidy() {
    find base proto broker/{domain,authority,identity,session,hub} -name '*.cpp' -print0 |
        xargs -0 -n 2 -P "$jobs" clang-tidy-19 -p build/dev --quiet
}

demo_once() {
    TREELINE_INSTALLED=1 TREELINE_PRESET=dev $patiently ./deploy/demo.sh --once
}

# The sum of the attribute over the reports' outermost elements.
sum_of() {
    cat "$reports"/*/*.xml 2>/dev/null | grep -o '<testsuites [^>]*' | grep -oE " $1=\"[0-9]+\"" |
        grep -oE '[0-9]+' | awk '{ sum += $1 } END { print sum + 0 }'
}

node_sum_of() {
    grep -E "^(#|ℹ) $1 [0-9]+" "$reports/node/node.log" 2>/dev/null |
        awk '{ sum += $3 } END { print sum + 0 }'
}

# A stage that failed without a failing test (a build, a crash before the report) counts as one.
count() {
    local failures
    failures=$(($(sum_of failures) + $(sum_of errors)))
    passed=$(($(sum_of tests) - failures + $(node_sum_of pass)))
    failed=$((failures + $(node_sum_of fail)))
    if [ "$failed" -eq 0 ]; then
        failed=${#failed_stages[@]}
    fi
}

finish() {
    count
    printf '\nStages\n'
    printf '%s\n' "${summary[@]}"
    printf '%5d s  in all\n' $((SECONDS - total_start))
    [ ${#failed_stages[@]} -eq 0 ] || printf 'failed: %s\n' "${failed_stages[@]}"
    printf '%d passed, %d failed\n' "$passed" "$failed"
    [ ${#failed_stages[@]} -eq 0 ] && [ "$failed" -eq 0 ]
    exit $?
}

rm -rf "$reports"
mkdir -p "$reports"
sanitizer_options

if [ "$mode" != fast ]; then
    stage "install" ./deploy/install.sh || finish
fi
stage "build dev" build dev || finish
stage "unit, property, conformance, sim, house" run_ctest dev unit -j "$jobs" -E "$slow"
[ "$mode" != fast ] || finish

stage "format" check_format
stage "docs/cases.md names the tests there are" node tests/cases.mjs --check
stage "every header alone" build dev headers_alone
stage "clang-tidy of the pure rooms" check_tidy
stage "g++ 12 warnings of the pure rooms" build gcc treeline_base treeline_proto treeline_domain \
    treeline_identity treeline_authority treeline_session treeline_hub
stage "end to end: clients from npm, curl" node_tests
stage "end to end: live sockets, matrix, crashes" run_ctest dev live -R "$slow" -E '^(fuzz|bench)'
stage "demo --once" demo_once
if stage "build asan" build asan; then
    stage "asan+ubsan: everything but bench" run_ctest asan asan -E '^(fuzz|bench|house)'
    stage "fuzz: 10 s each" run_ctest asan fuzz -j "$jobs" -R '^fuzz_'
fi
stage "bench gate: instructions, system calls, resident bytes" ./tests/bench/gate.sh
raced=(unit_base unit_storage unit_hub unit_registry sim)
if stage "build tsan" build tsan "${raced[@]}"; then
    stage "tsan: mailbox, writer, hub, registry, sim" run_ctest tsan tsan -R "^($(IFS='|'; echo "${raced[*]}"))\$"
fi
finish
