#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A site's life with the packages, on a machine (a tree, a container, a virtual machine) that is for
# this alone: install, `rackmeter init`, poll a simulated hall as the unit's user under its limits,
# report, upgrade from an old package when there is one, purge. It ends the packages and their data.
#   installed.sh --new DIR --sim PROGRAM --hall DIR [--old DIR]
#     --new   rackmeter_*.deb and rackmeter-dashboards_*.deb; "apt": they are installed already
#     --sim   rackmeter-sim; --hall   what tests/sim/make_hall.py wrote (ports as given there)
#     --old   the rackmeter_*.deb to begin with
# Where systemd runs it starts the unit; elsewhere this script does what the unit says: user, umask,
# limits, no capabilities, no new privileges, everything read-only but the database's folder.
set -eu
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin
new="" old="" sim="" hall=""
while [ $# -gt 0 ]; do
	case $1 in
	--new | --old | --sim | --hall) eval "${1#--}=\$2" ;;
	*) sed -n 's/^#   \(inst\)/\1/p' "$0" >&2 && exit 2 ;;
	esac
	shift 2
done
[ -n "$new" ] && [ -n "$sim" ] && [ -n "$hall" ]
[ "$(id -u)" -eq 0 ] || { echo "installed.sh: needs root on a machine of its own" >&2; exit 2; }

# shellcheck source=packaging/test/steps.sh
. "$(dirname "$0")/steps.sh"
config=/etc/rackmeter state=/var/lib/rackmeter
db=$state/rackmeter.db
work=$(mktemp -d)
chmod 755 "$work"
sim_pid="" daemon_pid=""
end() {
	status=$?
	for pid in $daemon_pid $sim_pid; do kill "$pid" 2>/dev/null || true; done
	if [ "$status" -ne 0 ]; then
		echo "FAILED in the step above; the ends of what was written:" >&2
		tail -n 25 "$work"/* >&2 2>/dev/null || true
		! has_systemd || journalctl -q --no-pager -n 40 -u rackmeterd >&2 || true
	fi
	rm -rf "$work"
}
trap end EXIT

step() { printf '\n== %s\n' "$*"; }
fail() {
	printf 'FAILED: %s\n' "$*" >&2
	exit 1
}
apt() { apt-get -q -y -o Dpkg::Use-Pty=0 "$@" >"$work/apt.log" 2>&1 || fail "apt-get $*"; }
sql() { sqlite3 -readonly "$db" "$1"; }

unit_file() {
	for dir in /usr/lib /lib; do
		[ ! -f $dir/systemd/system/rackmeterd.service ] || echo $dir/systemd/system/rackmeterd.service
	done | tail -n 1
}
unit() { # KEY: its value in the installed unit; an absent one is a failure
	value=$(sed -n "s/^$1=//p" "$(unit_file)" | head -n 1)
	[ -n "$value" ] || fail "the unit has no $1="
	echo "$value"
}

# As the unit starts it. The mount namespace is this process's own and ends with it; a second root
# in it, because that of a chroot is no mount which could be made read-only.
as_unit() {
	command=$(unit ExecStart) user=$(unit User) group=$(unit Group) mask=$(unit UMask)
	files=$(unit LimitNOFILE) core=$(unit LimitCORE)
	# A container may not raise its limits.
	most=$(prlimit --nofile --output HARD --noheadings)
	[ "$most" = unlimited ] || [ "$most" -ge "$files" ] || files=$most
	[ "$(unit ProtectSystem)" = strict ] || fail "this script knows ProtectSystem=strict only"
	install -d -o "$user" -g "$group" -m "$(unit StateDirectoryMode)" $state
	rm -rf /run/rackmeter-credentials
	install -d -o "$user" -m 0500 /run/rackmeter-credentials
	install -o "$user" -m 0400 $config/credentials.yaml /run/rackmeter-credentials/credentials.yaml
	mkdir -p /run/rackmeter-root
	# shellcheck disable=SC2016,SC2086 # the inner shell's own words; the unit's command has several
	exec unshare --mount sh -euc '
		root=/run/rackmeter-root state=$1 mask=$2
		shift 2
		mount --rbind / $root
		mount --bind "$state" "$root$state"
		mount -t tmpfs -o mode=1777 tmpfs $root/tmp
		mount -o remount,bind,ro $root
		umask "$mask"
		exec chroot $root "$@"' sh $state "$mask" \
		prlimit --nofile="$files" --core="$core" \
		setpriv --reuid="$user" --regid="$group" --clear-groups --no-new-privs \
		--bounding-set=-all --inh-caps=-all \
		env -i PATH="$PATH" CREDENTIALS_DIRECTORY=/run/rackmeter-credentials $command
}
has_systemd() { [ -d /run/systemd/system ]; }
start() {
	since=$(date +%s)
	if has_systemd; then
		systemctl start rackmeterd
	else
		(as_unit) >>"$work/rackmeterd.log" 2>&1 &
		daemon_pid=$!
	fi
}
stop() {
	if has_systemd; then
		systemctl stop rackmeterd
	else
		kill -TERM "$daemon_pid"
		status=0
		wait "$daemon_pid" || status=$?
		daemon_pid=""
		[ "$status" -eq 0 ] || fail "rackmeterd ended with $status"
		rm -rf /run/rackmeter-credentials # systemd's are gone with the service
		rmdir /run/rackmeter-root
	fi
	ok "rackmeterd stopped as asked"
}
main_pid() { if has_systemd; then systemctl show -P MainPID rackmeterd; else echo "$daemon_pid"; fi; }
polled() { # N: that many sums of a rack since the start
	[ "$(sql "SELECT count(*) FROM v_reading WHERE entity_kind = 'rack' AND entity = 'R01'
		AND part = 'total' AND quantity = 'power_w' AND hour > $since - 7200
		AND ts >= $since")" -ge "$1" ]
}

apt update
command -v sqlite3 >/dev/null || apt install --no-install-recommends sqlite3
if [ -n "$old" ]; then
	step "install the old package"
	apt install --no-install-recommends "$old"/rackmeter_*.deb
elif [ "$new" != apt ]; then
	step "install"
	apt install --no-install-recommends "$new"/rackmeter_*.deb "$new"/rackmeter-dashboards_*.deb
fi
rackmeter --version
dpkg-query -W rackmeter
same "$config" "$(stat -c '%a %U %G' $config)" "2750 root rackmeter"
same "$state" "$(stat -c '%a %U %G' $state)" "2750 rackmeter rackmeter"
case $(getent passwd rackmeter) in
*/nologin) ok "the user rackmeter cannot log in" ;;
*) fail "the user rackmeter: $(getent passwd rackmeter)" ;;
esac
same "files of a site" "$(find $config -type f -name '*.csv' -o -name 'rackmeter.yaml')" ""
same "waits for" "$(unit ConditionPathExists)" "$config/rackmeter.yaml"
! has_systemd || same "the unit before a configuration" "$(systemctl is-active rackmeterd)" inactive

step "rackmeter init, then the simulated hall's devices"
rackmeter init $config
cp "$hall"/config/racks.csv "$hall"/config/circuits.csv "$hall"/config/devices.csv \
	"$hall"/config/channels.csv $config
# "Remove the # once meters of both roles stand in devices.csv."
sed -i -e '/^#boundary:/,/^$/s/^#//' -e 's/^site: [^ ]*/site: tree/' -e 's/default: 10s/default: 1s/' -e 's/group: 10s/group: 1s/' \
	-e "s|^#*database: .*|database: $db|" $config/rackmeter.yaml
# The old programs read secrets from the file itself.
[ -z "$old" ] || chown rackmeter $config/credentials.yaml
rackmeter check config
mkfifo "$work/ready"
ports=$(sed -n 's/.*snmp:[^,]*:\([0-9]*\),.*/--snmp-port \1/p' $config/devices.csv | head -n 1)
ports="$ports $(sed -n 's/.*modbus:[^,]*:\([0-9]*\)\/.*/--modbus-port \1/p' $config/devices.csv |
	head -n 1)"
# shellcheck disable=SC2086 # words are meant
"$sim" $ports --for 1200 "$hall/scene/scene" >"$work/ready" &
sim_pid=$!
read -r ready <"$work/ready"
rm "$work/ready"
ok "simulator: $ready"

if [ -n "$old" ]; then
	step "poll with the old package"
	start
	until_true "sums of the old version" 60 polled 10
	# systemd's goes on, and is restarted by the upgrade.
	former=$(main_pid)
	has_systemd || stop
	same "schema" "$(sql 'PRAGMA user_version')" 1
	until=$(($(date +%s) - 3))
	before=$(sql "SELECT count(*), sum(value) FROM v_reading WHERE hour > $since - 7200
		AND ts BETWEEN $since AND $until")
	first=$since
	step "upgrade"
	apt install --no-install-recommends "$new"/rackmeter_*.deb "$new"/rackmeter-dashboards_*.deb
	dpkg-query -W rackmeter
	if has_systemd; then
		same "the unit after an upgrade" "$(systemctl is-active rackmeterd)" active
		[ "$(main_pid)" != "$former" ] || fail "the old program runs on"
		ok "restarted by the upgrade"
	fi
	chown root $config/credentials.yaml
	chmod 600 $config/credentials.yaml
fi

step "poll as $(unit User) under the unit's limits"
rackmeter check config
start
until_true "sums" 60 polled 10
rackmeter report pue --last 8s
rackmeter report racks --last 8s --top 3
rackmeter report racks --last 8s | grep -Eq 'R01 +[0-9]+\.[0-9]+' || fail "no load of R01"
rackmeter status || [ $? -eq 1 ] || fail "status says down"
pid=$(main_pid)
same "the daemon's user" "$(stat -c %U "/proc/$pid")" rackmeter
same "its capabilities" "$(sed -n 's/^CapEff:\t//p' "/proc/$pid/status")" 0000000000000000
same "no new privileges" "$(sed -n 's/^NoNewPrivs:\t//p' "/proc/$pid/status")" 1
same "the database" "$(stat -c '%a %U %G' $db)" "640 rackmeter rackmeter"
same "secrets" "$(stat -c '%a %U' $config/credentials.yaml)" "600 root"
if [ -n "$old" ]; then
	same "what the old version stored" "$(sql "SELECT count(*), sum(value) FROM v_reading
		WHERE hour > $first - 7200 AND ts BETWEEN $first AND $until")" "$before"
	newest=$(find /usr/share/rackmeter/schema/migrations -name '*.sql' | sort | tail -n 1)
	newest=$(basename "$newest" | sed 's/^0*\([0-9]*\)_.*/\1/')
	same "schema" "$(sql 'PRAGMA user_version')" "$newest"
fi

step "who may read"
useradd -r -G rackmeter rm-reader
reader() { setpriv --reuid=rm-reader --regid=rm-reader --init-groups "$@"; }
reader rackmeter report racks --db $db --last 8s --brief
ok "a member of the group reads"
! reader touch $state/x 2>/dev/null || fail "a member of the group writes"
! reader cat $config/credentials.yaml 2>/dev/null || fail "a member of the group reads secrets"
! setpriv --reuid=nobody --regid=nogroup --clear-groups rackmeter report racks --db $db --last 8s \
	>/dev/null 2>&1 || fail "anybody reads"
ok "nobody else does, and no one reads the secrets"
userdel rm-reader

step "a change of the files and a reload"
sed -i 's/^site: .*/site: renamed/' $config/rackmeter.yaml
if has_systemd; then systemctl reload rackmeterd; else kill -HUP "$daemon_pid"; fi
renamed() { [ "$(sql "SELECT value FROM v_setting WHERE name = 'site'")" = renamed ]; }
until_true "the reload" 30 renamed
stop
rackmeter db verify --db $db

step "purge, the data kept"
kill "$sim_pid" && sim_pid=""
size=$(stat -c %s $db)
site_files() { find $config -type f ! -name periodic.conf | sort | tr '\n' ' '; }
files=$(site_files)
apt purge rackmeter rackmeter-dashboards
grep '^rackmeter: kept' "$work/apt.log" || fail "purge does not say what it kept"
same "the database" "$(stat -c '%s %U' $db)" "$size rackmeter"
same "files of the site" "$(site_files)" "$files"
left() {
	find / -xdev \( -path /proc -o -path /sys -o -path /run -o -path /tmp -o -path /var/cache/apt \
		-o -path /var/log -o -path "$work" -o -path "$new" -o -path "${old:-/none}" \
		-o -path "$hall" -o -path "$sim" -o -path "$(dirname "$0")" \) -prune \
		-o -iname '*rackmeter*' -print
	for file in passwd group shadow gshadow; do grep -l rackmeter /etc/$file || true; done
}
same "left with the data" "$(left | grep -v 'db-[ws]' | sort | tr '\n' ' ')" \
	"/etc/group /etc/gshadow /etc/passwd $config $config/rackmeter.yaml /etc/shadow $state $db "

step "install again: the kept data is found; purge with all of it"
if [ "$new" = apt ]; then
	apt install --no-install-recommends rackmeter
else
	apt install --no-install-recommends "$new"/rackmeter_*.deb
fi
rackmeter db info --db $db >/dev/null
ok "the kept database is read"
! has_systemd || same "the unit finds its site" "$(systemctl is-active rackmeterd)" active
touch $state/purge
apt purge rackmeter
same "left" "$(left | tr '\n' ' ')" ""
same "files without an owner" "$(find / -xdev \( -path /proc -o -path /sys \) -prune -o -nouser -print)" ""
! has_systemd || same "the unit is gone" "$(systemctl is-active rackmeterd || true)" inactive
printf '\nok: a site was installed,%s polled, reported and purged\n' "${old:+ upgraded,}"
