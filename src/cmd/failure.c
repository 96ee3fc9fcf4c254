/* failure.c - see failure.h. */
#include "dbsync/cmd/failure.h"

#include "host.h"
#include "invocation.h"
#include "paint.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/cmd/progress.h"
#include "dbsync/run/report_value.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int exit_status_of(enum dbs_rc rc)
{
	switch (rc) {
	case DBS_OK:
		return EXIT_EQUAL;
	case DBS_E_USAGE:
		return EXIT_USAGE;
	case DBS_E_REFUSED:
		return EXIT_REFUSED;
	case DBS_E_CONNECT:
	case DBS_E_LOST:
	case DBS_E_RETRY:
	case DBS_E_SERVER:
	case DBS_E_DENIED:
	case DBS_E_CHANGED:
	case DBS_E_STRANGE:
	case DBS_E_RESOURCE:
		return EXIT_SERVER;
	case DBS_E_FORMAT:
	case DBS_E_IO:
		return EXIT_FILES;
	case DBS_E_UNKNOWN:
	case DBS_E_LIMIT:
		return EXIT_INCOMPLETE;
	case DBS_E_CANCELLED:
		return EXIT_CANCELLED;
	}
	return EXIT_BUG;
}

const char *exit_status_name(int status)
{
	switch (status) {
	case EXIT_EQUAL:
		return "done";
	case EXIT_DIFFERENT:
		return "different";
	case EXIT_USAGE:
		return "usage";
	case EXIT_REFUSED:
		return "refused";
	case EXIT_SERVER:
		return "server";
	case EXIT_FILES:
		return "files";
	case EXIT_INCOMPLETE:
		return "incomplete";
	case EXIT_CANCELLED:
		return "cancelled";
	default:
		return "bug";
	}
}

/* What OpenSSL says of a server that speaks nothing after TLS 1.1. */
static bool is_old_tls(const char *text)
{
	return strstr(text, "wrong version number") ||
	       strstr(text, "unsupported protocol") ||
	       strstr(text, "unsafe legacy renegotiation");
}

/* TLS was cut, by whatever stands between: its settings are in order. */
static bool is_cut(const struct dbs_error *err)
{
	return err->code == DBS_E_LOST ||
	       strstr(err->text, strerror(ECONNRESET)) ||
	       strstr(err->text, strerror(EPIPE));
}

static const char *hint_for(const struct dbs_error *err)
{
	switch (err->server_errno) {
	case 1045:
	case 1698:
		return "check user and password; see `dbsync verify --help` "
		       "for where to set them";
	case 2002:
	case 2003:
		return "is the server running, and is this its port?";
	case 2026:
		if (is_cut(err))
			return "the connection was cut: by the server, or by "
			       "something in between (the server's log may say "
			       "more)";
		return is_old_tls(err->text)
			       ? "its TLS version is older than this machine's "
				 "OpenSSL supports: ssl-mode=disabled does "
				 "without TLS, over a link that nobody else "
				 "can read (docs/troubleshooting.md)"
			       : "see ssl-mode, ssl-ca in the URL or option "
				 "file";
	default:
		break;
	}
	return NULL;
}

static void print_hint(const char *command, const struct dbs_error *err)
{
	const char *hint = hint_for(err);

	if (hint)
		(void)fprintf(stderr, "  hint: %s\n", hint);
	else if (err->code == DBS_E_USAGE)
		(void)fprintf(stderr, "  hint: try `dbsync %s%s--help`\n",
			      command, *command ? " " : "");
}

void print_error_line(const struct dbs_error *err)
{
	struct dbs_error masked = *err;
	OWNED(buf_release) struct buf safe = BUF_INIT;

	mask_secrets(&masked);
	const char *grant = strstr(masked.text, "GRANT ");
	const size_t length = grant ? (size_t)(grant - masked.text)
				    : strlen(masked.text);

	text_show(&safe, masked.text, length, sizeof(masked.text));
	/* a statement is there to be copied */
	if (grant)
		text_show_sql(&safe, grant, strlen(grant), sizeof(masked.text));
	(void)fprintf(stderr, "%sdbsync:%s %s\n",
		      paint_begin(stderr, PAINT_BAD),
		      paint_end(stderr, PAINT_BAD), safe.data);
}

void print_error(const char *command, const struct dbs_error *err)
{
	print_error_line(err);
	print_hint(command, err);
}

struct json_object *report_error_object(const struct dbs_error *err)
{
	struct json_object *error = json_object_new_object();
	struct dbs_error masked = *err;

	mask_secrets(&masked);

	report_add(error, "code",
		   report_string(exit_status_name(exit_status_of(err->code))));
	report_add(error, "exit_status",
		   json_object_new_int(exit_status_of(err->code)));
	report_add(error, "side", err->role ? report_string(err->role) : NULL);
	report_add(error, "server_errno",
		   err->server_errno ? report_count(err->server_errno) : NULL);
	report_add(error, "text", report_string(masked.text));
	return error;
}

void report_json_error(struct outcome *outcome, const char *command,
		       const struct dbs_error *err, bool is_printed)
{
	struct json_object *object = json_object_new_object();

	report_add(object, "command", report_string(command));
	report_add(object, "error", report_error_object(err));
	outcome_give(outcome, object, is_printed);
}

int command_fail(struct invocation *invocation, const char *command,
		 const struct dbs_error *err, bool is_json)
{
	struct dbs_error named = *err;

	report_json_error(&invocation->outcome, command, err, is_json);
	if (invocation->host)
		(void)dbs_error_context(&named, "%s", invocation->host->job);
	/* its host has said that it stops */
	if (!invocation->host ||
	    (err->code != DBS_E_CANCELLED && progress_can_say()))
		print_error(command, &named);
	return exit_status_of(err->code);
}
