#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The units under a real systemd: lays a minimal Debian (debootstrap), installs a build into it, boots
# it (boot.sh) and runs units.sh there. A few minutes, root and a network; not a part of tests/run.sh.
#   packaging/test/systemd.sh [--suite bookworm]
set -eu
cd "$(dirname "$0")/../.."
# shellcheck source=packaging/packages.sh
. packaging/packages.sh
suite=bookworm
case ${1:-} in
"") ;;
--suite) suite=$2 ;;
*) sed -n 's/^#   //p' "$0" >&2 && exit 2 ;;
esac
if [ "$(id -u)" -ne 0 ] || ! unshare --mount --pid --net --cgroup --fork true 2>/dev/null; then
	say "SKIPPED: booting a tree needs root and namespaces"
	exit 77
fi
# shellcheck disable=SC2086
install_packages $BUILD_PACKAGES $TREE_PACKAGES
build=build/systemd
mkdir -p build
cmake -S . -B $build -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_INSTALL_PREFIX=/usr \
	-DRACKMETER_UNIT_TESTS=OFF >$build.log 2>&1 && cmake --build $build >>$build.log 2>&1 ||
	{ tail -n 20 $build.log >&2; exit 1; }
# What the programs are linked with, as packages of the release that is built on.
libraries=$(python3 -B packaging/sbom.py --runtime $build/collector/rackmeter \
	$build/collector/rackmeterd)
tree=$(mktemp -d)
chmod 755 "$tree" # it becomes / of the unit's user
trap 'rm -rf --one-file-system "$tree"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
say "debootstrap $suite"
# shellcheck disable=SC2086 # words are meant
debootstrap --variant=minbase --include="$(echo systemd-sysv tzdata $libraries | tr ' ' ,)" \
	"$suite" "$tree" >build/debootstrap-systemd.log 2>&1 || { tail -n 20 build/debootstrap-systemd.log >&2; exit 1; }
DESTDIR=$tree cmake --install $build >>$build.log
mkdir "$tree/test"
cp $build/tests/sim/rackmeter-sim packaging/test/steps.sh packaging/test/units.sh "$tree/test"
python3 -B tests/sim/make_hall.py "$tree/test/hall" --racks 4 --every 1s >/dev/null
chmod -R go+rX "$tree/test"
sh packaging/test/boot.sh "$tree" sh /test/units.sh /test/rackmeter-sim /test/hall
