/*
 * The promise under test: each phase of a connection ends, whatever its client
 * does, and when connections are scarce, those that do nothing go first.
 */
#include "http_client.h"

#include <check.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 8 };

static const uint64_t SECOND = 1000000000u;
static const uint64_t START = 1000u * 1000000000u;

static struct http_clients clients;
static struct http_client *all[MOST];
static int ends[MOST][2];

static void begin(void)
{
	clients = (struct http_clients){.most = MOST};
}

static void end(void)
{
	for (size_t i = 0; i < MOST; i++) {
		if (!all[i])
			continue;
		http_client_drop(&clients, &all[i]);
		(void)close(ends[i][0]);
		(void)close(ends[i][1]);
	}
	ck_assert_uint_eq(clients.count, 0);
	ck_assert_ptr_null(clients.newest);
	ck_assert_ptr_null(clients.oldest);
}

static void add(size_t i, enum http_phase phase, uint64_t since)
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends[i]), 0);
	all[i] = http_client_add(&clients, ends[i][0], since);
	ck_assert_int_eq(all[i]->phase, HTTP_READING);
	http_client_enter(all[i], phase, since);
}

/* Whether the other side sees an end. */
static bool is_shut(size_t i)
{
	struct pollfd look = {.fd = ends[i][1], .events = POLLIN};

	ck_assert_int_eq(all[i]->phase == HTTP_ENDED, poll(&look, 1, 0) == 1);
	return all[i]->phase == HTTP_ENDED;
}

static void expect_ends_after(enum http_phase phase, unsigned seconds)
{
	add(0, phase, START);
	http_clients_tend(&clients, START + seconds * SECOND);
	ck_assert(!is_shut(0));
	http_clients_tend(&clients, START + seconds * SECOND + 1);
	ck_assert(is_shut(0));
	http_client_enter(all[0], HTTP_READING, START);
	ck_assert(is_shut(0));
	end();
	all[0] = NULL;
}

START_TEST(each_phase_ends)
{
	expect_ends_after(HTTP_READING, 10);
	expect_ends_after(HTTP_IDLE, 15);
	expect_ends_after(HTTP_WRITING, 30);
	expect_ends_after(HTTP_STREAMING, 30);
	add(0, HTTP_QUIET, START);
	http_clients_tend(&clients, START + 100000 * SECOND);
	ck_assert(!is_shut(0));
}
END_TEST

START_TEST(when_they_are_many_the_silent_ones_go_and_the_oldest_first)
{
	add(0, HTTP_WRITING, START);
	add(1, HTTP_READING, START + 1);
	add(2, HTTP_QUIET, START);
	add(3, HTTP_IDLE, START + 3);
	ck_assert(!http_clients_are_many(&clients));
	add(4, HTTP_READING, START + 4);
	ck_assert(http_clients_are_many(&clients));
	add(5, HTTP_READING, START + 5);
	http_clients_tend(&clients, START + 5 * SECOND);
	for (size_t i = 0; i < 6; i++)
		ck_assert(!is_shut(i));
	add(6, HTTP_READING, START + 4 * SECOND);
	add(7, HTTP_READING, START + 4 * SECOND);
	http_clients_tend(&clients, START + 5 * SECOND);
	for (size_t i = 0; i < MOST; i++)
		ck_assert_int_eq(is_shut(i), i == 1 || i == 3);
	/* those that were shut are still counted until they are gone */
	http_clients_tend(&clients, START + 5 * SECOND);
	ck_assert(!is_shut(4));
	http_client_drop(&clients, &all[1]);
	ck_assert_uint_eq(clients.count, MOST - 1);
	(void)close(ends[1][0]);
	(void)close(ends[1][1]);
}
END_TEST

START_TEST(a_new_one_has_a_second_even_then)
{
	for (size_t i = 0; i < MOST; i++)
		add(i, HTTP_READING, START);
	http_clients_tend(&clients, START + SECOND);
	for (size_t i = 0; i < MOST; i++)
		ck_assert(!is_shut(i));
	http_clients_tend(&clients, START + SECOND + 1);
	for (size_t i = 0; i < MOST; i++)
		ck_assert_int_eq(is_shut(i), i < 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("http_client");
	SRunner *runner = srunner_create(suite);
	TCase *tcase = tcase_create("http_client");
	int failed;

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, each_phase_ends);
	tcase_add_test(
		tcase,
		when_they_are_many_the_silent_ones_go_and_the_oldest_first);
	tcase_add_test(tcase, a_new_one_has_a_second_even_then);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
