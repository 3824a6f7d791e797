#!/usr/bin/env bash
# Installs what is missing to build and test Treeline on Debian 12. Does nothing where all is there.
set -euo pipefail

packages=(
    # compiler, linker, build
    clang-19 lld-19 clang-tidy-19 clang-format-19 libclang-rt-19-dev llvm-19 g++
    cmake ninja-build ccache pkg-config
    # libraries
    libboost1.81-dev libboost-json1.81-dev libssl-dev protobuf-compiler libprotobuf-dev
    librocksdb-dev libspdlog-dev libsodium-dev libcli11-dev libtomlplusplus-dev prometheus-cpp-dev
    liburing-dev
    # tests; instructions and system calls counted by tests/bench/gate.sh
    valgrind strace binutils
    libgtest-dev libgmock-dev librapidcheck-dev libbenchmark-dev python3-aiosmtpd
    # what Treeline is compared with (tests/bench/compare.sh)
    mosquitto
    # the outside
    ca-certificates curl openssl git
)
# Node may have come from elsewhere, and Debian's npm would conflict with it.
command -v node >/dev/null || packages+=(nodejs)
command -v npm >/dev/null || packages+=(npm)

is_installed() {
    [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

missing=()
for package in "${packages[@]}"; do
    is_installed "$package" || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
    echo "everything is installed"
    exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "run as root, or install sudo: ${missing[*]}" >&2; exit 77; }
    as_root=(sudo)
fi
echo "installing ${missing[*]}"
"${as_root[@]}" apt-get update
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install --yes --no-install-recommends "${missing[@]}"
