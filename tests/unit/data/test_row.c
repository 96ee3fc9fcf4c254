/*
 * The promise under test: a packet is cut into exactly the cells it has, and
 * one that is not a row of these columns is refused, whatever its length; and a
 * row of an array has the very bytes of its cells.
 */
#include "dbsync/data/row.h"

#include "dbsync/base/buf.h"
#include "dbsync/base/mem.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 70 };

static const struct wire_column mixed[] = {
	{.wire = WIRE_FIXED, .size = 4},
	{.wire = WIRE_STRING},
	{.wire = WIRE_SHORT},
	{.wire = WIRE_FIXED, .size = 8},
	{.wire = WIRE_SHORT, .is_time = true},
	{.wire = WIRE_STRING},
};

enum { MIXED = sizeof(mixed) / sizeof(*mixed) };

/* Two bits in front of 6 columns: one byte of bitmap. */
static const char mixed_packet[] = "\x00"
				   "\x01\x02\x03\x04"
				   "\x03xyz"
				   "\x04\xe8\x07\x01\x02"
				   "\x01\x02\x03\x04\x05\x06\x07\x08"
				   "\x00"
				   "\x00";

static struct row row;
static struct dbs_error err;

static void begin(void)
{
	row_init(&row, mixed, MIXED);
	err = (struct dbs_error){0};
}

static void end(void)
{
	row_release(&row);
}

static void use(const struct wire_column *wires, size_t count)
{
	row_release(&row);
	row_init(&row, wires, count);
}

/* The packet is copied, so that a sanitizer sees what is read behind it. */
static enum dbs_rc split(const void *bytes, size_t length)
{
	uint8_t *copy = mem_alloc(length);
	const struct packet packet = {copy, length};

	if (length)
		memcpy(copy, bytes, length);
	const enum dbs_rc rc = row_split(&row, &packet, &err);

	mem_drop(&copy);
	return rc;
}

START_TEST(cells_lie_in_the_packet_one_behind_the_other)
{
	const uint8_t *data = (const uint8_t *)mixed_packet;
	const struct packet packet = {data, sizeof(mixed_packet) - 1};

	ck_assert_int_eq(row_split(&row, &packet, &err), DBS_OK);
	ck_assert_ptr_eq(row.cells[0].data, data + 1);
	ck_assert_uint_eq(row.cells[0].length, 4);
	ck_assert_ptr_eq(row.cells[1].data, data + 6);
	ck_assert_uint_eq(row.cells[1].length, 3);
	ck_assert_ptr_eq(row.cells[2].data, data + 10);
	ck_assert_uint_eq(row.cells[2].length, 4);
	ck_assert_ptr_eq(row.cells[3].data, data + 14);
	ck_assert_uint_eq(row.cells[3].length, 8);
}
END_TEST

START_TEST(an_empty_value_is_not_null)
{
	const uint8_t *data = (const uint8_t *)mixed_packet;
	const struct packet packet = {data, sizeof(mixed_packet) - 1};

	ck_assert_int_eq(row_split(&row, &packet, &err), DBS_OK);
	ck_assert_uint_eq(row.cells[4].length, 0);
	ck_assert_ptr_nonnull(row.cells[4].data);
	ck_assert_uint_eq(row.cells[5].length, 0);
	ck_assert_ptr_nonnull(row.cells[5].data);
}
END_TEST

START_TEST(a_packet_cut_off_anywhere_is_refused)
{
	for (size_t length = 0; length < sizeof(mixed_packet) - 1; length++) {
		ck_assert_msg(split(mixed_packet, length) == DBS_E_STRANGE,
			      "%zu bytes are a row", length);
		ck_assert_int_eq(err.code, DBS_E_STRANGE);
	}
	ck_assert_int_eq(split(mixed_packet, sizeof(mixed_packet) - 1), DBS_OK);
}
END_TEST

START_TEST(bytes_behind_the_last_cell_are_refused)
{
	char longer[sizeof(mixed_packet) + 1];

	memcpy(longer, mixed_packet, sizeof(mixed_packet));
	longer[sizeof(mixed_packet)] = 'x';
	ck_assert_int_eq(split(longer, sizeof(mixed_packet)), DBS_E_STRANGE);
	ck_assert_str_eq(err.text, "a row packet has 1 bytes too many");
	ck_assert_int_eq(split(longer, sizeof(longer)), DBS_E_STRANGE);
}
END_TEST

START_TEST(a_null_takes_no_bytes)
{
	/* columns 1 to 5 are NULL: bits 2 to 6 */
	ck_assert_int_eq(split("\x7c\x01z", 3), DBS_OK);
	for (size_t i = 0; i < 5; i++)
		ck_assert_ptr_null(row.cells[i].data);
	ck_assert_uint_eq(row.cells[5].length, 1);
	ck_assert_int_eq(split("\xfc", 1), DBS_OK);
	ck_assert_ptr_null(row.cells[5].data);
}
END_TEST

START_TEST(a_row_forgets_the_nulls_of_the_one_before)
{
	ck_assert_int_eq(split("\xfc", 1), DBS_OK);
	ck_assert_int_eq(split(mixed_packet, sizeof(mixed_packet) - 1), DBS_OK);
	for (size_t i = 0; i < MIXED; i++)
		ck_assert_ptr_nonnull(row.cells[i].data);
	ck_assert_int_eq(split("\xfc", 1), DBS_OK);
	for (size_t i = 0; i < MIXED; i++)
		ck_assert_ptr_null(row.cells[i].data);
}
END_TEST

/* Cells that are not what every_column_has_its_own_bit_in_the_bitmap made. */
static size_t wrong_cells(size_t null)
{
	size_t wrong = 0;

	for (size_t i = 0; i < row.count; i++) {
		const uint8_t *data = row.cells[i].data;

		wrong += i == null ? data != NULL
				   : !data || *data != (uint8_t)(i + 1);
	}
	return wrong;
}

/* Rows of _i columns of one byte: each NULL in turn, the others its number. */
START_TEST(every_column_has_its_own_bit_in_the_bitmap)
{
	const size_t count = (size_t)_i;
	const size_t bitmap = (count + 2 + 7) / 8;
	struct wire_column wires[MOST] = {{0}};

	for (size_t i = 0; i < count; i++)
		wires[i] = (struct wire_column){.wire = WIRE_FIXED, .size = 1};
	use(wires, count);
	for (size_t null = 0; null < count; null++) {
		uint8_t bytes[MOST * 2] = {0};
		size_t length = bitmap;

		bytes[(null + 2) / 8] = (uint8_t)(1u << ((null + 2) % 8));
		for (size_t i = 0; i < count; i++)
			if (i != null)
				bytes[length++] = (uint8_t)(i + 1);
		const struct packet packet = {bytes, length};

		ck_assert_int_eq(row_split(&row, &packet, &err), DBS_OK);
		ck_assert_uint_eq(wrong_cells(null), 0);
	}
}
END_TEST

START_TEST(no_bitmap_no_row)
{
	const size_t count = (size_t)_i;
	const size_t bitmap = (count + 2 + 7) / 8;
	struct wire_column wires[MOST] = {{0}};
	uint8_t nulls[MOST];

	memset(nulls, 0xff, sizeof(nulls));
	for (size_t i = 0; i < count; i++)
		wires[i] = (struct wire_column){.wire = WIRE_STRING};
	use(wires, count);
	for (size_t length = 0; length < bitmap; length++)
		ck_assert_int_eq(split(nulls, length), DBS_E_STRANGE);
	ck_assert_int_eq(split(nulls, bitmap), DBS_OK);
	ck_assert_int_eq(split(nulls, bitmap + 1), DBS_E_STRANGE);
}
END_TEST

static const struct wire_column one_string[] = {{.wire = WIRE_STRING}};

/* One string of size bytes, behind the given length bytes. */
static enum dbs_rc split_string(const char *head, size_t head_length,
				size_t size)
{
	struct buf packet = BUF_INIT;

	use(one_string, 1);
	buf_addc(&packet, '\0');
	buf_add(&packet, head, head_length);
	buf_reserve(&packet, size);
	memset(packet.data + packet.length, 'x', size);
	packet.length += size;
	const enum dbs_rc rc = split(packet.data, packet.length);

	buf_release(&packet);
	return rc;
}

START_TEST(lengths_of_one_two_three_and_eight_bytes_are_read)
{
	ck_assert_int_eq(split_string("\xfa", 1, 250), DBS_OK);
	ck_assert_uint_eq(row.cells[0].length, 250);
	ck_assert_int_eq(split_string("\xfc\xfb\x00", 3, 251), DBS_OK);
	ck_assert_uint_eq(row.cells[0].length, 251);
	ck_assert_int_eq(split_string("\xfc\xff\xff", 3, 65535), DBS_OK);
	ck_assert_uint_eq(row.cells[0].length, 65535);
	ck_assert_int_eq(split_string("\xfd\x00\x00\x01", 4, 65536), DBS_OK);
	ck_assert_uint_eq(row.cells[0].length, 65536);
	ck_assert_int_eq(split_string("\xfe\x00\x00\x00\x01\x00\x00\x00\x00", 9,
				      16777216),
			 DBS_OK);
	ck_assert_uint_eq(row.cells[0].length, 16777216);
}
END_TEST

START_TEST(a_length_that_does_not_fit_is_refused)
{
	ck_assert_int_eq(split_string("\xfa", 1, 249), DBS_E_STRANGE);
	ck_assert_int_eq(split_string("\xfa", 1, 251), DBS_E_STRANGE);
	ck_assert_int_eq(split_string("\xfc\xff\xff", 3, 65534), DBS_E_STRANGE);
	ck_assert_int_eq(split_string("\xfe\xff\xff\xff\xff\xff\xff\xff\xff", 9,
				      100),
			 DBS_E_STRANGE);
	ck_assert_int_eq(split_string("\xfe\xff\xff\xff\xff\xff\xff\xff\x7f", 9,
				      100),
			 DBS_E_STRANGE);
}
END_TEST

START_TEST(a_length_that_is_itself_cut_off_is_refused)
{
	ck_assert_int_eq(split_string("", 0, 0), DBS_E_STRANGE);
	ck_assert_int_eq(split_string("\xfc", 1, 0), DBS_E_STRANGE);
	ck_assert_int_eq(split_string("\xfc\x00", 2, 0), DBS_E_STRANGE);
	ck_assert_int_eq(split_string("\xfd\x00\x00", 3, 0), DBS_E_STRANGE);
	ck_assert_int_eq(split_string("\xfe\0\0\0\0\0\0\0", 8, 0),
			 DBS_E_STRANGE);
}
END_TEST

START_TEST(first_bytes_that_are_no_length_are_refused)
{
	ck_assert_int_eq(split_string("\xfb", 1, 0), DBS_E_STRANGE);
	ck_assert_int_eq(split_string("\xfb", 1, 251), DBS_E_STRANGE);
	ck_assert_int_eq(split_string("\xff", 1, 0), DBS_E_STRANGE);
	ck_assert_int_eq(split_string("\xff", 1, 255), DBS_E_STRANGE);
}
END_TEST

/* mixed_packet again, value by value, without its bitmap. */
START_TEST(a_bulk_has_the_bytes_of_the_packet_behind_a_mark_each)
{
	static const char expected[] = "\0\x01\x02\x03\x04"
				       "\0\x03xyz"
				       "\0\x04\xe8\x07\x01\x02"
				       "\0\x01\x02\x03\x04\x05\x06\x07\x08"
				       "\0\x00"
				       "\0\x00";
	const struct packet packet = {(const uint8_t *)mixed_packet,
				      sizeof(mixed_packet) - 1};
	struct buf out = BUF_INIT;

	ck_assert_int_eq(row_split(&row, &packet, &err), DBS_OK);
	row_bulk(&row, &out);
	ck_assert_uint_eq(out.length, sizeof(expected) - 1);
	ck_assert_mem_eq(out.data, expected, out.length);
	buf_release(&out);
}
END_TEST

START_TEST(a_null_is_a_mark_and_nothing_else_in_a_bulk)
{
	static const uint8_t nothing[] = "";
	struct cell cells[] = {{NULL, 0}, {nothing, 0}};
	struct row two = {mixed + 1, cells, 2};
	struct buf out = BUF_INIT;

	row_bulk(&two, &out);
	ck_assert_uint_eq(out.length, 3);
	ck_assert_mem_eq(out.data, "\x01\0\0", 3);
	buf_release(&out);
}
END_TEST

START_TEST(lengths_of_one_two_three_and_eight_bytes_are_written)
{
	static const struct {
		size_t length;
		const char *head; /* with the mark */
		size_t head_length;
	} cases[] = {
		{250, "\0\xfa", 2},
		{251, "\0\xfc\xfb\0", 4},
		{65535, "\0\xfc\xff\xff", 4},
		{65536, "\0\xfd\0\0\x01", 5},
		{(1u << 24) - 1, "\0\xfd\xff\xff\xff", 5},
		{1u << 24, "\0\xfe\0\0\0\x01\0\0\0\0", 10},
	};
	uint8_t *bytes = mem_zero(1, 1u << 24);

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct cell cell = {bytes, cases[i].length};
		struct row one = {mixed + 1, &cell, 1};
		struct buf out = BUF_INIT;

		row_bulk(&one, &out);
		ck_assert_uint_eq(out.length,
				  cases[i].head_length + cases[i].length);
		ck_assert_mem_eq(out.data, cases[i].head, cases[i].head_length);
		buf_release(&out);
	}
	mem_drop(&bytes);
}
END_TEST

/* A row of one column that comes so. */
static enum dbs_rc one(struct wire_column wire, const char *bytes,
		       size_t length)
{
	char packet[40] = "";

	use(&wire, 1);
	memcpy(packet + 1, bytes, length);
	const enum dbs_rc rc = split(packet, length + 1);

	use(mixed, MIXED);
	return rc;
}

START_TEST(a_number_that_is_none_is_refused)
{
	static const double odd[] = {NAN, INFINITY, -INFINITY};
	const struct wire_column wide = {
		.wire = WIRE_FIXED, .size = 8, .is_double = true};
	const struct wire_column narrow = {
		.wire = WIRE_FIXED, .size = 4, .is_double = true};
	const double number = -1.5e300;
	const float single = -1.5e30f;

	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		const float f = (float)odd[i];

		ck_assert_int_eq(one(wide, (const char *)&odd[i], 8),
				 DBS_E_STRANGE);
		ck_assert_int_eq(one(narrow, (const char *)&f, 4),
				 DBS_E_STRANGE);
	}
	ck_assert_str_eq(err.text, "column 1 of a row has a value that its "
				   "type has not");
	ck_assert_int_eq(one(wide, (const char *)&number, 8), DBS_OK);
	ck_assert_int_eq(one(narrow, (const char *)&single, 4), DBS_OK);
}
END_TEST

START_TEST(a_decimal_is_digits_and_never_a_piece_of_sql)
{
	static const char *const good[] = {"\1"
					   "0",
					   "\2-1", "\7-001.50",
					   "\2"
					   "5."};
	static const char *const bad[] = {"\0",
					  "\1-",
					  "\3.50",
					  "\4-.50",
					  "\1.",
					  "\2--",
					  "\3"
					  "1e5",
					  "\5"
					  "1.2.3",
					  "\11"
					  "1); DROP ",
					  "\3nan",
					  "\2"
					  "1\n"};
	const struct wire_column wire = {.wire = WIRE_STRING,
					 .is_decimal = true};

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		ck_assert_msg(!one(wire, good[i], (size_t)good[i][0] + 1), "%s",
			      good[i] + 1);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ck_assert_msg(one(wire, bad[i], (size_t)bad[i][0] + 1) ==
				      DBS_E_STRANGE,
			      "%s", bad[i] + 1);
}
END_TEST

START_TEST(a_date_and_a_time_have_the_lengths_that_there_are)
{
	const struct wire_column date = {.wire = WIRE_SHORT};
	const struct wire_column span = {.wire = WIRE_SHORT, .is_time = true};
	char bytes[32] = "";

	for (char length = 0; length < 30; length++) {
		const bool is_date = length == 0 || length == 4 ||
				     length == 7 || length == 11;
		const bool is_span = length == 0 || length == 8 || length == 12;

		bytes[0] = length;
		ck_assert_int_eq(one(date, bytes, (size_t)length + 1),
				 is_date ? DBS_OK : DBS_E_STRANGE);
		ck_assert_int_eq(one(span, bytes, (size_t)length + 1),
				 is_span ? DBS_OK : DBS_E_STRANGE);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("row");
	TCase *tcase = tcase_create("row");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, cells_lie_in_the_packet_one_behind_the_other);
	tcase_add_test(tcase, an_empty_value_is_not_null);
	tcase_add_test(tcase, a_packet_cut_off_anywhere_is_refused);
	tcase_add_test(tcase, bytes_behind_the_last_cell_are_refused);
	tcase_add_test(tcase, a_null_takes_no_bytes);
	tcase_add_test(tcase, a_row_forgets_the_nulls_of_the_one_before);
	tcase_add_loop_test(tcase, every_column_has_its_own_bit_in_the_bitmap,
			    1, MOST + 1);
	tcase_add_loop_test(tcase, no_bitmap_no_row, 1, MOST + 1);
	tcase_add_test(tcase,
		       lengths_of_one_two_three_and_eight_bytes_are_read);
	tcase_add_test(tcase, a_length_that_does_not_fit_is_refused);
	tcase_add_test(tcase, a_length_that_is_itself_cut_off_is_refused);
	tcase_add_test(tcase, a_number_that_is_none_is_refused);
	tcase_add_test(tcase, a_decimal_is_digits_and_never_a_piece_of_sql);
	tcase_add_test(tcase,
		       a_date_and_a_time_have_the_lengths_that_there_are);
	tcase_add_test(tcase, first_bytes_that_are_no_length_are_refused);
	tcase_add_test(tcase,
		       a_bulk_has_the_bytes_of_the_packet_behind_a_mark_each);
	tcase_add_test(tcase, a_null_is_a_mark_and_nothing_else_in_a_bulk);
	tcase_add_test(tcase,
		       lengths_of_one_two_three_and_eight_bytes_are_written);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
