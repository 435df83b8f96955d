# SPDX-License-Identifier: Apache-2.0
# Read by the scripts that build: which Debian packages are needed, and how they get there. Nothing
# is fetched when all of them are installed. Its lists are held against debian/control and README.md
# (tests/lint/lint_packaging.py) and what the programs load (sbom.py).

BUILD_PACKAGES="gcc libc6-dev cmake ninja-build pkg-config libsnmp-dev libmodbus-dev libsqlite3-dev
 libyaml-dev libcsv-dev libjson-c-dev libsystemd-dev libmicrohttpd-dev libncurses-dev tzdata python3"
TEST_PACKAGES="libcmocka-dev snmp snmpd snmpsim mbpoll python3-pymodbus python3-serial
 python3-serial-asyncio sqlite3 valgrind systemd mandoc"
# shellcheck disable=SC2034 # tests/run.sh --full reads it
FULL_PACKAGES="chromium zsh fish shellcheck"
# shellcheck disable=SC2034 # packaging/deb.sh, packaging/rpm.sh and packaging/test/*.sh
DEB_PACKAGES="dpkg-dev debhelper lintian" RPM_PACKAGES="rpm" TREE_PACKAGES="debootstrap"

say() { printf '%s\n' "$*" >&2; }

# As root, or through sudo.
as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null 2>&1; then
		sudo "$@"
	else
		say "rackmeter: cannot install packages: run this as root, or install sudo"
		return 1
	fi
}

# install_packages NAME...: those that are missing, quietly; a failure shows apt's words.
install_packages() {
	missing=""
	for package in "$@"; do
		state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || true
		[ "$state" = installed ] || missing="$missing $package"
	done
	[ -n "$missing" ] || return 0
	say "installing:$missing"
	log=$(mktemp)
	# Word splitting of the list is meant.
	# shellcheck disable=SC2086
	if as_root env DEBIAN_FRONTEND=noninteractive sh -c '
		apt-get update -q && apt-get install -y -q --no-install-recommends "$@"' sh \
		$missing >"$log" 2>&1; then
		rm -f "$log"
	else
		tail -n 20 "$log" >&2
		rm -f "$log"
		say "rackmeter: apt-get could not install them (see above)"
		return 1
	fi
}
