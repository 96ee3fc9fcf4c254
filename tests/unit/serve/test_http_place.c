/*
 * The promise under test: a socket is where it was asked for and nobody else's, and
 * nothing that others have put there is removed.
 */
#include "http_place.h"

#include "scratch.h"

#include <check.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { NOBODY = 65534 };

static struct http_place place;
static struct dbs_error err;
static char words[256];
static const char *path;

static void begin(void)
{
	place = (struct http_place)HTTP_PLACE_INIT;
	err = (struct dbs_error){0};
	scratch_make();
	path = words + strlen("unix:");
	(void)snprintf(words, sizeof(words), "unix:%s/socket", scratch);
}

static void end(void)
{
	http_place_close(&place);
	scratch_drop();
}

static void expect_open(const char *where)
{
	ck_assert_msg(!http_place_open(where, &place, &err), "%s", err.text);
	ck_assert_int_ge(place.fd, 0);
}

static void expect_refused(const char *where, enum dbs_rc rc, const char *why)
{
	struct http_place other;

	ck_assert_int_eq(http_place_open(where, &other, &err), rc);
	ck_assert_msg(strstr(err.text, why), "%s", err.text);
	ck_assert_int_eq(other.fd, -1);
	ck_assert_ptr_null(other.name);
	ck_assert_ptr_null(other.path);
}

/* What a process that died has left. */
static void leave_socket(void)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	const int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
	(void)close(fd);
}

START_TEST(it_says_where_it_listens)
{
	expect_open("127.0.0.1:0");
	ck_assert_int_eq(strncmp(place.name, "127.0.0.1:", 10), 0);
	ck_assert_str_ne(place.name, "127.0.0.1:0");
	ck_assert_int_eq(place.family, AF_INET);
}
END_TEST

START_TEST(tcp_that_the_system_refuses_is_explained)
{
	char taken[64];

	expect_open("127.0.0.1:0");
	(void)snprintf(taken, sizeof(taken), "%s", place.name);
	expect_refused(taken, DBS_E_IO, ", which another program listens on: ");
	ck_assert_int_eq(err.sys_errno, EADDRINUSE);
	ck_assert_ptr_nonnull(strstr(err.text, taken));
	expect_refused("192.0.2.1:80", DBS_E_IO,
		       ", which is not an address of this machine: ");
	expect_refused("no.such.name.invalid:80", DBS_E_USAGE,
		       "the name `no.such.name.invalid` has no address: ");
	expect_refused("localhost", DBS_E_USAGE, "write HOST:PORT");
}
END_TEST

START_TEST(a_file_is_its_users_alone_and_goes_with_it)
{
	const mode_t before = umask(0);

	expect_open(words);
	(void)umask(before);
	ck_assert_uint_eq(scratch_mode(path), 0600);
	ck_assert_str_eq(place.name, words);
	http_place_close(&place);
	ck_assert_int_eq(access(path, F_OK), -1);
}
END_TEST

START_TEST(what_a_dead_service_has_left_is_replaced)
{
	leave_socket();
	expect_open(words);
	ck_assert_uint_eq(scratch_mode(path), 0600);
	/* and one that lives is not */
	expect_refused(words, DBS_E_IO, ", which another program listens on: ");
	ck_assert_int_eq(access(path, F_OK), 0);
}
END_TEST

START_TEST(nothing_else_is_replaced)
{
	static const char what[] = "it is there, and is no socket";
	struct buf text = BUF_INIT;

	scratch_write(path, "precious", 8);
	expect_refused(words, DBS_E_IO, what);
	scratch_read(path, &text);
	ck_assert_str_eq(text.data, "precious");
	buf_release(&text);
	ck_assert_int_eq(rename(path, scratch_path("file")), 0);
	ck_assert_int_eq(symlink("elsewhere", path), 0);
	expect_refused(words, DBS_E_IO, what);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	expect_refused(words, DBS_E_IO, what);
}
END_TEST

START_TEST(a_socket_of_somebody_else_is_not_removed)
{
	if (geteuid())
		return;
	leave_socket();
	ck_assert_int_eq(chown(path, NOBODY, NOBODY), 0);
	expect_refused(words, DBS_E_IO,
		       "the socket of that name belongs to another user");
	ck_assert_int_eq(access(path, F_OK), 0);
}
END_TEST

START_TEST(at_the_end_only_its_own_file_goes)
{
	expect_open(words);
	ck_assert_int_eq(rename(path, scratch_path("moved")), 0);
	scratch_write(path, "other", 5);
	http_place_close(&place);
	ck_assert_int_eq(access(path, F_OK), 0);
}
END_TEST

START_TEST(a_path_has_a_limit_and_a_folder)
{
	char where[300] = "unix:";

	expect_refused("unix:", DBS_E_USAGE,
		       "the path of a socket has 1 to 107 bytes, not 0");
	memset(where + 5, 'a', 108);
	where[113] = '\0';
	expect_refused(where, DBS_E_USAGE,
		       "the path of a socket has 1 to 107 bytes, not 108");
	(void)snprintf(where, sizeof(where), "unix:%s/no/socket", scratch);
	expect_refused(where, DBS_E_IO, "No such file or directory");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("http_place");
	SRunner *runner = srunner_create(suite);
	TCase *tcase = tcase_create("http_place");
	int failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, it_says_where_it_listens);
	tcase_add_test(tcase, tcp_that_the_system_refuses_is_explained);
	tcase_add_test(tcase, a_file_is_its_users_alone_and_goes_with_it);
	tcase_add_test(tcase, what_a_dead_service_has_left_is_replaced);
	tcase_add_test(tcase, nothing_else_is_replaced);
	tcase_add_test(tcase, a_socket_of_somebody_else_is_not_removed);
	tcase_add_test(tcase, at_the_end_only_its_own_file_goes);
	tcase_add_test(tcase, a_path_has_a_limit_and_a_folder);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
