# find-dbsync.sh - where the program is, for scripts that are run by cron:
# $DBSYNC, the PATH, or build/release beside these scripts.  Sets DBSYNC.
# shellcheck shell=bash

find_dbsync() {
	local here
	here=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
	if [ -n "${DBSYNC:-}" ]; then
		:
	elif command -v dbsync > /dev/null; then
		DBSYNC=$(command -v dbsync)
	elif [ -x "$here/../build/release/dbsync" ]; then
		DBSYNC=$here/../build/release/dbsync
	else
		printf '%s: there is no dbsync: set DBSYNC, install it, or build it\n' "${0##*/}" >&2
		exit 2
	fi
	if ! [ -x "$DBSYNC" ]; then
		printf '%s: %s is no program\n' "${0##*/}" "$DBSYNC" >&2
		exit 2
	fi
}
