#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds the RPM packages of this tree into build/rpm-packages/ with rpmbuild, on a distribution with
# RPM or on Debian (package rpm: the libraries are Debian's then, which shows that the spec builds;
# packages for a site are built on its own distribution), and lets rpmlint look where it is.
#   packaging/rpm.sh [--output DIR]
set -eu
cd "$(dirname "$0")/.."
# shellcheck source=packaging/packages.sh
. packaging/packages.sh

output=build/rpm-packages
case ${1:-} in
"") ;;
--output) output=$2 ;;
*) sed -n 's/^#   //p' "$0" >&2 && exit 2 ;;
esac
if [ -e /etc/debian_version ]; then
	# shellcheck disable=SC2086
	install_packages $BUILD_PACKAGES $RPM_PACKAGES
fi
version=$(sh packaging/version.sh)
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(sh packaging/version.sh --epoch)}
export SOURCE_DATE_EPOCH
umask 022
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
mkdir -p "$scratch/SOURCES" "$scratch/rackmeter-$version" "$output"
sh packaging/files.sh | tar -c -T - | tar -x -C "$scratch/rackmeter-$version"
tar -c -J -f "$scratch/SOURCES/rackmeter-$version.tar.xz" -C "$scratch" --sort=name --owner=0 \
	--group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" "rackmeter-$version"
say "building rackmeter $version (the log is $output/build.log)"
# The version and the date are this build's.
{
	sed "s/%{rackmeter_version}/$version/" packaging/rpm/rackmeter.spec
	echo "%changelog"
	LC_ALL=C date -u -d "@$SOURCE_DATE_EPOCH" "+* %a %b %d %Y rackmeter maintainers - $version-1"
	echo "- Built from the main branch; NEWS.md says what users notice."
} >"$scratch/rackmeter.spec"
set -- -ba --define "_topdir $scratch" --define "use_source_date_epoch_as_buildtime 1" \
	--define "clamp_mtime_to_source_date_epoch 1" --define "_buildhost reproducible"
if [ -e /etc/debian_version ]; then
	# Its own packages are no RPMs, and it has nothing that makes debuginfo packages.
	set -- "$@" --nodeps --define "debug_package %{nil}" --define "rackmeter_strip --strip"
fi
if ! rpmbuild "$@" "$scratch/rackmeter.spec" >"$output/build.log" 2>&1; then
	tail -n 40 "$output/build.log" >&2
	say "rpm.sh: the build failed; all of it is in $output/build.log"
	exit 1
fi
rm -f "$output"/*.rpm
find "$scratch/RPMS" "$scratch/SRPMS" -name '*.rpm' -exec mv -t "$output" {} +
if command -v rpmlint >/dev/null; then
	rpmlint -c packaging/rpm/rpmlint.toml "$output"/*.rpm
else
	say "note: no rpmlint here: nothing looked at the packages' form"
fi
ls "$output"/*.rpm
