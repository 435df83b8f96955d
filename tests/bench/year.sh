#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A year of 500 racks, every point of every PDU at 300 s, through import and every report against
# the truth (tests/system/year.py), for a machine with time and space; RACKMETER_YEAR_RACKS and an
# empty RACKMETER_YEAR_FINE choose less.
#     tests/bench/year.sh BUILD-FOLDER
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
RACKMETER_BUILD=$(cd "${1:-$here/build/dev}" && pwd)
RACKMETER_YEAR_RACKS=${RACKMETER_YEAR_RACKS:-500}
RACKMETER_YEAR_FINE=${RACKMETER_YEAR_FINE-1}
export RACKMETER_BUILD RACKMETER_YEAR_RACKS RACKMETER_YEAR_FINE
exec /usr/bin/python3 -B "$here/tests/system/test_year.py"
