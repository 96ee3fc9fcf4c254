#!/usr/bin/env bash
#
# db-backup-scheduler.sh - what cron or a systemd timer runs.
#
# usage: scripts/db-backup-scheduler.sh daily [--full-sync] [-- OPTIONS of dbsync]
#        scripts/db-backup-scheduler.sh weekly [-- OPTIONS]
#        scripts/db-backup-scheduler.sh verify [-- OPTIONS]
#
#   daily    makes the target equal (sync_settings.default_mode of the
#            configuration, or full-sync), and lets old backup points go
#   weekly   the same, compares everything again, and reads all backup points
#   verify   compares both sides; nothing is written
#
# OPTIONS may be jobs of the configuration, or --all.  .env,
# scripts/sync-config.json, logs/, sync/ and backups/ are looked for in the current
# folder, so cron begins with a cd:
#
#   0 4 * * *  cd /srv/sync && scripts/db-backup-scheduler.sh daily
#   0 5 * * 0  cd /srv/sync && scripts/db-backup-scheduler.sh weekly
#   0 12 * * * cd /srv/sync && scripts/db-backup-scheduler.sh verify
#
# What dbsync says goes to logs/db-backup.log, and to stderr only when something is
# wrong, so that cron writes a mail then and only then.  One runs at a time; the
# second ends with 3.  The exit status is that of the first step that failed.
#
# DBSYNC (the program), DBSYNC_KEEP (backup points that stay, 14),
# DBSYNC_OLDER_THAN (and only older ones go, 30d; empty: of any age),
# DBSYNC_BACKUP_DIR (backups/database) may be set in the environment.

set -euo pipefail
export LC_ALL=C.UTF-8
umask 077

# shellcheck source=scripts/lib/find-dbsync.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib/find-dbsync.sh"

LOG=logs/db-backup.log
LOCK=sync/db-backup-scheduler.lock
LOG_BYTES=$((10 * 1024 * 1024))
BACKUPS=(--backup-dir "${DBSYNC_BACKUP_DIR:-backups/database}")

usage() {
	sed -n '3,/^$/{/^#/!q;s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"
}

die() {
	printf '%s: %s\n' "${0##*/}" "$1" >&2
	exit "$2"
}

# --------------------------------------------------------------------------
# What is asked
# --------------------------------------------------------------------------

task=${1:-}
case $task in
daily | weekly | verify) shift ;;
-h | --help)
	usage
	exit 0
	;;
*)
	usage >&2
	exit 2
	;;
esac
command=run
while [ $# -gt 0 ]; do
	case $1 in
	--full-sync)
		[ "$task" != verify ] || die 'verify writes nothing: it takes no --full-sync' 2
		command=full-sync
		;;
	--)
		shift
		break
		;;
	*) die "there is no option \`$1\` (those of dbsync come behind --)" 2 ;;
	esac
	shift
done
options=("$@")

# --------------------------------------------------------------------------
# Steps
# --------------------------------------------------------------------------

now() { date -u +%Y-%m-%dT%H:%M:%SZ; }

rotate() {
	if [ -e "$LOG" ] && [ "$(stat -c %s "$LOG")" -ge $LOG_BYTES ]; then
		mv -f "$LOG" "$LOG.1"
	fi
}

# Runs a step of dbsync; its output is kept, and shown when it fails.
step() {
	local said status=0
	said=$(mktemp)
	printf '%s begin: dbsync %s\n' "$(now)" "$1" >> "$LOG"
	"$DBSYNC" "$@" > "$said" 2>&1 || status=$?
	cat "$said" >> "$LOG"
	printf '%s end: dbsync %s, exit status %d\n' "$(now)" "$1" "$status" >> "$LOG"
	if [ "$status" != 0 ]; then
		printf '%s: dbsync %s ended with %d (%s):\n' "${0##*/}" "$1" "$status" "$PWD/$LOG" >&2
		tail -n 50 "$said" >&2
	fi
	rm -f "$said"
	return "$status"
}

read_all_backups() {
	local file status=0
	for file in "${BACKUPS[1]}"/*.sql.zst; do
		[ -e "$file" ] || continue
		step backups verify "$file" || status=$?
	done
	return "$status"
}

prune() {
	local -a limits=(--keep "${DBSYNC_KEEP:-14}")
	if [ -n "${DBSYNC_OLDER_THAN-30d}" ]; then
		limits+=(--older-than "${DBSYNC_OLDER_THAN-30d}")
	fi
	step backups prune "${BACKUPS[@]}" "${limits[@]}"
}

# --------------------------------------------------------------------------

find_dbsync
mkdir -p logs sync
# a line for each step of a run, unless the configuration names another log
export DBSYNC_LOG=${DBSYNC_LOG:-logs/incremental-sync.log}
exec 9> "$LOCK"
flock -n 9 || die "another one is running in $PWD ($LOCK)" 3
rotate
status=0
if [ "$command" = run ]; then
	command=$("$DBSYNC" config mode "${options[@]}")
fi
writing=()
case $command in
incremental | full-sync) writing=(--yes "${BACKUPS[@]}") ;;
esac
case $task in
daily)
	step "$command" --progress none "${writing[@]}" "${options[@]}" || status=$?
	;;
weekly)
	step "$command" --progress none "${writing[@]}" "${options[@]}" || status=$?
	again=0
	step verify --progress none "${options[@]}" || again=$?
	[ "$status" != 0 ] || status=$again
	;;
verify)
	step verify --progress none "${options[@]}" || status=$?
	;;
esac
if [ "$task" = weekly ]; then
	read_all_backups || { again=$?; [ "$status" != 0 ] || status=$again; }
fi
# old ones are let go only when there is a new one that is good
if [ "$task" != verify ] && [ "$status" = 0 ]; then
	prune || status=$?
fi
exit "$status"
