#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A gigawatt site on one machine: builds the release preset, surveys 220,003 simulated devices and
# measures 3 minutes of polling them. Takes about 6 minutes, 1 GB of memory and 600 MB of disk in
# $TMPDIR. Prints the row for RESULTS.md; status 1 when a number is missed.
#   site.sh [RACKS] [SECONDS]
set -eu
cd "$(dirname "$0")/../.."
. tests/bench/build.sh
exec timeout 1200 /usr/bin/python3 -B tests/bench/site.py "$@"
