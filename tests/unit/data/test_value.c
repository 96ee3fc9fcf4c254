/*
 * The promise under test: two values are the same if and only if they mean the
 * same, are in the order that their column is in, and have one canonical form.
 */
#include "dbsync/data/value.h"

#include "value_samples.h"

#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static struct arena *arena;
static const struct cell no_pad;

static void begin(void)
{
	arena = arena_new();
}

static void end(void)
{
	arena_drop(&arena);
}

static bool same(enum type_kind kind, struct value a, struct value b)
{
	const struct pair_column column = {.name = "c", .kind = kind};
	const bool answer = value_same(&column, a, b);

	ck_assert(value_same(&column, b, a) == answer);
	return answer;
}

static int sign(int order)
{
	return (order > 0) - (order < 0);
}

/* The sign of the order, which is the opposite the other way round. */
static int order_with(enum key_order order, struct value a, struct value b,
		      struct cell pad)
{
	const int answer = sign(value_order(order, a, b, pad));

	ck_assert_int_eq(sign(value_order(order, b, a, pad)), -answer);
	return answer;
}

static void expect_ascending(enum key_order order, const struct value *values,
			     size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < count; k++)
			ck_assert_msg(order_with(order, values[i], values[k],
						 no_pad) == (i > k) - (i < k),
				      "%zu against %zu", i, k);
}

static struct value integer(size_t size, int64_t number)
{
	return sample_integer(arena, size, false, (uint64_t)number);
}

static struct value natural(size_t size, uint64_t number)
{
	return sample_integer(arena, size, true, number);
}

static struct value decimal(const char *text)
{
	return sample_text(arena, TYPE_DECIMAL, text);
}

static struct value text(const char *bytes)
{
	return sample_text(arena, TYPE_CHAR, bytes);
}

static struct value bit(const char *bytes, size_t length)
{
	return sample_bytes(arena, TYPE_BIT, bytes, length);
}

static struct value moment(const char *words, size_t length)
{
	return sample_moment(arena, TYPE_DATETIME, words, length);
}

static struct value span(const char *words, size_t length)
{
	return sample_time(arena, words, length);
}

/* ------------------------------------------------------------------------
 * Numbers
 * --------------------------------------------------------------------- */

static void expect_integer(struct value value, bool is_negative,
			   uint64_t magnitude)
{
	const struct integer number = value_integer(value);

	ck_assert_int_eq(number.is_negative, is_negative);
	ck_assert_uint_eq(number.magnitude, magnitude);
}

START_TEST(integers_of_every_size_and_sign_are_read)
{
	static const size_t sizes[] = {1, 2, 4, 8};

	for (size_t i = 0; i < COUNT(sizes); i++) {
		const size_t size = sizes[i];
		const uint64_t most = UINT64_MAX >> (64 - 8 * size);

		expect_integer(integer(size, 0), false, 0);
		expect_integer(integer(size, 100), false, 100);
		expect_integer(integer(size, -1), true, 1);
		expect_integer(integer(size, -100), true, 100);
		expect_integer(integer(size, (int64_t)(most / 2)), false,
			       most / 2);
		expect_integer(natural(size, most), false, most);
		expect_integer(natural(size, most / 2 + 1), false,
			       most / 2 + 1);
		expect_integer(sample_integer(arena, size, false, most / 2 + 1),
			       true, most / 2 + 1);
	}
}
END_TEST

START_TEST(hc_006_integers_at_their_limits_keep_their_order)
{
	const struct value values[] = {
		integer(8, INT64_MIN),
		integer(8, INT64_MIN + 1),
		integer(4, INT32_MIN),
		integer(1, -1),
		natural(1, 0),
		integer(2, 1),
		natural(4, UINT32_MAX),
		integer(8, INT64_MAX),
		natural(8, UINT64_C(1) << 63),
		natural(8, UINT64_MAX - 1),
		natural(8, UINT64_MAX),
	};

	expect_ascending(ORDER_INTEGER, values, COUNT(values));
	expect_ascending(ORDER_DECIMAL, values, COUNT(values));
}
END_TEST

START_TEST(hc_006_the_ends_of_the_range_are_read)
{
	expect_integer(integer(8, INT64_MIN), true, UINT64_C(1) << 63);
	expect_integer(integer(8, INT64_MAX), false, INT64_MAX);
	expect_integer(natural(8, UINT64_MAX), false, UINT64_MAX);
}
END_TEST

START_TEST(hc_007_integers_that_doubles_confuse_differ)
{
	const struct value a = integer(8, 9007199254740992);
	const struct value b = integer(8, 9007199254740993);

	ck_assert(!same(KIND_NUMBER, a, b));
	ck_assert_int_eq(order_with(ORDER_INTEGER, a, b, no_pad), -1);
	ck_assert(!same(KIND_NUMBER, decimal("9007199254740992"), b));
	ck_assert(same(KIND_NUMBER, decimal("9007199254740993.000"), b));
	ck_assert_int_eq(order_with(ORDER_DECIMAL, decimal("9007199254740992"),
				    b, no_pad),
			 -1);
}
END_TEST

START_TEST(hc_050_bits_are_numbers_of_big_endian_bytes)
{
	expect_integer(bit("\x00\x01", 2), false, 1);
	expect_integer(bit("\xff\xff\xff\xff\xff\xff\xff\xff", 8), false,
		       UINT64_MAX);
	expect_integer(bit("\x80", 1), false, 128);
	ck_assert(same(KIND_NUMBER, bit("\x01\x02", 2), integer(4, 258)));
	ck_assert(same(KIND_NUMBER, bit("\x00\x02", 2), bit("\x02", 1)));
	ck_assert(!same(KIND_NUMBER, bit("\x01\x02", 2), bit("\x02\x01", 2)));
	ck_assert_int_eq(order_with(ORDER_INTEGER, bit("\x01\x00", 2),
				    bit("\xff", 1), no_pad),
			 1);
}
END_TEST

START_TEST(numbers_are_the_same_by_value_whatever_their_type)
{
	ck_assert(same(KIND_NUMBER, integer(1, -5), integer(8, -5)));
	ck_assert(same(KIND_NUMBER, integer(2, 7), natural(4, 7)));
	ck_assert(!same(KIND_NUMBER, integer(1, -1), natural(1, 255)));
	ck_assert(same(KIND_NUMBER, integer(4, -12), decimal("-12.00")));
	ck_assert(!same(KIND_NUMBER, integer(4, 12), decimal("12.01")));
	ck_assert(same(KIND_NUMBER, integer(4, 0), decimal("-0.00")));
}
END_TEST

/* Ascending; each entry is a list of writings of one number. */
static const char *const decimals[][4] = {
	{"-99999999999999999999999999999999999.999999999999999999999999999999"},
	{"-12.51", "-0012.510"},
	{"-12.5", "-12.50"},
	{"-12.05"},
	{"-12", "-12.", "-12.0", "-00012"},
	{"-0.5", "-.5", "-0.50"},
	{"-0.000000000000000000000000000001"},
	{"0", "-0.00", "0000", "+0"},
	{"0.000000000000000000000000000001"},
	{"0.01", ".01", "00.0100"},
	{"0.1", "0.10"},
	{"2", "+2", "002.000"},
	{"10"},
	{"10.000000000000000000000000000001"},
	{"99999999999999999999999999999999999.999999999999999999999999999998"},
	{"99999999999999999999999999999999999.999999999999999999999999999999"},
};

START_TEST(hc_008_decimals_are_ordered_by_all_their_digits)
{
	for (size_t i = 0; i < COUNT(decimals); i++)
		for (size_t k = 0; k < COUNT(decimals); k++) {
			const char *a = decimals[i][0];
			const char *b = decimals[k][0];

			ck_assert_msg(sign(decimal_order(a, strlen(a), b,
							 strlen(b))) ==
					      (i > k) - (i < k),
				      "%s and %s", a, b);
			ck_assert_int_eq(order_with(ORDER_DECIMAL, decimal(a),
						    decimal(b), no_pad),
					 (i > k) - (i < k));
		}
}
END_TEST

START_TEST(hc_056_idle_zeros_do_not_change_a_decimal)
{
	const char *const *writings = decimals[_i];

	for (size_t i = 1; i < 4 && writings[i]; i++) {
		ck_assert_int_eq(decimal_order(writings[0], strlen(writings[0]),
					       writings[i],
					       strlen(writings[i])),
				 0);
		ck_assert(same(KIND_NUMBER, decimal(writings[0]),
			       decimal(writings[i])));
	}
}
END_TEST

START_TEST(hc_041_zeros_of_reals_differ_but_where_they_are_folded)
{
	struct pair_column column = {.name = "c", .kind = KIND_REAL};
	const struct value plus = sample_double(arena, 0.0);
	const struct value minus = sample_double(arena, -0.0);
	const struct value single = sample_float(arena, -0.0f);

	ck_assert(!value_same(&column, plus, minus));
	ck_assert(!value_same(&column, plus, single));
	ck_assert(value_same(&column, minus, single));
	ck_assert(!value_same(&column, plus, sample_null(arena, TYPE_DOUBLE)));
	column.folds_zero = true;
	ck_assert(value_same(&column, plus, minus));
	ck_assert(value_same(&column, single, plus));
	ck_assert(!value_same(&column, plus, sample_null(arena, TYPE_DOUBLE)));
	ck_assert(!value_same(&column, plus, sample_double(arena, 5e-324)));
}
END_TEST

START_TEST(hc_042_reals_are_the_same_to_the_last_bit)
{
	ck_assert(same(KIND_REAL, sample_double(arena, 0.1),
		       sample_double(arena, 0.1)));
	ck_assert(!same(KIND_REAL, sample_double(arena, 0.1),
			sample_double(arena, 0.10000000000000002)));
	ck_assert(!same(KIND_REAL, sample_float(arena, 14.2204f),
			sample_float(arena, 14.22035f)));
	ck_assert(same(KIND_REAL, sample_float(arena, 0.5f),
		       sample_double(arena, 0.5)));
	ck_assert(!same(KIND_REAL, sample_float(arena, 0.1f),
			sample_double(arena, 0.1)));
}
END_TEST

START_TEST(hc_043_tiny_reals_are_not_taken_for_each_other)
{
	ck_assert(!same(KIND_REAL, sample_double(arena, 1e-9),
			sample_double(arena, 2e-9)));
	ck_assert_int_eq(order_with(ORDER_REAL, sample_double(arena, 1e-9),
				    sample_double(arena, 2e-9), no_pad),
			 -1);
}
END_TEST

START_TEST(hc_024_reals_are_ordered_as_numbers)
{
	const struct value values[] = {
		sample_double(arena, -1.7976931348623157e308),
		sample_float(arena, -1.5f),
		sample_double(arena, -5e-324),
		sample_double(arena, 0),
		sample_double(arena, 5e-324),
		sample_double(arena, 0.1),
		sample_float(arena, 0.1f),
		sample_double(arena, 1e300),
	};

	expect_ascending(ORDER_REAL, values, COUNT(values));
	ck_assert_int_eq(order_with(ORDER_REAL, sample_double(arena, -0.0),
				    sample_float(arena, 0.0f), no_pad),
			 0);
}
END_TEST

/* ------------------------------------------------------------------------
 * Dates and times
 * --------------------------------------------------------------------- */

START_TEST(hc_055_parts_that_are_left_out_are_zero)
{
	ck_assert(same(KIND_MOMENT, moment("0-0-0", 0), moment("0-0-0", 4)));
	ck_assert(same(KIND_MOMENT, moment("0-0-0", 0), moment("0-0-0", 11)));
	ck_assert(same(KIND_MOMENT, moment("2024-00-15", 4),
		       moment("2024-00-15", 7)));
	ck_assert(same(KIND_MOMENT, moment("2024-02-29", 4),
		       moment("2024-02-29", 11)));
	ck_assert(same(KIND_MOMENT, moment("2024-02-29 01:02:03", 7),
		       moment("2024-02-29 01:02:03", 11)));
	ck_assert(same(KIND_MOMENT,
		       sample_moment(arena, TYPE_DATE, "2024-02-29", 4),
		       moment("2024-02-29", 7)));
}
END_TEST

START_TEST(every_part_of_a_moment_counts)
{
	const struct value values[] = {
		moment("0-0-0", 0),
		moment("0-0-1", 4),
		moment("0-1-0", 4),
		moment("1000-01-01", 4),
		moment("2024-01-31", 4),
		moment("2024-02-01", 4),
		moment("2024-02-01 00:00:00.000001", 11),
		moment("2024-02-01 00:00:00.65536", 11),
		moment("2024-02-01 00:00:01", 7),
		moment("2024-02-01 00:01:00", 7),
		moment("2024-02-01 01:00:00", 7),
		moment("2024-02-01 23:59:59.999999", 11),
		moment("9999-12-31 23:59:59.999999", 11),
	};

	expect_ascending(ORDER_MOMENT, values, COUNT(values));
}
END_TEST

START_TEST(hc_055_times_go_from_minus_838_hours_to_838)
{
	const struct value values[] = {
		span("-838:59:59", 8),        span("-838:59:58.999999", 12),
		span("-24:00:00", 8),         span("-23:59:59", 8),
		span("-00:00:01", 8),         span("-00:00:00.000001", 12),
		span("00:00:00", 0),          span("00:00:00.000001", 12),
		span("00:00:01", 8),          span("00:01:00", 8),
		span("23:59:59.999999", 12),  span("24:00:00", 8),
		span("838:59:58.999999", 12), span("838:59:59", 8),
	};

	expect_ascending(ORDER_TIME, values, COUNT(values));
}
END_TEST

START_TEST(there_is_one_time_zero)
{
	ck_assert(same(KIND_TIME, span("00:00:00", 0), span("00:00:00", 8)));
	ck_assert(same(KIND_TIME, span("00:00:00", 0), span("-00:00:00", 8)));
	ck_assert(same(KIND_TIME, span("00:00:00", 8), span("00:00:00", 12)));
	ck_assert_int_eq(order_with(ORDER_TIME, span("00:00:00", 0),
				    span("-00:00:00", 12), no_pad),
			 0);
}
END_TEST

START_TEST(times_with_and_without_fraction_are_the_same)
{
	ck_assert(
		same(KIND_TIME, span("-838:59:59", 8), span("-838:59:59", 12)));
	ck_assert(!same(KIND_TIME, span("01:00:00", 8), span("-01:00:00", 8)));
	ck_assert(!same(KIND_TIME, span("00:00:01", 8),
			span("00:00:01.000001", 12)));
}
END_TEST

/* ------------------------------------------------------------------------
 * Text and bytes
 * --------------------------------------------------------------------- */

START_TEST(hc_039_null_is_the_same_as_null_only)
{
	static const enum type_kind kinds[] = {KIND_NUMBER, KIND_REAL,
					       KIND_MOMENT, KIND_TIME,
					       KIND_TEXT,   KIND_BYTES};
	const struct value null = sample_null(arena, TYPE_CHAR);

	for (size_t i = 0; i < COUNT(kinds); i++) {
		ck_assert(same(kinds[i], null, null));
		ck_assert(!same(kinds[i], null, text("")));
	}
	ck_assert(!same(KIND_TEXT, null, text("NULL")));
	ck_assert(!same(KIND_TEXT, null,
			sample_bytes(arena, TYPE_CHAR, "\0", 1)));
}
END_TEST

START_TEST(hc_016_text_is_the_same_byte_by_byte)
{
	ck_assert(same(KIND_TEXT, text("abc"), text("abc")));
	ck_assert(!same(KIND_TEXT, text("abc"), text("ABC")));
	ck_assert(!same(KIND_TEXT, text("a"), text("a ")));
	ck_assert(!same(KIND_TEXT, text("e\xCC\x81"), text("\xC3\xA9")));
	ck_assert(!same(KIND_TEXT, text(""), text(" ")));
}
END_TEST

START_TEST(hc_045_bytes_are_the_same_with_their_padding_only)
{
	ck_assert(!same(KIND_BYTES, sample_bytes(arena, TYPE_BINARY, "a\0", 2),
			sample_bytes(arena, TYPE_BINARY, "a", 1)));
	ck_assert(same(KIND_BYTES, sample_bytes(arena, TYPE_BINARY, "a\0", 2),
		       sample_bytes(arena, TYPE_BLOB, "a\0", 2)));
	ck_assert(same(KIND_BYTES, sample_bytes(arena, TYPE_BLOB, "", 0),
		       sample_bytes(arena, TYPE_BLOB, "", 0)));
}
END_TEST

START_TEST(hc_052_json_is_the_same_by_meaning_where_the_column_says_so)
{
	struct pair_column column = {.name = "c", .kind = KIND_TEXT};
	const struct value a = text("{\"b\": 1, \"a\": 2}");
	const struct value b = text("{\"a\":2,\"b\":1}");

	ck_assert(!value_same(&column, a, b));
	column.is_json = true;
	ck_assert(value_same(&column, a, b));
	ck_assert(!value_same(&column, a, text("{\"a\":2,\"b\":3}")));
	ck_assert(value_same(&column, text("{"), text("{")));
	ck_assert(!value_same(&column, text("{"), text("{ ")));
}
END_TEST

START_TEST(hc_021_bytes_are_ordered_by_memcmp_and_length)
{
	const struct value values[] = {
		sample_bytes(arena, TYPE_BINARY, "", 0),
		sample_bytes(arena, TYPE_BINARY, "\0", 1),
		sample_bytes(arena, TYPE_BINARY, "\0\0", 2),
		sample_bytes(arena, TYPE_BINARY, "a", 1),
		sample_bytes(arena, TYPE_BINARY, "a\0", 2),
		sample_bytes(arena, TYPE_BINARY, "a ", 2),
		sample_bytes(arena, TYPE_BINARY, "b", 1),
		sample_bytes(arena, TYPE_BINARY, "\x7f", 1),
		sample_bytes(arena, TYPE_BINARY, "\x80", 1),
		sample_bytes(arena, TYPE_BINARY, "\xff", 1),
	};

	expect_ascending(ORDER_BYTES, values, COUNT(values));
	expect_ascending(ORDER_AS_BYTES, values, COUNT(values));
}
END_TEST

START_TEST(hc_017_padded_text_is_ordered_as_if_spaces_followed)
{
	const struct value values[] = {
		text("\x01"),  text("\x1f"),  text(""),         text("!"),
		text("a\x01"), text("a\x1f"), text("a"),        text("a  \x21"),
		text("a!"),    text("ab"),    text("\xC3\xA9"),
	};

	expect_ascending(ORDER_PADDED, values, COUNT(values));
	ck_assert_int_eq(
		order_with(ORDER_PADDED, text("a"), text("a "), no_pad), 0);
	ck_assert_int_eq(
		order_with(ORDER_PADDED, text(""), text("   "), no_pad), 0);
	ck_assert_int_eq(order_with(ORDER_PADDED, text("a \x01"), text("a"),
				    no_pad),
			 -1);
}
END_TEST

START_TEST(hc_017_weights_are_padded_with_that_of_a_space)
{
	const struct cell space = {(const uint8_t *)"\x02\x09", 2};
	const struct value a = text("\x10\x41");
	const struct value padded = text("\x10\x41\x02\x09\x02\x09");
	const struct value lower = text("\x10\x41\x02\x08");
	const struct value higher = text("\x10\x41\x02\x0a");

	ck_assert_int_eq(order_with(ORDER_WEIGHT, a, padded, space), 0);
	ck_assert_int_eq(order_with(ORDER_WEIGHT, a, lower, space), 1);
	ck_assert_int_eq(order_with(ORDER_WEIGHT, a, higher, space), -1);
	ck_assert_int_eq(order_with(ORDER_WEIGHT, a, padded, no_pad), -1);
	ck_assert_int_eq(order_with(ORDER_WEIGHT, a, a, no_pad), 0);
}
END_TEST

START_TEST(hc_023_members_are_ordered_by_number)
{
	ck_assert_int_eq(order_with(ORDER_MEMBER, natural(8, 2), natural(8, 10),
				    no_pad),
			 -1);
	ck_assert_int_eq(order_with(ORDER_MEMBER, natural(4, 0), natural(8, 0),
				    no_pad),
			 0);
}
END_TEST

START_TEST(a_value_of_a_row_has_the_type_of_its_side)
{
	const struct column source = {.type = TYPE_INTEGER};
	const struct column target = {.type = TYPE_DECIMAL};
	const struct pair_column column = {.on[SOURCE] = &source,
					   .on[TARGET] = &target};
	const struct wire_column wires[2] = {{.wire = WIRE_FIXED},
					     {.wire = WIRE_STRING}};
	struct cell cells[2] = {{(const uint8_t *)"1", 1},
				{(const uint8_t *)"22", 2}};
	const struct row row = {wires, cells, 2};

	ck_assert_int_eq(value_of(&column, &row, 1, SOURCE).type, TYPE_INTEGER);
	ck_assert_int_eq(value_of(&column, &row, 1, TARGET).type, TYPE_DECIMAL);
	ck_assert_ptr_eq(value_of(&column, &row, 1, TARGET).wire, &wires[1]);
	ck_assert_uint_eq(value_of(&column, &row, 1, TARGET).cell.length, 2);
}
END_TEST

static TCase *number_case(void)
{
	TCase *tcase = tcase_create("numbers");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, integers_of_every_size_and_sign_are_read);
	tcase_add_test(tcase, hc_006_integers_at_their_limits_keep_their_order);
	tcase_add_test(tcase, hc_006_the_ends_of_the_range_are_read);
	tcase_add_test(tcase, hc_007_integers_that_doubles_confuse_differ);
	tcase_add_test(tcase, hc_050_bits_are_numbers_of_big_endian_bytes);
	tcase_add_test(tcase,
		       numbers_are_the_same_by_value_whatever_their_type);
	tcase_add_test(tcase, hc_008_decimals_are_ordered_by_all_their_digits);
	tcase_add_loop_test(tcase, hc_056_idle_zeros_do_not_change_a_decimal, 0,
			    (int)COUNT(decimals));
	tcase_add_test(tcase,
		       hc_041_zeros_of_reals_differ_but_where_they_are_folded);
	tcase_add_test(tcase, hc_042_reals_are_the_same_to_the_last_bit);
	tcase_add_test(tcase, hc_043_tiny_reals_are_not_taken_for_each_other);
	tcase_add_test(tcase, hc_024_reals_are_ordered_as_numbers);
	return tcase;
}

static TCase *moment_case(void)
{
	TCase *tcase = tcase_create("moments");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, hc_055_parts_that_are_left_out_are_zero);
	tcase_add_test(tcase, every_part_of_a_moment_counts);
	tcase_add_test(tcase, hc_055_times_go_from_minus_838_hours_to_838);
	tcase_add_test(tcase, there_is_one_time_zero);
	tcase_add_test(tcase, times_with_and_without_fraction_are_the_same);
	return tcase;
}

static TCase *text_case(void)
{
	TCase *tcase = tcase_create("text");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, hc_039_null_is_the_same_as_null_only);
	tcase_add_test(tcase, hc_016_text_is_the_same_byte_by_byte);
	tcase_add_test(tcase,
		       hc_045_bytes_are_the_same_with_their_padding_only);
	tcase_add_test(
		tcase,
		hc_052_json_is_the_same_by_meaning_where_the_column_says_so);
	tcase_add_test(tcase, hc_021_bytes_are_ordered_by_memcmp_and_length);
	tcase_add_test(tcase,
		       hc_017_padded_text_is_ordered_as_if_spaces_followed);
	tcase_add_test(tcase, hc_017_weights_are_padded_with_that_of_a_space);
	tcase_add_test(tcase, hc_023_members_are_ordered_by_number);
	tcase_add_test(tcase, a_value_of_a_row_has_the_type_of_its_side);
	return tcase;
}

int main(void)
{
	Suite *suite = suite_create("value");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, number_case());
	suite_add_tcase(suite, moment_case());
	suite_add_tcase(suite, text_case());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
