#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds the first package this repository could have made, to upgrade from it: the programs, facts
# and profiles of commit 3db8127, the first whose databases have schema 0001 as it was kept from
# then on, with the packaging of today around them (that commit had none).
#   packaging/test/history.sh [--output DIR]    build/deb-first/
set -eu
cd "$(dirname "$0")/../.."
# shellcheck source=packaging/packages.sh
. packaging/packages.sh

FIRST=3db8127
output=build/deb-first
case ${1:-} in
"") ;;
--output) output=$2 ;;
*) sed -n 's/^#   //p' "$0" >&2 && exit 2 ;;
esac
if ! git cat-file -e "$FIRST^{commit}" 2>/dev/null; then
	say "SKIPPED: the history of this checkout does not reach back to $FIRST"
	exit 77
fi
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
git archive "$FIRST" | tar -x -C "$tree"
mv "$tree/packaging/packages.sh" "$tree/packages.sh"
rm -rf "$tree/packaging"
cp -a packaging "$tree/packaging"
mv "$tree/packages.sh" "$tree/packaging/packages.sh"
# Pages and completions are made of what today's rackmeter says of itself.
sed -i -E '/^add_subdirectory\((man|completion)\)$/d' "$tree/packaging/CMakeLists.txt"
# The option's name at that time.
sed -i '/^ExecStart=/s/ --dir / --config /' "$tree/packaging/systemd/rackmeterd.service.in"
# The names that today's packaging asks CMake for.
# shellcheck disable=SC2016 # CMake's words
sed -i '/^add_subdirectory(collector)$/ {
	i set(RACKMETER_SYSCONFDIR ${CMAKE_INSTALL_FULL_SYSCONFDIR}/rackmeter)
	i set(RACKMETER_STATEDIR ${CMAKE_INSTALL_FULL_LOCALSTATEDIR}/lib/rackmeter)
	a add_subdirectory(packaging)
}' "$tree/CMakeLists.txt"
grep -q '^add_subdirectory(packaging)$' "$tree/CMakeLists.txt"
# Hardening and the bill of materials are held against the source of today.
version=$(sed -n 's/^project(rackmeter VERSION \([0-9.]*\).*/\1/p' "$tree/CMakeLists.txt")
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct "$FIRST")
export SOURCE_DATE_EPOCH
sh packaging/deb.sh --tree "$tree" --output "$output" --no-lintian --old \
	--version "$version~git$(git rev-list --count "$FIRST").$FIRST"
