/*
 * The promise under test: what people and clients say is taken for what it is, or
 * refused, never guessed.
 */
#include "http_stream.h"
#include "http_words.h"

#include "dbsync/serve/http.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

static struct dbs_error err;
static struct buf text;

static void begin(void)
{
	err = (struct dbs_error){0};
	text = (struct buf)BUF_INIT;
}

static void end(void)
{
	buf_release(&text);
}

static void expect_split(const char *words, const char *host, const char *port)
{
	const char *found = NULL;

	buf_clear(&text);
	ck_assert_msg(!http_split(words, &text, &found, &err), "%s", err.text);
	ck_assert_str_eq(text.data, host);
	ck_assert_str_eq(found, port);
}

static void expect_refused(const char *words, const char *why)
{
	const char *found = NULL;

	buf_clear(&text);
	ck_assert_int_eq(http_split(words, &text, &found, &err), DBS_E_USAGE);
	ck_assert_msg(strstr(err.text, why), "`%s`: %s", words, err.text);
	ck_assert_ptr_eq(strstr(err.text, "cannot listen on"), err.text);
	ck_assert_msg(strstr(err.text, words), "%s", err.text);
	ck_assert_ptr_null(found);
}

START_TEST(a_host_and_its_port_are_told_apart)
{
	expect_split("127.0.0.1:8306", "127.0.0.1", "8306");
	expect_split("localhost:0", "localhost", "0");
	expect_split("[::1]:65535", "::1", "65535");
	expect_split("[fe80::1%eth0]:80", "fe80::1%eth0", "80");
	ck_assert_str_eq(http_unix_path("unix:/run/x"), "/run/x");
	ck_assert_ptr_null(http_unix_path("127.0.0.1:1"));
}
END_TEST

START_TEST(words_that_make_no_sense_are_refused_with_what_to_write)
{
	static const char *const others[] = {
		"",         "8306",   "localhost",  "::1",     "::1:80",
		"[::1]",    "[]:80",  "[::1:80",    "::1]:80", "[::1]8",
		"http://a", "/run/x", "http://a:80"};

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		expect_refused(
			others[i],
			"write HOST:PORT, [ADDRESS]:PORT, unix:PATH or none");
	expect_refused(
		":8306",
		"it names no address; 127.0.0.1:8306 is for this machine only, 0.0.0.0:8306 for all networks");
	expect_refused("a:65536", "is not a port (0 to 65535)");
	expect_refused("a:", "is not a port (0 to 65535)");
	expect_refused("a:-1", "is not a port (0 to 65535)");
	expect_refused("a:+80", "is not a port (0 to 65535)");
	expect_refused("a:080000", "is not a port (0 to 65535)");
	expect_refused("a:http", "is not a port (0 to 65535)");
}
END_TEST

START_TEST(only_addresses_and_localhost_are_no_names)
{
	static const char *const addresses[] = {
		"127.0.0.1", "127.0.0.1:80",        "10.1.2.3:1",
		"localhost", "LOCALHOST:1",         "[::1]",
		"[::1]:80",  "[::ffff:127.0.0.1]:1"};
	static const char *const names[] = {"",
					    "a",
					    "a.example:80",
					    "localhost.",
					    "localhost.example",
					    "127.0.0.1.example",
					    "127.1",
					    "2130706433",
					    "0x7f.0.0.1",
					    "127.0.0.1@a",
					    "::1",
					    "[::1",
					    "[::1]a",
					    "[a]",
					    ":80"};

	ck_assert(!http_is_name(NULL));
	for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++)
		ck_assert_msg(!http_is_name(addresses[i]), "%s", addresses[i]);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		ck_assert_msg(http_is_name(names[i]), "%s", names[i]);
}
END_TEST

static bool is_loopback(int family, const char *address)
{
	struct sockaddr_in four = {.sin_family = AF_INET};
	struct sockaddr_in6 six = {.sin6_family = AF_INET6};

	if (family == AF_INET) {
		ck_assert_int_eq(inet_pton(family, address, &four.sin_addr), 1);
		return http_is_loopback((const struct sockaddr *)&four);
	}
	ck_assert_int_eq(inet_pton(family, address, &six.sin6_addr), 1);
	return http_is_loopback((const struct sockaddr *)&six);
}

START_TEST(addresses_of_this_machine_alone)
{
	ck_assert(is_loopback(AF_INET, "127.0.0.1"));
	ck_assert(is_loopback(AF_INET, "127.9.9.9"));
	ck_assert(!is_loopback(AF_INET, "128.0.0.1"));
	ck_assert(!is_loopback(AF_INET, "10.0.0.127"));
	ck_assert(is_loopback(AF_INET6, "::1"));
	ck_assert(is_loopback(AF_INET6, "::ffff:127.0.0.1"));
	ck_assert(!is_loopback(AF_INET6, "::ffff:10.0.0.1"));
	ck_assert(!is_loopback(AF_INET6, "::"));
	ck_assert(!http_is_loopback(NULL));
}
END_TEST

static void expect_path(const char *path, const char *decoded)
{
	buf_clear(&text);
	const bool is_good = http_decode(path, &text);

	ck_assert_msg(is_good == (decoded != NULL), "%s", path);
	if (decoded)
		ck_assert_str_eq(text.data, decoded);
}

START_TEST(a_path_is_decoded_once_or_refused)
{
	expect_path("/", "/");
	expect_path("/a%20b%2Fc", "/a b/c");
	expect_path("/%2541", "/%41");
	expect_path("/%C3%A9/...", "/\xC3\xA9/...");
	expect_path("/.a/a./..b", "/.a/a./..b");
	expect_path("//a/", "//a/");
	expect_path("", NULL);
	expect_path("a", NULL);
	expect_path("http://a/", NULL);
	expect_path("%2Fa", NULL);
	expect_path("/%", NULL);
	expect_path("/%4", NULL);
	expect_path("/%g0", NULL);
	expect_path("/%00", NULL);
	expect_path("/\x7f", NULL);
	expect_path("/%1b", NULL);
	expect_path("/\xC3", NULL);
	expect_path("/%C0%AF", NULL);
	expect_path("/..", NULL);
	expect_path("/a/../b", NULL);
	expect_path("/a/%2e", NULL);
	expect_path("/%2e%2e%2fa", NULL);
}
END_TEST

static void expect_event(const char *event, const char *lines)
{
	buf_clear(&text);
	http_event(event, &text);
	ck_assert_str_eq(text.data, lines);
}

START_TEST(no_event_ends_another_one)
{
	expect_event("{}", "data: {}\n\n");
	expect_event("{}\n", "data: {}\n\n");
	expect_event("a\n\nb\r\nc", "data: a\ndata: b\ndata: c\n\n");
	expect_event("", "data: \n\n");
}
END_TEST

static void expect_taken(struct http_stream *stream, const char *bytes)
{
	char block[3];
	const size_t count = http_stream_take(stream, block, sizeof(block));

	ck_assert_uint_eq(count, strlen(bytes));
	ck_assert_int_eq(memcmp(block, bytes, count), 0);
}

static void give(struct http_stream *stream, const char *event)
{
	buf_clear(&text);
	buf_adds(&text, event);
	http_stream_give(stream, &text);
}

START_TEST(a_slow_reader_gets_whole_events_and_the_newest)
{
	struct http_stream stream = HTTP_STREAM_INIT;

	expect_taken(&stream, "");
	give(&stream, "first");
	expect_taken(&stream, "fir");
	give(&stream, "lost");
	give(&stream, "next");
	expect_taken(&stream, "st");
	expect_taken(&stream, "nex");
	expect_taken(&stream, "t");
	expect_taken(&stream, "");
	give(&stream, "abc");
	expect_taken(&stream, "abc");
	expect_taken(&stream, "");
	http_stream_release(&stream);
}
END_TEST

#ifndef DBSYNC_HTTP
START_TEST(a_build_without_http_says_so)
{
	const struct http_options options = {.listen = "127.0.0.1:0"};
	struct http *http = NULL;

	ck_assert_int_eq(http_open(&options, NULL, NULL, &http, &err),
			 DBS_E_USAGE);
	ck_assert_ptr_nonnull(strstr(
		err.text, "this dbsync was built without libmicrohttpd"));
	http_close(&http);
}
END_TEST
#endif

int main(void)
{
	Suite *suite = suite_create("http_words");
	SRunner *runner = srunner_create(suite);
	TCase *tcase = tcase_create("http_words");
	int failed;

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, a_host_and_its_port_are_told_apart);
	tcase_add_test(tcase,
		       words_that_make_no_sense_are_refused_with_what_to_write);
	tcase_add_test(tcase, only_addresses_and_localhost_are_no_names);
	tcase_add_test(tcase, addresses_of_this_machine_alone);
	tcase_add_test(tcase, a_path_is_decoded_once_or_refused);
	tcase_add_test(tcase, no_event_ends_another_one);
	tcase_add_test(tcase, a_slow_reader_gets_whole_events_and_the_newest);
#ifndef DBSYNC_HTTP
	tcase_add_test(tcase, a_build_without_http_says_so);
#endif
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
