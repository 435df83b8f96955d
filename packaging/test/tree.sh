#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The whole of it in a fresh Debian tree: builds the packages of today and the first of the history,
# lays a minimal Debian beside them (debootstrap, from the mirror this machine uses) and runs
# installed.sh in it. Takes some minutes, root and a network; not a part of tests/run.sh.
#   packaging/test/tree.sh              everything
#   packaging/test/tree.sh --no-build   with what is in build/deb and build/deb-first
#   packaging/test/tree.sh --suite S    another release than bookworm (trixie, ...)
set -eu
cd "$(dirname "$0")/../.."
# shellcheck source=packaging/packages.sh
. packaging/packages.sh

suite=bookworm build=yes
while [ $# -gt 0 ]; do
	case $1 in
	--no-build) build="" ;;
	--suite)
		suite=$2
		shift
		;;
	*)
		sed -n 's/^#   //p' "$0" >&2
		exit 2
		;;
	esac
	shift
done
if [ "$(id -u)" -ne 0 ] || ! unshare --mount --pid --fork true 2>/dev/null; then
	say "SKIPPED: a tree of its own needs root and namespaces"
	exit 77
fi
# shellcheck disable=SC2086
install_packages $BUILD_PACKAGES $TREE_PACKAGES
old=build/deb-first
if [ -n "$build" ]; then
	sh packaging/deb.sh
	status=0
	sh packaging/test/history.sh --output $old || status=$?
	[ "$status" -eq 0 ] || [ "$status" -eq 77 ] || exit "$status"
fi
if ! { cmake -S . -B build/tree -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo \
	-DRACKMETER_UNIT_TESTS=OFF && cmake --build build/tree --target rackmeter-sim; } \
	>build/tree.log 2>&1; then
	tail -n 20 build/tree.log >&2
	exit 1
fi

tree=$(mktemp -d)
# Mounts are of a namespace of their own and end with it: nothing but files is left to remove.
trap 'rm -rf --one-file-system "$tree"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
# shellcheck disable=SC2016 # apt's words
mirror=$(apt-get indextargets --format '$(CODENAME) $(COMPONENT) $(REPO_URI)' |
	sed -n 's/^bookworm main //p' | head -n 1)
say "debootstrap $suite"
# shellcheck disable=SC2086
debootstrap --variant=minbase "$suite" "$tree" $mirror >build/debootstrap.log 2>&1 ||
	{ tail -n 20 build/debootstrap.log >&2; exit 1; }
cp /etc/resolv.conf "$tree/etc/resolv.conf"
mkdir -p "$tree/test/new"
cp build/deb/*.deb "$tree/test/new"
[ ! -d $old ] || cp -r $old "$tree/test/old"
cp build/tree/tests/sim/rackmeter-sim packaging/test/installed.sh "$tree/test"
python3 -B tests/sim/make_hall.py "$tree/test/hall" --racks 6 --rows 2 --every 1s \
	--snmp-port "${RACKMETER_DEMO_SNMP_PORT:-16171}" --modbus-port "${RACKMETER_DEMO_MODBUS_PORT:-16512}"
# shellcheck disable=SC2016 # the inner shell's own words
unshare --mount --pid --fork --kill-child sh -euc '
	mount --bind "$1" "$1"
	mount -t proc proc "$1/proc"
	mount --rbind /dev "$1/dev"
	from=""
	[ ! -d "$1/test/old" ] || from="--old /test/old"
	exec chroot "$1" sh /test/installed.sh --new /test/new --sim /test/rackmeter-sim \
		--hall /test/hall $from' sh "$tree"
