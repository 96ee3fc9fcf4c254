/*
 * The promise under test: what is written in a quick way is what the slow way
 * writes.  Numbers are compared with what printf and strtod find, texts byte by
 * byte, and the row behind an update with the same row alone.
 */
#include "changes_lines.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 80 };

static struct log_column columns[COLUMNS];
static char names[COLUMNS][8];
static struct log_table table = {
	.database = "d", .name = "t", .columns = columns, .count = COLUMNS};
static struct buf line;
static struct buf before;
static struct buf after;

static void begin(void)
{
	line = before = after = (struct buf)BUF_INIT;
	for (size_t i = 0; i < COLUMNS; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "c%zu", i);
		columns[i] = (struct log_column){.name = names[i],
						 .type = TYPE_TEXT};
	}
}

static void end(void)
{
	buf_release(&line);
	buf_release(&before);
	buf_release(&after);
}

static void add_text(struct buf *row, const char *text, size_t length)
{
	static const struct wire_column wire = {.wire = WIRE_STRING};

	values_add(row, &wire, (struct cell){(const uint8_t *)text, length});
}

static void add_real(struct buf *row, double number)
{
	static const struct wire_column wire = {
		.wire = WIRE_FIXED, .size = sizeof(number), .is_double = true};
	uint8_t bytes[sizeof(number)];

	memcpy(bytes, &number, sizeof(number));
	values_add(row, &wire, (struct cell){bytes, sizeof(bytes)});
}

/* The line of a change between the two rows, the one before perhaps empty. */
static const char *written(void)
{
	const struct change_item item = {
		.kind = ITEM_ROW,
		.change = {.kind = before.length ? LOGGED_UPDATE
						 : LOGGED_INSERT,
			   .table = &table,
			   .before = {before.data, before.length},
			   .after = {after.data, after.length}},
		.transaction = "",
		.place = "p",
	};

	buf_clear(&line);
	changes_line(&line, &item);
	return line.data;
}

/* What the line has of the row behind. */
static char *row_behind(void)
{
	char *row = strstr(line.data, ",\"after\":");

	ck_assert_ptr_nonnull(row);
	row += strlen(",\"after\":");
	*strstr(row, ",\"place\":") = '\0';
	return row;
}

/* ------------------------------------------------------------------------
 * Numbers
 * --------------------------------------------------------------------- */

static void check_real(double number)
{
	char shortest[64] = "";
	char expected[80] = "";

	for (int digits = 15; digits <= 17; digits++) {
		(void)snprintf(shortest, sizeof(shortest), "%.*g", digits,
			       number);
		if (strtod(shortest, NULL) == number)
			break;
	}
	(void)snprintf(expected, sizeof(expected), "{\"c0\":%s}", shortest);
	buf_clear(&after);
	values_begin(&after, 1);
	add_real(&after, number);
	(void)written();
	ck_assert_str_eq(row_behind(), expected);
}

static uint64_t next_bits(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return *state ^ *state >> 29;
}

START_TEST(a_number_has_the_fewest_digits_that_bring_it_back)
{
	uint64_t state = 1;
	double tens = 1;

	for (int i = 0; i < 20000; i++) {
		const uint64_t bits = next_bits(&state);
		double number = 0;

		memcpy(&number, &bits, sizeof(number));
		if (isfinite(number))
			check_real(number);
		tens = i % 9 ? tens * 10 : 1;
		check_real((double)(int64_t)(bits % 2000000000000000) / tens);
		check_real(-(double)(bits % 100000) / tens);
	}
}
END_TEST

/* Of a positive number, so many further. */
static double neighbour(double number, int64_t step)
{
	int64_t bits = 0;

	memcpy(&bits, &number, sizeof(bits));
	bits += step;
	memcpy(&number, &bits, sizeof(bits));
	return number;
}

START_TEST(powers_and_their_neighbours_have_them_too)
{
	for (int i = -1074; i < 1024; i++) {
		const double number = ldexp(1, i);

		check_real(number);
		check_real(neighbour(number, -1));
		check_real(-neighbour(number, 1));
	}
	for (double number = 1e-7; number < 1e18; number *= 10) {
		check_real(number);
		check_real(neighbour(number, -1));
		check_real(number - 0.5);
		check_real(3 * number);
	}
	check_real(0.0);
	check_real(-0.0);
}
END_TEST

/* ------------------------------------------------------------------------
 * Texts
 * --------------------------------------------------------------------- */

static void add_expected(struct buf *out, unsigned char c)
{
	static const char from[] = "\b\t\n\f\r\"\\";
	static const char to[] = "btnfr\"\\";
	const char *at = c ? strchr(from, c) : NULL;

	if (at)
		buf_addf(out, "\\%c", to[at - from]);
	else if (c < ' ' || c == 0x7f)
		buf_addf(out, "\\u%04x", c);
	else
		buf_addc(out, (char)c);
}

START_TEST(each_character_is_escaped_wherever_it_is)
{
	enum { LENGTH = 23 };
	struct buf expected = BUF_INIT;

	for (unsigned c = 0; c < 0x80; c++)
		for (unsigned at = 0; at < LENGTH; at++) {
			/* with a letter of two bytes, unless it is there */
			char text[LENGTH + 1] = "plain text \xc3\xb6 of length";

			if (at == 11 || at == 12)
				text[11] = text[12] = 'x';
			text[at] = (char)c;
			buf_clear(&expected);
			buf_adds(&expected, "{\"c0\":\"");
			for (size_t i = 0; i < LENGTH; i++)
				add_expected(&expected, (unsigned char)text[i]);
			buf_adds(&expected, "\"}");
			buf_clear(&after);
			values_begin(&after, 1);
			add_text(&after, text, LENGTH);
			(void)written();
			ck_assert_str_eq(row_behind(), expected.data);
		}
	buf_release(&expected);
}
END_TEST

START_TEST(what_is_no_text_is_bytes_wherever_that_shows)
{
	for (size_t at = 0; at < 20; at++) {
		char text[] = "twenty bytes of text";

		text[at] = '\xff';
		buf_clear(&after);
		values_begin(&after, 1);
		add_text(&after, text, 20);
		(void)written();
		ck_assert_ptr_nonnull(strstr(row_behind(), "{\"base64\":\""));
	}
}
END_TEST

/* ------------------------------------------------------------------------
 * Rows
 * --------------------------------------------------------------------- */

/* A value of four kinds, two of them as in the row before. */
static void add_member(struct buf *row, unsigned column, unsigned kinds,
		       bool is_after)
{
	char text[16];

	switch (kinds >> (column % 8 * 2) & 3) {
	case 0:
		(void)snprintf(text, sizeof(text), "text %u", column);
		add_text(row, text, strlen(text));
		break;
	case 1:
		(void)snprintf(text, sizeof(text), "text %u", is_after);
		add_text(row, text, strlen(text));
		break;
	case 2:
		if (is_after)
			values_add_absent(row);
		else
			add_text(row, NULL, 0);
		break;
	default:
		values_add_absent(row);
		break;
	}
}

START_TEST(the_row_behind_is_what_it_is_alone)
{
	for (unsigned kinds = 0; kinds < 0x10000; kinds += 7) {
		struct buf kept = BUF_INIT;

		buf_clear(&before);
		buf_clear(&after);
		values_begin(&before, COLUMNS);
		values_begin(&after, COLUMNS);
		for (unsigned i = 0; i < COLUMNS; i++) {
			add_member(&before, i, kinds, false);
			add_member(&after, i, kinds, true);
		}
		(void)written();
		buf_adds(&kept, row_behind());
		buf_clear(&before);
		(void)written();
		ck_assert_str_eq(row_behind(), kept.data);
		buf_release(&kept);
	}
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("changes_lines");
	Suite *suite = suite_create("changes_lines");

	tcase_add_checked_fixture(tests, begin, end);
	tcase_add_test(tests,
		       a_number_has_the_fewest_digits_that_bring_it_back);
	tcase_add_test(tests, powers_and_their_neighbours_have_them_too);
	tcase_add_test(tests, each_character_is_escaped_wherever_it_is);
	tcase_add_test(tests, what_is_no_text_is_bytes_wherever_that_shows);
	tcase_add_test(tests, the_row_behind_is_what_it_is_alone);
	suite_add_tcase(suite, tests);

	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_ENV);
	const int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
