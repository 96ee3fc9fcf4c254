/*
 * delta_partitions.c - how a table is partitioned; see delta.h.
 *
 * Partitions that only come at the end or only go are added and dropped by
 * name.  Anything else is said again as a whole: the server then puts each row
 * where it belongs, or refuses; no row is lost by it.  That is a part of the
 * main statement, and its last: what a table is cut by is in its unique keys,
 * so neither can change without the other.
 */
#include "delta_parts.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/db/quote.h"
#include "dbsync/schema/render.h"

#include <string.h>

static bool same_text(const struct differ *differ, const char *a, const char *b)
{
	return expression_equal(a, b, differ->arena);
}

static bool same_partition(const struct differ *differ,
			   const struct def_partition *a,
			   const struct def_partition *b)
{
	if (!text_equal_nocase(a->name, b->name) ||
	    !same_text(differ, a->values, b->values) ||
	    !delta_same_options(a->options, a->option_count, b->options,
				b->option_count) ||
	    a->part_count != b->part_count)
		return false;
	for (size_t i = 0; i < a->part_count; i++)
		if (!same_partition(differ, &a->parts[i], &b->parts[i]))
			return false;
	return true;
}

/* Whether both are cut by the same rule, be the partitions what they are. */
static bool same_rule(const struct differ *differ,
		      const struct def_partitioning *a,
		      const struct def_partitioning *b)
{
	return same_text(differ, a->method, b->method) &&
	       same_text(differ, a->expression, b->expression) &&
	       !strcmp(a->count, b->count) &&
	       same_text(differ, a->sub_method, b->sub_method) &&
	       same_text(differ, a->sub_expression, b->sub_expression) &&
	       !strcmp(a->sub_count, b->sub_count);
}

/* How many of the first partitions of both are the same. */
static size_t same_start(const struct differ *differ,
			 const struct def_partitioning *a,
			 const struct def_partitioning *b)
{
	size_t i = 0;

	while (i < a->part_count && i < b->part_count &&
	       same_partition(differ, &a->parts[i], &b->parts[i]))
		i++;
	return i;
}

static const struct def_partition *
find_partition(const struct differ *differ,
	       const struct def_partitioning *partitioning,
	       const struct def_partition *wanted)
{
	for (size_t i = 0; i < partitioning->part_count; i++)
		if (same_partition(differ, &partitioning->parts[i], wanted))
			return &partitioning->parts[i];
	return NULL;
}

/* Whether all partitions of small are in large, in the same order. */
static bool is_part_of(const struct differ *differ,
		       const struct def_partitioning *small,
		       const struct def_partitioning *large)
{
	const struct def_partition *last = NULL;

	for (size_t i = 0; i < small->part_count; i++) {
		const struct def_partition *found =
			find_partition(differ, large, &small->parts[i]);

		if (!found || (last && found <= last))
			return false;
		last = found;
	}
	return small->part_count != 0;
}

static void add_clause(struct differ *differ, enum delta_phase phase,
		       const char *sql, enum hazard hazard)
{
	delta_add(differ, (struct delta_clause){.phase = phase,
						.sql = sql,
						.what = "the partitions",
						.hazard = hazard});
}

static void append_partitions(struct differ *differ, size_t from)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	const struct def_partitioning *want = &differ->want->partitioning;

	buf_adds(&sql, "ADD PARTITION (");
	for (size_t i = from; i < want->part_count; i++) {
		if (i > from)
			buf_adds(&sql, ", ");
		render_partition(&want->parts[i], &sql);
	}
	buf_addc(&sql, ')');
	add_clause(differ, DELTA_ALONE, sql.data, HAZARD_NONE);
}

/* Partitions of a hash do not go: what is in them is spread again. */
static bool has_bounds(const struct def_partitioning *partitioning)
{
	return !strncmp(partitioning->method, "RANGE", 5) ||
	       !strncmp(partitioning->method, "LIST", 4);
}

static void drop_partitions(struct differ *differ)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	const struct def_partitioning *have = &differ->have->partitioning;

	buf_adds(&sql, "DROP PARTITION");
	for (size_t i = 0; i < have->part_count; i++) {
		if (find_partition(differ, &differ->want->partitioning,
				   &have->parts[i]))
			continue;
		buf_adds(&sql, sql.data[sql.length - 1] == '`' ? ", " : " ");
		quote_name(&sql, have->parts[i].name);
	}
	add_clause(differ, DELTA_ALONE, sql.data, HAZARD_DROP_PARTITION);
}

void delta_partitions(struct differ *differ)
{
	const struct def_partitioning *have = &differ->have->partitioning;
	const struct def_partitioning *want = &differ->want->partitioning;
	const bool is_same = same_rule(differ, have, want);
	const size_t start = is_same ? same_start(differ, have, want) : 0;
	OWNED(buf_release) struct buf sql = BUF_INIT;

	if (is_same && start == have->part_count && start == want->part_count)
		return;
	if (!*want->method) {
		add_clause(differ, DELTA_MAIN, "REMOVE PARTITIONING",
			   HAZARD_NONE);
	} else if (is_same && start == have->part_count && have->part_count) {
		append_partitions(differ, start);
	} else if (is_same && has_bounds(have) &&
		   is_part_of(differ, want, have)) {
		drop_partitions(differ);
	} else {
		render_partitioning(want, &sql);
		add_clause(differ, DELTA_MAIN, sql.data, HAZARD_NONE);
	}
}
