#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs what the tests need, builds and runs them all: first the sanitizers, then valgrind,
# last the main suite, so that ctest's summary of it is the last thing printed.
#   tests/run.sh          what CI runs, under 15 minutes on two cores
#   tests/run.sh --quick  the main suite alone
#   tests/run.sh --full   everything under the sanitizers; adds Chromium for HTML reports, zsh and
#                         fish, Grafana's types for the dashboards (npm), the long benchmark runs
#                         and soaks: hours
set -eu
cd "$(dirname "$0")/.."
# shellcheck source=packaging/packages.sh
. packaging/packages.sh

mode=${1:-}
case $mode in
"" | --quick | --full) ;;
*) say "usage: tests/run.sh [--quick | --full]"; exit 2 ;;
esac

# shellcheck disable=SC2086
install_packages $BUILD_PACKAGES $TEST_PACKAGES
if [ "$mode" = --full ]; then
	# shellcheck disable=SC2086
	install_packages $FULL_PACKAGES
	command -v npm >/dev/null 2>&1 || install_packages nodejs npm
	(cd tests/dashboards/schema && npm ci --silent)
fi

# Real walks, register images and worked examples, when they lie beside the checkout or where these
# point.
captures=$(dirname "$PWD")/shared
[ -n "${RACKMETER_DEVICES:-}" ] || [ ! -d "$captures/devices" ] || RACKMETER_DEVICES=$captures/devices
[ -n "${RACKMETER_MODBUS:-}" ] || [ ! -d "$captures/modbus" ] || RACKMETER_MODBUS=$captures/modbus
[ -n "${RACKMETER_EXAMPLES:-}" ] || [ ! -d "$captures/examples" ] ||
	RACKMETER_EXAMPLES=$captures/examples
for name in RACKMETER_DEVICES RACKMETER_MODBUS RACKMETER_EXAMPLES; do
	eval "value=\${$name:-}"
	if [ -n "$value" ]; then
		export "${name?}"
	else
		say "note: $name is not set: what it is for will be SKIPPED"
	fi
done

mkdir -p build
build() { # PRESET
	say "== building $1"
	if ! { cmake --preset "$1" && cmake --build --preset "$1"; } >"build/$1.log" 2>&1; then
		tail -n 40 "build/$1.log" >&2
		say "the build failed; all of it is in build/$1.log"
		exit 1
	fi
}
suite() { # PRESET ctest arguments...: prints its output only when a test failed
	preset=$1
	shift
	say "== testing $preset"
	if ! ctest --preset "$preset" --repeat until-pass:2 "$@" >"build/$preset-tests.log" 2>&1; then
		cat "build/$preset-tests.log"
		exit 1
	fi
	grep -E 'tests passed|Skipped' "build/$preset-tests.log" >&2 || true
}

export ASAN_OPTIONS="detect_leaks=1:abort_on_error=0:strict_string_checks=1"
export UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1"
export TSAN_OPTIONS="halt_on_error=1:second_deadlock_stack=1"

# A second try tells a machine that was slow for a moment from a defect; ctest shows both.
# System tests wait for polls more than they compute: four at a time on two cores. TSan runs
# where threads meet; --full runs everything under it.
if [ "$mode" != --quick ]; then
	build asan
	# Of whole programs those that meet bytes from outside; the main suite has them all.
	if [ "$mode" = --full ]; then
		suite asan -LE 'lint|solo' -j 4
	else
		suite asan -LE solo -j 4 \
			-R '^unit/|^fuzz/|/test_(alarms|demo|export|faults|hostile|pymodbus|reload|snmpd)$'
	fi
	build tsan
	# Faults of the disk meet one thread: under TSan a few of them do.
	export RACKMETER_EVERY=79
	if [ "$mode" = --full ]; then
		suite tsan -L 'unit|system' -LE solo -j 4
	else
		suite tsan -LE solo -j 4 \
			-R '/(daemon|transport)/|/test_(crash|demo|faults|metrics|reload|serial|writer)$'
	fi
	unset RACKMETER_EVERY
fi
build dev
if [ "$mode" != --quick ]; then
	say "== valgrind on the demo's path"
	sh tests/valgrind.sh build/dev
	say "== fuzzing for a minute"
	status=0
	sh tests/fuzz/soak.sh --minutes 1 >&2 || status=$? # 77: no clang; the corpora were replayed
	[ "$status" -eq 0 ] || [ "$status" -eq 77 ] || exit "$status"
fi
if [ "$mode" = --full ]; then
	for script in tests/bench/*.sh tests/soak/*.sh; do
		say "== $script"
		status=0
		sh "$script" || status=$? # 77: what it needs is not here
		[ "$status" -eq 0 ] || [ "$status" -eq 77 ] || exit "$status"
	done
fi
say "== testing dev"
exec ctest --preset dev --repeat until-pass:2 -j 4
