# SPDX-License-Identifier: Apache-2.0
# Read by installed.sh and units.sh: what a step says. Each brings a fail() that shows its logs.

ok() { printf 'ok: %s\n' "$*"; }
same() { # WHAT IS WANTED
	[ "$2" = "$3" ] || fail "$1: '$2', '$3' is wanted"
	ok "$1: $2"
}
# Asked five times a second, for as long as the daemon that the script started itself, if any, lives.
until_true() { # WHAT SECONDS COMMAND...
	what=$1 left=$(($2 * 5))
	shift 2
	until "$@" >/dev/null 2>&1; do
		left=$((left - 1))
		[ "$left" -gt 0 ] || fail "did not happen in time: $what"
		[ -z "${daemon_pid:-}" ] || kill -0 "$daemon_pid" 2>/dev/null || fail "rackmeterd ended: $what"
		sleep 0.2
	done
	ok "$what"
}
