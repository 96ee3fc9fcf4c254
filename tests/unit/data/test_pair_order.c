/*
 * The promise under test: rows are merged in the native order of an index only
 * where the client can reproduce it exactly, and servers digest only what both
 * write in one way.
 */
#include "dbsync/data/pair.h"

#include "model_samples.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof(*(array))))

enum families { SAME, MIXED };

static struct arena *arena;

static void begin(void)
{
	arena = arena_new();
}

static void end(void)
{
	arena_drop(&arena);
}

/* A pair whose key, when it has one, is the column k. */
static struct pair *pair_of(const char *source, const char *target,
			    enum families families, const char *keys)
{
	return sample_pair(arena,
			   (struct sample_pair){
				   .source_columns = source,
				   .target_columns = target,
				   .source_keys = keys,
				   .source_family = SERVER_MARIADB,
				   .target_family = families == MIXED
							    ? SERVER_MYSQL
							    : SERVER_MARIADB});
}

static const struct {
	const char *source;
	const char *target; /* NULL: the same */
	enum families families;
	enum key_order order;
} orders[] = {
	{"k int", NULL, SAME, ORDER_INTEGER},
	{"k int", "k bigint unsigned", MIXED, ORDER_INTEGER},
	{"k bit(8)", NULL, SAME, ORDER_INTEGER},
	{"k year", "k int", SAME, ORDER_INTEGER},
	{"k decimal(65,30)", NULL, SAME, ORDER_DECIMAL},
	{"k bigint", "k decimal(20,0)", SAME, ORDER_DECIMAL},
	{"k date", "k datetime(6)", SAME, ORDER_MOMENT},
	{"k timestamp(6)", NULL, MIXED, ORDER_MOMENT},
	{"k time(3)", NULL, SAME, ORDER_TIME},
	{"k binary(16)", NULL, SAME, ORDER_BYTES},
	{"k binary(16)", "k varbinary(20)", MIXED, ORDER_BYTES},
	/* HC-024 */
	{"k float", NULL, SAME, ORDER_REAL},
	{"k float", "k double", MIXED, ORDER_REAL},
	/* HC-015 */
	{"k varchar(9) collate utf8mb4_0900_ai_ci",
	 "k varchar(9) collate utf8mb4_bin", SAME, ORDER_AS_BYTES},
	{"k varchar(9) collate latin1_swedish_ci",
	 "k varchar(9) collate latin1_general_ci", SAME, ORDER_AS_BYTES},
	{"k varchar(9) collate latin1_bin", "k varchar(9) collate utf8mb4_bin",
	 SAME, ORDER_AS_BYTES},
	/* HC-016 */
	{"k varchar(9)", NULL, SAME, ORDER_WEIGHT},
	{"k char(9)", "k varchar(20)", SAME, ORDER_WEIGHT},
	{"k varchar(9) collate utf8mb4_0900_ai_ci", NULL, SAME, ORDER_WEIGHT},
	{"k varchar(9) collate utf8mb4_0900_as_cs", NULL, SAME, ORDER_WEIGHT},
	{"k varchar(9) collate utf8mb4_uca1400_ai_ci", NULL, SAME,
	 ORDER_WEIGHT},
	/* binary collations, HC-017 */
	{"k varchar(9) collate utf8mb4_bin", NULL, SAME, ORDER_PADDED},
	{"k varchar(9) collate utf8mb4_bin", NULL, MIXED, ORDER_PADDED},
	{"k varchar(9) collate latin1_bin", NULL, SAME, ORDER_PADDED},
	{"k varchar(9) collate utf8mb4_nopad_bin", NULL, SAME, ORDER_BYTES},
	{"k varchar(9) collate utf8mb4_0900_bin", NULL, SAME, ORDER_BYTES},
	{"k varchar(9) collate utf8_bin", "k varchar(9) collate utf8mb3_bin",
	 MIXED, ORDER_PADDED},
	/* a space is not one byte there */
	{"k varchar(9) collate utf16_bin", NULL, SAME, ORDER_AS_BYTES},
	{"k varchar(9) collate utf16le_bin", NULL, SAME, ORDER_AS_BYTES},
	{"k varchar(9) collate utf32_general_ci", NULL, SAME, ORDER_AS_BYTES},
	{"k varchar(9) collate ucs2_general_ci", NULL, SAME, ORDER_AS_BYTES},
	/* several levels, padded each */
	{"k varchar(9) collate latin2_czech_cs", NULL, SAME, ORDER_AS_BYTES},
	{"k varchar(9) collate utf8mb4_uca1400_as_ci", NULL, SAME,
	 ORDER_AS_BYTES},
	{"k varchar(9) collate utf8mb4_uca1400_nopad_as_ci", NULL, SAME,
	 ORDER_WEIGHT},
	/* between families */
	{"k varchar(9)", NULL, MIXED, ORDER_WEIGHT},
	{"k varchar(9) collate utf8mb4_croatian_ci", NULL, SAME, ORDER_WEIGHT},
	{"k varchar(9) collate utf8mb4_croatian_ci", NULL, MIXED,
	 ORDER_AS_BYTES},
	{"k varchar(9) collate utf8mb4_0900_ai_ci", NULL, SAME, ORDER_WEIGHT},
	{"k varchar(9) collate utf8mb4_0900_ai_ci", NULL, MIXED,
	 ORDER_AS_BYTES},
	/* HC-023 */
	{"k enum('b','a')", NULL, SAME, ORDER_MEMBER},
	{"k set('b','a')", NULL, MIXED, ORDER_MEMBER},
	{"k enum('b','a')", "k enum('a','b')", SAME, ORDER_AS_BYTES},
	{"k enum('b','a')", "k enum('b','a','c')", SAME, ORDER_AS_BYTES},
	{"k enum('a')", "k set('a')", SAME, ORDER_AS_BYTES},
	{"k enum('a')", "k varchar(9)", SAME, ORDER_AS_BYTES},
	{"k varchar(9)", "k enum('a')", SAME, ORDER_AS_BYTES},
	/* orders of their own */
	{"k uuid", NULL, SAME, ORDER_AS_BYTES},
	{"k uuid", "k char(36)", MIXED, ORDER_AS_BYTES},
	{"k inet6", NULL, SAME, ORDER_AS_BYTES},
};

START_TEST(a_key_is_ordered_as_both_servers_and_the_client_can)
{
	const struct pair *pair = pair_of(orders[_i].source, orders[_i].target,
					  orders[_i].families, "PRIMARY(k)");

	ck_assert_int_eq(pair->identity, IDENTITY_PRIMARY);
	ck_assert_msg(pair->key[0].order == orders[_i].order,
		      "`%s` and `%s` are ordered by %d", orders[_i].source,
		      orders[_i].target ? orders[_i].target : "",
		      (int)pair->key[0].order);
	ck_assert(pair->is_native == (orders[_i].order != ORDER_AS_BYTES));
}
END_TEST

START_TEST(one_column_that_is_not_native_is_enough)
{
	const struct pair *pair = pair_of("a int; k uuid", NULL, SAME,
					  "PRIMARY(a,k)");

	ck_assert_int_eq(pair->key[0].order, ORDER_INTEGER);
	ck_assert_int_eq(pair->key[1].order, ORDER_AS_BYTES);
	ck_assert(!pair->is_native);
}
END_TEST

static const struct {
	const char *collation;
	bool is_padded;
} paddings[] = {
	{"utf8mb4_general_ci", true},
	{"utf8mb4_unicode_520_ci", true},
	{"latin1_swedish_ci", true},
	{"utf8mb4_bin", true},
	{"utf8mb4_uca1400_ai_ci", true},
	{"utf8mb4_0900_ai_ci", false},
	{"utf8mb4_de_pb_0900_as_cs", false},
	{"utf8mb4_0900_bin", false},
	{"utf8mb4_general_nopad_ci", false},
	{"utf8mb4_uca1400_nopad_ai_ci", false},
	{"utf8mb4_nopad_bin", false},
};

START_TEST(hc_017_a_collation_pads_or_does_not)
{
	const char *columns = arena_printf(arena, "k varchar(9) collate %s",
					   paddings[_i].collation);
	const struct pair *pair = pair_of(columns, NULL, SAME, "PRIMARY(k)");

	ck_assert_msg(pair->key[0].is_padded == paddings[_i].is_padded, "%s",
		      paddings[_i].collation);
}
END_TEST

START_TEST(what_is_fetched_besides_has_places_of_its_own)
{
	const struct pair *pair =
		pair_of("a int; big longblob; k varchar(9); e enum('a'); n int",
			NULL, SAME, "PRIMARY(k,n,e)");

	ck_assert_uint_eq(pair->column_count, 5);
	ck_assert_uint_eq(pair->key[0].extra, 6); /* 5 is the length of big */
	ck_assert_uint_eq(pair->key[2].extra, 8);
	ck_assert_uint_eq(pair->extra_count, 4);
}
END_TEST

START_TEST(an_ignored_column_leaves_no_gap_in_the_key)
{
	const struct pair *pair = sample_pair(
		arena, (struct sample_pair){.source_columns =
						    "a int; b varchar(9); "
						    "c longblob; d varchar(9)",
					    .source_keys = "PRIMARY(d,b)",
					    .ignored = "a,b"});

	ck_assert_uint_eq(pair->column_count, 3);
	ck_assert_str_eq(pair->columns[pair->key[0].column].name, "d");
	ck_assert_str_eq(pair->columns[pair->key[1].column].name, "b");
	ck_assert_uint_eq(pair->key[0].extra, 4);
	ck_assert_uint_eq(pair->key[1].extra, 6);
	ck_assert(pair->columns[0].is_ignored);
}
END_TEST

static const struct {
	const char *source;
	const char *target;
	enum families families;
	const char *reason; /* NULL: a digest means the same */
} digests[] = {
	{"a int", NULL, MIXED, NULL},
	{"a int", "a bigint unsigned", MIXED, NULL},
	{"a bit(8)", "a int", MIXED, NULL},
	{"a year", "a int", MIXED, NULL},
	{"a decimal(9,2)", "a decimal(12,2)", MIXED, NULL},
	{"a decimal(9,2)", "a decimal(9,3)", SAME, "scale"},
	{"a decimal(9,0)", "a int", SAME, "scale"},
	{"a int", "a decimal(9,0)", SAME, "scale"},
	{"a double", NULL, SAME, NULL},
	{"a float", NULL, SAME, NULL},
	{"a float", "a double", SAME, "float and double"},
	{"a double", NULL, MIXED, "floats"},
	{"a datetime(3)", NULL, MIXED, NULL},
	{"a datetime(3)", "a datetime", SAME, "precision"},
	{"a date", "a datetime", SAME, "precision"},
	{"a timestamp", "a datetime", SAME, "precision"},
	{"a time(2)", NULL, MIXED, NULL},
	{"a time(2)", "a time", SAME, "precision"},
	{"a varchar(9)", "a text", MIXED, NULL},
	{"a varchar(9) collate latin1_bin", "a text collate utf8mb4_bin", SAME,
	 NULL},
	{"a enum('a','b')", "a enum('b','a')", SAME, NULL},
	{"a json", NULL, SAME, NULL},
	{"a json", "a longtext", MIXED, "JSON"},
	{"a longtext", "a json", MIXED, "JSON"},
	{"a uuid", "a char(36)", MIXED, NULL},
	{"a varbinary(9)", "a blob", MIXED, NULL},
	{"a point", NULL, SAME, "geometry"},
	{"a vector(3)", NULL, MIXED, "geometry"},
};

START_TEST(servers_digest_what_they_write_in_one_way)
{
	const struct pair *pair = pair_of(digests[_i].source,
					  digests[_i].target,
					  digests[_i].families, "");
	const char *reason = digests[_i].reason;

	ck_assert_msg(pair->can_digest == !reason, "`%s` and `%s`: %s",
		      digests[_i].source,
		      digests[_i].target ? digests[_i].target : "",
		      pair->no_digest ? pair->no_digest : "can be digested");
	ck_assert((pair->no_digest != NULL) == (reason != NULL));
	if (reason)
		ck_assert_msg(strstr(pair->no_digest, reason), "%s",
			      pair->no_digest);
}
END_TEST

START_TEST(one_column_without_a_digest_is_enough)
{
	const struct pair *pair = pair_of("a int; b point; c int", NULL, SAME,
					  "");

	ck_assert(!pair->can_digest);
}
END_TEST

START_TEST(an_ignored_column_is_no_obstacle_to_a_digest)
{
	const struct pair *pair = sample_pair(
		arena,
		(struct sample_pair){.source_columns = "k int; a int; b point",
				     .source_keys = "PRIMARY(k)",
				     .ignored = "k,b"});

	ck_assert_int_eq(pair->identity, IDENTITY_PRIMARY);
	ck_assert(pair->can_digest);
	ck_assert_ptr_null(pair->no_digest);
}
END_TEST

START_TEST(hc_023_members_in_other_character_sets_are_ordered_by_bytes)
{
	const struct pair *pair =
		pair_of("k enum('a','\xE4') collate latin1_swedish_ci",
			"k enum('a','\xE4') collate utf8mb4_general_ci", SAME,
			"PRIMARY(k)");

	ck_assert_int_eq(pair->key[0].order, ORDER_AS_BYTES);
}
END_TEST

static const struct {
	const char *source;
	const char *target;
	bool is_same;
} layouts[] = {
	{"a int; b text", NULL, true},
	{"a date", "a datetime", true},
	{"a varchar(9)", "a text", true},
	{"a int", "a decimal(9,0)", false},
	{"a float", "a double", false},
	{"a bit(8)", "a int", false},
	{"a int; b year", "a int; b int", false},
};

START_TEST(equal_packets_mean_equal_rows_of_equal_types_only)
{
	ck_assert(pair_of(layouts[_i].source, layouts[_i].target, SAME, "")
			  ->is_same_layout == layouts[_i].is_same);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pair_order");
	TCase *tcase = tcase_create("pair_order");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_loop_test(tcase,
			    a_key_is_ordered_as_both_servers_and_the_client_can,
			    0, COUNT(orders));
	tcase_add_test(tcase, one_column_that_is_not_native_is_enough);
	tcase_add_loop_test(tcase, hc_017_a_collation_pads_or_does_not, 0,
			    COUNT(paddings));
	tcase_add_test(tcase, what_is_fetched_besides_has_places_of_its_own);
	tcase_add_test(tcase, an_ignored_column_leaves_no_gap_in_the_key);
	tcase_add_loop_test(tcase, servers_digest_what_they_write_in_one_way, 0,
			    COUNT(digests));
	tcase_add_test(tcase, one_column_without_a_digest_is_enough);
	tcase_add_test(tcase, an_ignored_column_is_no_obstacle_to_a_digest);
	tcase_add_test(
		tcase,
		hc_023_members_in_other_character_sets_are_ordered_by_bytes);
	tcase_add_loop_test(tcase,
			    equal_packets_mean_equal_rows_of_equal_types_only,
			    0, COUNT(layouts));
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
