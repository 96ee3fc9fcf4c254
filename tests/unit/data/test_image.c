/*
 * The promise under test: the image of a row has every column that the target
 * stores, each from where it is to come from, and tables whose rows could not
 * be written rightly are refused.
 */
#include "dbsync/data/image.h"

#include "model_samples.h"
#include "value_samples.h"

#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_CELLS = 8 };

static struct arena *arena;
static struct buf out;

static void begin(void)
{
	arena = arena_new();
	out = (struct buf)BUF_INIT;
}

static void end(void)
{
	buf_release(&out);
	arena_drop(&arena);
}

static const struct image *image_of(struct sample_pair wanted)
{
	return image_make(sample_pair(arena, wanted));
}

/* "id, a | mine": the written columns and the others. */
static const char *columns_of(const struct image *image)
{
	buf_clear(&out);
	for (size_t i = 0; i < image->count; i++) {
		const char *mark = i == image->written_count ? " | " : ", ";

		buf_adds(&out, i ? mark : "");
		buf_adds(&out, image->columns[i].column->name);
	}
	return out.data;
}

/* A row of texts; NULL is NULL. */
static const struct row *row_of(const char *const *texts, size_t count)
{
	struct wire_column *wires = arena_alloc(arena,
						MOST_CELLS * sizeof(*wires));
	struct cell *cells = arena_alloc(arena, MOST_CELLS * sizeof(*cells));
	struct row *row = arena_alloc(arena, sizeof(*row));

	ck_assert_uint_le(count, MOST_CELLS);
	for (size_t i = 0; i < count; i++) {
		const struct value value =
			texts[i] ? sample_text(arena, TYPE_CHAR, texts[i])
				 : sample_null(arena, TYPE_CHAR);

		wires[i] = *value.wire;
		cells[i] = value.cell;
	}
	*row = (struct row){wires, cells, count};
	return row;
}

#define ROW(...)                                   \
	row_of((const char *const[]){__VA_ARGS__}, \
	       sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static const char *tuple_of(const struct image *image, enum side side,
			    const struct row *row)
{
	struct buf values = BUF_INIT;

	buf_clear(&out);
	image_values(image, side, row, &values);
	ck_assert(image_tuple(image, side,
			      (struct values){values.data, values.length},
			      &out));
	buf_release(&values);
	return out.data;
}

static const char *new_of(const struct image *image, const struct row *row)
{
	return tuple_of(image, SOURCE, row);
}

static const char *old_of(const struct image *image, const struct row *row)
{
	return tuple_of(image, TARGET, row);
}

START_TEST(the_written_columns_come_first_in_the_order_of_the_target)
{
	const struct image *image = image_of((struct sample_pair){
		.source_columns = "a text; id int; b text",
		.target_columns = "mine text; id int; b text; yours text; "
				  "a text",
		.source_keys = "PRIMARY(id)",
		.target_keys = "PRIMARY(id)",
	});

	ck_assert_str_eq(columns_of(image), "id, b, a | mine, yours");
	ck_assert_ptr_null(image->refusal);
	ck_assert_uint_eq(image->key_count, 1);
	ck_assert_uint_eq(image->key[0], 0);
}
END_TEST

START_TEST(what_the_server_computes_is_left_out)
{
	struct sample_pair wanted = {
		.source_columns = "id int; g text; p timestamp period",
		.source_keys = "PRIMARY(id)",
	};
	struct pair *pair = sample_pair(arena, wanted);

	/* the models are ours, and no one looked at them yet */
	for (size_t i = 0; i < pair->table[TARGET]->column_count; i++) {
		struct column *column = (struct column *)(uintptr_t)&pair
						->table[TARGET]
						->columns[i];

		column->is_generated = !strcmp(column->name, "g");
	}
	ck_assert_str_eq(columns_of(image_make(pair)), "id");
}
END_TEST

START_TEST(a_key_that_the_server_computes_is_refused)
{
	struct pair *pair = sample_pair(
		arena, (struct sample_pair){.source_columns = "id int; a int",
					    .source_keys = "PRIMARY(id)"});
	struct column *column =
		(struct column *)(uintptr_t)&pair->table[TARGET]->columns[0];

	column->is_generated = true;
	ck_assert_str_eq(image_make(pair)->refusal,
			 "its key is computed by the server");
}
END_TEST

START_TEST(ignored_columns_and_those_of_the_target_are_kept)
{
	const struct image *image = image_of((struct sample_pair){
		.source_columns = "id int; skip text; a text",
		.target_columns = "id int; skip text; a text; mine text",
		.source_keys = "PRIMARY(id)",
		.ignored = "skip",
	});

	ck_assert_str_eq(columns_of(image), "id, a | skip, mine");
	ck_assert(image->columns[1].is_set);
	ck_assert(!image->columns[2].is_set);
	ck_assert(!image->columns[3].is_set);
	ck_assert_str_eq(image->extra_select, ", `skip`, `mine`");
}
END_TEST

START_TEST(tuples_take_each_value_from_its_cell)
{
	const struct image *image = image_of((struct sample_pair){
		.source_columns = "a text; k char(9); b text null",
		.target_columns = "mine text; k char(9); b text null; a text",
		.source_keys = "PRIMARY(k)",
	});
	const size_t extras = image->pair->extra_count;
	const char *const target[] = {"A", "K", NULL, "w", "w", "w", "w", "M"};

	ck_assert_uint_le(extras, 4);
	ck_assert_str_eq(new_of(image, ROW("A", "K", NULL)), "('K',NULL,'A')");
	/* behind weights and such stands what is read in addition */
	ck_assert_uint_eq(image->columns[3].cell, 3 + extras);
	const struct row *row = row_of(target + 4 - extras, 4 + extras);

	row->cells[0] = row_of(target, 3)->cells[0];
	row->cells[1] = row_of(target, 3)->cells[1];
	row->cells[2].data = NULL;
	ck_assert_str_eq(old_of(image, row), "('K',NULL,'A','M')");
	buf_clear(&out);
	image_key(image, row, &out);
	ck_assert_str_eq(out.data, "('K')");
}
END_TEST

START_TEST(a_converted_column_is_written_in_utf8_and_kept_as_it_is_stored)
{
	const struct image *image = image_of((struct sample_pair){
		.source_columns = "id char(1) collate ascii_bin; "
				  "a text collate latin1_bin",
		.target_columns = "id char(1) collate ascii_bin; "
				  "a text collate utf8mb4_bin",
		.source_keys = "PRIMARY(id)",
	});

	ck_assert(image->pair->columns[1].is_convert);
	ck_assert_str_eq(new_of(image, ROW("1", "\xc3\xbc")),
			 "('1','\xc3\xbc')");
	ck_assert_str_eq(image->extra_select, ", `a`");
	ck_assert_uint_ne(image->columns[1].cell, 1);
}
END_TEST

START_TEST(an_unconverted_text_is_written_in_the_character_set_of_its_side)
{
	const struct image *image = image_of((struct sample_pair){
		.source_columns = "a text collate latin1_bin"});

	ck_assert_str_eq(new_of(image, ROW("\xfc")), "(_latin1 x'fc')");
	ck_assert_str_eq(old_of(image, ROW("\xfc")), "(_latin1 x'fc')");
}
END_TEST

START_TEST(a_text_that_conversion_would_change_is_told)
{
	const struct image *image = image_of((struct sample_pair){
		.source_columns = "id int; a text collate latin1_bin",
		.target_columns = "id int; a text collate utf8mb4_bin",
		.source_keys = "PRIMARY(id)",
	});

	ck_assert(image_is_lossy(image, ROW("1", "dbsync: source bytes 81")));
	ck_assert(!image_is_lossy(image, ROW("1", "dbsync: source")));
	ck_assert(!image_is_lossy(image, ROW("dbsync: source bytes 1", "a")));
	ck_assert(!image_is_lossy(image, ROW("1", NULL)));
}
END_TEST

START_TEST(the_rest_of_a_row_is_what_is_not_compared)
{
	const struct image *image = image_of((struct sample_pair){
		.source_columns = "a text",
		.target_columns = "a text; x text null; y text null",
	});
	const uint64_t rest = image_rest(image, ROW("1", "x", "y"));

	ck_assert_uint_eq(rest, image_rest(image, ROW("2", "x", "y")));
	ck_assert_uint_ne(rest, image_rest(image, ROW("1", "xy", "")));
	ck_assert_uint_ne(rest, image_rest(image, ROW("1", "x", NULL)));
	ck_assert_uint_ne(image_rest(image, ROW("1", "", NULL)),
			  image_rest(image, ROW("1", NULL, "")));
	ck_assert_uint_eq(image_rest(image_of((struct sample_pair){
					     .source_columns = "a text"}),
				     ROW("1")),
			  0);
}
END_TEST

START_TEST(a_row_with_a_hash_in_place_of_a_value_is_partial)
{
	const struct image *image = image_of((struct sample_pair){
		.source_columns = "id int; a longtext null",
		.source_keys = "PRIMARY(id)",
	});
	const struct row *row = ROW("1", "hash", "");
	struct dbs_error err = {0};
	uint64_t length = PAIR_LONG_BYTES;
	struct value number = sample_integer(arena, 8, true, length);
	struct wire_column *wire =
		(struct wire_column *)(uintptr_t)&row->wires[2];

	*wire = *number.wire;
	row->cells[2] = number.cell;
	ck_assert(!image_is_partial(image, row, SOURCE));
	row->cells[2] = sample_integer(arena, 8, true, length + 1).cell;
	ck_assert(image_is_partial(image, row, SOURCE));
	ck_assert(image_is_partial(image, row, TARGET));
	row->cells[1].data = NULL;
	ck_assert(!image_is_partial(image, row, SOURCE));
	ck_assert_str_eq(image_select(image, SOURCE), "SELECT `id`, `a`");
	buf_clear(&out);
	ck_assert(!image_whole(image, ROW("x", "whole"), TARGET, &out, &err));
	ck_assert_ptr_nonnull(strstr(out.data, ",'whole')"));
}
END_TEST

START_TEST(a_row_for_which_there_is_no_room_is_refused_by_table_and_size)
{
	const struct image *image = image_of((struct sample_pair){
		.source_columns = "id int; a longblob null",
		.source_keys = "PRIMARY(id)",
	});
	const struct row *row = ROW("1", "x");
	struct dbs_error err = {0};

	buf_adds(&out, "kept");
	row->cells[1].length = (size_t)1 << 40; /* of which nothing is read */
	ck_assert_int_eq(image_whole(image, row, TARGET, &out, &err),
			 DBS_E_LIMIT);
	ck_assert_msg(strstr(err.text, "a row of 1099511627777 bytes of `t` "
				       "needs 2199023"),
		      "%s", err.text);
	ck_assert_str_eq(out.data, "kept");
}
END_TEST

START_TEST(room_for_a_row_is_enough_for_its_tuple_in_any_form)
{
	const struct image *image = image_of((struct sample_pair){
		.source_columns = "a text; b text; c text; d blob",
	});
	const struct row *row = ROW("''", "\xff\xfe", "", "\xff");
	struct dbs_error err = {0};

	ck_assert(!image_room(image, row, &out, &err));
	const char *data = out.data;
	const size_t capacity = out.capacity;

	ck_assert(!image_whole(image, row, TARGET, &out, &err));
	ck_assert_ptr_eq(out.data, data);
	ck_assert_uint_eq(out.capacity, capacity);
}
END_TEST

START_TEST(a_row_is_found_by_its_key_under_the_name_of_its_side)
{
	const struct image *image = image_of((struct sample_pair){
		.source_columns = "K char(3); a int",
		.target_columns = "k char(3); a int",
		.source_keys = "PRIMARY(K)",
		.target_keys = "PRIMARY(k)",
	});

	image_key_predicate(image, ROW("x", "1"), SOURCE, &out);
	ck_assert_str_eq(out.data, "`K` = 'x'");
	buf_clear(&out);
	image_key_predicate(image, ROW("x", "1"), TARGET, &out);
	ck_assert_str_eq(out.data, "`k` = 'x'");
}
END_TEST

static const struct {
	struct sample_pair pair;
	const char *refusal; /* its beginning; NULL: none */
} refusals[] = {
	{{.source_columns = "a int", .target_columns = "b int"},
	 "the target has none of its columns"},
	{{.source_columns = "a int; b int",
	  .source_keys = "PRIMARY(a); unique u(b)",
	  .ignored = "a"},
	 "a column of its key is to be ignored"},
	{{.source_columns = "a int; b int",
	  .source_keys = "PRIMARY(a)",
	  .ignored = "a"},
	 NULL},
	{{.source_columns = "a int", .target_columns = "a int; b int"},
	 "it has no key, and columns that are not compared"},
	{{.source_columns = "a int; b int", .ignored = "b"},
	 "it has no key, and columns that are not compared"},
	{{.source_columns = "a int; b json",
	  .target_columns = "a int; b longtext",
	  .source_family = SERVER_MYSQL},
	 "it has no key, and JSON"},
	{{.source_columns = "a int; b int"}, NULL},
};

START_TEST(rows_that_could_not_be_written_rightly_are_refused)
{
	const struct image *image = image_of(refusals[_i].pair);
	const char *wanted = refusals[_i].refusal;

	if (!wanted)
		ck_assert_ptr_null(image->refusal);
	else
		ck_assert_int_eq(
			strncmp(image->refusal, wanted, strlen(wanted)), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("image");
	TCase *tcase = tcase_create("image");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(
		tcase,
		the_written_columns_come_first_in_the_order_of_the_target);
	tcase_add_test(tcase, what_the_server_computes_is_left_out);
	tcase_add_test(tcase, a_key_that_the_server_computes_is_refused);
	tcase_add_test(tcase, ignored_columns_and_those_of_the_target_are_kept);
	tcase_add_test(tcase, tuples_take_each_value_from_its_cell);
	tcase_add_test(
		tcase,
		a_converted_column_is_written_in_utf8_and_kept_as_it_is_stored);
	tcase_add_test(
		tcase,
		an_unconverted_text_is_written_in_the_character_set_of_its_side);
	tcase_add_test(tcase, a_text_that_conversion_would_change_is_told);
	tcase_add_test(tcase, the_rest_of_a_row_is_what_is_not_compared);
	tcase_add_test(tcase, a_row_with_a_hash_in_place_of_a_value_is_partial);
	tcase_add_test(
		tcase,
		a_row_for_which_there_is_no_room_is_refused_by_table_and_size);
	tcase_add_test(tcase,
		       room_for_a_row_is_enough_for_its_tuple_in_any_form);
	tcase_add_test(tcase,
		       a_row_is_found_by_its_key_under_the_name_of_its_side);
	tcase_add_loop_test(tcase,
			    rows_that_could_not_be_written_rightly_are_refused,
			    0, (int)(sizeof(refusals) / sizeof(*refusals)));
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
