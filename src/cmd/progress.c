/* progress.c - see progress.h. */
#include "dbsync/cmd/progress.h"

#include "host.h"
#include "journal.h"

#include "dbsync/base/clock.h"
#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/base/thread.h"
#include "dbsync/cmd/command.h"
#include "dbsync/run/follow_pulse.h"

#include <json-c/json.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { LINE_MS = 200, JSON_MS = 1000 };

struct progress {
	enum progress_mode mode; /* AUTO: a line on the terminal */
	bool is_quiet;
	const char *job; /* of a host that has several; NULL: none */
	struct journal *journal;
	struct talk talk;
	uint64_t start_ns;
	pthread_t thread;
	bool has_thread;

	pthread_mutex_t mutex; /* guards what follows, and stderr */
	pthread_cond_t wake;
	struct throttle *throttle;
	const struct walk *walk;
	const char *words; /* NULL: nothing is counted */
	const struct meter *meter;
	uint64_t total;
	struct follow_pulse *pulse; /* NULL: nothing is followed */
	bool is_over;
	bool has_line;
};

static void clear_line(struct progress *progress)
{
	if (progress->has_line)
		(void)fputs("\r\033[K", stderr);
	progress->has_line = false;
}

bool progress_can_say(void)
{
	struct pollfd fd = {.fd = STDERR_FILENO, .events = POLLOUT};

	return poll(&fd, 1, 0) > 0 && fd.revents & POLLOUT;
}

/* Of a host, whoever reads it or not. */
static bool is_mute(const struct progress *progress)
{
	return progress->job && !progress_can_say();
}

/* It may quote a word of the command line, which is a URL, perhaps. */
static void note(void *self, const char *original)
{
	struct progress *progress = self;
	OWNED(buf_release) struct buf safe = BUF_INIT;
	OWNED(mem_drop) char *text = mem_strdup(original);

	mask_text(text);
	journal_text(progress->journal, JOURNAL_WARNING, "note", text);
	if (progress->is_quiet || is_mute(progress))
		return;
	text_show(&safe, text, strlen(text), 1000);
	(void)pthread_mutex_lock(&progress->mutex);
	clear_line(progress);
	(void)fprintf(stderr, "dbsync: %s%snote: %s\n",
		      progress->job ? progress->job : "",
		      progress->job ? ": " : "", safe.data);
	(void)pthread_mutex_unlock(&progress->mutex);
}

static void step(void *self, const char *text)
{
	struct progress *progress = self;
	OWNED(buf_release) struct buf safe = BUF_INIT;

	journal_text(progress->journal, JOURNAL_INFO, "step", text);
	if (!journal_is_verbose(progress->journal) || is_mute(progress))
		return;
	text_show(&safe, text, strlen(text), 2000);
	(void)pthread_mutex_lock(&progress->mutex);
	clear_line(progress);
	(void)fprintf(stderr, "dbsync: %s%s%s\n",
		      progress->job ? progress->job : "",
		      progress->job ? ": " : "", safe.data);
	(void)pthread_mutex_unlock(&progress->mutex);
}

/*
 * Shows a line that renews itself: no wider than the terminal, for what has run
 * over its edge could not be taken back.
 */
static void put_line(struct progress *progress, const struct buf *line)
{
	OWNED(buf_release) struct buf cut = BUF_INIT;
	struct winsize size = {0};
	size_t width = text_width(line->data);

	buf_add(&cut, line->data, line->length);
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
		size.ws_col = 80;
	for (; width >= size.ws_col; width = text_width(cut.data)) {
		size_t end = cut.length - 1;

		while (end && ((unsigned char)cut.data[end] & 0xc0) == 0x80)
			end--;
		buf_truncate(&cut, end);
	}
	(void)fprintf(stderr, "\r\033[K%s", cut.data);
	(void)fflush(stderr);
	progress->has_line = true;
}

static double seconds_left(const struct walk_progress *now, double elapsed)
{
	if (!now->rows || now->rows >= now->rows_expected)
		return 0;
	return elapsed * (double)(now->rows_expected - now->rows) /
	       (double)now->rows;
}

/* What is expected is an estimate: what goes on is not done yet. */
static unsigned percent(uint64_t done, uint64_t expected)
{
	enum { UNDONE = 99 };
	const double share = expected ? 100 * (double)done / (double)expected
				      : 0;

	return share < UNDONE ? (unsigned)share : UNDONE;
}

static unsigned walk_percent(const struct walk_progress *now)
{
	return now->tables && now->tables_done == now->tables
		       ? 100
		       : percent(now->rows, now->rows_expected);
}

/* "shop.orders" */
static void add_table(struct buf *out, const struct walk_progress *now)
{
	enum { LONGEST = 80 };
	OWNED(buf_release) struct buf name = BUF_INIT;

	if (!now->table)
		return;
	buf_addf(&name, "%s.%s", now->database, now->table);
	text_show(out, name.data, name.length, LONGEST);
	buf_adds(out, "  ");
}

/* In the order of what a person wants to know: the end may be cut. */
static void show_line(struct progress *progress,
		      const struct walk_progress *now, double elapsed)
{
	OWNED(buf_release) struct buf line = BUF_INIT;
	const double per_s = elapsed > 0 ? (double)now->rows / elapsed : 0;

	buf_addf(&line, "%u%%  %zu/%zu tables  ", walk_percent(now),
		 now->tables_done, now->tables);
	text_seconds(&line, elapsed);
	buf_adds(&line, "  ETA ");
	text_seconds(&line, seconds_left(now, elapsed));
	buf_adds(&line, "  ");
	add_table(&line, now);
	text_count(&line, now->rows);
	buf_adds(&line, " of ~");
	text_count(&line, now->rows_expected);
	buf_adds(&line, " rows  ");
	text_count(&line, (unsigned long long)per_s);
	buf_adds(&line, " rows/s  ");
	text_bytes(&line, elapsed > 0 ? (double)now->bytes / elapsed : 0);
	buf_adds(&line, "/s");
	put_line(progress, &line);
}

static void add_number(struct json_object *to, const char *name, uint64_t count)
{
	(void)json_object_object_add(to, name, json_object_new_uint64(count));
}

static void add_seconds(struct json_object *to, const char *name, int digits,
			double seconds)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%.*f", digits, seconds);
	(void)json_object_object_add(to, name,
				     json_object_new_double_s(seconds, text));
}

static struct json_object *name_object(const char *name)
{
	OWNED(buf_release) struct buf safe = BUF_INIT;

	if (!name)
		return NULL;
	text_show(&safe, name, strlen(name), 1000);
	return json_object_new_string(safe.data);
}

static void show_json(const struct walk_progress *now, double elapsed)
{
	struct json_object *object = json_object_new_object();

	(void)json_object_object_add(object, "event",
				     json_object_new_string("progress"));
	add_number(object, "tables_done", now->tables_done);
	add_number(object, "tables", now->tables);
	add_number(object, "rows", now->rows);
	add_number(object, "rows_expected", now->rows_expected);
	add_number(object, "bytes", now->bytes);
	add_seconds(object, "seconds", 3, elapsed);
	add_seconds(object, "eta_seconds", 1, seconds_left(now, elapsed));
	add_number(object, "percent", walk_percent(now));
	(void)json_object_object_add(object, "database",
				     name_object(now->database));
	(void)json_object_object_add(object, "table", name_object(now->table));
	(void)fprintf(stderr, "%s\n",
		      json_object_to_json_string_ext(object,
						     JSON_C_TO_STRING_PLAIN));
	(void)json_object_put(object);
}

static void show_rows(struct progress *progress)
{
	const uint64_t rows = atomic_load(&progress->meter->rows);
	OWNED(buf_release) struct buf line = BUF_INIT;

	if (progress->mode == PROGRESS_JSON) {
		(void)fprintf(stderr,
			      "{\"event\":\"%s\",\"rows\":%llu,"
			      "\"rows_expected\":%llu}\n",
			      progress->words, (unsigned long long)rows,
			      (unsigned long long)progress->total);
		return;
	}
	buf_addf(&line, "%s  %u%%  ", progress->words,
		 percent(rows, progress->total));
	text_count(&line, rows);
	buf_adds(&line, " of ");
	text_count(&line, progress->total);
	buf_adds(&line, " rows");
	put_line(progress, &line);
}

static void show_pulse(struct progress *progress)
{
	struct follow_pulse *pulse = progress->pulse;
	const uint64_t transactions = atomic_load(&pulse->transactions);
	const uint64_t rows = follow_pulse_rows(pulse);
	const double lag = follow_pulse_lag(pulse);
	OWNED(buf_release) struct buf line = BUF_INIT;

	if (progress->mode == PROGRESS_JSON) {
		(void)fprintf(stderr,
			      "{\"event\":\"following\",\"lag_seconds\":%.1f,"
			      "\"transactions\":%llu,\"windows\":%llu,"
			      "\"rows\":%llu}\n",
			      lag, (unsigned long long)transactions,
			      (unsigned long long)atomic_load(&pulse->windows),
			      (unsigned long long)rows);
		return;
	}
	buf_addf(&line, "following, %.0f s behind  ", lag);
	text_count(&line, transactions);
	buf_adds(&line, " transactions, ");
	text_count(&line, rows);
	buf_adds(&line, " rows written");
	put_line(progress, &line);
}

/* Instead of how far it is, which does not change meanwhile. */
static bool show_wait(struct progress *progress)
{
	OWNED(buf_release) struct buf reason = BUF_INIT;
	OWNED(buf_release) struct buf safe = BUF_INIT;

	if (!throttle_reason(progress->throttle, &reason))
		return false;
	if (progress->mode == PROGRESS_JSON) {
		struct json_object *object = json_object_new_object();

		text_show(&safe, reason.data, reason.length, 1000);
		(void)json_object_object_add(object, "event",
					     json_object_new_string("waiting"));
		(void)json_object_object_add(object, "reason",
					     json_object_new_string(safe.data));
		(void)fprintf(stderr, "%s\n",
			      json_object_to_json_string_ext(
				      object, JSON_C_TO_STRING_PLAIN));
		(void)json_object_put(object);
		return true;
	}
	buf_adds(&safe, "waiting: ");
	text_show(&safe, reason.data, reason.length, 200);
	put_line(progress, &safe);
	return true;
}

static void show(struct progress *progress)
{
	const double elapsed = clock_since(progress->start_ns);
	struct walk_progress now;

	if (show_wait(progress))
		return;
	if (progress->pulse && atomic_load(&progress->pulse->is_following)) {
		show_pulse(progress);
		return;
	}
	if (progress->words)
		show_rows(progress);
	if (!progress->walk || progress->words)
		return;
	walk_progress(progress->walk, &now);
	if (progress->mode == PROGRESS_JSON)
		show_json(&now, elapsed);
	else
		show_line(progress, &now, elapsed);
}

static void *renew(void *self)
{
	struct progress *progress = self;

	(void)pthread_mutex_lock(&progress->mutex);
	while (!progress->is_over) {
		const struct timespec at = clock_in_ms(
			progress->mode == PROGRESS_JSON ? JSON_MS : LINE_MS);

		(void)pthread_cond_clockwait(&progress->wake, &progress->mutex,
					     CLOCK_MONOTONIC, &at);
		if (!progress->is_over)
			show(progress);
	}
	clear_line(progress);
	(void)pthread_mutex_unlock(&progress->mutex);
	return NULL;
}

struct progress *progress_begin(enum progress_mode mode, bool is_quiet,
				struct journal *journal,
				const struct host *host)
{
	struct progress *progress = mem_zero(1, sizeof(*progress));

	progress->mode = host ? PROGRESS_NONE : mode;
	progress->job = host ? host->job : NULL;
	progress->is_quiet = is_quiet;
	progress->journal = journal;
	progress->talk = (struct talk){note, step, progress};
	progress->start_ns = clock_ns();
	DBS_BUG(pthread_mutex_init(&progress->mutex, NULL) ||
			pthread_cond_init(&progress->wake, NULL),
		"no mutex");
	progress->has_thread = progress->mode == PROGRESS_JSON ||
			       (progress->mode == PROGRESS_AUTO && !is_quiet &&
				isatty(STDERR_FILENO));
	/* without one nothing is shown, and nothing else is missing */
	if (progress->has_thread)
		progress->has_thread = !thread_try(&progress->thread, renew,
						   progress);
	return progress;
}

void progress_watch(struct progress *progress, const struct walk *walk)
{
	(void)pthread_mutex_lock(&progress->mutex);
	progress->walk = walk;
	(void)pthread_mutex_unlock(&progress->mutex);
}

void progress_show_throttle(struct progress *progress,
			    struct throttle *throttle)
{
	(void)pthread_mutex_lock(&progress->mutex);
	progress->throttle = throttle;
	(void)pthread_mutex_unlock(&progress->mutex);
}

void progress_watch_follow(struct progress *progress,
			   struct follow_pulse *pulse)
{
	(void)pthread_mutex_lock(&progress->mutex);
	progress->pulse = pulse;
	(void)pthread_mutex_unlock(&progress->mutex);
}

void progress_watch_rows(struct progress *progress, const char *words,
			 const struct meter *meter, uint64_t total)
{
	(void)pthread_mutex_lock(&progress->mutex);
	progress->words = words;
	progress->meter = meter;
	progress->total = total;
	(void)pthread_mutex_unlock(&progress->mutex);
}

bool progress_ask(struct progress *progress, const char *question)
{
	char answer[16] = "";

	(void)pthread_mutex_lock(&progress->mutex);
	clear_line(progress);
	(void)fprintf(stderr, "%s [y/N] ", question);
	(void)fflush(stderr);
	const bool got = fgets(answer, sizeof(answer), stdin) != NULL;

	(void)pthread_mutex_unlock(&progress->mutex);
	return got && (!strcmp(answer, "y\n") || !strcmp(answer, "yes\n"));
}

const struct talk *progress_talk(const struct progress *progress)
{
	return &progress->talk;
}

void progress_end(struct progress **progress)
{
	struct progress *p = *progress;

	if (!p)
		return;
	(void)pthread_mutex_lock(&p->mutex);
	p->is_over = true;
	(void)pthread_cond_broadcast(&p->wake);
	(void)pthread_mutex_unlock(&p->mutex);
	if (p->has_thread)
		(void)pthread_join(p->thread, NULL);
	(void)pthread_cond_destroy(&p->wake);
	(void)pthread_mutex_destroy(&p->mutex);
	mem_drop(progress);
}
