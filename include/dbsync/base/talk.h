/*
 * talk.h - what the floors below cmd may say while they work.
 *
 * A note is an event that a person should know of and that changes no result:
 * a retried connection, a weaker snapshot, fewer workers.  Errors are not
 * notes: they are returned.  A step is what goes as it should, for the log and
 * for those who asked to see it (-v).  The cmd floor implements both.
 */
#ifndef DBSYNC_BASE_TALK_H
#define DBSYNC_BASE_TALK_H

struct talk {
	void (*note)(void *self, const char *text); /* may be NULL */
	void (*step)(void *self, const char *text); /* likewise */
	void *self;
};

/* Threads: the implementations must be callable from any. */
void talk_note(const struct talk *talk, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void talk_step(const struct talk *talk, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
#endif
