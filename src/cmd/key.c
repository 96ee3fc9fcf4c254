/* key.c - `dbsync key export|import`: backup points on several machines. */
#include "dbsync/cmd/command.h"

#include "dbsync/backup/key.h"
#include "dbsync/base/file.h"
#include "dbsync/base/mem.h"
#include "dbsync/base/open.h"
#include "dbsync/base/own.h"
#include "dbsync/base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MOST_BYTES = 64 * 1024 };

struct key_options {
	bool help; /* cmd_main sees to it */
};

/* clang-format off */
static const struct option_row rows[] = {
	{"help", 'h', OPTION_FLAG, offsetof(struct key_options, help), NULL,
	 "this text", "Options", 0, 0, NULL, NULL},
};
/* clang-format on */

static void defaults(void *options)
{
	(void)options;
}

static int fail(struct dbs_error *err)
{
	print_error("key", err);
	return exit_status_of(err->code);
}

/* ------------------------------------------------------------------------
 * Out
 * --------------------------------------------------------------------- */

static enum dbs_rc write_file(const char *path, const struct buf *text,
			      struct dbs_error *err)
{
	OWNED(file_draft_drop) struct file_draft draft = FILE_DRAFT_INIT;
	enum dbs_rc rc = file_draft_open(&draft, path, err);

	if (!rc)
		rc = file_draft_write(&draft, text->data, text->length, err);
	if (!rc)
		rc = file_draft_sync(&draft, err);
	return rc ? rc : file_draft_keep(&draft, true, err);
}

static enum dbs_rc write_stdout(const struct buf *text, struct dbs_error *err)
{
	if (isatty(STDOUT_FILENO))
		return dbs_fail(err, DBS_E_USAGE,
				"a key is not printed to a terminal: name a "
				"file for it, or pipe it");
	/* no buffer of stdio may keep it */
	for (size_t at = 0; at < text->length;) {
		const ssize_t count = write(STDOUT_FILENO, text->data + at,
					    text->length - at);

		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return dbs_fail_errno(err, count ? errno : EIO,
					      "cannot write standard output");
		at += (size_t)count;
	}
	return DBS_OK;
}

static int export(const char *path, struct dbs_error *err)
{
	OWNED(keys_drop) struct keys *keys = NULL;
	OWNED(buf_wipe) struct buf text = BUF_INIT;
	enum dbs_rc rc = keys_make(&keys, err);

	if (!rc && !keys->count)
		rc = dbs_fail(err, DBS_E_IO,
			      "there is no key, and none can be created: %s; "
			      "set DBSYNC_KEY_FILE",
			      keys->lack);
	if (rc)
		return fail(err);
	keys_write(keys, &text);
	rc = path ? write_file(path, &text, err) : write_stdout(&text, err);
	if (rc)
		return fail(err);
	if (path)
		(void)printf("%s: the keys of %s; the key %s signs\n", path,
			     keys->path, keys->items[0].id);
	return EXIT_EQUAL;
}

/* ------------------------------------------------------------------------
 * In
 * --------------------------------------------------------------------- */

static enum dbs_rc read_fd(int fd, struct buf *out, struct dbs_error *err)
{
	char block[1024];
	ssize_t count = 0;

	buf_reserve(out, MOST_BYTES + sizeof(block));
	while (out->length <= MOST_BYTES) {
		count = read(fd, block, sizeof(block));
		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			break;
		buf_add(out, block, (size_t)count);
	}
	mem_wipe(block, sizeof(block));
	if (count < 0)
		return dbs_fail_errno(err, errno, "cannot read the keys");
	return out->length > MOST_BYTES
		       ? dbs_fail(err, DBS_E_FORMAT,
				  "the key to import is larger than %d bytes",
				  (int)MOST_BYTES)
		       : DBS_OK;
}

/* Others see the words of a command, and shells keep them. */
static bool is_secret(const char *word)
{
	return !strncmp(word, "dbsync-key", 10) ||
	       (strlen(word) == 2 * (size_t)MAC_KEY_BYTES &&
		strspn(word, "0123456789abcdefABCDEF") == strlen(word));
}

static enum dbs_rc read_keys(const char *path, struct buf *out,
			     struct dbs_error *err)
{
	if (!path && isatty(STDIN_FILENO))
		return dbs_fail(err, DBS_E_USAGE,
				"a key is not read from a terminal: name the "
				"file that contains it, or pipe it in");
	if (!path)
		return read_fd(STDIN_FILENO, out, err);
	if (is_secret(path))
		return dbs_fail(err, DBS_E_USAGE,
				"a key must not be a command line argument, "
				"where others see it: name the file that "
				"contains it, or pipe it in");
	OWNED(open_drop) int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return dbs_fail_errno(err, errno, "cannot read `%s`", path);
	return read_fd(fd, out, err);
}

static int import(const char *path, struct dbs_error *err)
{
	OWNED(keys_drop) struct keys *keys = NULL;
	OWNED(buf_wipe) struct buf text = BUF_INIT;
	size_t added = 0;
	enum dbs_rc rc = read_keys(path, &text, err);

	if (!rc)
		rc = keys_import(&text, &keys, &added, err);
	if (rc)
		return fail(err);
	(void)printf("%s: %zu keys are new; the key %s signs from now on, %zu "
		     "are believed\n",
		     keys->path, added, keys->items[0].id, keys->count);
	return EXIT_EQUAL;
}

static int run(struct invocation *invocation, void *options,
	       const struct vec *operands)
{
	static const char *const words[] = {"export", "import"};
	const char *const *names = operands->items;
	const char *word = operands->count ? names[0] : "";
	const char *path = operands->count > 1 ? names[1] : NULL;
	struct dbs_error err = {0};

	(void)invocation;
	(void)options;
	if (operands->count > 2)
		(void)dbs_fail(&err, DBS_E_USAGE,
			       "`%s` takes one file, or none", word);
	else if (!strcmp(word, words[0]))
		return export(path, &err);
	else if (!strcmp(word, words[1]))
		return import(path, &err);
	else if (!*word)
		(void)dbs_fail(
			&err, DBS_E_USAGE,
			"name an action: export [FILE] or import [FILE]");
	else {
		const char *nearest = text_nearest(word, words, 2);

		(void)dbs_fail(&err, DBS_E_USAGE,
			       "key takes export or import%s%s%s",
			       nearest ? "; did you mean `" : "",
			       nearest ? nearest : "", nearest ? "`?" : "");
	}
	return fail(&err);
}

static const struct command_verb verbs[] = {
	{"export", OPERAND_FILE},
	{"import", OPERAND_FILE},
};

const struct command command_key = {
	.name = "key",
	.summary = "export or import the key that signs backup points",
	.operands = "export [FILE] | import [FILE]",
	.text = "Backup points have a MAC (HMAC-SHA-256) made with the key of "
		"this installation, and\n"
		"`dbsync rollback` trusts only those.  The key is created when "
		"the first one is\n"
		"written: $DBSYNC_KEY_FILE, /var/lib/dbsync/key for the user of "
		"the service, else\n"
		"~/.local/state/dbsync/key.\n"
		"\n"
		"export  writes it to a new FILE (0600), or to standard output "
		"unless that is a\n"
		"        terminal\n"
		"import  reads a key from FILE, or from standard input: it "
		"signs from now on, and\n"
		"        older keys remain valid\n"
		"\n"
		"A key that others may read is refused.  By default everybody "
		"may read secrets of\n"
		"containers: set `mode: 0400` and `uid` (Docker), `defaultMode: "
		"0400` and `fsGroup`\n"
		"(Kubernetes; docs/operations.md).\n"
		"\n"
		"Exit status: 0 done, 2 usage, 3 others may read or write the "
		"key file, 5 the file\n"
		"contains no key, or files cannot be read or written.\n"
		"\n"
		"Examples:\n"
		"  dbsync key export | ssh backup2 dbsync key import\n"
		"  DBSYNC_KEY_FILE=/run/secrets/dbsync dbsync rollback --last "
		"TARGET\n",
	.options = rows,
	.option_count = sizeof(rows) / sizeof(*rows),
	.options_size = sizeof(struct key_options),
	.endpoints = COMMAND_NO_ENDPOINTS,
	.verbs = verbs,
	.verb_count = sizeof(verbs) / sizeof(*verbs),
	.is_question = true,
	.defaults = defaults,
	.run = run,
};
