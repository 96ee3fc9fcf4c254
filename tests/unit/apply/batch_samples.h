/*
 * batch_samples.h - a table to write to, and batches of changes of it, without a
 * server.
 *
 * Rows are `id INT, v INT`; sample_init says what they are known by.
 */
#ifndef DBSYNC_TESTS_BATCH_SAMPLES_H
#define DBSYNC_TESTS_BATCH_SAMPLES_H

#include "batch.h"
#include "model_samples.h"

#include "dbsync/base/own.h"

#include <stdio.h>

struct sample {
	struct arena *arena;
	struct subject subject;
	struct finding finding;
	struct plan_table plan;
	struct batch_table table;
	struct batch batch;
};

/* keys: "PRIMARY(id)", or "" for rows that are known by their values. */
static inline void sample_init(struct sample *sample, const char *columns,
			       const char *keys)
{
	static const struct server server = {.has_row_alias = false};

	*sample = (struct sample){.arena = arena_new()};
	const struct pair *pair = sample_pair(
		sample->arena, (struct sample_pair){.source_columns = columns,
						    .source_keys = keys});
	const struct image *image = image_make(pair);

	sample->subject = (struct subject){
		.pair = pair,
		.projection[SOURCE] = projection_make(pair, SOURCE, "", 0),
		.projection[TARGET] = projection_make(
			pair, TARGET, image->extra_select, image->extra_count),
		.image = image,
	};
	sample->finding.subject = &sample->subject;
	sample->plan = (struct plan_table){
		.finding = &sample->finding,
		.target = pair->table[TARGET],
	};
	sample->table = (struct batch_table){
		.plan = &sample->plan,
		.sql = row_sql_make(image, "dst", &server, sample->arena),
		.has_key = image->key_count != 0,
	};
	batch_init(&sample->batch, &sample->table);
}

static inline void sample_release(struct sample *sample)
{
	batch_release(&sample->batch);
	arena_drop(&sample->arena);
}

/* NULL: there is no row. */
static inline struct values sample_values(const char *tuple, struct buf *out)
{
	if (!tuple)
		return (struct values){NULL, 0};
	DBS_BUG(!values_of_tuple((struct slice){tuple, strlen(tuple)}, 2, out),
		"`%s` is no tuple", tuple);
	return (struct values){out->data, out->length};
}

/*
 * A change of `before` rows of that tuple to `after` of the new one; a tuple of
 * none of them is NULL.
 */
static inline enum dbs_rc sample_add(struct sample *sample,
				     enum change_kind kind, const char *new_row,
				     uint64_t after, const char *old_row,
				     uint64_t before)
{
	OWNED(buf_release) struct buf new_values = BUF_INIT;
	OWNED(buf_release) struct buf old_values = BUF_INIT;
	struct dbs_error err = {0};
	const struct change_record record = {
		.kind = kind,
		.rows[SOURCE] = after,
		.rows[TARGET] = before,
		.new_row = sample_values(new_row, &new_values),
		.old_row = sample_values(old_row, &old_values),
	};

	return batch_add(&sample->batch, &record, &err);
}
#endif
