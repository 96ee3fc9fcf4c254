#!/usr/bin/env bash
#
# incremental-db-sync.sh - the commands of the script of that name, by dbsync.
#
# usage: scripts/incremental-db-sync.sh [COMMAND] [OPTIONS of dbsync]
#
#   incremental     change only what differs
#   full-sync       copy everything, and swap it in at once
#   dry-run         what would incremental do?
#   verify          are both equal?
#   rollback FILE   undo a run
#   list            backup points
#
# Without a COMMAND it is sync_settings.default_mode of the configuration.  .env,
# scripts/sync-config.json, logs/, sync/ and backups/ are looked for in the
# current folder.  A line for each step goes to logs/incremental-sync.log.
# Without a terminal nothing is asked.  The exit status is that of dbsync.

set -euo pipefail
export LC_ALL=C.UTF-8

# shellcheck source=scripts/lib/find-dbsync.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib/find-dbsync.sh"
find_dbsync

usage() {
	sed -n '3,/^$/{/^#/!q;s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"
}

command=run
case ${1:-} in
incremental | full-sync | dry-run | verify | rollback)
	command=$1
	shift
	;;
list)
	shift
	exec "$DBSYNC" backups list "$@"
	;;
-h | --help | help)
	usage
	exit 0
	;;
-* | '') ;;
*)
	printf '%s: there is no command %s\n' "${0##*/}" "$1" >&2
	usage >&2
	exit 2
	;;
esac

# unless the configuration names another one
export DBSYNC_LOG=${DBSYNC_LOG:-logs/incremental-sync.log}
options=()
mode=$command
if [ "$mode" = run ]; then
	mode=$("$DBSYNC" config mode "$@")
fi
# nobody is there to be asked
case $mode in
incremental | full-sync | rollback)
	if ! [ -t 0 ] || ! [ -t 2 ]; then
		options+=(--yes)
	fi
	;;
esac
exec "$DBSYNC" "$command" "${options[@]}" "$@"
