/*
 * The promise under test: of any keys in any order, again and again, each is
 * there once, and in an order in which short ones come first.
 */
#include "dbsync/data/key_set.h"

#include "dbsync/base/buf.h"
#include "dbsync/base/own.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static void add(struct key_set *set, const char *text)
{
	key_set_add(set, (struct slice){text, strlen(text)});
}

static void must_be(const struct key_set *set, size_t number, const char *text)
{
	const struct slice tuple = key_set_at(set, number);

	ck_assert_uint_eq(tuple.length, strlen(text));
	ck_assert(!memcmp(tuple.data, text, tuple.length));
}

START_TEST(each_once)
{
	OWNED(key_set_drop) struct key_set *set = key_set_new();

	ck_assert_uint_eq(key_set_count(set), 0);
	add(set, "(10)");
	add(set, "(9)");
	add(set, "(10)");
	add(set, "('a')");
	ck_assert_uint_eq(key_set_count(set), 3);
	must_be(set, 0, "(9)");
	must_be(set, 1, "(10)");
	must_be(set, 2, "('a')");
	/* and more, once they were counted */
	add(set, "(9)");
	add(set, "(8)");
	ck_assert_uint_eq(key_set_count(set), 4);
	must_be(set, 0, "(8)");
	must_be(set, 1, "(9)");
}
END_TEST

enum { MANY = 30000 };

/* All numbers below MANY, in an order of their own, three times. */
START_TEST(many)
{
	OWNED(key_set_drop) struct key_set *set = key_set_new();
	OWNED(buf_release) struct buf text = BUF_INIT;
	size_t most = 0;

	for (unsigned i = 0; i < 3 * MANY; i++) {
		buf_clear(&text);
		buf_addf(&text, "(%u)", (unsigned)(i * 7919ULL % MANY));
		add(set, text.data);
		if (key_set_bytes(set) > most)
			most = key_set_bytes(set);
	}
	ck_assert_uint_eq(key_set_count(set), MANY);
	for (unsigned i = 0; i < MANY; i++) {
		buf_clear(&text);
		buf_addf(&text, "(%u)", i);
		must_be(set, i, text.data);
	}
	/* what is the same needs no memory of its own */
	ck_assert_uint_le(most, 2 * key_set_bytes(set) + 1);
}
END_TEST

START_TEST(known)
{
	static const char *const others[] = {"()",   "(1)",   "(29)",
					     "(31)", "(100)", ""};
	OWNED(key_set_drop) struct key_set *set = key_set_new();
	OWNED(buf_release) struct buf text = BUF_INIT;

	ck_assert(!key_set_has(set, (struct slice){"(1)", 3}));
	for (unsigned i = 10; i < 100; i += 10) {
		buf_clear(&text);
		buf_addf(&text, "(%u)", i);
		add(set, text.data);
		/* also of one that was sorted before */
		ck_assert(key_set_has(set,
				      (struct slice){text.data, text.length}));
	}
	ck_assert(key_set_has(set, (struct slice){"(10)", 4}));
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		ck_assert(!key_set_has(set, (struct slice){others[i],
							   strlen(others[i])}));
	key_set_clear(set);
	ck_assert(!key_set_has(set, (struct slice){"(10)", 4}));
}
END_TEST

START_TEST(cleared)
{
	OWNED(key_set_drop) struct key_set *set = key_set_new();

	add(set, "(1)");
	ck_assert_uint_eq(key_set_count(set), 1);
	key_set_clear(set);
	ck_assert_uint_eq(key_set_count(set), 0);
	ck_assert_uint_eq(key_set_bytes(set), 0);
	add(set, "(2)");
	ck_assert_uint_eq(key_set_count(set), 1);
	must_be(set, 0, "(2)");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("key_set");
	TCase *test = tcase_create("key_set");
	SRunner *runner = srunner_create(suite);

	tcase_add_test(test, each_once);
	tcase_add_test(test, many);
	tcase_add_test(test, known);
	tcase_add_test(test, cleared);
	suite_add_tcase(suite, test);
	srunner_run_all(runner, CK_ENV);
	const int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
