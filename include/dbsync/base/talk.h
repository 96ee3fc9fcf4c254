/*
 * talk.h - what the floors below cmd may say while they work.
 *
 * A note is an event that a person should know of and that changes no result:
 * a retried connection, a weaker snapshot, fewer workers.  Errors are not
 * notes: they are returned.  The cmd floor implements it.
 */
#ifndef DBSYNC_BASE_TALK_H
#define DBSYNC_BASE_TALK_H

struct talk {
	void (*note)(void *self, const char *text); /* may be NULL */
	void *self;
};

/* Threads: the implementation of note must be callable from any. */
void talk_note(const struct talk *talk, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
#endif
