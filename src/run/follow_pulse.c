/* follow_pulse.c - see follow_pulse.h. */
#include "dbsync/run/follow_pulse.h"

#include "dbsync/base/clock.h"
#include "dbsync/base/error.h"
#include "dbsync/base/mem.h"

#include <string.h>
#include <time.h>

void follow_pulse_init(struct follow_pulse *pulse)
{
	*pulse = (struct follow_pulse){
		.tables = VEC_INIT(struct follow_pulse_table),
	};
	DBS_BUG(pthread_mutex_init(&pulse->mutex, NULL), "no mutex");
}

void follow_pulse_release(struct follow_pulse *pulse)
{
	for (size_t i = 0; i < pulse->tables.count; i++) {
		struct follow_pulse_table *table = vec_at(&pulse->tables, i);

		mem_drop(&table->database);
		mem_drop(&table->table);
	}
	vec_release(&pulse->tables);
	(void)pthread_mutex_destroy(&pulse->mutex);
}

void follow_pulse_reset(struct follow_pulse *pulse)
{
	atomic_store(&pulse->is_following, false);
	atomic_store(&pulse->behind_since_ms, 0);
	atomic_store(&pulse->behind_transactions, 0);
	atomic_store(&pulse->behind_bytes, 0);
	atomic_store(&pulse->heard_ns, 0);
	follow_pulse_hold(pulse, NULL, 0);
}

double follow_pulse_lag(struct follow_pulse *pulse)
{
	const unsigned long long since = atomic_load(&pulse->behind_since_ms);
	const double lag = (double)time(NULL) - (double)since / 1000;

	return since && lag > 0 ? lag : 0;
}

double follow_pulse_silence(struct follow_pulse *pulse)
{
	const uint64_t heard_ns = atomic_load(&pulse->heard_ns);

	return heard_ns ? clock_since(heard_ns) : 0;
}

uint64_t follow_pulse_rows(struct follow_pulse *pulse)
{
	uint64_t rows = 0;

	for (size_t k = 0; k < CHANGE_KINDS; k++)
		rows += atomic_load(&pulse->written[k]);
	return rows;
}

static int order(const void *key, const void *item)
{
	const char *const *names = key; /* database, table */
	const struct follow_pulse_table *table = item;
	const int databases = strcmp(names[0], table->database);

	return databases ? databases : strcmp(names[1], table->table);
}

/* With the mutex. */
static struct follow_pulse_table *find(struct follow_pulse *pulse,
				       const char *database, const char *table)
{
	const char *const names[] = {database, table};
	bool is_found = false;
	const size_t at = vec_search(&pulse->tables, names, order, &is_found);

	if (is_found)
		return vec_at(&pulse->tables, at);
	struct follow_pulse_table *made = vec_insert(&pulse->tables, at);

	made->database = mem_strdup(database);
	made->table = mem_strdup(table);
	return made;
}

void follow_pulse_count(struct follow_pulse *pulse, const char *database,
			const char *table, const uint64_t written[CHANGE_KINDS])
{
	(void)pthread_mutex_lock(&pulse->mutex);
	struct follow_pulse_table *found = find(pulse, database, table);

	for (size_t k = 0; k < CHANGE_KINDS; k++) {
		found->written[k] += written[k];
		atomic_fetch_add(&pulse->written[k], written[k]);
	}
	(void)pthread_mutex_unlock(&pulse->mutex);
}

void follow_pulse_hold(struct follow_pulse *pulse,
		       const struct follow_held *tables, size_t count)
{
	uint64_t rows = 0;

	(void)pthread_mutex_lock(&pulse->mutex);
	for (size_t i = 0; i < pulse->tables.count; i++)
		((struct follow_pulse_table *)vec_at(&pulse->tables, i))->held =
			0;
	for (size_t i = 0; i < count; i++) {
		find(pulse, tables[i].database, tables[i].table)->held =
			tables[i].rows;
		rows += tables[i].rows;
	}
	(void)pthread_mutex_unlock(&pulse->mutex);
	atomic_store(&pulse->held, rows);
}

void follow_pulse_prove(struct follow_pulse *pulse, const char *database,
			const char *table, time_t when)
{
	(void)pthread_mutex_lock(&pulse->mutex);
	find(pulse, database, table)->proven = when;
	(void)pthread_mutex_unlock(&pulse->mutex);
}

void follow_pulse_tables(struct follow_pulse *pulse,
			 void (*visit)(void *self,
				       const struct follow_pulse_table *table),
			 void *self)
{
	(void)pthread_mutex_lock(&pulse->mutex);
	for (size_t i = 0; i < pulse->tables.count; i++)
		visit(self, vec_at(&pulse->tables, i));
	(void)pthread_mutex_unlock(&pulse->mutex);
}
