/*
 * The promise under test: where two values part is found to the byte and to
 * the character, and what is shown of both is never the same for two that are
 * not.
 */
#include "dbsync/data/difference.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct buf out;
static struct buf other;

static void begin(void)
{
	out = (struct buf)BUF_INIT;
	other = (struct buf)BUF_INIT;
}

static void end(void)
{
	buf_release(&out);
	buf_release(&other);
}

static struct cell cell(const char *text)
{
	return (struct cell){(const uint8_t *)text, strlen(text)};
}

static struct difference part(const char *a, const char *b)
{
	return difference_of_texts(cell(a), cell(b), cell(a), cell(b));
}

struct place {
	const char *source;
	const char *target;
	size_t byte;
	size_t character;
	const char *source_has;
	const char *target_has;
};

static const struct place places[] = {
	{"abc", "abd", 2, 2, "U+0063", "U+0064"},
	{"abc", "ab", 2, 2, "U+0063", "the end"},
	{"", "a", 0, 0, "the end", "U+0061"},
	/* one byte of the same character differs, and the one behind it */
	{"é", "è", 1, 0, "U+00E9", "U+00E8"},
	{"aéb", "aéc", 3, 2, "U+0062", "U+0063"},
	{"é", "e\xcc\x81", 0, 0, "U+00E9", "U+0065"},
	{"中a", "中b", 3, 1, "U+0061", "U+0062"},
	{"a\xff", "a\xfe", 1, 1, "0xff", "0xfe"},
};

START_TEST(texts_part_at_a_byte_and_a_character)
{
	const struct place *place = &places[_i];
	const struct difference at = part(place->source, place->target);

	ck_assert(at.is_found);
	ck_assert(at.is_text);
	ck_assert_uint_eq(at.byte, place->byte);
	ck_assert_uint_eq(at.character, place->character);
	difference_found(&out, &at, cell(place->source), cell(place->source));
	ck_assert_str_eq(out.data, place->source_has);
	difference_found(&other, &at, cell(place->target), cell(place->target));
	ck_assert_str_eq(other.data, place->target_has);
}
END_TEST

START_TEST(what_is_the_same_or_null_parts_nowhere)
{
	const struct cell null = {NULL, 0};

	ck_assert(!part("abc", "abc").is_found);
	ck_assert(!part("", "").is_found);
	ck_assert(!difference_of_bytes(null, cell("a")).is_found);
	ck_assert(!difference_of_bytes(cell(""), null).is_found);
}
END_TEST

/* Pairs that look alike, and how both are shown. */
static const struct {
	const char *source;
	const char *target;
	const char *source_shown;
	const char *target_shown;
} alike[] = {
	{"a", "a ", "a", "a·"},
	{"a  b", "a b", "a··b", "a b"},
	{" a", "a", "·a", "a"},
	{"a ", "a\xc2\xb7", "a·", "a\\u{00B7}"},
	{"a b",
	 "a\xc2\xa0"
	 "b",
	 "a·b", "a\\u{00A0}b"},
	{"payment",
	 "p\xd0\xb0"
	 "yment",
	 "payment", "p\\u{0430}yment"},
	{"a", "\xd0\xb0", "a", "\\u{0430}"},
	{"\xc3\xa9", "e\xcc\x81", "\xc3\xa9", "e\\u{0301}"},
	{"ab",
	 "a\xe2\x80\x8b"
	 "b",
	 "ab", "a\\u{200B}b"},
	{"a\n", "a\\n", "a\\n", "a\\\\n"},
	/* a word of one script needs no codes but where both part */
	{"\xd0\xb0\xd0\xb0", "\xd0\xb0\xd1\x8f", "\xd0\xb0\\u{0430}",
	 "\xd0\xb0\xd1\x8f"},
};

START_TEST(what_looks_alike_is_shown_as_what_it_is)
{
	const struct difference at = part(alike[_i].source, alike[_i].target);

	difference_show_text(&out, cell(alike[_i].source), &at, 120);
	difference_show_text(&other, cell(alike[_i].target), &at, 120);
	ck_assert_str_eq(out.data, alike[_i].source_shown);
	ck_assert_str_eq(other.data, alike[_i].target_shown);
}
END_TEST

static char *long_text(size_t before, char c, size_t after)
{
	char *text = malloc(before + after + 2);

	memset(text, 'x', before + after + 1);
	text[before] = c;
	text[before + after + 1] = '\0';
	return text;
}

START_TEST(long_values_are_shown_around_the_place)
{
	char *a = long_text((size_t)_i, 'a', 400);
	char *b = long_text((size_t)_i, 'b', 400);
	const struct difference at = part(a, b);

	ck_assert_uint_eq(at.byte, (size_t)_i);
	difference_show_text(&out, cell(a), &at, 120);
	difference_show_text(&other, cell(b), &at, 120);
	ck_assert_ptr_nonnull(strstr(out.data, "axx"));
	ck_assert_ptr_nonnull(strstr(other.data, "bxx"));
	ck_assert_str_ne(out.data, other.data);
	buf_clear(&out);
	buf_clear(&other);
	difference_show_bytes(&out, cell(a), &at, 30);
	difference_show_bytes(&other, cell(b), &at, 30);
	ck_assert_str_ne(out.data, other.data);
	ck_assert_ptr_nonnull(strstr(out.data, "617878"));
	free(a);
	free(b);
}
END_TEST

START_TEST(a_value_of_many_bytes_says_how_many)
{
	char *a = long_text(0, 'a', 400);

	difference_show_text(&out, cell(a), NULL, 3);
	ck_assert_str_eq(out.data, "axx…(401 bytes)");
	difference_show_bytes(&other, cell(a), NULL, 3);
	ck_assert_str_eq(other.data, "0x617878…(401 bytes)");
	free(a);
}
END_TEST

START_TEST(keys_have_no_marks_but_the_codes_of_look_alikes)
{
	difference_show_key(&out, "a  \xd0\xb0z", 6, 120);
	ck_assert_str_eq(out.data, "a  \\u{0430}z");
}
END_TEST

START_TEST(places_and_code_points_are_written_out)
{
	const struct difference text = part("aéb", "aéc");
	const struct difference bytes = difference_of_bytes(cell("ab"),
							    cell("ac"));

	difference_place(&out, &text);
	ck_assert_str_eq(out.data, "character 2, byte 3");
	difference_place(&other, &bytes);
	ck_assert_str_eq(other.data, "byte 1");
	buf_clear(&out);
	difference_codes(&out, cell("aé\xff"), 1, 9);
	ck_assert_str_eq(out.data, "U+00E9 \\xff");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("difference");
	TCase *tcase = tcase_create("difference");
	SRunner *runner = srunner_create(suite);

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_loop_test(tcase, texts_part_at_a_byte_and_a_character, 0,
			    sizeof(places) / sizeof(*places));
	tcase_add_test(tcase, what_is_the_same_or_null_parts_nowhere);
	tcase_add_loop_test(tcase, what_looks_alike_is_shown_as_what_it_is, 0,
			    sizeof(alike) / sizeof(*alike));
	tcase_add_loop_test(tcase, long_values_are_shown_around_the_place, 0,
			    300);
	tcase_add_test(tcase, a_value_of_many_bytes_says_how_many);
	tcase_add_test(tcase, keys_have_no_marks_but_the_codes_of_look_alikes);
	tcase_add_test(tcase, places_and_code_points_are_written_out);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	const int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
