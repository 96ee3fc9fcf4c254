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

	page_strip(&out, table, true);
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
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
