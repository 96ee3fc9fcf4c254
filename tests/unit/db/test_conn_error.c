/*
 * The promise under test: an error number says what the caller can do about
 * it, one that nobody knows is final, and only what may pass is tried again.
 */
#include "dbsync/base/error.h"

#include <check.h>
#include <stdbool.h>
#include <stdlib.h>

/* As in src/db/conn_error.h, which tests do not see. */
enum dbs_rc conn_error_class(unsigned server_errno);
bool conn_error_may_pass(unsigned server_errno);

static const struct {
	unsigned number;
	enum dbs_rc code;
} numbers[] = {
	{1045, DBS_E_CONNECT}, /* access denied */
	{1698, DBS_E_CONNECT}, /* access denied, no password */
	{1049, DBS_E_CONNECT}, /* unknown database */
	{1129, DBS_E_CONNECT}, /* host blocked */
	{1130, DBS_E_CONNECT}, /* host not allowed */
	{1251, DBS_E_CONNECT}, /* authentication protocol */
	{1820, DBS_E_CONNECT}, /* password must be changed */
	{1862, DBS_E_CONNECT}, /* password has expired */
	{3118, DBS_E_CONNECT}, /* account is locked */
	{4151, DBS_E_CONNECT}, /* the same in MariaDB */
	{2002, DBS_E_CONNECT}, /* no such socket */
	{2003, DBS_E_CONNECT}, /* connection refused */
	{2005, DBS_E_CONNECT}, /* unknown host */
	{2059, DBS_E_CONNECT}, /* authentication plugin */
	{1053, DBS_E_LOST},    /* server shuts down */
	{1927, DBS_E_LOST},    /* connection was killed */
	{2006, DBS_E_LOST},    /* server has gone away */
	{2013, DBS_E_LOST},    /* lost during query */
	{2027, DBS_E_LOST},    /* malformed packet */
	{2000, DBS_E_STRANGE}, /* an answer that the library cannot read */
	{2008, DBS_E_STRANGE}, /* one that no memory holds */
	{1205, DBS_E_RETRY},   /* lock wait timeout */
	{1213, DBS_E_RETRY},   /* deadlock */
	{1317, DBS_E_RETRY},   /* query was interrupted */
	{1054, DBS_E_CHANGED}, /* unknown column */
	{1146, DBS_E_CHANGED}, /* no such table */
	{1176, DBS_E_CHANGED}, /* no such key, of FORCE INDEX */
	{1044, DBS_E_DENIED},  /* database access */
	{1142, DBS_E_DENIED},  /* table access */
	{1143, DBS_E_DENIED},  /* column access */
	{1227, DBS_E_DENIED},  /* SUPER and the like */
	{1064, DBS_E_SERVER},  /* syntax */
	{1690, DBS_E_SERVER},  /* out of range */
	{3024, DBS_E_SERVER},  /* max_execution_time */
	{1969, DBS_E_SERVER},  /* max_statement_time */
};

START_TEST(a_number_has_the_class_of_what_can_be_done)
{
	ck_assert_msg(conn_error_class(numbers[_i].number) == numbers[_i].code,
		      "%u is of class %d", numbers[_i].number,
		      (int)conn_error_class(numbers[_i].number));
}
END_TEST

START_TEST(a_number_that_nobody_knows_is_final)
{
	ck_assert_int_eq(conn_error_class(0), DBS_E_SERVER);
	ck_assert_int_eq(conn_error_class(1), DBS_E_SERVER);
	ck_assert_int_eq(conn_error_class(99999), DBS_E_SERVER);
	ck_assert_int_eq(conn_error_class(4294967295u), DBS_E_SERVER);
	ck_assert(!conn_error_may_pass(0));
	ck_assert(!conn_error_may_pass(99999));
}
END_TEST

START_TEST(what_may_pass_is_about_connections_only)
{
	for (unsigned number = 0; number < 10000; number++) {
		const enum dbs_rc code = conn_error_class(number);

		ck_assert_msg(!conn_error_may_pass(number) ||
				      code == DBS_E_CONNECT ||
				      code == DBS_E_LOST,
			      "%u may pass and is of class %d", number,
			      (int)code);
	}
}
END_TEST

START_TEST(a_server_that_is_down_may_come_back)
{
	ck_assert(conn_error_may_pass(2002));
	ck_assert(conn_error_may_pass(2003));
	ck_assert(conn_error_may_pass(2006));
	ck_assert(conn_error_may_pass(2013));
	ck_assert(conn_error_may_pass(1053));
}
END_TEST

START_TEST(a_wrong_password_or_name_is_not_tried_again)
{
	ck_assert(!conn_error_may_pass(1044));
	ck_assert(!conn_error_may_pass(1045));
	ck_assert(!conn_error_may_pass(1049));
	ck_assert(!conn_error_may_pass(1130));
	ck_assert(!conn_error_may_pass(1698));
	ck_assert(!conn_error_may_pass(2005));
	ck_assert(!conn_error_may_pass(3118));
}
END_TEST

START_TEST(hc_112_a_timeout_of_the_server_is_a_lost_connection)
{
	ck_assert_int_eq(conn_error_class(1158), DBS_E_LOST);
	ck_assert_int_eq(conn_error_class(1159), DBS_E_LOST);
	ck_assert_int_eq(conn_error_class(1160), DBS_E_LOST);
	ck_assert_int_eq(conn_error_class(1161), DBS_E_LOST);
	ck_assert_int_eq(conn_error_class(4031), DBS_E_LOST);
}
END_TEST

START_TEST(hc_113_a_table_altered_under_a_snapshot_has_changed)
{
	ck_assert_int_eq(conn_error_class(1412), DBS_E_CHANGED);
}
END_TEST

START_TEST(hc_119_tls_trouble_does_not_pass)
{
	ck_assert_int_eq(conn_error_class(2026), DBS_E_CONNECT);
	ck_assert(!conn_error_may_pass(2026));
}
END_TEST

START_TEST(hc_121_a_server_full_of_connections_may_have_room_later)
{
	ck_assert_int_eq(conn_error_class(1040), DBS_E_CONNECT);
	ck_assert_int_eq(conn_error_class(1203), DBS_E_CONNECT);
	ck_assert_int_eq(conn_error_class(1226), DBS_E_CONNECT);
	ck_assert(conn_error_may_pass(1040));
	ck_assert(conn_error_may_pass(1203));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("conn_error");
	TCase *tcase = tcase_create("conn_error");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, a_number_has_the_class_of_what_can_be_done,
			    0, sizeof(numbers) / sizeof(*numbers));
	tcase_add_test(tcase, a_number_that_nobody_knows_is_final);
	tcase_add_test(tcase, what_may_pass_is_about_connections_only);
	tcase_add_test(tcase, a_server_that_is_down_may_come_back);
	tcase_add_test(tcase, a_wrong_password_or_name_is_not_tried_again);
	tcase_add_test(tcase,
		       hc_112_a_timeout_of_the_server_is_a_lost_connection);
	tcase_add_test(tcase,
		       hc_113_a_table_altered_under_a_snapshot_has_changed);
	tcase_add_test(tcase, hc_119_tls_trouble_does_not_pass);
	tcase_add_test(tcase,
		       hc_121_a_server_full_of_connections_may_have_room_later);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
