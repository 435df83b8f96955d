#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Prints the files of this source, one a line: what git tracks and is there (uncommitted changes
# count, files that nobody added do not), or everything but builds in an archive without git.
set -eu
cd "$(dirname "$0")/.."
if git rev-parse HEAD >/dev/null 2>&1; then
	git ls-files --cached | while IFS= read -r file; do
		[ ! -e "$file" ] || printf '%s\n' "$file"
	done
else
	find . -path ./build -prune -o -path ./demo -prune -o -type f -print
fi
