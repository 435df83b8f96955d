#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds the packages twice from the same commit, in folders of other names and lengths, with
# another umask, zone, language, user name and (where faketime is) a clock more than a year ahead:
# every package must come out with the same bytes. Takes two package builds.
#   packaging/test/reproducible.sh
set -eu
cd "$(dirname "$0")/../.."
# shellcheck source=packaging/packages.sh
. packaging/packages.sh

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
mkdir -p "$work/a" "$work/a-longer-name-than-the-other" "$work/tree"
git archive HEAD | tar -x -C "$work/tree" # an edit between the two builds must not count
out=$PWD/build/reproducible
rm -rf "$out"

(umask 022 && TMPDIR=$work/a LC_ALL=C.UTF-8 TZ=UTC \
	sh packaging/deb.sh --tree "$work/tree" --no-lintian --output "$out/1")
later=""
if command -v faketime >/dev/null; then
	later="faketime -f +400d"
else
	say "note: no faketime here: the second build is later by itself only"
fi
# shellcheck disable=SC2086 # words are meant
(umask 077 && TMPDIR=$work/a-longer-name-than-the-other LC_ALL=C TZ=Pacific/Kiritimati \
	USER=somebody LOGNAME=somebody HOME=/nonexistent \
	$later sh packaging/deb.sh --tree "$work/tree" --no-lintian --output "$out/2")

differ=0
for one in "$out"/1/*.deb "$out"/1/*.tar.xz; do
	name=$(basename "$one")
	if cmp -s "$one" "$out/2/$name"; then
		echo "same: $(sha256sum "$one" | cut -c 1-16) $name"
	else
		echo "DIFFERS: $name"
		differ=1
		! command -v diffoscope >/dev/null || diffoscope "$one" "$out/2/$name" | head -n 60 || true
	fi
done
[ "$differ" -eq 0 ] || say "compare $out/1 and $out/2, for example with diffoscope"
exit "$differ"
