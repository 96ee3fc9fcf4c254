/*
 * mark.h - what stands for a database in the names of locks and of databases
 * that a run makes.
 *
 * Pure.  Such names are of 64 characters at most, and so are names of databases.
 */
#ifndef DBSYNC_DB_MARK_H
#define DBSYNC_DB_MARK_H

enum { DATABASE_MARK = 16 };

struct database_mark {
	char text[DATABASE_MARK + 1]; /* digits and a … f */
};

/* One for Shop and shop, which some servers do not tell apart. */
struct database_mark database_mark(const char *database);

/* With a mark behind it: the lock of the run that writes to the database. */
#define TARGET_LOCK_PREFIX "dbsync."
#endif
