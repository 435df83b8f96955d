#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Replays every walk of a folder through `rackmeter probe` and compares what it reads with the
# folder's expect.csv; `conformance.sh --help` tells the options, README.md what is compared how.
exec /usr/bin/python3 -B "$(dirname "$0")/conformance.py" "$@"
