/*
 * error.h - how a dbsync function says no.
 *
 * A function that can fail returns enum dbs_rc and takes a struct dbs_error as
 * its last parameter.  The function that knows the cause fills the error in,
 * once.  Functions above it may add where (dbs_error_context), may handle it
 * (switch on the code, then dbs_error_clear), and otherwise pass the same code
 * up.  Nobody below the cmd floor prints it.
 *
 *	rc == DBS_OK   the error is as it was before the call
 *	rc != DBS_OK   error->code == rc, and the text says what was refused
 *
 * Threads:   an error belongs to one thread; send it between threads by value.
 * Ownership: fixed size, nothing to free.
 */
#ifndef DBSYNC_BASE_ERROR_H
#define DBSYNC_BASE_ERROR_H

#include "dbsync/base/side.h"

#include <stdbool.h>

/* What the caller can do about it; the text says what happened. */
enum dbs_rc {
	DBS_OK = 0,
	DBS_E_USAGE,     /* the request makes no sense */
	DBS_E_REFUSED,   /* a guard says no; the text names the way out */
	DBS_E_CONNECT,   /* a server could not be reached or refused us */
	DBS_E_LOST,      /* the connection died; the outcome is unknown */
	DBS_E_RETRY,     /* the server rolled back; the same work may pass */
	DBS_E_SERVER,    /* the server rejected a statement for good */
	DBS_E_DENIED,    /* the server says that we lack a privilege */
	DBS_E_CHANGED,   /* a table was dropped or altered meanwhile */
	DBS_E_UNKNOWN,   /* something that this version cannot interpret */
	DBS_E_STRANGE,   /* a server's answer is none to what was asked */
	DBS_E_FORMAT,    /* a file is damaged or from another version */
	DBS_E_IO,        /* the operating system refused */
	DBS_E_LIMIT,     /* a bound set by the user or by us was reached */
	DBS_E_RESOURCE,  /* this machine has no more of it: threads */
	DBS_E_CANCELLED, /* somebody asked us to stop */
};

struct dbs_error {
	enum dbs_rc code;
	const char *role;      /* of the server that it is about, or NULL */
	int sys_errno;         /* 0 unless the system was the cause */
	unsigned server_errno; /* 0 unless a server was the cause */
	char text[480];        /* too long? context is cut, not the cause */
};

/* Fills in *err and returns code, so that a failing line reads as one. */
enum dbs_rc dbs_fail(struct dbs_error *err, enum dbs_rc code, const char *fmt,
		     ...) __attribute__((format(printf, 3, 4), cold));

/* The same for a refusal of the system: adds strerror(sys_errno). */
enum dbs_rc dbs_fail_errno(struct dbs_error *err, int sys_errno,
			   const char *fmt, ...)
	__attribute__((format(printf, 3, 4), cold));

/* Puts "where: " in front of the text and returns the code unchanged. */
enum dbs_rc dbs_error_context(struct dbs_error *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3), cold));

/* Same story, another code: for the floor that knows what the code means. */
enum dbs_rc dbs_error_recode(struct dbs_error *err, enum dbs_rc code);

void dbs_error_clear(struct dbs_error *err);

/* Whether it ends the whole of a run, not only what was at hand. */
bool dbs_is_fatal(enum dbs_rc rc);
/* Whether a server refused one thing, and may well do the next. */
bool dbs_is_refusal(enum dbs_rc rc);

/* Whether it is about the server of that side. */
bool dbs_error_is_of(const struct dbs_error *err, enum side side);

/*
 * Our own mistake: says where, how it came there and what to do, and ends the
 * process at once, in every build.  The target is then as after a kill: what
 * makes that good is in docs/safety.md.  (A fuzzer gets an abort, which it can
 * tell from a process that ends.)
 */
enum { DBS_STATUS_BUG = 70 };

#define DBS_BUG(cond, ...)                                        \
	do {                                                      \
		if (cond)                                         \
			dbs_bug(__FILE__, __LINE__, __VA_ARGS__); \
	} while (0)

_Noreturn void dbs_bug(const char *file, int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4), cold));
#endif
