/* endpoints.c - see endpoints.h. */
#include "dbsync/cmd/endpoints.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/base/owner.h"
#include "dbsync/base/text.h"
#include "dbsync/cmd/config.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

void endpoints_clear(struct endpoints *endpoints)
{
	dsn_clear(&endpoints->dsn[SOURCE]);
	dsn_clear(&endpoints->dsn[TARGET]);
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
	if (!options->env_file && access(ENDPOINTS_ENV_FILE, F_OK))
		return DBS_OK;
	enum dbs_rc rc = dsn_from_env_file(
		dsn, options->env_file ? options->env_file : ENDPOINTS_ENV_FILE,
		prefix, found, err);

	if (!rc && *found && !options->env_file)
		rc = owner_check_found(ENDPOINTS_ENV_FILE, "env-file", err);
	return rc;
}

char *endpoints_option_file(const struct endpoint_options *options)
{
	struct buf path = BUF_INIT;
	const char *home = getenv("HOME");

	if (!options->defaults_file && !options->defaults_group)
		return NULL;
	if (options->defaults_file)
		buf_adds(&path, options->defaults_file);
	else
		buf_addf(&path, "%s/.my.cnf", home ? home : "");
	return buf_detach(&path);
}

static enum dbs_rc from_option_file(const struct endpoint_options *options,
				    struct dsn *dsn, struct dbs_error *err)
{
	OWNED(mem_drop) char *path = endpoints_option_file(options);

	return path ? dsn_from_option_file(dsn, path, options->defaults_group,
					   err)
		    : DBS_OK;
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

	sigset_t ours;
	sigset_t before_us;

	/* a job before this one may have left them blocked */
	(void)sigemptyset(&ours);
	(void)sigaddset(&ours, SIGINT);
	(void)sigaddset(&ours, SIGTERM);
	(void)sigaction(SIGINT, &catch, &old_int);
	(void)sigaction(SIGTERM, &catch, &old_term);
	(void)pthread_sigmask(SIG_UNBLOCK, &ours, &before_us);
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	if (hidden)
		(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	read_line(out);
	if (hidden)
		(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	(void)fputc('\n', stderr);
	(void)pthread_sigmask(SIG_SETMASK, &before_us, NULL);
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

struct endpoint {
	enum side side;
	const char *url;      /* of the command line */
	const char *variable; /* of the environment */
	const char *prefix;   /* in an .env file */
};

static enum dbs_rc from_config(const struct endpoint_options *options,
			       const struct endpoint *endpoint,
			       enum config_scope scope, struct dsn *dsn,
			       int *found, struct dbs_error *err)
{
	bool is_there = false;
	enum dbs_rc rc = config_side(options->config, scope, options->job,
				     endpoint->side, dsn, &is_there, err);

	*found = is_there;
	return rc;
}

/* The first place that names a host; *place_out NULL: none does. */
static enum dbs_rc look_everywhere(const struct endpoint_options *options,
				   const struct endpoint *endpoint,
				   struct dsn *dsn, const char **place_out,
				   struct dbs_error *err)
{
	int found = 0;

	*place_out = NULL;
	/* it was meant to say which server: another one is none */
	if (endpoint->url && !*endpoint->url)
		return dbs_fail(err, DBS_E_USAGE,
				"the URL of the %s is empty: give its address, "
				"or no URLs",
				side_name(endpoint->side));
	enum dbs_rc rc = from_url(dsn, endpoint->url, side_name(endpoint->side),
				  &found, err);

	dsn->is_operand = found != 0;
	*place_out = "the command line";
	if (!rc && !found) {
		*place_out = "the job";
		rc = from_config(options, endpoint, CONFIG_OF_JOB, dsn, &found,
				 err);
	}
	if (!rc && !found) {
		*place_out = endpoint->variable;
		rc = from_url(dsn, getenv(endpoint->variable),
			      endpoint->variable, &found, err);
	}
	if (!rc && !found) {
		*place_out = options->env_file ? options->env_file
					       : ENDPOINTS_ENV_FILE;
		rc = from_env_file(options, dsn, endpoint->prefix, &found, err);
	}
	if (!rc && !found) {
		*place_out = config_path(options->config);
		rc = from_config(options, endpoint, CONFIG_OF_FILE, dsn, &found,
				 err);
	}
	if (!rc)
		rc = from_option_file(options, dsn, err);
	if (!found)
		*place_out = dsn->host || dsn->socket ? "the option file"
						      : NULL;
	return rc;
}

/* Whoever may read it has the password; what tools of others read is not ours. */
static void note_readers(const struct endpoint_options *options,
			 const char *place, const struct dsn *dsn)
{
	const char *file = options->env_file ? options->env_file
					     : ENDPOINTS_ENV_FILE;
	OWNED(buf_release) struct buf safe = BUF_INIT;
	struct stat info;

	if (!place || strcmp(place, file) != 0 || !dsn->password ||
	    !*dsn->password || stat(file, &info) || !S_ISREG(info.st_mode) ||
	    !(info.st_mode & (S_IRGRP | S_IROTH)))
		return;
	text_show(&safe, file, strlen(file), 200);
	(void)fprintf(stderr,
		      "dbsync: note: `%s` holds a password, and others may "
		      "read it: chmod 600 helps\n",
		      safe.data);
}

static enum dbs_rc load_side(const struct endpoint_options *options,
			     const struct endpoint *endpoint, struct dsn *dsn,
			     const char **place_out, struct dbs_error *err)
{
	const char *name = side_name(endpoint->side);
	const char *place = NULL;
	enum dbs_rc rc = look_everywhere(options, endpoint, dsn, &place, err);

	*place_out = place;

	if (rc)
		return rc;
	if (!place)
		return dbs_fail(err, DBS_E_USAGE,
				"no %s is named: give its URL, set %s, put "
				"%sHOST and the like into .env, or name it in "
				"the configuration (`dbsync config --help`)",
				name, endpoint->variable, endpoint->prefix);
	if (!dsn->connect_timeout_s)
		dsn->connect_timeout_s = config_connect_timeout(options->config,
								options->job);
	rc = dsn_complete(dsn, err);
	if (rc)
		return dbs_error_context(err, "%s", name);
	return ask_password(dsn, name, err);
}

static struct endpoint endpoint_of(enum side side, const char *url)
{
	return side == SOURCE
		       ? (struct endpoint){side, url, "DBSYNC_SOURCE", "DB_"}
		       : (struct endpoint){side, url, "DBSYNC_TARGET",
					   "BACKUP_DB_"};
}

enum dbs_rc endpoints_look(const struct endpoint_options *options,
			   const struct vec *operands, enum side side,
			   struct dsn *out, const char **place_out,
			   struct dbs_error *err)
{
	const struct endpoint wanted =
		endpoint_of(side, operand(operands, side == TARGET));

	return look_everywhere(options, &wanted, out, place_out, err);
}

enum dbs_rc endpoints_load(const struct endpoint_options *options,
			   const struct vec *operands, struct endpoints *out,
			   struct dbs_error *err)
{
	const struct endpoint source = endpoint_of(SOURCE,
						   operand(operands, 0));
	const struct endpoint target = endpoint_of(TARGET,
						   operand(operands, 1));

	if (operands->count == 1)
		return dbs_fail(err, DBS_E_USAGE,
				"the target is missing: give SOURCE and "
				"TARGET, or neither");
	if (operands->count > 2)
		return dbs_fail(err, DBS_E_USAGE,
				"one source and one target, not %zu operands",
				operands->count);
	const char *place = NULL;
	const char *other = NULL;
	enum dbs_rc rc = load_side(options, &source, &out->dsn[SOURCE], &place,
				   err);

	if (!rc)
		rc = load_side(options, &target, &out->dsn[TARGET], &other,
			       err);
	if (rc)
		return rc;
	note_readers(options, place, &out->dsn[SOURCE]);
	/* once */
	if (!place || !other || strcmp(place, other) != 0)
		note_readers(options, other, &out->dsn[TARGET]);
	return DBS_OK;
}

enum dbs_rc endpoints_load_one(const struct endpoint_options *options,
			       enum side side, const char *url, struct dsn *out,
			       struct dbs_error *err)
{
	const struct endpoint endpoint = endpoint_of(side, url);
	const char *place = NULL;
	enum dbs_rc rc = load_side(options, &endpoint, out, &place, err);

	if (!rc)
		note_readers(options, place, out);
	return rc;
}
