/* undo_line.c - see undo_line.h. */
#include "undo_line.h"

#include "dbsync/base/own.h"
#include "dbsync/cmd/config.h"

#include <string.h>

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

/* One that is found without being named needs no name. */
static const char *named_config(const struct config *config)
{
	static const char *const found[] = {"scripts/sync-config.json",
					    "/etc/dbsync/dbsync.json"};
	const char *path = config ? config_path(config) : NULL;

	for (size_t i = 0; path && i < sizeof(found) / sizeof(*found); i++)
		if (!strcmp(path, found[i]))
			return NULL;
	return path;
}

void undo_line(const struct sync_run *run, const char *backup, struct buf *out)
{
	const struct endpoint_options *options = &run->walk_options->endpoints;
	OWNED(buf_release) struct buf url = BUF_INIT;

	buf_adds(out, "dbsync rollback");
	add_word(out, backup);
	if (run->setup->dsn->is_operand) {
		dsn_url(run->setup->dsn, &url);
		add_word(out, url.data);
	} else {
		add_option(out, "config", named_config(options->config));
		add_option(out, "job", options->job);
		add_option(out, "env-file", options->env_file);
	}
	add_option(out, "defaults-file", options->defaults_file);
	add_option(out, "defaults-group", options->defaults_group);
}
