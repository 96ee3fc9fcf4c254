/*
 * point_samples.h - a plan over tables with changes, without a server, and the
 * backup point of it.
 */
#ifndef DBSYNC_TESTS_POINT_SAMPLES_H
#define DBSYNC_TESTS_POINT_SAMPLES_H

#include "dbsync/backup/point.h"
#include "model_samples.h"
#include "scratch.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

enum { SAMPLE_TABLES = 4 };

/* Texts of a record are C strings; the counts are 1 or 0 with a key. */
struct sample_change {
	enum change_kind kind;
	uint64_t source_count;
	uint64_t target_count;
	uint64_t before;
	uint64_t after;
	const char *new_row;
	const char *old_row;
};

struct sample_points {
	struct arena *arena;
	struct change_file *file;
	struct subject subjects[SAMPLE_TABLES];
	struct finding findings[SAMPLE_TABLES];
	struct segment segments[SAMPLE_TABLES];
	size_t count;
	struct plan *plan;
	struct manifest *manifest;
	const struct keys *keys;        /* NULL: unsigned */
	struct manifest_object *object; /* NULL: none is made anew */
	struct dbs_error err;
	char *path;
	uint64_t bytes;
};

/* A row of the tuple, which may be of all columns, or none; NULL: no row. */
static inline struct values
sample_values(struct arena *arena, const struct image *image, const char *tuple)
{
	const struct slice text = {tuple, tuple ? strlen(tuple) : 0};
	struct buf row = BUF_INIT;
	struct values values = {NULL, 0};

	if (tuple && !values_of_tuple(text, image->count, &row) &&
	    !values_of_tuple(text, image->written_count, &row))
		buf_adds(&row, tuple);
	if (row.length)
		values = (struct values){memcpy(arena_alloc(arena, row.length),
						row.data, row.length),
					 row.length};
	buf_release(&row);
	return values;
}

static inline void sample_points_begin(struct sample_points *points)
{
	*points = (struct sample_points){.arena = arena_new()};
	ck_assert_int_eq(change_file_new(&points->file, &points->err), DBS_OK);
}

static inline void sample_points_end(struct sample_points *points)
{
	mem_drop(&points->path);
	manifest_drop(&points->manifest);
	plan_drop(&points->plan);
	change_file_drop(&points->file);
	arena_drop(&points->arena);
}

/* Another table, of the target, and what differs in it. */
static inline void sample_points_add(struct sample_points *points,
				     struct sample_pair wanted,
				     const char *name,
				     const struct sample_change *changes,
				     size_t count)
{
	const size_t at = points->count++;
	struct pair *pair = sample_pair(points->arena, wanted);
	struct table *target = (struct table *)(uintptr_t)pair->table[TARGET];
	struct finding *finding = &points->findings[at];

	ck_assert_uint_lt(at, SAMPLE_TABLES);
	target->name = name;
	/* too large for rows without a key to be written unasked */
	target->rows = 1000;
	target->row_bytes = 1 << 20;
	points->subjects[at] = (struct subject){.pair = pair,
						.image = image_make(pair)};
	change_file_begin(points->file);
	*finding = (struct finding){.database[SOURCE] = "src",
				    .database[TARGET] = "dst",
				    .table = name,
				    .verdict = VERDICT_DIFFERENT,
				    .subject = &points->subjects[at],
				    .segments = &points->segments[at],
				    .segment_count = 1};
	const struct image *image = points->subjects[at].image;

	for (size_t i = 0; i < count; i++) {
		const struct change_record record = {
			.kind = changes[i].kind,
			.rows[SOURCE] = changes[i].source_count,
			.rows[TARGET] = changes[i].target_count,
			.before = changes[i].before,
			.after = changes[i].after,
			.new_row = sample_values(points->arena, image,
						 changes[i].new_row),
			.old_row = sample_values(points->arena, image,
						 changes[i].old_row),
		};

		ck_assert_int_eq(change_file_add(points->file, &record,
						 &points->err),
				 DBS_OK);
	}
	ck_assert_int_eq(change_file_end(points->file, &points->segments[at],
					 &points->err),
			 DBS_OK);
	memcpy(finding->changes, points->segments[at].changes,
	       sizeof(finding->changes));
	memcpy(finding->records, points->segments[at].changes,
	       sizeof(finding->records));
}

static const struct target_facts sample_facts = {.sees_triggers = true,
						 .identity = "h:3306, /var/db"};

static inline void sample_points_plan(struct sample_points *points)
{
	points->plan = plan_make(
		&(struct plan_request){.findings = points->findings,
				       .finding_count = points->count,
				       .facts = &sample_facts,
				       .max_delete_percent = 100});
	points->manifest = manifest_of_plan(&(struct manifest_wish){
		.run = "20261121-041122-1a2b3c",
		.command = "incremental",
		.source = "a@src:3306",
		.target = "b@dst:3306",
		.target_version = "10.11.19-MariaDB",
		.facts = &sample_facts,
		.key = points->keys ? points->keys->items[0].id : NULL,
		.plan = points->plan});
	points->manifest->objects = points->object;
	points->manifest->object_count = points->object ? 1 : 0;
}

/* Into the scratch folder; the path is in points. */
static inline enum dbs_rc sample_points_write(struct sample_points *points)
{
	const struct server server = {.family = SERVER_MARIADB};
	const struct row_sql *sqls[SAMPLE_TABLES];
	const struct cancel cancel = {0};

	sample_points_plan(points);
	for (size_t i = 0; i < points->plan->table_count; i++)
		sqls[i] = row_sql_make(
			points->plan->tables[i].finding->subject->image, "dst",
			&server, points->arena);
	return backup_write(
		&(struct backup_request){.folder = scratch,
					 .level = 3,
					 .manifest = points->manifest,
					 .keys = points->keys,
					 .plan = points->plan,
					 .sqls = sqls,
					 .cancel = &cancel},
		&points->path, &points->bytes, &points->err);
}
#endif
