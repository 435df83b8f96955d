#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# CPU of loading and validating all profiles beside that of reading the files, and of telling one
# device's family. Prints a row for tests/bench/RESULTS.md; writes nothing. Exit 1 above 150 ms.
set -eu
cd "$(dirname "$0")/../.."
# shellcheck source=tests/bench/build.sh
. tests/bench/build.sh
echo "| date | machine | command | profiles | points | load ms | ms/profile | read files ms | identify us | check ms |"
echo "|---|---|---|---|---|---|---|---|---|---|"
status=0
row=$("$RACKMETER_BUILD/tests/bench/bench_profiles" schema/profiles) || status=$?
echo "| $(date +%Y-%m-%d) | $(nproc) cores, Linux $(uname -r | cut -d- -f1) | \`sh tests/bench/profiles.sh\` $row"
exit "$status"
