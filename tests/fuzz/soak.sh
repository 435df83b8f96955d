#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs the fuzz targets for long: builds the fuzz preset (clang, libFuzzer, ASan and UBSan) and
# gives every target N executions, two targets at a time, or divides M minutes among them. Stops
# at the first finding, whose input is kept. Prints a table in Markdown.
#   tests/fuzz/soak.sh [N | --minutes M] [TARGET...]    N: 10000000 unless told
# Inputs are up to 4096 bytes long, or as a target's comment says in `max_len: N`.
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
dir=${RACKMETER_SOAK:-build/soak}
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
rm -f "$dir"/*.log "$dir"/*.done "$dir"/pid.* "$dir/stop"
# Debian's clang comes without its runtime when recommended packages are left out.
if ! echo 'int LLVMFuzzerTestOneInput(void); int LLVMFuzzerTestOneInput(void) { return 0; }' |
	clang -x c -fsanitize=fuzzer,address,undefined -o "$dir/works" - >/dev/null 2>&1; then
	echo "SKIPPED: there is no clang with libFuzzer (Debian: clang and libclang-rt-dev)"
	exit 77
fi

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
run() { # TARGET LANE
	more=$(sed -n 's/^.*replay: //p' "tests/fuzz/fuzz_$1.c" | head -n 1)
	longest=$(sed -n 's/^.*max_len: //p' "tests/fuzz/fuzz_$1.c" | head -n 1)
	mkdir -p "$dir/$1"
	# shellcheck disable=SC2086
	nice -n 10 "build/fuzz/tests/fuzz/fuzz_$1" "$dir/$1" "tests/fuzz/corpus/$1" $more "$limit" \
		"-max_len=${longest:-4096}" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
		-artifact_prefix="$dir/$1-" >"$dir/$1.log" 2>&1 &
	echo $! >"$dir/pid.$2"
	status=0
	wait $! || status=$?
	echo "$status" >"$dir/$1.done"
	[ "$status" -eq 0 ]
}
lane() { # LANE OTHER: every second target
	i=0
	for target in $targets; do
		i=$((i + 1))
		if [ $((i % 2)) -ne "$1" ] || [ -e "$dir/stop" ]; then
			continue
		fi
		if ! run "$target" "$1"; then
			touch "$dir/stop"
			kill "$(cat "$dir/pid.$2")" 2>/dev/null || true
		fi
	done
	rm -f "$dir/pid.$1"
}
interrupted=72 # libFuzzer's exit status after a SIGTERM
lane 0 1 &
other=$!
lane 1 0
wait "$other"

stat() { # LOG NAME
	sed -n "s/^stat::$2: *//p" "$1" 2>/dev/null | tail -n 1
}
failed=0
echo "| target | executions | executions/s | findings |"
echo "|---|---|---|---|"
for target in $targets; do
	log="$dir/$target.log"
	status=$(cat "$dir/$target.done" 2>/dev/null || echo none)
	case $status in
	none) found="not run: stopped before" ;;
	0) found=0 ;;
	"$interrupted") found="0, stopped early" ;;
	*)
		found=1
		failed=1
		grep -E 'ERROR|SUMMARY|Test unit written' "$log" >&2 || true
		;;
	esac
	echo "| $target | $(stat "$log" number_of_executed_units) |" \
		"$(stat "$log" average_exec_per_sec) | $found |"
done
exit "$failed"
