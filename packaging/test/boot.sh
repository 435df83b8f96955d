#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Boots a Debian tree that has systemd in it, with systemd as process 1 of namespaces of its own, and
# runs a command there. What it changes of this machine: one control group, which goes at the end.
# The network is one of its own, with loopback alone.
#   packaging/test/boot.sh TREE COMMAND [ARGUMENT...]
set -eu
[ $# -ge 2 ] || { sed -n 's/^#   //p' "$0" >&2; exit 2; }
tree=$(realpath "$1")
shift
if [ "$(id -u)" -ne 0 ] || ! unshare --mount --pid --net --cgroup --fork true 2>/dev/null; then
	echo "SKIPPED: booting a tree needs root and namespaces" >&2
	exit 77
fi
[ -x "$tree/lib/systemd/systemd" ] || { echo "$tree has no systemd" >&2; exit 2; }

work=$(mktemp -d)
mkdir "$work/cgroup"
group=rackmeter-boot-$$
in_group() { # COMMAND...: with all control groups below $work/cgroup, seen by this alone
	unshare --mount sh -euc 'mount -t cgroup2 none "$0/cgroup"; exec "$@"' "$work" "$@"
}
boot="" one=""
end() {
	status=$?
	# with process 1 all of its namespace ends
	[ -z "$one" ] || kill -KILL "$one" 2>/dev/null || true
	[ -z "$boot" ] || { kill "$boot" 2>/dev/null; wait "$boot" 2>/dev/null || true; }
	# processes leave a control group some time after they have ended
	in_group sh -c '
		for i in 1 2 3 4 5 6 7 8 9 10; do
			find "$1" -depth -type d -exec rmdir {} + 2>/dev/null
			[ -d "$1" ] || break
			sleep 0.5
		done' sh "$work/cgroup/$group" || true
	rm -rf "$work"
	exit "$status"
}
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

cat >"$work/boot" <<'SH'
mkdir -p "$0/cgroup/$2"
echo $$ >"$0/cgroup/$2/cgroup.procs"
umount "$0/cgroup"
exec unshare --pid --fork --kill-child --mount --uts --ipc --net --cgroup sh -euc '
	cd "$1"
	mount --bind . .
	cd "$1"
	mount -t proc proc proc
	mount --bind proc/sys proc/sys
	mount -o remount,bind,ro proc/sys
	mount -t sysfs -o ro sysfs sys
	mount -t cgroup2 none sys/fs/cgroup
	mount -t tmpfs -o mode=755 tmpfs run
	mount -t tmpfs -o mode=1777 tmpfs tmp
	mount -t tmpfs -o mode=755 tmpfs dev
	while read -r name major minor; do
		mknod -m 666 "dev/$name" c "$major" "$minor"
	done <<-NODES
		null 1 3
		zero 1 5
		full 1 7
		random 1 8
		urandom 1 9
		tty 5 0
	NODES
	mkdir dev/pts dev/shm .old
	mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
	ln -s pts/ptmx dev/ptmx
	mount -t tmpfs -o mode=1777 tmpfs dev/shm
	pivot_root . .old
	umount -l /.old
	rmdir /.old
	mount --make-rshared /
	exec env -i container=lxc PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd \
		--unit=multi-user.target --log-target=journal-or-kmsg --show-status=no \
		systemd.unified_cgroup_hierarchy=1' sh "$1"
SH
# What would reach for the machine itself stays off; no terminal is asked for a login.
for unit in systemd-udevd systemd-udev-trigger systemd-sysctl systemd-modules-load systemd-logind \
	systemd-timesyncd systemd-binfmt systemd-remount-fs console-getty; do
	ln -sf /dev/null "$tree/etc/systemd/system/$unit.service"
done
ln -sf /dev/null "$tree/etc/systemd/system/getty.target"
: >"$tree/etc/machine-id"

in_group sh -eu -c '. "$0/boot"' "$work" "$tree" "$group" >"$work/log" 2>&1 &
boot=$!
inside() {
	nsenter -t "$one" --mount --uts --ipc --net --pid --cgroup --root --wd env -i \
		PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 SYSTEMD_COLORS=0 SYSTEMD_PAGER=cat "$@"
}
process_1() { # of the new namespaces: the first below ours that has become systemd
	at=$boot
	while at=$(pgrep -P "$at" | head -n 1) && [ -n "$at" ]; do
		[ "$(cat "/proc/$at/comm" 2>/dev/null)" != systemd ] || { echo "$at" && return; }
	done
}
left=150
while :; do
	[ -n "$one" ] || one=$(process_1)
	case $([ -z "$one" ] || inside systemctl is-system-running 2>/dev/null) in
	running | degraded) break ;;
	esac
	left=$((left - 1))
	if [ "$left" -eq 0 ] || ! kill -0 "$boot" 2>/dev/null; then
		echo "systemd did not come up:" >&2
		cat "$work/log" >&2
		exit 1
	fi
	sleep 0.2
done
inside "$@"
