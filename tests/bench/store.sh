#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What keeping samples costs and how quickly they are read, against plain tables in bare SQLite in the
# same run: each figure beside what is wanted of it. Prints the tables for tests/bench/RESULTS.md and
# writes nothing. Half an hour with everything.
#   store.sh [--site] [--peers] [PDUS [HOURS [HOURS-OF-PLAIN-TABLES]]]
# --site: a gigawatt's samples, too (4 GB of disk). --peers: Debian's Prometheus and VictoriaMetrics
# with the same samples; their packages are downloaded, not installed.
set -eu
cd "$(dirname "$0")/../.."
mkdir -p build
if ! { cmake --preset release -DRACKMETER_TESTS=ON &&
	cmake --build --preset release --target rm_store rm_schema rm_base; } >build/bench.log 2>&1; then
	tail -n 30 build/bench.log >&2
	exit 1
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
lib=build/release
for program in store_keep store_read store_wal store_month store_dense; do
	# Flags of pkg-config are words.
	# shellcheck disable=SC2046
	${CC:-cc} -std=gnu11 -O2 -Wall -Wextra -Wshadow -Wconversion -Werror -I. -Icollector -Ischema \
		-o "$dir/$program" "tests/bench/$program.c" "$lib/collector/librm_store.a" \
		"$lib/schema/librm_schema.a" "$lib/collector/librm_base.a" \
		$(pkg-config --cflags --libs sqlite3) -lpthread -lm
done
python3 tests/bench/store.py "$dir" "$@"
