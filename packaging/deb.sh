#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds the Debian packages of this tree into build/deb/, with all that it takes, and holds them
# against Debian's policy. debian/ must stand at the top of a source, so the tracked files are
# copied into a scratch folder, packaging/debian/ on top, and built there.
#   packaging/deb.sh                 what is checked out, with uncommitted changes of tracked files
#   packaging/deb.sh --output DIR    elsewhere than build/deb/
#   packaging/deb.sh --check         runs the unit tests during the build, too
#   packaging/deb.sh --no-lintian    without the look at Debian's policy
#   packaging/deb.sh --tree DIR      the source in DIR (packaging/test/history.sh makes such)
#   packaging/deb.sh --version V     its version
#   packaging/deb.sh --old           only the programs' package, without a look into them
set -eu
cd "$(dirname "$0")/.."
# shellcheck source=packaging/packages.sh
. packaging/packages.sh

output=build/deb tree="" version="" lint=yes old=""
check=nocheck
while [ $# -gt 0 ]; do
	case $1 in
	--output | --tree | --version)
		eval "${1#--}=\$2"
		shift
		;;
	--check) check="" ;;
	--no-lintian) lint="" ;;
	--old) old=yes ;;
	*)
		sed -n 's/^#   //p' "$0" >&2
		exit 2
		;;
	esac
	shift
done
# shellcheck disable=SC2086
install_packages $BUILD_PACKAGES $DEB_PACKAGES
[ -n "$check" ] || install_packages libcmocka-dev
[ -n "$version" ] || version=$(sh packaging/version.sh)
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(sh packaging/version.sh --epoch)}
DEB_BUILD_OPTIONS="${DEB_BUILD_OPTIONS:-} $check"
export SOURCE_DATE_EPOCH DEB_BUILD_OPTIONS
# What a copy inherits must not show in the packages.
umask 022

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
source=$scratch/rackmeter-$version
mkdir -p "$source" "$output"
if [ -n "$tree" ]; then
	cp -a "$tree/." "$source"
else
	sh packaging/files.sh | tar -c -T - | tar -x -C "$source"
fi
cp -a packaging/debian "$source/debian"
what=-F
if [ -n "$old" ]; then
	what=-B
	sed -i '/^execute_after_dh_auto_install:/,/^$/d' "$source/debian/rules"
fi

# NEWS.md is where people read what changed; Debian's file names the build.
cat >"$source/debian/changelog" <<TXT
rackmeter ($version) unstable; urgency=medium

  * Built from the main branch; NEWS.md says what users notice.

 -- $(sed -n 's/^Maintainer: //p' packaging/debian/control)  $(LC_ALL=C TZ=UTC date -R -d "@$SOURCE_DATE_EPOCH")
TXT

say "building rackmeter $version (the log is $output/build.log)"
if ! (cd "$source" && dpkg-buildpackage -us -uc "$what") >"$output/build.log" 2>&1; then
	tail -n 40 "$output/build.log" >&2
	say "deb.sh: the build failed; all of it is in $output/build.log"
	exit 1
fi
rm -f "$output"/*.deb "$output"/*.dsc "$output"/*.tar.xz "$output"/*.changes "$output"/*.buildinfo
find "$scratch" -maxdepth 1 -type f -exec mv -t "$output" {} +
if [ -n "$lint" ]; then
	# Root may look as well: it reads archives, nothing is run.
	lintian --allow-root --fail-on error,warning --tag-display-limit 0 "$output"/*.changes
	say "lintian: no errors, no warnings"
fi
ls "$output"/*.deb
