# SPDX-License-Identifier: Apache-2.0
# Sourced by the scripts beside it: builds the release preset with the benchmarks, or takes the
# build that RACKMETER_BUILD names.
if [ -z "${RACKMETER_BUILD:-}" ]; then
	mkdir -p build
	if ! { cmake --preset release -DRACKMETER_TESTS=ON &&
		cmake --build --preset release; } >build/bench.log 2>&1; then
		tail -n 30 build/bench.log >&2
		exit 1
	fi
	RACKMETER_BUILD=$PWD/build/release
fi
export RACKMETER_BUILD
