/*
 * The promise under test: a value comes back as it was put in, typed, whatever
 * the width in which it came; and what is no row is never read as one.
 */
#include "dbsync/data/values.h"

#include "dbsync/data/value.h"
#include "value_samples.h"

#include <check.h>
#include <stdlib.h>

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

static struct values row_of_out(void)
{
	return (struct values){out.data, out.length};
}

/* A row of this one value, read back. */
static struct one_value back(struct value value)
{
	struct one_value read;
	struct values rest;
	size_t count = 0;

	buf_clear(&out);
	values_begin(&out, 1);
	values_add(&out, value.wire, value.cell);
	ck_assert(values_open(row_of_out(), &count, &rest));
	ck_assert_uint_eq(count, 1);
	ck_assert(values_next(&rest, &read));
	ck_assert_uint_eq(rest.length, 0);
	ck_assert(!values_next(&rest, &read));
	return read;
}

static const struct {
	uint64_t bits;
	bool is_unsigned;
} integers[] = {
	{0, false},         {1, false},          {0x7f, false},
	{0x80, false},      {0xff, false},       {0, true},
	{1, true},          {0x80, true},        {0xff, true},
	{UINT64_MAX, true}, {UINT64_MAX, false}, {UINT64_C(1) << 63, false},
};

enum { INTEGERS = sizeof(integers) / sizeof(*integers) };

START_TEST(an_integer_is_the_same_bytes_whatever_its_width)
{
	static const size_t sizes[] = {1, 2, 4, 8};
	const bool is_unsigned = integers[_i].is_unsigned;

	for (size_t i = 0; i < 4; i++) {
		const struct value value = sample_integer(
			arena, sizes[i], is_unsigned, integers[_i].bits);
		const struct one_value read = back(value);
		const struct integer was = value_integer(value);
		const struct integer is = value_integer(
			(struct value){TYPE_INTEGER, &read.wire, read.cell});

		ck_assert_int_eq(read.form,
				 is_unsigned ? FORM_UNSIGNED : FORM_SIGNED);
		ck_assert_uint_eq(read.cell.length, 8);
		ck_assert_int_eq(is.is_negative, was.is_negative);
		ck_assert_uint_eq(is.magnitude, was.magnitude);
	}
}
END_TEST

static const struct {
	enum value_form form;
	struct wire_column wire;
	const char *bytes;
	size_t length;
} forms[] = {
	{FORM_FLOAT,
	 {.wire = WIRE_FIXED, .size = 4, .is_double = true},
	 "abcd",
	 4},
	{FORM_DOUBLE,
	 {.wire = WIRE_FIXED, .size = 8, .is_double = true},
	 "abcdefgh",
	 8},
	{FORM_DECIMAL, {.wire = WIRE_STRING, .is_decimal = true}, "-1.50", 5},
	{FORM_MOMENT, {.wire = WIRE_SHORT}, "\xe8\x07\x02\x03", 4},
	{FORM_MOMENT, {.wire = WIRE_SHORT}, "", 0},
	{FORM_SPAN, {.wire = WIRE_SHORT, .is_time = true}, "", 0},
	{FORM_BYTES, {.wire = WIRE_STRING}, "", 0},
	{FORM_BYTES, {.wire = WIRE_STRING}, "a\0'\n\\", 5},
	{FORM_JSON, {.wire = WIRE_STRING, .is_json = true}, "{}", 2},
};

enum { FORMS = sizeof(forms) / sizeof(*forms) };

START_TEST(other_values_keep_their_bytes_and_what_these_are)
{
	const struct value value = sample_value(arena, TYPE_TEXT,
						forms[_i].wire, forms[_i].bytes,
						forms[_i].length);
	const struct one_value read = back(value);

	ck_assert_int_eq(read.form, forms[_i].form);
	ck_assert_int_eq(read.wire.wire, forms[_i].wire.wire);
	ck_assert_int_eq(read.wire.is_time, forms[_i].wire.is_time);
	ck_assert_int_eq(read.wire.is_json, forms[_i].wire.is_json);
	ck_assert_int_eq(read.wire.is_double, forms[_i].wire.is_double);
	ck_assert_int_eq(read.wire.is_decimal, forms[_i].wire.is_decimal);
	ck_assert_ptr_nonnull(read.cell.data);
	ck_assert_uint_eq(read.cell.length, forms[_i].length);
	ck_assert_mem_eq(read.cell.data, forms[_i].bytes, forms[_i].length);
}
END_TEST

START_TEST(null_is_no_empty_text)
{
	const struct one_value read = back(sample_null(arena, TYPE_TEXT));

	ck_assert_int_eq(read.form, FORM_NULL);
	ck_assert_ptr_null(read.cell.data);
}
END_TEST

START_TEST(a_tuple_is_cut_into_its_literals)
{
	static const char text[] = "(1,'a,)''(',NULL)";
	static const char *const parts[] = {"1", "'a,)''('", "NULL"};
	const struct slice tuple = {text, sizeof(text) - 1};
	struct one_value read;
	struct values rest;
	size_t count = 0;

	ck_assert(!values_of_tuple(tuple, 2, &out));
	buf_clear(&out);
	ck_assert(values_of_tuple(tuple, 3, &out));
	ck_assert(values_open(row_of_out(), &count, &rest));
	ck_assert_uint_eq(count, 3);
	for (size_t i = 0; i < 3; i++) {
		ck_assert(values_next(&rest, &read));
		ck_assert_int_eq(read.form, FORM_LITERAL);
		ck_assert_uint_eq(read.cell.length, strlen(parts[i]));
		ck_assert_mem_eq(read.cell.data, parts[i], read.cell.length);
	}
	ck_assert_uint_ge(values_tuple_most(row_of_out()), tuple.length);
}
END_TEST

START_TEST(a_row_without_columns_is_a_row)
{
	struct values rest;
	size_t count = 1;

	values_begin(&out, 0);
	ck_assert_uint_ne(out.length, 0);
	ck_assert(values_open(row_of_out(), &count, &rest));
	ck_assert_uint_eq(count, 0);
	ck_assert(!values_open((struct values){NULL, 0}, &count, &rest));
}
END_TEST

/* Cut anywhere, and with each byte changed: no more is read than there is. */
START_TEST(what_is_no_row_is_not_read_beyond_its_end)
{
	const struct value text = sample_text(arena, TYPE_TEXT, "some text");
	const struct value number = sample_integer(arena, 4, false, 7);

	values_begin(&out, 2);
	values_add(&out, text.wire, text.cell);
	values_add(&out, number.wire, number.cell);
	for (size_t length = 0; length <= out.length; length++)
		for (unsigned at = 0; at <= length; at++) {
			char *exact = malloc(length + 1);
			struct one_value read;
			struct values rest;
			size_t count = 0;
			size_t seen = 0;

			ck_assert_ptr_nonnull(exact);
			memcpy(exact, out.data, length);
			exact = realloc(exact, length ? length : 1);
			if (at < length)
				exact[at] = (char)(exact[at] ^ (1 << _i));
			if (values_open((struct values){exact, length}, &count,
					&rest))
				while (values_next(&rest, &read))
					seen += read.cell.length;
			ck_assert_uint_le(seen, length);
			free(exact);
		}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("values");
	TCase *tcase = tcase_create("rows");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_loop_test(tcase,
			    an_integer_is_the_same_bytes_whatever_its_width, 0,
			    INTEGERS);
	tcase_add_loop_test(tcase,
			    other_values_keep_their_bytes_and_what_these_are, 0,
			    FORMS);
	tcase_add_test(tcase, null_is_no_empty_text);
	tcase_add_test(tcase, a_tuple_is_cut_into_its_literals);
	tcase_add_test(tcase, a_row_without_columns_is_a_row);
	tcase_add_loop_test(tcase, what_is_no_row_is_not_read_beyond_its_end, 0,
			    8);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
