/*
 * The promise under test: ranges that were cut out of (-inf, +inf), level by
 * level, tile it: every key that either side may have is in exactly one.
 */
#include "dbsync/data/range.h"

#include "dbsync/base/vec.h"

#include "key_samples.h"
#include "model_samples.h"

#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

enum { SEEN = 80, OTHERS = 150, LEVELS = 3, PIECES = 7 };

static struct key_space space;
static struct sample_key_row keys[SEEN + OTHERS];
static struct vec ranges;
static struct buf condition;
static uint64_t random_state;

static void begin(void)
{
	space = (struct key_space){.arena = arena_new()};
	ranges = (struct vec)VEC_INIT(struct range);
	condition = (struct buf)BUF_INIT;
	random_state = 1;
}

static void end(void)
{
	vec_release(&ranges);
	buf_release(&condition);
	arena_drop(&space.arena);
}

/* The same numbers in every run. */
static uint64_t random_below(uint64_t bound)
{
	random_state = random_state * 6364136223846793005u +
		       1442695040888963407u;
	const uint64_t mixed = random_state ^ random_state >> 31;

	return bound ? mixed % bound : mixed;
}

static struct key_value text_key(const char *text)
{
	return (struct key_value){text, strlen(text)};
}

/* Numbers of every length and sign, close to their limits now and then. */
static struct key_value random_integer(bool is_unsigned)
{
	static const char *const limits[] = {"-9223372036854775808",
					     "9223372036854775807", "-1", "1"};
	const uint64_t bits = random_below(0) >> random_below(64);

	if (is_unsigned)
		return text_key(arena_printf(
			space.arena, "%llu",
			(unsigned long long)(random_below(9) ? bits
							     : UINT64_MAX)));
	if (!random_below(9))
		return text_key(limits[random_below(COUNT(limits))]);
	return text_key(
		arena_printf(space.arena, "%lld", (long long)(int64_t)bits));
}

static struct key_value random_decimal(void)
{
	return text_key(arena_printf(
		space.arena, "%s%llu.%06llu", random_below(2) ? "-" : "",
		(unsigned long long)random_below(1u << random_below(31)),
		(unsigned long long)random_below(1000000)));
}

static struct key_value random_real(void)
{
	return text_key(arena_printf(space.arena, "%.17g",
				     ((double)random_below(2000000) - 1e6) /
					     (double)(1 + random_below(999))));
}

static struct key_value random_moment(bool is_date)
{
	const char *date = arena_printf(
		space.arena, "%04llu-%02llu-%02llu",
		(unsigned long long)(random_below(30) ? 1990 + random_below(50)
						      : 1 + random_below(9999)),
		(unsigned long long)(1 + random_below(12)),
		(unsigned long long)(1 + random_below(28)));

	if (is_date)
		return text_key(date);
	return text_key(
		arena_printf(space.arena, "%s %02llu:%02llu:%02llu.%06llu",
			     date, (unsigned long long)random_below(24),
			     (unsigned long long)random_below(60),
			     (unsigned long long)random_below(60),
			     (unsigned long long)random_below(1000000)));
}

/* Long common prefixes, and marks of SQL. */
static struct key_value random_bytes(const char *letters, size_t count,
				     size_t most)
{
	const size_t length = random_below(most + 1);
	char *bytes = arena_alloc(space.arena, length + 1);

	for (size_t i = 0; i < length; i++)
		bytes[i] = letters[random_below(i < 2 ? 2 : count)];
	return (struct key_value){bytes, length};
}

static struct key_value random_text(void)
{
	static const char letters[] =
		"ab !\"#'%()*,-./09:;<=>?@AMZ[\\]^_`mz{|}~\x01\t\xC3\xA9\xFF";

	return random_bytes(letters, sizeof(letters) - 1, 8);
}

static struct key_value random_binary(void)
{
	static const char letters[] = "\0a'\\,)\xff\x80\x27\x5c";

	return random_bytes(letters, sizeof(letters) - 1, 16);
}

static struct key_value random_value(const struct key_column *key)
{
	const struct pair_column *column = &space.pair->columns[key->column];

	switch (column->on[SOURCE]->type) {
	case TYPE_INTEGER:
	case TYPE_BIT:
	case TYPE_YEAR:
		return random_integer(column->on[SOURCE]->is_unsigned);
	case TYPE_DECIMAL:
		return random_decimal();
	case TYPE_FLOAT:
	case TYPE_DOUBLE:
		return random_real();
	case TYPE_DATE:
	case TYPE_DATETIME:
	case TYPE_TIMESTAMP:
		return random_moment(column->on[SOURCE]->type == TYPE_DATE);
	case TYPE_BINARY:
	case TYPE_BLOB:
		return random_binary();
	case TYPE_UNKNOWN:
	case TYPE_TIME:
	case TYPE_CHAR:
	case TYPE_TEXT:
	case TYPE_ENUM:
	case TYPE_SET:
	case TYPE_JSON:
	case TYPE_GEOMETRY:
	case TYPE_VECTOR:
	case TYPE_UUID:
	case TYPE_INET:
		break;
	}
	return random_text();
}

static void fill_keys(void)
{
	for (size_t i = 0; i < SEEN + OTHERS; i++)
		for (size_t k = 0; k < space.pair->key_count; k++)
			/* few values in front, so that the rest matters */
			keys[i].parts[k] =
				i >= 5 && k + 1 < space.pair->key_count
					? keys[random_below(5)].parts[k]
					: random_value(&space.pair->key[k]);
}

/* ------------------------------------------------------------------------
 * What tile.c does with two servers
 * --------------------------------------------------------------------- */

/* The condition of a range; valid until the next call. */
static const char *condition_of(const struct range *range)
{
	buf_clear(&condition);
	range_condition(&condition, space.projection, range);
	return condition.data;
}

static bool is_in(const struct range *range, const struct sample_key_row *row)
{
	return key_fulfils(&space, row, condition_of(range));
}

static struct key_text as_text(const struct sample_key_row *row)
{
	const char **texts = arena_alloc(space.arena,
					 KEY_PARTS * sizeof(*texts));
	size_t *lengths = arena_alloc(space.arena,
				      KEY_PARTS * sizeof(*lengths));

	for (size_t i = 0; i < KEY_PARTS; i++) {
		texts[i] = row->parts[i].data;
		lengths[i] = row->parts[i].length;
	}
	return (struct key_text){texts, lengths};
}

/* Valid until the next call but one. */
static struct key_value literal_value(const char *text)
{
	static struct key_literal literals[2];
	static unsigned turn;
	struct key_literal *literal = &literals[turn++ % 2];

	(void)key_literal(text, literal);
	return key_literal_value(literal);
}

/* What the servers are asked about texts, and what holds of all others. */
static bool bounds_ascend(const struct bound *bounds, size_t count)
{
	const enum key_order order = space.pair->key[bounds->column].order;
	struct key_value before = literal_value(bounds->first);
	bool ascend = true;

	for (size_t i = 0; i <= count; i++) {
		const struct key_value here = literal_value(
			i < count ? bounds[i].literal : bounds->last);

		ascend = ascend && key_order_values(order, before, here) < 0;
		before = here;
	}
	return ascend;
}

static void keep_pieces(const struct range *range, const struct bound *bounds,
			size_t count, struct vec *out)
{
	for (size_t i = 0; i <= count; i++)
		*(struct range *)vec_push(out) =
			(struct range){i ? &bounds[i - 1] : range->low,
				       i < count ? &bounds[i] : range->high, 0};
}

static void cut_range(const struct range *range, struct vec *out)
{
	const struct sample_key_row *first = NULL;
	const struct sample_key_row *last = NULL;
	const struct bound *bounds = NULL;
	const char *where = condition_of(range);
	size_t count = 0;

	for (size_t i = 0; i < SEEN; i++) {
		if (!key_fulfils(&space, &keys[i], where))
			continue;
		if (!first || key_order_rows(&space, &keys[i], first) < 0)
			first = &keys[i];
		if (!last || key_order_rows(&space, &keys[i], last) > 0)
			last = &keys[i];
	}
	if (first)
		count = range_cut(space.pair, as_text(first), as_text(last),
				  PIECES, space.arena, &bounds);
	if (count && !bounds_ascend(bounds, count)) {
		key_need(range_needs_proof(space.pair, bounds->column),
			 "bounds do not ascend", bounds->literal);
		count = 0;
	}
	keep_pieces(range, bounds, count, out);
}

static void cut_all(void)
{
	*(struct range *)vec_push(&ranges) = (struct range){NULL, NULL, 0};
	for (int level = 0; level < LEVELS; level++) {
		struct vec next = VEC_INIT(struct range);

		for (size_t i = 0; i < ranges.count; i++)
			cut_range(vec_at(&ranges, i), &next);
		vec_release(&ranges);
		ranges = next;
	}
}

static const struct {
	const char *columns;
	const char *key;
	size_t fewest; /* ranges that there must be at least */
} tables[] = {
	{"a bigint", "PRIMARY(a)", 20},
	{"a bigint unsigned", "PRIMARY(a)", 20},
	{"a decimal(20,6)", "PRIMARY(a)", 20},
	{"a double", "PRIMARY(a)", 20},
	{"a date", "PRIMARY(a)", 20},
	{"a datetime(6)", "PRIMARY(a)", 20},
	{"a varbinary(16)", "PRIMARY(a)", 20},
	{"a varchar(9) collate utf8mb4_bin", "PRIMARY(a)", 2},
	{"a varchar(9) collate utf8mb4_0900_bin", "PRIMARY(a)", 2},
	{"a varchar(9)", "PRIMARY(a)", 2},
	{"a int; b varbinary(16)", "PRIMARY(a,b)", 20},
	{"a varbinary(9); b bigint", "PRIMARY(a,b)", 20},
	{"a date; b varchar(9) collate utf8mb4_bin; c bigint", "PRIMARY(a,c,b)",
	 20},
	{"a bigint; b decimal(20,6); c double", "PRIMARY(c,b,a)", 20},
	{"a enum('x'); b int", "PRIMARY(a,b)", 1},
};

START_TEST(every_key_is_in_exactly_one_range)
{
	space.pair = sample_pair(
		space.arena,
		(struct sample_pair){.source_columns = tables[_i].columns,
				     .source_keys = tables[_i].key});
	space.projection = projection_make(space.pair, SOURCE, "", 0);
	fill_keys();
	cut_all();
	ck_assert_uint_ge(ranges.count, tables[_i].fewest);
	static unsigned found[SEEN + OTHERS];

	memset(found, 0, sizeof(found));
	for (size_t k = 0; k < ranges.count; k++) {
		const char *where = condition_of(vec_at(&ranges, k));

		for (size_t i = 0; i < SEEN + OTHERS; i++)
			found[i] += key_fulfils(&space, &keys[i], where);
	}
	for (size_t i = 0; i < SEEN + OTHERS; i++)
		key_need(found[i] == 1, found[i] ? "in several" : "in none",
			 keys[i].parts[0].data);
}
END_TEST

/* The keys that bounds are made of belong somewhere, too. */
START_TEST(a_key_equal_to_a_bound_is_in_the_range_above_it)
{
	space.pair = sample_pair(
		space.arena,
		(struct sample_pair){.source_columns = tables[_i].columns,
				     .source_keys = tables[_i].key});
	space.projection = projection_make(space.pair, SOURCE, "", 0);
	fill_keys();
	cut_all();
	for (size_t i = 1; i < ranges.count; i++) {
		const struct range *range = vec_at(&ranges, i);
		const struct range *below = vec_at(&ranges, i - 1);
		const struct sample_key_row row = {
			{literal_value(range->low->literal)}};

		ck_assert_ptr_eq(below->high, range->low);
		ck_assert(!is_in(below, &row));
		ck_assert(is_in(range, &row));
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("range_tiling");
	TCase *tcase = tcase_create("tiling");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_loop_test(tcase, every_key_is_in_exactly_one_range, 0,
			    (int)COUNT(tables));
	/* of the tables with one key column */
	tcase_add_loop_test(
		tcase, a_key_equal_to_a_bound_is_in_the_range_above_it, 0, 10);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
