/*
 * The promise under test: HMAC-SHA-256, by the vectors of RFC 4231 (their keys
 * filled up with zeros, as HMAC itself does).
 */
#include "dbsync/base/mac.h"

#include "dbsync/base/buf.h"
#include "dbsync/base/own.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static void expect(const char *key_text, const char *text, const char *wanted)
{
	unsigned char key[MAC_KEY_BYTES] = {0};
	unsigned char code[MAC_BYTES];
	OWNED(buf_release) struct buf hex = BUF_INIT;
	OWNED(mac_drop) struct mac *mac = NULL;

	memcpy(key, key_text, strlen(key_text));
	mac = mac_new(key);
	/* in two pieces */
	mac_add(mac, text, strlen(text) / 2);
	mac_add(mac, text + strlen(text) / 2, strlen(text) - strlen(text) / 2);
	mac_end(mac, code);
	buf_addhex(&hex, code, sizeof(code));
	ck_assert_str_eq(hex.data, wanted);
}

START_TEST(codes_are_those_of_the_standard)
{
	expect("\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"
	       "\x0b\x0b\x0b\x0b\x0b\x0b",
	       "Hi There",
	       "b0344c61d8db38535ca8afceaf0bf12b"
	       "881dc200c9833da726e9376c2e32cff7");
	expect("Jefe", "what do ya want for nothing?",
	       "5bdcc146bf60754e6a042426089575c7"
	       "5a003f089d2739839dec58b964ec3843");
}
END_TEST

START_TEST(codes_that_differ_in_one_bit_are_not_equal)
{
	unsigned char a[MAC_BYTES] = {0};
	unsigned char b[MAC_BYTES] = {0};

	ck_assert(mac_equal(a, b));
	for (size_t i = 0; i < MAC_BYTES; i++) {
		b[i] = 1;
		ck_assert(!mac_equal(a, b));
		b[i] = 0;
	}
}
END_TEST

START_TEST(no_key_is_made_twice)
{
	unsigned char a[MAC_KEY_BYTES] = {0};
	unsigned char b[MAC_KEY_BYTES] = {0};

	ck_assert(mac_random(a));
	ck_assert(mac_random(b));
	ck_assert_mem_ne(a, b, MAC_KEY_BYTES);
}
END_TEST

static Suite *suite_mac(void)
{
	Suite *suite = suite_create("mac");
	TCase *tcase = tcase_create("mac");

	tcase_add_test(tcase, codes_are_those_of_the_standard);
	tcase_add_test(tcase, codes_that_differ_in_one_bit_are_not_equal);
	tcase_add_test(tcase, no_key_is_made_twice);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(suite_mac());

	srunner_run_all(runner, CK_ENV);
	const int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
