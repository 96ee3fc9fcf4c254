/*
 * The promise under test: what came from a server is shown on the page, and
 * never becomes a part of it.
 */
#include "page.h"

#include <check.h>
#include <stdlib.h>

static struct page page;
static struct buf out;

static void begin(void)
{
	struct json_object *object = json_object_new_object();

	(void)json_object_object_add(object, "text",
				     json_object_new_string("<b>&\"'{text}"));
	(void)json_object_object_add(object, "count",
				     json_object_new_uint64(1234567));
	(void)json_object_object_add(object, "nothing", NULL);
	page = (struct page){.object = object};
	out = (struct buf)BUF_INIT;
}

static void end(void)
{
	(void)json_object_put(page.object);
	buf_release(&out);
}

START_TEST(texts_are_escaped_and_not_filled_in_again)
{
	page_add(&out, "<i>{text}</i>", &page);
	ck_assert_str_eq(out.data, "<i>&lt;b&gt;&amp;&quot;&#39;{text}</i>");
}
END_TEST

START_TEST(numbers_are_as_for_people_or_as_they_are)
{
	page_add(&out, "{#count} {count}", &page);
	ck_assert_str_eq(out.data, "1,234,567 1234567");
}
END_TEST

START_TEST(what_nobody_has_is_empty)
{
	page_add(&out, "[{nothing}{#nothing}{=nothing}{none}{#none}{=none}]",
		 &page);
	ck_assert_str_eq(out.data, "[]");
}
END_TEST

START_TEST(an_object_gives_no_pieces)
{
	page_add(&out, "[{=text}]", &page);
	ck_assert_str_eq(out.data, "[]");
}
END_TEST

START_TEST(a_place_wins_over_the_object_and_is_empty_afterwards)
{
	buf_adds(page_place(&page, "text"), "<hr>");
	page_add(&out, "{text}{=text}", &page);
	page_add(&out, "{=text}", &page);
	ck_assert_str_eq(out.data, "&lt;hr&gt;<hr>");
}
END_TEST

START_TEST(a_strip_has_nothing_of_a_table_in_it)
{
	struct json_object *table = json_tokener_parse(
		"{\"strip\": [{\"ranges\": 1, \"rows_source\": 1000},"
		"{\"from\": \"id=<4>\", \"ranges\": 1, \"update\": 2,"
		"\"rows_source\": 2000}]}");

	page_strip(&out, table);
	(void)json_object_put(table);
	ck_assert_ptr_nonnull(strstr(
		out.data, "<title>id=&lt;4&gt; … the last key: 2,000 rows, "
			  "2 to update</title><rect class=\"diff\""));
	ck_assert_ptr_nonnull(
		strstr(out.data, "aria-label=\"1 of 2 parts of the key space "
				 "differ\""));
	ck_assert_ptr_null(strchr(out.data, '{'));
}
END_TEST

START_TEST(names_may_break_after_dots_and_underscores_alone)
{
	buf_adds(page_place(&page, "name"), "a_b.c-d<wbr>");
	page_add(&out, "{.name}{.text}", &page);
	ck_assert_str_eq(out.data, "a_<wbr>b.<wbr>c-d&lt;wbr&gt;"
				   "&lt;b&gt;&amp;&quot;&#39;{text}");
}
END_TEST

static void expect_samples(const char *source, const char *target,
			   const char *marked_source, const char *marked_target)
{
	struct json_object *column = json_object_new_object();
	struct json_object *columns = json_object_new_array();
	struct json_object *detail = json_object_new_object();
	struct json_object *details = json_object_new_array();
	struct json_object *table = json_object_new_object();

	(void)json_object_object_add(column, "source",
				     json_object_new_string(source));
	(void)json_object_object_add(column, "target",
				     json_object_new_string(target));
	(void)json_object_array_add(columns, column);
	(void)json_object_object_add(detail, "columns", columns);
	(void)json_object_array_add(details, detail);
	(void)json_object_object_add(table, "details", details);
	buf_clear(&out);
	page_samples(&out, table);
	(void)json_object_put(table);
	ck_assert_msg(strstr(out.data, marked_source), "%s\nnot in\n%s",
		      marked_source, out.data);
	ck_assert_msg(strstr(out.data, marked_target), "%s\nnot in\n%s",
		      marked_target, out.data);
}

START_TEST(what_differs_inside_a_value_is_marked)
{
	expect_samples("{de} end", "{fr} end",
		       "<code>{<mark>de</mark>} end</code>",
		       "<code>{<mark>fr</mark>} end</code>");
	/* something that one side has not */
	expect_samples("aab", "ab", "<code>a<mark>a</mark>b</code>",
		       "<code>a<mark></mark>b</code>");
	expect_samples("a", "ab", "<code>a<mark></mark></code>",
		       "<code>a<mark>b</mark></code>");
	/* nothing in common: all of it is it */
	expect_samples("7", "-1", "<code>7</code>", "<code>-1</code>");
	expect_samples("", "x", "<code></code>", "<code>x</code>");
}
END_TEST

START_TEST(marks_divide_no_character_and_no_escape)
{
	/* two that begin with the same byte, and two that end so */
	expect_samples("xä1", "xö1", "<code>x<mark>ä</mark>1</code>",
		       "<code>x<mark>ö</mark>1</code>");
	expect_samples("xĀ1", "xƀ1", "<code>x<mark>Ā</mark>1</code>",
		       "<code>x<mark>ƀ</mark>1</code>");
	expect_samples("a\\x0a", "a\\x1a", "<code>a<mark>\\x0a</mark></code>",
		       "<code>a<mark>\\x1a</mark></code>");
	expect_samples("\\u{00A0}b", "\\u{00B0}b",
		       "<code><mark>\\u{00A0}</mark>b</code>",
		       "<code><mark>\\u{00B0}</mark>b</code>");
	expect_samples("0x12a4", "0x12b4", "<code>0x12<mark>a4</mark></code>",
		       "<code>0x12<mark>b4</mark></code>");
	expect_samples("0x1234", "0x4634", "<code>0x<mark>12</mark>34</code>",
		       "<code>0x<mark>46</mark>34</code>");
	/* an escape that is cut is no reason to read on */
	expect_samples("a\\", "a\\u{", "<code>a<mark>\\</mark></code>",
		       "<code>a<mark>\\u{</mark></code>");
	expect_samples("a<b", "a<c", "<code>a&lt;<mark>b</mark></code>",
		       "<code>a&lt;<mark>c</mark></code>");
}
END_TEST

START_TEST(a_bar_has_the_parts_that_there_are)
{
	const struct page_part parts[] = {
		{"same", 1000, "row equal", "rows equal"},
		{"undone", 0, "", "rows not compared"},
		{"diff", 1, "row differs", "rows differ"},
	};

	page_whole(&out, parts, 3);
	ck_assert_ptr_nonnull(strstr(
		out.data, "aria-label=\"1,000 rows equal, 1 row differs\""));
	ck_assert_ptr_nonnull(strstr(
		out.data,
		"<span class=\"same\" style=\"flex-grow:1000\"></span>"
		"<span class=\"diff\" style=\"flex-grow:1\"></span></span>"));
	ck_assert_ptr_null(strstr(out.data, "undone"));
	buf_clear(&out);
	page_whole(&out, parts + 1, 1);
	ck_assert_str_eq(out.data, "");
}
END_TEST

START_TEST(lines_of_a_diff_have_their_signs)
{
	page_diff(&out, "@@ -1 +1 @@\n a\n-<b>\n+c\n\n");
	ck_assert_str_eq(out.data, "<span class=\"at\">@@ -1 +1 @@</span>"
				   "<span class=\"ctx\"> a</span>"
				   "<span class=\"del\">-&lt;b&gt;</span>"
				   "<span class=\"add\">+c</span>"
				   "<span class=\"ctx\"> </span>");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("page");
	TCase *tcase = tcase_create("page");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, texts_are_escaped_and_not_filled_in_again);
	tcase_add_test(tcase, numbers_are_as_for_people_or_as_they_are);
	tcase_add_test(tcase, what_nobody_has_is_empty);
	tcase_add_test(tcase, an_object_gives_no_pieces);
	tcase_add_test(tcase,
		       a_place_wins_over_the_object_and_is_empty_afterwards);
	tcase_add_test(tcase, a_strip_has_nothing_of_a_table_in_it);
	tcase_add_test(tcase, names_may_break_after_dots_and_underscores_alone);
	tcase_add_test(tcase, what_differs_inside_a_value_is_marked);
	tcase_add_test(tcase, marks_divide_no_character_and_no_escape);
	tcase_add_test(tcase, a_bar_has_the_parts_that_there_are);
	tcase_add_test(tcase, lines_of_a_diff_have_their_signs);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
