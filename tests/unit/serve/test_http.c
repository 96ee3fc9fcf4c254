/*
 * The promise under test: whatever a client sends, or does not send, has the
 * answer of http.h, and others are answered meanwhile.
 */
#include "http_peer.h"

#include <fcntl.h>

#define HOST "Host: 127.0.0.1\r\n"
#define LAST "Connection: close\r\n\r\n"

static struct http *http;
static struct buf answer;

static void begin(void)
{
	const struct http_options options = {.listen = "127.0.0.1:0"};

	http = peer_open(&options);
	answer = (struct buf)BUF_INIT;
}

static void end(void)
{
	http_close(&http);
	ck_assert_ptr_null(http);
	buf_release(&answer);
}

static void expect(const char *request, unsigned status)
{
	peer_ask(http, request, &answer);
	ck_assert_msg(peer_status(&answer) == status, "`%.100s`: `%.300s`",
		      request, answer.data);
}

/* A method and a path, of a request without a body. */
static void expect_of(const char *line, unsigned status)
{
	char request[512];

	(void)snprintf(request, sizeof(request), "%s HTTP/1.1\r\n" HOST LAST,
		       line);
	expect(request, status);
}

static void expect_has(const char *words)
{
	ck_assert_msg(strstr(answer.data, words), "no `%s` in `%s`", words,
		      answer.data);
}

/* ------------------------------------------------------------------------
 * Good requests
 * --------------------------------------------------------------------- */

START_TEST(get_head_and_post_reach_the_handler)
{
	expect_of("GET /a%20b/%C3%A9?c=%00", 200);
	ck_assert_str_eq(peer_body(&answer), "GET /a b/\xC3\xA9 local");
	expect_of("HEAD /x", 200);
	expect_has("Content-Length: 12\r\n");
	ck_assert_str_eq(peer_body(&answer), "");
	expect("POST /x HTTP/1.1\r\n" HOST "Content-Length: 3\r\n" LAST "abc",
	       200);
	ck_assert_str_eq(peer_body(&answer), "POST /x local");
	expect_of("GET /large", 200);
	ck_assert_uint_eq(strlen(peer_body(&answer)), LARGE);
}
END_TEST

START_TEST(each_answer_forbids_what_a_browser_could_do_with_it)
{
	static const char *const requests[] = {"GET /", "GET /secret", "PUT /",
					       "GET /../"};

	for (size_t i = 0; i < sizeof(requests) / sizeof(*requests); i++) {
		char request[128];

		(void)snprintf(request, sizeof(request),
			       "%s HTTP/1.1\r\nOrigin: http://x\r\n" HOST LAST,
			       requests[i]);
		peer_ask(http, request, &answer);
		expect_has("Cache-Control: no-store\r\n");
		expect_has("X-Content-Type-Options: nosniff\r\n");
		expect_has("Referrer-Policy: no-referrer\r\n");
		expect_has("script-src 'self'; style-src 'self';");
		expect_has("frame-ancestors 'none'");
		ck_assert_ptr_null(strstr(answer.data, "Access-Control"));
		ck_assert_ptr_null(strstr(answer.data, "unsafe"));
	}
}
END_TEST

START_TEST(a_challenge_and_the_allowed_methods_are_headers)
{
	expect_of("GET /secret", 401);
	expect_has("WWW-Authenticate: Bearer\r\n");
	expect_of("DELETE /", 405);
	expect_has("Allow: GET, HEAD, POST\r\n");
	expect_of("OPTIONS *", 405);
	expect_of("get /", 405);
	expect("PUT / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n" LAST "abc",
	       405);
}
END_TEST

START_TEST(several_requests_in_one_packet_are_answered_in_order)
{
	expect("GET /1 HTTP/1.1\r\n" HOST "\r\n"
	       "POST /2 HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nab"
	       "GET /3 HTTP/1.1\r\n" HOST LAST,
	       200);
	const char *one = strstr(answer.data, "GET /1");
	const char *two = one ? strstr(one, "POST /2") : NULL;

	ck_assert_ptr_nonnull(two);
	ck_assert_ptr_nonnull(strstr(two, "GET /3"));
}
END_TEST

/* What the handler is told about a client who sends these headers. */
static void expect_known(const char *headers, const char *words)
{
	char request[256];

	(void)snprintf(request, sizeof(request),
		       "GET / HTTP/1.1\r\n%s\r\n" LAST, headers);
	expect(request, 200);
	ck_assert_str_eq(peer_body(&answer), words);
}

START_TEST(the_handler_learns_who_asks_and_by_which_name)
{
	expect_known("Host: 127.0.0.1:1", "GET / local");
	expect_known("Host: LocalHost", "GET / local");
	expect_known("Host: evil.example:8306", "GET / local name");
	expect_known("Host: [::1]:8306", "GET / local");
	expect_known("Host: 127.0.0.1\r\nX-Forwarded-For: 10.0.0.1", "GET /");
	expect_known("Host: a.example\r\nForwarded: for=x", "GET / name");
	expect("GET / HTTP/1.0\r\n\r\n", 200);
	ck_assert_str_eq(peer_body(&answer), "GET / local");
}
END_TEST

/* ------------------------------------------------------------------------
 * Bad ones
 * --------------------------------------------------------------------- */

START_TEST(a_path_that_makes_no_sense_is_refused)
{
	static const char *const lines[] = {
		"GET /%00",    "GET /a%0d%0ab", "GET /%zz", "GET /%4",
		"GET /../etc", "GET /a/%2e%2e", "GET /./a", "GET /%ff",
		"GET *",       "GET x",         "GET /%7f", "GET /\x01",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		expect_of(lines[i], 400);
}
END_TEST

START_TEST(what_is_no_http_is_refused)
{
	static const char garbage[] = "\x16\x03\x01\x02\x00\x01\x00\r\n\r\n";

	peer_ask_bytes(http, garbage, sizeof(garbage) - 1, &answer);
	ck_assert_uint_ne(peer_status(&answer), 200);
	expect("GET / HTTP/1.1\r\n" LAST, 400);
	expect("GET / HTTP/1.1\r\n" HOST "Host: b\r\n" LAST, 400);
	expect("POST / HTTP/1.1\r\n" HOST "Content-Length: x\r\n" LAST, 400);
	expect("POST / HTTP/1.1\r\n" HOST
	       "Content-Length: 1\r\nContent-Length: 2\r\n" LAST "ab",
	       400);
	expect("POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\n"
	       "Transfer-Encoding: chunked\r\n" LAST "0\r\n\r\n",
	       400);
	expect("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n" LAST
	       "xyz\r\n",
	       400);
	expect_of("GET /", 200);
}
END_TEST

static void add_line(struct buf *request, size_t length)
{
	buf_adds(request, "X: ");
	buf_reserve(request, length);
	memset(request->data + request->length, 'x', length);
	request->length += length;
	buf_adds(request, "\r\n");
}

static void expect_headers(size_t length, unsigned count, unsigned status)
{
	struct buf request = BUF_INIT;

	buf_adds(&request, "GET / HTTP/1.1\r\n" HOST);
	for (unsigned i = 0; i < count; i++)
		add_line(&request, length);
	buf_adds(&request, LAST);
	expect(request.data, status);
	buf_release(&request);
}

START_TEST(headers_have_a_limit)
{
	expect_headers(32 * 1024 - 100, 1, 200);
	expect_headers(100, 300, 200);
	expect_headers(100 * 1024, 1, 431);
	expect_headers(100, 1000, 431);
}
END_TEST

/* A body of that length in chunks of 1000 bytes, or as it is. */
static void expect_body(size_t length, bool is_chunked, unsigned status)
{
	enum { CHUNK = 1000 };
	static const char zeros[CHUNK];
	struct buf request = BUF_INIT;

	buf_adds(&request, "POST /x HTTP/1.1\r\n" HOST);
	if (is_chunked)
		buf_adds(&request, "Transfer-Encoding: chunked\r\n" LAST);
	else
		buf_addf(&request, "Content-Length: %zu\r\n" LAST, length);
	for (size_t left = length; left;) {
		const size_t now = left < CHUNK ? left : CHUNK;

		if (is_chunked)
			buf_addf(&request, "%zx\r\n", now);
		buf_add(&request, zeros, now);
		buf_adds(&request, is_chunked ? "\r\n" : "");
		left -= now;
	}
	buf_adds(&request, is_chunked ? "0\r\n\r\n" : "");
	peer_ask_bytes(http, request.data, request.length, &answer);
	ck_assert_uint_eq(peer_status(&answer), status);
	buf_release(&request);
}

START_TEST(a_body_has_a_limit)
{
	for (int i = 0; i < 2; i++) {
		expect_body(64 * 1024, i, 200);
		expect_body(64 * 1024 + 1, i, 413);
		expect_body(1000 * 1000, i, 413);
	}
	expect("POST / HTTP/1.1\r\n" HOST "Content-Length: 9999999999\r\n" LAST,
	       413);
	expect("POST / HTTP/1.1\r\n" HOST
	       "Content-Length: 99999999999999999999999\r\n" LAST,
	       413);
}
END_TEST

/* ------------------------------------------------------------------------
 * Many
 * --------------------------------------------------------------------- */

START_TEST(a_thousand_requests_at_once_are_answered)
{
	enum { COUNT = 1000 };
	static int fds[COUNT];

	for (int i = 0; i < COUNT; i++)
		fds[i] = peer_connect(http);
	for (int i = 0; i < COUNT; i++)
		peer_send(fds[i], "GET /x HTTP/1.1\r\n" HOST LAST);
	for (int i = 0; i < COUNT; i++) {
		buf_clear(&answer);
		(void)peer_read(fds[i], NULL, &answer);
		ck_assert_uint_eq(peer_status(&answer), 200);
		(void)close(fds[i]);
	}
}
END_TEST

START_TEST(clients_that_send_nothing_more_keep_nobody_out)
{
	enum { COUNT = 300 };
	static const char *const beginnings[] = {
		"", "G", "GET / HTTP/1.1\r\nX",
		"POST / HTTP/1.1\r\n" HOST "Content-Length: 1000\r\n\r\nab"};
	static int fds[COUNT];

	for (int i = 0; i < COUNT; i++) {
		fds[i] = peer_connect(http);
		peer_send(fds[i], beginnings[i % 4]);
	}
	const uint64_t start = clock_ns();

	expect_of("GET /", 200);
	ck_assert_double_lt(clock_since(start), 1);
	for (int i = 0; i < COUNT; i++)
		(void)close(fds[i]);
}
END_TEST

START_TEST(who_does_not_read_an_answer_keeps_nobody_out)
{
	enum { COUNT = 5 };
	int fds[COUNT];

	for (int i = 0; i < COUNT; i++) {
		fds[i] = peer_connect(http);
		peer_send(fds[i], "GET /large HTTP/1.1\r\n" HOST LAST);
	}
	const uint64_t start = clock_ns();

	expect_of("GET /", 200);
	ck_assert_double_lt(clock_since(start), 1);
	for (int i = 0; i < COUNT; i++)
		(void)close(fds[i]);
}
END_TEST

/* ------------------------------------------------------------------------
 * Streams
 * --------------------------------------------------------------------- */

static int open_stream(void)
{
	const int fd = peer_connect(http);

	peer_send(fd, "GET /stream HTTP/1.1\r\n" HOST "\r\n");
	return fd;
}

static void expect_event(int fd, const char *words)
{
	buf_clear(&answer);
	ck_assert(peer_read(fd, words, &answer));
}

static void wait_for_streams(size_t count)
{
	const uint64_t start = clock_ns();

	while (http_streams(http) != count) {
		ck_assert_double_lt(clock_since(start), 5);
		/* what has gone is noticed when something is sent to it */
		http_push(http, "?");
		(void)usleep(10000);
	}
}

START_TEST(events_arrive_at_each_stream)
{
	const int one = open_stream();
	const int two = open_stream();

	expect_event(one, "data: first\n\n");
	expect_has("Content-Type: text/event-stream\r\n");
	expect_event(two, "data: first\n\n");
	ck_assert_uint_eq(http_streams(http), 2);
	http_push(http, "second\nline");
	expect_event(one, "data: second\ndata: line\n\n");
	expect_event(two, "data: second\ndata: line\n\n");
	(void)close(one);
	wait_for_streams(1);
	http_push(http, "third");
	expect_event(two, "data: third\n\n");
	(void)close(two);
	expect_of("HEAD /stream", 200);
	wait_for_streams(0);
}
END_TEST

START_TEST(streams_have_a_limit)
{
	enum { MOST = 32 };
	int fds[MOST];

	for (int i = 0; i < MOST; i++) {
		fds[i] = open_stream();
		expect_event(fds[i], "data: first\n\n");
	}
	expect_of("GET /stream", 503);
	expect_of("GET /", 200);
	for (int i = 0; i < MOST; i++)
		(void)close(fds[i]);
	wait_for_streams(0);
	fds[0] = open_stream();
	expect_event(fds[0], "data: first\n\n");
	(void)close(fds[0]);
}
END_TEST

START_TEST(a_stream_that_does_not_read_delays_nobody_and_gets_the_newest)
{
	enum { EVENTS = 100, BYTES = 1024 * 1024 };
	const int deaf = open_stream();
	const int good = open_stream();
	struct buf event = BUF_INIT;

	expect_event(deaf, "data: first\n\n");
	expect_event(good, "data: first\n\n");
	buf_reserve(&event, BYTES + 16);
	memset(event.data, 'x', BYTES);
	event.length = BYTES;
	for (int i = 0; i < EVENTS; i++) {
		char mark[16];
		const uint64_t start = clock_ns();

		buf_truncate(&event, BYTES);
		(void)snprintf(mark, sizeof(mark), "<%d>", i);
		buf_adds(&event, mark);
		http_push(http, event.data);
		ck_assert_double_lt(clock_since(start), 0.5);
		if (i % 20 == 0)
			expect_event(good, mark);
	}
	expect_event(deaf, "<99>");
	/* and what was in between is gone, not kept */
	ck_assert_uint_lt(answer.length, (size_t)20 * BYTES);
	(void)close(deaf);
	(void)close(good);
	buf_release(&event);
}
END_TEST

START_TEST(it_closes_whatever_is_under_way)
{
	int fds[] = {open_stream(), open_stream(), peer_connect(http),
		     peer_connect(http)};

	expect_event(fds[0], "data: first\n\n");
	peer_send(fds[2], "GET /large HTTP/1.1\r\n" HOST "\r\n");
	peer_send(fds[3], "GET /");
	http_push(http, "more");
	http_close(&http);
	for (size_t i = 0; i < 4; i++) {
		buf_clear(&answer);
		(void)peer_read(fds[i], NULL, &answer);
		(void)close(fds[i]);
	}
}
END_TEST

static TCase *requests_case(void)
{
	TCase *tcase = tcase_create("requests");

	tcase_add_test(tcase, get_head_and_post_reach_the_handler);
	tcase_add_test(tcase,
		       each_answer_forbids_what_a_browser_could_do_with_it);
	tcase_add_test(tcase, a_challenge_and_the_allowed_methods_are_headers);
	tcase_add_test(tcase,
		       several_requests_in_one_packet_are_answered_in_order);
	tcase_add_test(tcase, the_handler_learns_who_asks_and_by_which_name);
	tcase_add_test(tcase, a_path_that_makes_no_sense_is_refused);
	tcase_add_test(tcase, what_is_no_http_is_refused);
	tcase_add_test(tcase, headers_have_a_limit);
	tcase_add_test(tcase, a_body_has_a_limit);
	return tcase;
}

static TCase *clients_case(void)
{
	TCase *tcase = tcase_create("clients");

	tcase_add_test(tcase, a_thousand_requests_at_once_are_answered);
	tcase_add_test(tcase, clients_that_send_nothing_more_keep_nobody_out);
	tcase_add_test(tcase, who_does_not_read_an_answer_keeps_nobody_out);
	tcase_add_test(tcase, events_arrive_at_each_stream);
	tcase_add_test(tcase, streams_have_a_limit);
	tcase_add_test(
		tcase,
		a_stream_that_does_not_read_delays_nobody_and_gets_the_newest);
	tcase_add_test(tcase, it_closes_whatever_is_under_way);
	return tcase;
}

int main(void)
{
	Suite *suite = suite_create("http");
	SRunner *runner = srunner_create(suite);
	TCase *cases[] = {requests_case(), clients_case()};
	int failed;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		tcase_set_timeout(cases[i], 60);
		tcase_add_checked_fixture(cases[i], begin, end);
		suite_add_tcase(suite, cases[i]);
	}
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
