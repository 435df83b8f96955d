#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# From a fresh Debian 12 (or newer) to a report: installs what is missing, builds, starts a
# simulated hall on loopback, polls it for about 30 s and prints its PUE and the load of every
# rack. Everything it starts ends with it; what it writes is in build/ and demo/.
set -eu
cd "$(dirname "$0")/.."
# shellcheck source=packaging/packages.sh
. packaging/packages.sh

POLL_S=${RACKMETER_DEMO_SECONDS:-30}
SNMP_PORT=${RACKMETER_DEMO_SNMP_PORT:-16161}
MODBUS_PORT=${RACKMETER_DEMO_MODBUS_PORT:-16502}
sim_pid="" daemon_pid=""

stop() {
	for pid in $daemon_pid $sim_pid; do
		{ kill -TERM "$pid" 2>/dev/null && wait "$pid"; } || true
	done
	daemon_pid="" sim_pid=""
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

fail() {
	say "quickstart: $*"
	if [ -s demo/rackmeterd.log ]; then
		say "the last lines of demo/rackmeterd.log:"
		tail -n 15 demo/rackmeterd.log >&2
	fi
	exit 1
}

# shellcheck disable=SC2086
install_packages $BUILD_PACKAGES

say "building (build/release)"
mkdir -p build
if ! { cmake --preset release -DRACKMETER_TESTS=ON -DRACKMETER_UNIT_TESTS=OFF &&
	cmake --build --preset release; } >build/quickstart.log 2>&1; then
	tail -n 30 build/quickstart.log >&2
	say "quickstart: the build failed; all of it is in build/quickstart.log"
	exit 1
fi
bin=build/release/collector

say "a hall of 24 racks: A and B rack PDU and a BMC each, utility, UPS and cooling meters"
rm -rf demo
mkdir -p demo
python3 -B tests/sim/make_hall.py demo --story --every 2s \
	--snmp-port "$SNMP_PORT" --modbus-port "$MODBUS_PORT"
"$bin/rackmeter" check config --dir demo/config

mkfifo demo/ready
build/release/tests/sim/rackmeter-sim --snmp-port "$SNMP_PORT" --modbus-port "$MODBUS_PORT" \
	--for $((POLL_S + 120)) demo/scene/scene >demo/ready &
sim_pid=$!
read -r ready <demo/ready || fail "the simulator did not start; ports $SNMP_PORT and $MODBUS_PORT" \
	"in use? Set RACKMETER_DEMO_SNMP_PORT and RACKMETER_DEMO_MODBUS_PORT to free ones"
rm -f demo/ready
say "simulator: $ready"

say "polling every 2 s for $POLL_S s"
"$bin/rackmeterd" --dir demo/config --run-for "$POLL_S" >demo/rackmeterd.log 2>&1 &
daemon_pid=$!
status=0
wait "$daemon_pid" || status=$?
daemon_pid=""
[ "$status" -eq 0 ] || fail "rackmeterd ended with status $status"
db=demo/rackmeter.db

printf '\n$ rackmeter report pue --db %s --last %ss\n' "$db" "$POLL_S"
"$bin/rackmeter" report pue --db "$db" --last "${POLL_S}s"
printf '\n$ rackmeter report racks --db %s --last %ss\n' "$db" "$POLL_S"
"$bin/rackmeter" report racks --db "$db" --last "${POLL_S}s"
stop

cat <<TXT

The database is $db: any SQLite client reads it.
  sqlite3 -readonly $db "SELECT * FROM v_gap LIMIT 5"
What to run next:
  $bin/rackmeter status --db $db
  $bin/rackmeter report racks --db $db --rack R07 --last 5m
  $bin/rackmeter report site --db $db --last 5m --format html --output demo/site.html
  $bin/rackmeter profile list
  $bin/rackmeter probe snmp://HOST --community public     # a device of yours
  $bin/rackmeter init my-site                             # the files of your site
  sudo cmake --install build/release    # rackmeter and rackmeterd into /usr/local
TXT
