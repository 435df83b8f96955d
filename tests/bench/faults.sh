#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# 20 % of 2,000 devices fall silent at once and return: see faults.py. Takes 6 minutes at most;
# prints the row for RESULTS.md; status 1 when a number is missed.
#   faults.sh [RACKS] [SILENT-SECONDS]
set -eu
cd "$(dirname "$0")/../.."
. tests/bench/build.sh
exec timeout 600 /usr/bin/python3 -B tests/bench/faults.py "$@"
