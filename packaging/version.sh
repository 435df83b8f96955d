#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Prints the version of packages built from this tree. The one source is project(VERSION) of
# CMakeLists.txt; what is not the commit with the tag vVERSION sorts before that release, by the
# number of its commits, so that each package of the main branch upgrades the one before.
#   packaging/version.sh          0.1.0, or 0.1.0~git482.09f5eb7
#   packaging/version.sh --epoch  seconds since 1970 of the commit, for SOURCE_DATE_EPOCH
set -eu
cd "$(dirname "$0")/.."
version=$(sed -n 's/^project(rackmeter VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
[ -n "$version" ] || { echo "version.sh: CMakeLists.txt has no project(rackmeter VERSION)" >&2; exit 1; }
commit=$(git rev-parse --short=7 HEAD 2>/dev/null) || commit=""
if [ "${1:-}" = --epoch ]; then
	if [ -n "$commit" ]; then
		git log -1 --format=%ct
	else
		stat -c %Y NEWS.md # a release's archive keeps the time of its files
	fi
elif [ -z "$commit" ] || [ "$(git tag --points-at HEAD "v$version")" ]; then
	echo "$version"
else
	echo "$version~git$(git rev-list --count HEAD).$commit"
fi
