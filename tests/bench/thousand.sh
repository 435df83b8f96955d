#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds the release preset and polls 1,000 simulated PDUs every 10 s for two minutes. Prints the
# figures and their row for tests/bench/RESULTS.md; writes nothing.
set -eu
cd "$(dirname "$0")/../.."
mkdir -p build
if ! { cmake --preset release -DRACKMETER_TESTS=ON &&
	cmake --build --preset release --target rackmeterd rackmeter rackmeter-sim; } \
	>build/bench.log 2>&1; then
	tail -n 30 build/bench.log >&2
	exit 1
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
${CC:-cc} -std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -Wshadow -Wconversion -Werror \
	-o "$dir/udp_floor" tests/bench/udp_floor.c
RACKMETER_BUILD=$PWD/build/release RACKMETER_SOURCE=$PWD UDP_FLOOR=$dir/udp_floor \
	/usr/bin/python3 -B tests/bench/thousand.py
