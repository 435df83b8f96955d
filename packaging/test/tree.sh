#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The whole of it in a fresh Debian tree: builds the packages of today and the first of the history,
# lays a minimal Debian beside them (debootstrap, from the mirror this machine uses) and runs
# installed.sh in it. Takes some minutes, root and a network; not a part of tests/run.sh.
#   packaging/test/tree.sh              everything
#   packaging/test/tree.sh --no-build   with what is in build/deb and build/deb-first
#   packaging/test/tree.sh --suite S    another release than bookworm (trixie, ...)
#   packaging/test/tree.sh --systemd    boots the tree (boot.sh): the real unit, restarted by apt
set -eu
cd "$(dirname "$0")/../.."
# shellcheck source=packaging/packages.sh
. packaging/packages.sh

suite=bookworm build=yes systemd=""
while [ $# -gt 0 ]; do
	case $1 in
	--no-build) build="" ;;
	--systemd) systemd=yes ;;
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
chmod 755 "$tree" # not for its owner alone, as mktemp makes it
mkdir -p "$tree/test/new"
cp build/deb/*.deb "$tree/test/new"
[ ! -d $old ] || cp -r $old "$tree/test/old"
cp build/tree/tests/sim/rackmeter-sim packaging/test/steps.sh packaging/test/installed.sh \
	"$tree/test"
python3 -B tests/sim/make_hall.py "$tree/test/hall" --racks 6 --rows 2 --every 1s \
	--snmp-port "${RACKMETER_DEMO_SNMP_PORT:-16171}" --modbus-port "${RACKMETER_DEMO_MODBUS_PORT:-16512}"
set -- sh /test/installed.sh --new /test/new --sim /test/rackmeter-sim --hall /test/hall
[ ! -d "$tree/test/old" ] || set -- "$@" --old /test/old
in_tree() { # COMMAND...: there, with this machine's network
	# shellcheck disable=SC2016 # the inner shell's own words
	unshare --mount --pid --fork --kill-child sh -euc '
		tree=$1
		shift
		mount --bind "$tree" "$tree"
		mount -t proc proc "$tree/proc"
		mount --rbind /dev "$tree/dev"
		exec chroot "$tree" "$@"' sh "$tree" "$@"
}
if [ -n "$systemd" ]; then
	# What is booted has a network of its own: all it will need is fetched before.
	# shellcheck disable=SC2016 # the inner shell's own words
	in_tree sh -euc 'export DEBIAN_FRONTEND=noninteractive
		apt-get -q update
		apt-get -q -y install --no-install-recommends systemd-sysv sqlite3
		for packages in /test/*/rackmeter_*.deb; do
			apt-get -q -y install --no-install-recommends --download-only "$packages"
		done' >build/tree-fetch.log 2>&1 || { tail -n 20 build/tree-fetch.log >&2; exit 1; }
	sh packaging/test/boot.sh "$tree" "$@"
else
	in_tree "$@"
fi
