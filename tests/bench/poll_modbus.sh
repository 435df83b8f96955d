#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What a Modbus TCP request of one block of 50 registers costs: the driver with its decoder against
# send and recv of the same bytes, and collectd where Debian's collectd-core is installed. On
# loopback, about a minute; prints the tables. 9,500 gateways need 19,100 descriptors.
#   poll_modbus.sh [REQUESTS]
set -eu
cd "$(dirname "$0")/../.."
. tests/bench/build.sh
requests=${1:-200000}

printf '%s, %s cores, Linux %s\n\n' "$(date +%F)" "$(nproc)" "$(uname -r)"
printf '| gateways | bytes out / in | ours us | floor us | ratio | bytes/gateway | wrong |\n|---|---|---|---|---|---|---|\n'
for n in 1000 9500; do
	timeout 300 "$RACKMETER_BUILD/tests/bench/bench_poll_modbus" "$n" "$requests" || [ $? -eq 77 ]
done
printf '\n'
timeout 120 /usr/bin/python3 -B tests/bench/peers.py modbus 1000
