#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The long versions of what ctest does to the database in seconds: every operation on the file fails,
# is the last before a kill or a loss of power; thousands of kills; then, for M minutes in all, a
# daemon that is killed again and again while imports run, and a reader that holds a transaction
# for half of that. Ends by itself, a few minutes past its time at the latest; prints a table.
#   tests/soak/store.sh [--minutes M]     M: 10 unless told; a night: 600
set -eu
cd "$(dirname "$0")/../.."

minutes=10
case ${1:-} in
"") ;;
--minutes) minutes=${2:?--minutes wants a number} ;;
*)
	echo "usage: tests/soak/store.sh [--minutes M]" >&2
	exit 2
	;;
esac
preset=${RACKMETER_PRESET:-dev}
mkdir -p build
if ! { cmake --preset "$preset" && cmake --build --preset "$preset"; } >build/soak.log 2>&1; then
	tail -n 30 build/soak.log >&2
	exit 1
fi
tests=build/$preset/tests
began=$(date +%s)

failed=0
result() { # WHAT STATUS
	[ "$2" -eq 0 ] && said=fine || { said=FAILED; failed=1; }
	echo "| $1 | $(($(date +%s) - began)) | $said |"
}
run() { # WHAT COMMAND...
	what=$1
	shift
	began=$(date +%s)
	status=0
	nice -n 10 "$@" >build/soak-step.log 2>&1 || status=$?
	[ "$status" -eq 0 ] || tail -n 30 build/soak-step.log >&2
	result "$what" "$status"
}

echo "| what | seconds | result |"
echo "|---|---|---|"
run "each operation fails" env RACKMETER_EVERY=1 timeout 1800 "$tests/unit_store_test_faults"
run "a kill and a loss of power at each operation" \
	env RACKMETER_EVERY=1 timeout 1800 "$tests/unit_store_test_crash_points"
run "$((minutes * 20)) kills of a writer" \
	env RACKMETER_ROUNDS=$((minutes * 20)) timeout $((minutes * 60 + 600)) \
	"$tests/unit_store_test_crash"
run "a daemon, killed for $minutes minutes" env "RACKMETER_BUILD=$PWD/build/$preset" \
	"RACKMETER_SOAK_MINUTES=$minutes" timeout $((minutes * 60 + 600)) \
	/usr/bin/python3 -B tests/soak/store.py Soak.test_kills
run "a reader that holds on for $((minutes / 2)) minutes" \
	env "RACKMETER_BUILD=$PWD/build/$preset" "RACKMETER_SOAK_MINUTES=$minutes" \
	timeout $((minutes * 60 + 600)) python3 -B tests/soak/store.py Soak.test_reader
exit "$failed"
