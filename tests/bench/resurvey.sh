#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Requests of the hourly look at what is fitted, beside the polls of an hour (10 s), of each device in
# a folder of walks (NAME.snmprec) whose profile has a filter `fitted`. Prints a row per device and
# the sum; seconds. Exit 1 when the looks are more than 2 % of any device's polls.
#   resurvey.sh [DIR]     the folder that RACKMETER_DEVICES names unless told
set -eu
dir=${1:-${RACKMETER_DEVICES:-}}
[ -n "$dir" ] || { echo "SKIPPED: say which folder of walks, or set RACKMETER_DEVICES" >&2; exit 77; }
dir=$(realpath "$dir")
cd "$(dirname "$0")/../.."
# shellcheck source=tests/bench/build.sh
. tests/bench/build.sh
echo "| walk | profile | points | survey | look | facts | polls an hour | look % |"
echo "|---|---|---|---|---|---|---|---|"
"$RACKMETER_BUILD/tests/bench/bench_resurvey" "$dir" schema/profiles
