/*
 * fault.c - see fault.h.  The wish is read from the environment once, at the
 * first passage of any point; passages are counted atomically.  When
 * DBSYNC_FAULT_LOG names a file, each point writes its name there once, so
 * that a test can tell which points were ever reached.  Whoever passes a point
 * waits until its name is there: the passage may be one that kills the process.
 */
#include "dbsync/base/fault.h"

const char *fault_name(enum fault_point point)
{
	static const char *const names[] = {
#define FAULT(point, name, sentence) [point] = name,
#include "dbsync/base/fault_list.h"
#undef FAULT
	};

	return names[point];
}

#ifdef DBSYNC_FAULTS

#include "dbsync/base/error.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum action {
	ACTION_NONE,
	ACTION_KILL,
	ACTION_BUG,
	ACTION_STALL,
	ACTION_ERROR,
	ACTION_ERRORS
};

static struct {
	char name[64];
	unsigned nth;
	enum action action;
	const char *log;
} wish;

static atomic_uint passages;
static atomic_bool logged[FAULT_POINT_COUNT];
static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t wish_read = PTHREAD_ONCE_INIT;

static enum action action_of(const char *word)
{
	static const struct {
		const char *word;
		enum action action;
	} actions[] = {
		{"kill", ACTION_KILL},     {"bug", ACTION_BUG},
		{"stall", ACTION_STALL},   {"error", ACTION_ERROR},
		{"error+", ACTION_ERRORS},
	};

	for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++)
		if (!strcmp(actions[i].word, word))
			return actions[i].action;
	dbs_bug(__FILE__, __LINE__, "DBSYNC_FAULT has no action `%s`", word);
}

static void read_wish(void)
{
	const char *text = getenv("DBSYNC_FAULT");
	char word[16];

	wish.log = getenv("DBSYNC_FAULT_LOG");
	if (!text)
		return;
	DBS_BUG(sscanf(text, "%63[^:]:%u:%15s", wish.name, &wish.nth, word) !=
			3,
		"DBSYNC_FAULT is not name:nth:action");
	wish.action = action_of(word);
}

static void write_name(enum fault_point point)
{
	int fd = open(wish.log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
		      0600);

	DBS_BUG(fd < 0, "cannot write %s", wish.log);
	(void)dprintf(fd, "%s\n", fault_name(point));
	(void)close(fd);
}

static void log_passage(enum fault_point point)
{
	if (!wish.log || atomic_load(&logged[point]))
		return;
	(void)pthread_mutex_lock(&log_lock);
	if (!atomic_load(&logged[point]))
		write_name(point);
	atomic_store(&logged[point], true);
	(void)pthread_mutex_unlock(&log_lock);
}

bool fault_error(enum fault_point point)
{
	(void)pthread_once(&wish_read, read_wish);
	log_passage(point);
	if (wish.action == ACTION_NONE ||
	    strcmp(wish.name, fault_name(point)) != 0)
		return false;
	unsigned passage = atomic_fetch_add(&passages, 1) + 1;

	if (passage < wish.nth)
		return false;
	if (wish.action == ACTION_ERRORS)
		return true;
	if (passage > wish.nth)
		return false;
	if (wish.action == ACTION_KILL)
		(void)raise(SIGKILL);
	DBS_BUG(wish.action == ACTION_BUG, "a test asked for one at %s",
		fault_name(point));
	while (wish.action == ACTION_STALL)
		(void)pause();
	return true;
}

/* ------------------------------------------------------------------------
 * Statements
 * --------------------------------------------------------------------- */

static struct {
	unsigned nth;
	bool on;
	unsigned number;
	char text[128];
} sql_wish;

static atomic_uint sql_passages;
static pthread_once_t sql_wish_read = PTHREAD_ONCE_INIT;

static void read_sql_wish(void)
{
	const char *text = getenv("DBSYNC_FAULT_SQL");
	char nth[16];

	if (!text)
		return;
	DBS_BUG(sscanf(text, "%15[^:]:%u:%127[^\n]", nth, &sql_wish.number,
		       sql_wish.text) != 3,
		"DBSYNC_FAULT_SQL is not nth:error:text");
	sql_wish.nth = (unsigned)strtoul(nth, NULL, 10);
	sql_wish.on = strchr(nth, '+') != NULL;
}

unsigned fault_sql(const char *sql)
{
	(void)pthread_once(&sql_wish_read, read_sql_wish);
	if (!sql_wish.number || !strstr(sql, sql_wish.text))
		return 0;
	const unsigned passage = atomic_fetch_add(&sql_passages, 1) + 1;

	return passage == sql_wish.nth ||
			       (sql_wish.on && passage > sql_wish.nth)
		       ? sql_wish.number
		       : 0;
}

#endif
