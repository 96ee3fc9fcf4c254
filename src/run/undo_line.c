/* undo_line.c - see undo_line.h. */
#include "dbsync/run/undo_line.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/base/shell.h"
#include "dbsync/run/backup_places.h"
#include "dbsync/run/state_place.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Those that the run was told to use, for the rollback's own. */
static void add_folders(const struct sync_run *run, bool is_anywhere,
			struct buf *out)
{
	const struct write_options *options = run->options;
	OWNED(mem_drop) char *usual = state_place();

	if (strcmp(options->backup_dir, BACKUP_PLACE) != 0)
		shell_add_place(out, "backup-dir", options->backup_dir,
				is_anywhere);
	if (options->state_dir && strcmp(options->state_dir, usual) != 0)
		shell_add_place(out, "state-dir", options->state_dir,
				is_anywhere);
}

void undo_line(const struct sync_run *run, const struct undo_wish *wish,
	       struct buf *out)
{
	buf_adds(out, "dbsync rollback");
	if (wish->is_anywhere) {
		char *absolute = realpath(wish->backup, NULL);

		shell_add(out, absolute ? absolute : wish->backup);
		free(absolute);
	} else {
		shell_add(out, wish->backup);
	}
	audience_names_target(run->audience, wish->is_anywhere, out);
	add_folders(run, wish->is_anywhere, out);
	if (wish->is_forced)
		buf_adds(out, " --force");
	if (wish->takes_any_server)
		buf_adds(out, " --any-server");
	if (wish->takes_unsigned)
		buf_adds(out, " --trust-file");
}

static bool may_need_force(const struct sync_run *run)
{
	const struct plan *plan = run->plan;

	/* a rollback takes them away */
	if (run->undoes || plan_is_empty(plan))
		return false;
	for (size_t i = 0; i < plan->guard_count; i++)
		if (plan->guards[i].kind == GUARD_TRIGGERS &&
		    plan->guards[i].is_allowed)
			return true;
	return false;
}

struct undo_wish undo_wish_of(const struct sync_run *run)
{
	return (struct undo_wish){
		.backup = run->backup,
		.is_forced = may_need_force(run),
		.takes_unsigned = run->is_unsigned,
	};
}
