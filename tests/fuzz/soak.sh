#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs the fuzz targets for long: builds the fuzz preset (clang, libFuzzer, ASan and UBSan) and
# gives every target N executions, two targets at a time, or divides M minutes among them. Stops
# at the first finding, whose input is kept. Prints a table in Markdown.
#   tests/fuzz/soak.sh [N | --minutes M] [TARGET...]    N: 10000000 unless told
# New inputs are collected in $RACKMETER_SOAK (build/soak), so that a run begins where the last
# one ended; the committed corpora stay as they are.
set -eu
cd "$(dirname "$0")/../.."

runs=10000000 minutes=
case ${1:-} in
--minutes)
	minutes=${2:?--minutes wants a number}
	shift 2
	;;
[0-9]*)
	runs=$1
	shift
	;;
esac
if ! command -v clang >/dev/null; then
	echo "SKIPPED: clang is not installed (apt-get install clang)"
	exit 77
fi

dir=${RACKMETER_SOAK:-build/soak}
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
if ! { cmake --preset fuzz -DRACKMETER_UNIT_TESTS=OFF && cmake --build --preset fuzz; } \
	>"$dir/build.log" 2>&1; then
	tail -n 30 "$dir/build.log" >&2
	echo "the fuzz build failed; all of it is in $dir/build.log" >&2
	exit 1
fi

targets=$*
if [ -z "$targets" ]; then
	for source in tests/fuzz/fuzz_*.c; do
		name=${source#tests/fuzz/fuzz_}
		targets="$targets ${name%.c}"
	done
fi
if [ -n "$minutes" ]; then
	# two at a time: each has twice its share of the clock
	n=$(echo $targets | wc -w)
	seconds=$((minutes * 60 * 2 / n))
	limit="-max_total_time=$((seconds > 0 ? seconds : 1))"
else
	limit="-runs=$runs"
fi

# A reader that takes seconds for a few kB, or memory without end, is a finding as well.
export ASAN_OPTIONS="detect_leaks=1:allocator_may_return_null=1"
export UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1"
rm -f "$dir"/*.done "$dir/stop"
begin() { # TARGET: runs it in the background
	name=$1
	more=$(sed -n 's/^.*replay: //p' "tests/fuzz/fuzz_$name.c" | head -n 1)
	mkdir -p "$dir/$name"
	(
		status=0
		# shellcheck disable=SC2086
		nice -n 10 "build/fuzz/tests/fuzz/fuzz_$name" "$dir/$name" "tests/fuzz/corpus/$name" \
			$more $limit -max_len=4096 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
			-artifact_prefix="$dir/$name-" >"$dir/$name.log" 2>&1 || status=$?
		echo "$status" >"$dir/$name.done"
		[ "$status" -eq 0 ] || touch "$dir/stop"
	) &
}

# Two lanes, each with every second target.
lane() { # FIRST
	i=0
	for target in $targets; do
		i=$((i + 1))
		[ $((i % 2)) -eq "$1" ] || continue
		[ ! -e "$dir/stop" ] || break
		begin "$target"
		wait
	done
}
lane 1 &
first=$!
lane 0 &
second=$!
wait "$first" "$second"

stat() { # LOG NAME
	sed -n "s/^stat::$2: *//p" "$1" | tail -n 1
}
failed=0
echo "| target | executions | executions/s | findings |"
echo "|---|---|---|---|"
for target in $targets; do
	log="$dir/$target.log"
	if [ ! -e "$dir/$target.done" ]; then
		echo "| $target | 0 | | not run: stopped before |"
	elif [ "$(cat "$dir/$target.done")" -eq 0 ]; then
		echo "| $target | $(stat "$log" number_of_executed_units) |" \
			"$(stat "$log" average_exec_per_sec) | 0 |"
	else
		echo "| $target | $(stat "$log" number_of_executed_units) |" \
			"$(stat "$log" average_exec_per_sec) | 1 |"
		grep -E 'ERROR|SUMMARY|Test unit written' "$log" >&2 || true
		failed=1
	fi
done
exit "$failed"
