#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The memory of a daemon that polls N devices for M minutes: a line a minute, and whether it grows.
# Some devices are always silent, others come back, and the configuration is reloaded now and then.
#   tests/soak/memory.sh [--minutes M] [--devices N]     60 minutes, 2,000 devices unless told
set -eu
cd "$(dirname "$0")/../.."

minutes=60 devices=2000
while [ $# -gt 0 ]; do
	case $1 in
	--minutes) minutes=${2:?--minutes wants a number} ;;
	--devices) devices=${2:?--devices wants a number} ;;
	*)
		echo "usage: tests/soak/memory.sh [--minutes M] [--devices N]" >&2
		exit 2
		;;
	esac
	shift 2
done
preset=${RACKMETER_PRESET:-release}
mkdir -p build
if [ -z "${RACKMETER_BUILD:-}" ]; then
	if ! { cmake --preset "$preset" && cmake --build --preset "$preset" --target rackmeterd \
		rackmeter-sim; } >build/soak.log 2>&1; then
		tail -n 30 build/soak.log >&2
		exit 1
	fi
	RACKMETER_BUILD=$PWD/build/$preset
	export RACKMETER_BUILD
fi
exec /usr/bin/python3 -B tests/soak/memory.py "$minutes" "$devices" "${RACKMETER_PORT:-25161}"
