/*
 * progress.h - how far it is, on stderr, and notes that do not tear it.
 *
 * On a terminal one line that renews itself; as `json` one object a line; when
 * stderr is no terminal, nothing.  Notes of the floors below go through here
 * too (progress_talk), since they share stderr with the line.
 */
#ifndef DBSYNC_CMD_PROGRESS_H
#define DBSYNC_CMD_PROGRESS_H

#include "dbsync/base/talk.h"
#include "dbsync/base/throttle.h"
#include "dbsync/data/walk.h"

struct journal;

enum progress_mode { PROGRESS_AUTO, PROGRESS_NONE, PROGRESS_JSON };

/* Whether stderr takes a line without a wait: a pipe may be full. */
bool progress_can_say(void);

struct host;
struct progress;
/*
 * Notes and steps go into the journal, too.  host: whose process it is, and where
 * there is no line; NULL: the command's own.
 */
struct progress *progress_begin(enum progress_mode mode, bool is_quiet,
				struct journal *journal,
				const struct host *host);
/* From now on, the line is about walk, until NULL is given. */
void progress_watch(struct progress *progress, const struct walk *walk);
/*
 * From now on, the line is about rows of meter out of total, after these words
 * ("writing"), until words are NULL.
 */
void progress_watch_rows(struct progress *progress, const char *words,
			 const struct meter *meter, uint64_t total);
struct follow_pulse;
/* While it follows, the line is about that; NULL: no more. */
void progress_watch_follow(struct progress *progress,
			   struct follow_pulse *pulse);
/* From now on the line says what this holds the run up for; NULL: nothing. */
void progress_show_throttle(struct progress *progress,
			    struct throttle *throttle);
/*
 * Asks on the terminal; false for anything but yes, and when nobody is there.
 * The line is out of the way meanwhile.
 */
bool progress_ask(struct progress *progress, const char *question);
const struct talk *progress_talk(const struct progress *progress);
void progress_end(struct progress **progress);
#endif
