/* error.c - filling in, adding to and showing errors; see error.h. */
#include "dbsync/base/error.h"

#include "dbsync/version.h"

#include <execinfo.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void set_text(struct dbs_error *err, const char *fmt, va_list args)
	__attribute__((format(printf, 2, 0)));

static void set_text(struct dbs_error *err, const char *fmt, va_list args)
{
	(void)vsnprintf(err->text, sizeof(err->text), fmt, args);
}

enum dbs_rc dbs_fail(struct dbs_error *err, enum dbs_rc code, const char *fmt,
		     ...)
{
	va_list args;

	*err = (struct dbs_error){.code = code};
	va_start(args, fmt);
	set_text(err, fmt, args);
	va_end(args);
	return code;
}

enum dbs_rc dbs_fail_errno(struct dbs_error *err, int sys_errno,
			   const char *fmt, ...)
{
	char reason[128] = "";
	size_t used;
	va_list args;

	*err = (struct dbs_error){.code = DBS_E_IO, .sys_errno = sys_errno};
	va_start(args, fmt);
	set_text(err, fmt, args);
	va_end(args);
	used = strlen(err->text);
	(void)snprintf(err->text + used, sizeof(err->text) - used, ": %s",
		       strerror_r(sys_errno, reason, sizeof(reason)));
	return DBS_E_IO;
}

enum dbs_rc dbs_error_context(struct dbs_error *err, const char *fmt, ...)
{
	char text[sizeof(err->text)];
	char where[sizeof(err->text) / 2];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(where, sizeof(where), fmt, args);
	va_end(args);
	/* the cause is worth more than the place: the place is cut */
	size_t cause = strlen(err->text);
	size_t room = sizeof(text) - 1 - cause;

	if (room <= 2)
		return err->code;
	(void)snprintf(text, sizeof(text), "%.*s: %.*s", (int)(room - 2), where,
		       (int)cause, err->text);
	memcpy(err->text, text, sizeof(text));
	return err->code;
}

enum dbs_rc dbs_error_recode(struct dbs_error *err, enum dbs_rc code)
{
	err->code = code;
	return code;
}

void dbs_error_clear(struct dbs_error *err)
{
	*err = (struct dbs_error){.code = DBS_OK};
}

bool dbs_error_is_of(const struct dbs_error *err, enum side side)
{
	return err->role && !strcmp(err->role, side_name(side));
}

/* Without the program's symbols these are places in it, for `addr2line`. */
static void show_way_here(void)
{
#ifdef __GLIBC__
	enum { FRAMES = 32 };
	void *frames[FRAMES];
	const int count = backtrace(frames, FRAMES);

	backtrace_symbols_fd(frames, count, STDERR_FILENO);
#endif
}

static _Noreturn void end_of_bug(void)
{
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
	abort();
#else
	_exit(DBS_STATUS_BUG);
#endif
}

_Noreturn void dbs_bug(const char *file, int line, const char *fmt, ...)
{
	va_list args;

	/* it is 70 also when nobody reads what is said */
	(void)signal(SIGPIPE, SIG_IGN);
	(void)fprintf(stderr, "dbsync: a bug at %s:%d: ", file, line);
	va_start(args, fmt);
	(void)vfprintf(stderr, fmt, args);
	va_end(args);
	(void)fputs("\n"
		    "This is a bug in dbsync " DBSYNC_VERSION
		    ". Please report these lines and what you ran. A run that "
		    "had begun to write can be repeated or undone: `dbsync "
		    "status` says how.\n",
		    stderr);
	show_way_here();
	end_of_bug();
}

bool dbs_is_fatal(enum dbs_rc rc)
{
	return rc == DBS_E_LOST || rc == DBS_E_CONNECT || rc == DBS_E_IO ||
	       rc == DBS_E_STRANGE || rc == DBS_E_RESOURCE ||
	       rc == DBS_E_CANCELLED;
}

bool dbs_is_refusal(enum dbs_rc rc)
{
	return rc == DBS_E_SERVER || rc == DBS_E_DENIED || rc == DBS_E_CHANGED;
}
