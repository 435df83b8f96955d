#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds the container image where a builder is, and lets it prove itself: both programs start
# as their user in a read-only container without capabilities.
#   packaging/container.sh [NAME]      localhost/rackmeter:VERSION
# RACKMETER_BASE is another base image than Debian's own.
set -eu
cd "$(dirname "$0")/.."
# shellcheck source=packaging/packages.sh
. packaging/packages.sh

builder=""
for try in podman docker; do
	if [ -z "$builder" ] && command -v $try >/dev/null && $try info >/dev/null 2>&1; then
		builder=$try
	fi
done
if [ -z "$builder" ]; then
	echo "SKIPPED: no container builder here that works (podman, docker)"
	exit 77
fi
version=$(sh packaging/version.sh)
# A tag knows no tilde.
name=${1:-localhost/rackmeter:$(printf %s "$version" | tr '~' '-')}
context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
sh packaging/files.sh | tar -c -T - | tar -x -C "$context"
say "building $name with $builder"
# shellcheck disable=SC2086 # words are meant
$builder build ${RACKMETER_BUILDER_OPTIONS:-} -t "$name" -f packaging/Containerfile \
	${RACKMETER_BASE:+--build-arg "BASE=$RACKMETER_BASE"} \
	--build-arg "VERSION=$version" --build-arg "SOURCE_DATE_EPOCH=$(sh packaging/version.sh --epoch)" \
	"$context"
run() { # shellcheck disable=SC2086 # words are meant
	$builder run ${RACKMETER_RUN_OPTIONS:-} --rm --read-only --cap-drop all \
		--security-opt no-new-privileges "$name" "$@"
}
run /usr/sbin/rackmeterd --version
run /usr/bin/rackmeter --version
run /usr/bin/rackmeter profile list >/dev/null
[ "$(run /usr/bin/id -u)" = 927 ] || { say "container.sh: the image runs as root"; exit 1; }
echo "ok: $name"
