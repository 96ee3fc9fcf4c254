/* undo_line.c - see undo_line.h. */
#include "undo_line.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/cmd/config.h"
#include "dbsync/run/backup_places.h"
#include "dbsync/run/state_place.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A word of a shell, in quotes where it needs them. */
static void add_word(struct buf *out, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_./:@%+,=-";

	buf_addc(out, ' ');
	if (*word && strspn(word, plain) == strlen(word)) {
		buf_adds(out, word);
		return;
	}
	buf_addc(out, '\'');
	for (; *word; word++)
		if (*word == '\'')
			buf_adds(out, "'\\''");
		else
			buf_addc(out, *word);
	buf_addc(out, '\'');
}

static void add_option(struct buf *out, const char *name, const char *value)
{
	if (!value)
		return;
	buf_addf(out, " --%s", name);
	add_word(out, value);
}

/* A file or folder; anywhere: by its whole path. */
static void add_place(struct buf *out, const char *name, const char *value,
		      bool is_anywhere)
{
	char *absolute = value && is_anywhere ? realpath(value, NULL) : NULL;

	add_option(out, name, absolute ? absolute : value);
	free(absolute);
}

/* One that is found without being named needs no name in the same folder. */
static const char *named_config(const struct config *config, bool is_anywhere)
{
	static const char *const found[] = {"/etc/dbsync/dbsync.json",
					    "scripts/sync-config.json"};
	const size_t count = sizeof(found) / sizeof(*found);
	const char *path = config ? config_path(config) : NULL;

	for (size_t i = 0; path && i < (is_anywhere ? 1 : count); i++)
		if (!strcmp(path, found[i]))
			return NULL;
	return path;
}

/* A file .env that was found, or might be, counts as named elsewhere. */
static const char *named_env_file(const struct endpoint_options *options,
				  bool is_anywhere)
{
	if (options->env_file || !is_anywhere || access(".env", R_OK))
		return options->env_file;
	return ".env";
}

static void add_target(const struct sync_run *run, bool is_anywhere,
		       struct buf *out)
{
	const struct endpoint_options *options = &run->walk_options->endpoints;
	OWNED(buf_release) struct buf url = BUF_INIT;

	if (run->setup->dsn->is_operand) {
		dsn_url(run->setup->dsn, &url);
		add_word(out, url.data);
	} else {
		add_place(out, "config",
			  named_config(options->config, is_anywhere),
			  is_anywhere);
		add_option(out, "job", options->job);
		add_place(out, "env-file", named_env_file(options, is_anywhere),
			  is_anywhere);
	}
	add_place(out, "defaults-file", options->defaults_file, is_anywhere);
	add_option(out, "defaults-group", options->defaults_group);
}

/* Those that the run was told to use, for the rollback's own. */
static void add_folders(const struct sync_run *run, bool is_anywhere,
			struct buf *out)
{
	const struct write_options *options = run->options;
	OWNED(mem_drop) char *usual = state_place();

	if (strcmp(options->backup_dir, BACKUP_PLACE) != 0)
		add_place(out, "backup-dir", options->backup_dir, is_anywhere);
	if (options->state_dir && strcmp(options->state_dir, usual) != 0)
		add_place(out, "state-dir", options->state_dir, is_anywhere);
}

void undo_line(const struct sync_run *run, const struct undo_wish *wish,
	       struct buf *out)
{
	buf_adds(out, "dbsync rollback");
	if (wish->is_anywhere) {
		char *absolute = realpath(wish->backup, NULL);

		add_word(out, absolute ? absolute : wish->backup);
		free(absolute);
	} else {
		add_word(out, wish->backup);
	}
	add_target(run, wish->is_anywhere, out);
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
