#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The units under a real systemd, on a machine that is for this alone (boot.sh): the service polls the
# simulated hall in its sandbox, reloads, is told of new credentials, is ended by the watchdog when it
# stands still and comes back; drop-ins; reports, checks and their mail.
#   units.sh SIMULATOR HALL     HALL: what tests/sim/make_hall.py wrote, with its default ports
set -eu
sim=$1 hall=$2
config=/etc/rackmeter state=/var/lib/rackmeter dropins=/etc/systemd/system/rackmeterd.service.d
examples=/usr/share/doc/rackmeter/examples
# shellcheck source=packaging/test/steps.sh
. "$(dirname "$0")/steps.sh"
fail() {
	printf 'FAILED: %s\n' "$*" >&2
	journalctl --no-pager -o short-monotonic -n 60 -u rackmeterd -u 'rackmeter-*' >&2 || true
	exit 1
}
of() { systemctl show -p "$1" --value rackmeterd; }
process() { sed -n "s/^$1:[[:space:]]*//p" "/proc/$(of MainPID)/status"; }
says() { of StatusText | grep -Eq "$1"; }
logged() { journalctl -u rackmeterd --no-pager -o cat | grep -Eq "$1"; }
restart() {
	systemctl daemon-reload
	systemctl restart rackmeterd || fail "it does not start"
}

systemd-sysusers
systemd-tmpfiles --create rackmeter.conf
same "$config" "$(stat -c '%a %U %G' $config)" "2750 root rackmeter"
same "$state" "$(stat -c '%a %U %G' $state)" "2750 rackmeter rackmeter"
systemctl daemon-reload
systemctl enable rackmeterd >/dev/null 2>&1
systemctl start rackmeterd
same "without a configuration" "$(of ActiveState)" inactive

cp "$hall"/config/* $config
sed -i '/^database:/d' $config/rackmeter.yaml
chmod 600 $config/credentials.yaml
rackmeter check config --as rackmeter || fail "the service could not use the files"
systemd-run --quiet --unit=sim "$sim" --for 1200 "$hall/scene/scene"
systemctl start rackmeterd || fail "it does not start"
n=$(grep -c '://' $config/devices.csv)
until_true "$n devices ok" 30 says "^$n devices ok"
same "user" "$(process Uid | cut -f 1)" "$(id -u rackmeter)"
same "capabilities that it could have" "$(process CapBnd)" 0000000000000000
same "filter of system calls" "$(process Seccomp)" 2
same "database" "$(stat -c '%a %U %G' $state/rackmeter.db)" "640 rackmeter rackmeter"
level=$(systemd-analyze security --no-pager rackmeterd | sed -n 's/.*level for rackmeterd.service: \([0-9.]*\).*/\1/p')
[ "${level%.*}${level#*.}" -le 15 ] || fail "exposure $level"
ok "exposure $level"

systemctl reload rackmeterd || fail "reload"
until_true "a reload" 10 logged "configuration reloaded"
logged "was changed after the service had started" && fail "credentials are told as changed"
touch -d '+2 seconds' $config/credentials.yaml
systemctl reload rackmeterd
until_true "new credentials are told" 10 logged "credentials.yaml: was changed after the service"

mkdir -p $dropins
cp $examples/serial.conf $dropins
restart
process Groups | grep -qw "$(getent group dialout | cut -d : -f 3)" || fail "no group dialout"
until_true "polls with serial.conf" 30 says "^$n devices ok"
rm $dropins/serial.conf
sed '/^IPAddressAllow=localhost/d' $examples/network.conf >$dropins/network.conf
restart
until_true "network.conf keeps it off other networks" 30 logged "unreachable; only probed"
rm $dropins/network.conf
printf '[Service]\nWatchdogSec=4s\nRestartSec=1s\n' >$dropins/quick.conf
restart
until_true "polls again" 30 says "^$n devices ok"
pid=$(of MainPID)
sh -c "kill -STOP $pid"
again() { [ "$(of MainPID)" != "$pid" ] && [ "$(of ActiveState)" = active ]; }
until_true "the watchdog ends what stands still, and it is started again" 60 again
rm $dropins/quick.conf
restart

printf '#!/bin/sh\ncat >>%s/sent\n' $state >/usr/sbin/sendmail
chmod 755 /usr/sbin/sendmail
printf 'DAILY="site"\nMAIL="ops@example.org"\nMAIL_WHEN=always\nCHECKS="collector"\n' \
	>$config/periodic.conf
# A report of yesterday needs one: the day that is over is today's, a day on.
cat >/usr/local/bin/tomorrow <<'SH'
#!/bin/sh
exec /usr/bin/rackmeter "$@" --now "$(date -u -d tomorrow +%F)T06:00Z"
SH
chmod 755 /usr/local/bin/tomorrow
echo 'RACKMETER=/usr/local/bin/tomorrow' >>$config/periodic.conf
systemctl start rackmeter-report@daily || fail "the daily report"
[ -s "$state/reports/site-$(date -u +%F).html" ] || fail "no report: $(ls $state/reports)"
sent() { grep -q "^Subject: .*$1" $state/sent; }
until_true "the report, and its mail behind it" 20 sent "problem"
sed -i '/^RACKMETER/d' $config/periodic.conf
systemctl stop sim
until_true "silence is noticed" 90 says "^0 devices ok, 0 suspect"
systemctl start rackmeter-check 2>/dev/null && fail "a check of nothing but silent devices succeeds" || true
same "the check" "$(systemctl is-failed rackmeter-check)" failed
until_true "its mail" 20 sent "collector CRITICAL (was OK)"
systemctl enable --now rackmeter-daily.timer rackmeter-weekly.timer rackmeter-monthly.timer \
	rackmeter-check.timer >/dev/null 2>&1
same "timers" "$(systemctl list-timers --no-legend --no-pager | grep -c rackmeter)" 4
systemctl stop rackmeterd
same "stopped" "$(of Result)" success
