/*
 * The promise under test: a greeting says whether there is TLS, in however many
 * pieces it comes; what the client library could read in another way is strange.
 */
#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* As in src/db/greeting.h, which tests do not see. */
enum greeting {
	GREETING_UNFINISHED,
	GREETING_TLS,
	GREETING_PLAIN,
	GREETING_ERROR,
	GREETING_STRANGE,
};
enum greeting greeting_read(const uint8_t *bytes, size_t length);

enum { CAPABILITIES = 4 + 1 + 7 + 13 }; /* in greeting, of version "10.11x" */

/* As MariaDB sends it. */
static const uint8_t greeting[] = "\x42\0\0\0"
				  "\x0a"
				  "10.11x\0"
				  "\x01\0\0\0"
				  "nonce678\0"
				  "\xfe\xff"
				  "\x2d\x02\0\xff\x81\x15"
				  "\0\0\0\0\0\0\x0f\0\0\0"
				  "nonce6789012\0"
				  "mysql_native_password";

static void fill(uint8_t *into)
{
	memcpy(into, greeting, sizeof(greeting));
	into[0] = sizeof(greeting) - 4;
}

START_TEST(tells_whether_there_is_tls)
{
	uint8_t bytes[sizeof(greeting)];

	fill(bytes);
	ck_assert_int_eq(greeting_read(bytes, sizeof(bytes)), GREETING_TLS);
	bytes[CAPABILITIES + 1] = 0xf7;
	ck_assert_int_eq(greeting_read(bytes, sizeof(bytes)), GREETING_PLAIN);
}
END_TEST

START_TEST(waits_for_the_rest)
{
	uint8_t bytes[sizeof(greeting)];

	fill(bytes);
	for (size_t length = 0; length < sizeof(bytes); length++)
		ck_assert_int_eq(greeting_read(bytes, length),
				 GREETING_UNFINISHED);
}
END_TEST

START_TEST(nothing_comes_behind_it)
{
	uint8_t bytes[sizeof(greeting) + 1] = {0};

	fill(bytes);
	ck_assert_int_eq(greeting_read(bytes, sizeof(bytes)), GREETING_STRANGE);
}
END_TEST

START_TEST(an_error_is_one_with_its_number)
{
	static const uint8_t bytes[] = "\x17\0\0\0\xff\x10\x04Too many";

	ck_assert_int_eq(greeting_read(bytes, 6), GREETING_UNFINISHED);
	ck_assert_int_eq(greeting_read(bytes, 7), GREETING_ERROR);
	ck_assert_int_eq(greeting_read(bytes, sizeof(bytes)), GREETING_ERROR);
	ck_assert_int_eq(greeting_read((const uint8_t *)"\x01\0\0\0\xff", 5),
			 GREETING_ERROR);
}
END_TEST

START_TEST(other_protocols_are_strange)
{
	uint8_t bytes[sizeof(greeting)];

	for (unsigned version = 0; version < 0xff; version++) {
		fill(bytes);
		bytes[4] = (uint8_t)version;
		ck_assert_int_eq(greeting_read(bytes, sizeof(bytes)),
				 version == 10 ? GREETING_TLS
					       : GREETING_STRANGE);
	}
}
END_TEST

START_TEST(what_ends_before_its_capabilities_is_strange)
{
	for (size_t length = 5; length < CAPABILITIES + 2; length++) {
		/* of its own size, for the address sanitizer */
		uint8_t *bytes = malloc(length);

		memcpy(bytes, greeting, length);
		bytes[0] = (uint8_t)(length - 4);
		ck_assert_int_eq(greeting_read(bytes, length),
				 GREETING_STRANGE);
		free(bytes);
	}
}
END_TEST

START_TEST(a_version_without_an_end_is_strange)
{
	uint8_t bytes[200];

	memset(bytes, 'x', sizeof(bytes));
	memcpy(bytes, "\xc4\0\0\0\x0a", 5);
	ck_assert_int_eq(greeting_read(bytes, sizeof(bytes)), GREETING_STRANGE);
}
END_TEST

START_TEST(a_length_that_nobody_needs_is_strange_at_once)
{
	static const uint8_t bytes[] = "\xff\xff\xff\0\x0a";

	ck_assert_int_eq(greeting_read(bytes, 5), GREETING_STRANGE);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("greeting");
	TCase *tcase = tcase_create("greeting");
	SRunner *runner = srunner_create(suite);

	tcase_add_test(tcase, tells_whether_there_is_tls);
	tcase_add_test(tcase, waits_for_the_rest);
	tcase_add_test(tcase, nothing_comes_behind_it);
	tcase_add_test(tcase, an_error_is_one_with_its_number);
	tcase_add_test(tcase, other_protocols_are_strange);
	tcase_add_test(tcase, what_ends_before_its_capabilities_is_strange);
	tcase_add_test(tcase, a_version_without_an_end_is_strange);
	tcase_add_test(tcase, a_length_that_nobody_needs_is_strange_at_once);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	const int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
