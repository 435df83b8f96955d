#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The path of the demo under valgrind: a small hall with its three troubles is polled, reloaded,
# stopped and reported. Any error or leak fails. Usage: tests/valgrind.sh BUILD
set -eu
cd "$(dirname "$0")/.."
build=${1:-build/dev}
case $build in /*) ;; *) build=$PWD/$build ;; esac
command -v valgrind >/dev/null || { echo "SKIPPED: valgrind is not installed"; exit 77; }
dir=$(mktemp -d)
sim_pid=""
stop() {
	[ -z "$sim_pid" ] || { kill "$sim_pid" 2>/dev/null && wait "$sim_pid"; } || true
	rm -rf "$dir"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# STATUS PROGRAM ARGUMENTS...: what it prints is shown only when it ends otherwise, or when
# valgrind finds something, which ends it with 99.
checked() {
	wanted=$1
	shift
	status=0
	valgrind --quiet --leak-check=full --show-leak-kinds=definite,indirect,possible \
		--errors-for-leak-kinds=definite,indirect,possible --error-exitcode=99 \
		"$@" >"$dir/out" 2>&1 || status=$?
	[ "$status" -ne "$wanted" ] || return 0
	cat "$dir/out"
	echo "valgrind: $* ended with $status, not $wanted"
	exit 1
}

# Ports of this process alone, between those of the system tests and those the kernel hands out
# (from 32768 on).
snmp_port=$((30000 + $$ % 1300))
modbus_port=$((snmp_port + 1300))
python3 -B tests/sim/make_hall.py "$dir" --racks 6 --rows 2 --every 2s --story \
	--snmp-port "$snmp_port" --modbus-port "$modbus_port"
mkfifo "$dir/ready"
"$build/tests/sim/rackmeter-sim" --snmp-port "$snmp_port" --modbus-port "$modbus_port" \
	--for 300 "$dir/scene/scene" >"$dir/ready" &
sim_pid=$!
read -r ready <"$dir/ready"
case $ready in ready*) ;; *) echo "the simulator did not start"; exit 1 ;; esac

checked 0 "$build/collector/rackmeter" check config --dir "$dir/config"
checked 0 "$build/collector/rackmeterd" --config "$dir/config" --run-for 14
python3 -B - "$dir/rackmeter.db" <<'PY'
import sqlite3
import sys
rows = sqlite3.connect(sys.argv[1]).execute("SELECT count(*) FROM hot").fetchone()[0]
sys.exit(0 if rows > 30 else f"valgrind: only {rows} rows were stored: this run proves nothing")
PY
checked 0 "$build/collector/rackmeter" report pue --db "$dir/rackmeter.db" --last 1m
checked 0 "$build/collector/rackmeter" report racks --db "$dir/rackmeter.db" --last 1m --format json
checked 2 "$build/collector/rackmeter" status --db "$dir/rackmeter.db"
checked 0 "$build/collector/rackmeter" probe "snmp://127.1.0.1:$snmp_port"
checked 1 "$build/collector/rackmeter" probe walk:tests/valgrind.sh
echo "valgrind: no error and no leak (rackmeterd, check, report, status, probe)"
