/* endpoints.c - see endpoints.h. */
#include "dbsync/cmd/endpoints.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define ENV_FILE ".env"

void endpoints_clear(struct endpoints *endpoints)
{
	dsn_clear(&endpoints->source);
	dsn_clear(&endpoints->target);
}

static const char *operand(const struct vec *operands, size_t i)
{
	return i < operands->count ? *(const char **)vec_at(operands, i) : NULL;
}

static enum dbs_rc from_url(struct dsn *dsn, const char *url, const char *name,
			    int *found, struct dbs_error *err)
{
	if (!url || !*url)
		return DBS_OK;
	*found = 1;
	enum dbs_rc rc = dsn_parse(dsn, url, err);

	return rc ? dbs_error_context(err, "%s", name) : rc;
}

static enum dbs_rc from_env_file(const struct endpoint_options *options,
				 struct dsn *dsn, const char *prefix,
				 int *found, struct dbs_error *err)
{
	if (!options->env_file && access(ENV_FILE, F_OK))
		return DBS_OK;
	return dsn_from_env_file(
		dsn, options->env_file ? options->env_file : ENV_FILE, prefix,
		found, err);
}

static enum dbs_rc from_option_file(const struct endpoint_options *options,
				    struct dsn *dsn, struct dbs_error *err)
{
	OWNED(buf_release) struct buf path = BUF_INIT;
	const char *home = getenv("HOME");

	if (!options->defaults_file && !options->defaults_group)
		return DBS_OK;
	if (options->defaults_file)
		buf_adds(&path, options->defaults_file);
	else
		buf_addf(&path, "%s/.my.cnf", home ? home : "");
	return dsn_from_option_file(dsn, path.data, options->defaults_group,
				    err);
}

/* ------------------------------------------------------------------------
 * The prompt
 * --------------------------------------------------------------------- */

/* Set by a signal while a password is typed: the echo comes back first. */
static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
	interrupted = number;
}

static void read_line(struct buf *out)
{
	char c;

	while (!interrupted && read(STDIN_FILENO, &c, 1) == 1 && c != '\n')
		buf_addc(out, c);
}

static void read_secret(struct buf *out)
{
	const struct sigaction catch = {.sa_handler = on_interrupt};
	struct sigaction old_int;
	struct sigaction old_term;
	struct termios before;
	const bool hidden = !tcgetattr(STDIN_FILENO, &before);
	struct termios quiet = before;

	(void)sigaction(SIGINT, &catch, &old_int);
	(void)sigaction(SIGTERM, &catch, &old_term);
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	if (hidden)
		(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	read_line(out);
	if (hidden)
		(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	(void)fputc('\n', stderr);
	(void)sigaction(SIGINT, &old_int, NULL);
	(void)sigaction(SIGTERM, &old_term, NULL);
}

static enum dbs_rc ask_password(struct dsn *dsn, const char *side,
				struct dbs_error *err)
{
	OWNED(buf_release) struct buf name = BUF_INIT;
	struct buf secret = BUF_INIT;

	if (dsn->password || dsn->socket || !isatty(STDIN_FILENO) ||
	    !isatty(STDERR_FILENO))
		return DBS_OK;
	dsn_show(dsn, &name);
	(void)fprintf(stderr, "Password of the %s %s: ", side, name.data);
	read_secret(&secret);
	dsn->password = mem_strdup(secret.data);
	mem_wipe(secret.data, secret.length);
	buf_release(&secret);
	return interrupted ? dbs_fail(err, DBS_E_CANCELLED, "cancelled")
			   : DBS_OK;
}

/* ------------------------------------------------------------------------
 * Both sides
 * --------------------------------------------------------------------- */

struct side {
	const char *name;
	const char *url;      /* of the command line */
	const char *variable; /* of the environment */
	const char *prefix;   /* in an .env file */
};

static enum dbs_rc load_side(const struct endpoint_options *options,
			     const struct side *side, struct dsn *dsn,
			     struct dbs_error *err)
{
	int found = 0;
	enum dbs_rc rc = from_url(dsn, side->url, side->name, &found, err);

	if (!rc && !found)
		rc = from_url(dsn, getenv(side->variable), side->variable,
			      &found, err);
	if (!rc && !found)
		rc = from_env_file(options, dsn, side->prefix, &found, err);
	if (!rc)
		rc = from_option_file(options, dsn, err);
	if (rc)
		return rc;
	if (!found && !dsn->host && !dsn->socket)
		return dbs_fail(err, DBS_E_USAGE,
				"no %s is named: give its URL, set %s, or put "
				"%sHOST and the like into .env",
				side->name, side->variable, side->prefix);
	rc = dsn_complete(dsn, err);
	if (rc)
		return dbs_error_context(err, "%s", side->name);
	return ask_password(dsn, side->name, err);
}

enum dbs_rc endpoints_load(const struct endpoint_options *options,
			   const struct vec *operands, struct endpoints *out,
			   struct dbs_error *err)
{
	const struct side source = {"source", operand(operands, 0),
				    "DBSYNC_SOURCE", "DB_"};
	const struct side target = {"target", operand(operands, 1),
				    "DBSYNC_TARGET", "BACKUP_DB_"};

	if (operands->count == 1)
		return dbs_fail(err, DBS_E_USAGE,
				"the target is missing: give SOURCE and "
				"TARGET, or neither");
	if (operands->count > 2)
		return dbs_fail(err, DBS_E_USAGE,
				"one source and one target, not %zu operands",
				operands->count);
	enum dbs_rc rc = load_side(options, &source, &out->source, err);

	return rc ? rc : load_side(options, &target, &out->target, err);
}

enum dbs_rc endpoints_load_target(const struct endpoint_options *options,
				  const char *url, struct dsn *out,
				  struct dbs_error *err)
{
	const struct side target = {"target", url, "DBSYNC_TARGET",
				    "BACKUP_DB_"};

	return load_side(options, &target, out, err);
}
