/*
 * The promise under test: whatever a server calls itself, its family and
 * version are read from it, and abilities follow from these; what makes no
 * sense is an old MySQL, which can do the least.
 */
#include "dbsync/db/server.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct server identify(const char *text)
{
	struct server server;

	memset(&server, 0xff, sizeof(server));
	server_identify(text, &server);
	return server;
}

static const struct {
	const char *text;
	enum server_family family;
	unsigned version;
} texts[] = {
	{"10.11.19-MariaDB-0+deb12u1-log", SERVER_MARIADB, 101119},
	{"5.5.5-10.11.19-MariaDB-0+deb12u1-log", SERVER_MARIADB, 101119},
	{"11.8.6-MariaDB-0+deb13u1 from Debian-log", SERVER_MARIADB, 110806},
	{"10.5.29-MariaDB-0+deb11u1", SERVER_MARIADB, 100529},
	{"10.6.16-MariaDB-1:10.6.16+maria~ubu2204", SERVER_MARIADB, 100616},
	{"5.5.68-MariaDB", SERVER_MARIADB, 50568},
	{"5.5.5-10.0.38-MariaDB", SERVER_MARIADB, 100038},
	{"12.0.1-MariaDB", SERVER_MARIADB, 120001},
	{"9.7.4-2", SERVER_MYSQL, 90704},
	{"8.0.36-0ubuntu0.22.04.1", SERVER_MYSQL, 80036},
	{"8.4.0", SERVER_MYSQL, 80400},
	{"5.7.44-log", SERVER_MYSQL, 50744},
	{"5.6.51", SERVER_MYSQL, 50651},
	{"8.0.mysql_aurora.3.05.2", SERVER_MYSQL, 80000},
	{"8.0", SERVER_MYSQL, 80000},
};

START_TEST(family_and_version_are_read_from_the_text)
{
	const struct server server = identify(texts[_i].text);

	ck_assert_int_eq(server.family, texts[_i].family);
	ck_assert_uint_eq(server.version, texts[_i].version);
	ck_assert_str_eq(server.text, texts[_i].text);
}
END_TEST

static const char *const nonsense[] = {
	"",  "x", ".",          "8",    "v8.0.1",   "eight.zero.one",
	"-", "-", "5.5.5-m3-x", " .8.", "\xff\xfe", "log-8.0.36",
};

START_TEST(an_odd_text_is_an_old_mysql)
{
	const struct server server = identify(nonsense[_i]);

	ck_assert_int_eq(server.family, SERVER_MYSQL);
	ck_assert_uint_eq(server.version, 50700);
	ck_assert(!server.has_execution_time);
	ck_assert(!server.has_json_type);
	ck_assert(!server.has_stats_expiry);
	ck_assert(!server.has_binary_log_status);
	ck_assert(!server.has_invisible_index);
	ck_assert(!server.has_require_primary_key);
}
END_TEST

START_TEST(a_sign_is_no_part_of_a_version)
{
	ck_assert_uint_eq(identify("-1.2.3").version, 50700);
	ck_assert_uint_eq(identify("8.-1.3").version, 50700);
}
END_TEST

START_TEST(a_text_of_any_length_is_kept_as_far_as_there_is_room)
{
	char text[1000];

	memset(text, 'x', sizeof(text));
	memcpy(text, "10.11.19-MariaDB", 16);
	text[sizeof(text) - 1] = '\0';
	const struct server server = identify(text);

	ck_assert_uint_eq(server.version, 101119);
	ck_assert_uint_eq(strlen(server.text), sizeof(server.text) - 1);
}
END_TEST

START_TEST(a_mariadb_has_what_its_version_brought)
{
	ck_assert(!identify("10.1.0-MariaDB").has_statement_time);
	ck_assert(identify("10.1.1-MariaDB").has_statement_time);
	ck_assert(!identify("10.5.29-MariaDB").has_ignored_index);
	ck_assert(identify("10.6.0-MariaDB").has_ignored_index);
	ck_assert(!identify("5.2.14-MariaDB").has_binlog_snapshot);
	ck_assert(identify("5.5.68-MariaDB").has_binlog_snapshot);
	ck_assert(identify("5.5.5-10.11.19-MariaDB").has_ignored_index);
	ck_assert(!identify("10.3.39-MariaDB").has_backup_stage);
	ck_assert(identify("10.4.34-MariaDB").has_backup_stage);
}
END_TEST

START_TEST(a_mariadb_has_nothing_of_mysql)
{
	const struct server server = identify("11.8.6-MariaDB");

	ck_assert(!server.has_execution_time);
	ck_assert(!server.has_stats_expiry);
	ck_assert(!server.has_binary_log_status);
	ck_assert(!server.has_gtid_executed);
	ck_assert(!server.has_json_type);
	ck_assert(!server.has_invisible_index);
	ck_assert(!server.has_require_primary_key);
}
END_TEST

START_TEST(a_mysql_has_what_its_version_brought)
{
	ck_assert(!identify("5.5.62").has_gtid_executed);
	ck_assert(identify("5.6.51").has_gtid_executed);
	ck_assert(!identify("5.7.7").has_json_type);
	ck_assert(identify("5.7.8").has_json_type);
	ck_assert(!identify("5.7.7").has_execution_time);
	ck_assert(identify("5.7.8").has_execution_time);
	ck_assert(!identify("5.7.5").has_generated_columns);
	ck_assert(identify("5.7.6").has_generated_columns);
	ck_assert(!identify("5.6.24").has_many_locks);
	ck_assert(identify("5.7.5").has_many_locks);
	ck_assert(!identify("5.6.24").has_explain_partitions);
	ck_assert(identify("5.7.44").has_explain_partitions);
	ck_assert(!identify("5.7.44").has_innodb_foreign);
	ck_assert(identify("8.0.36").has_innodb_foreign);
	ck_assert(!identify("5.6.24").has_own_parents);
	ck_assert(identify("5.7.44").cuts_weights);
	ck_assert(!identify("8.0.0").cuts_weights);
	ck_assert(!identify("8.0.18").has_enabled_roles);
	ck_assert(identify("8.0.19").has_enabled_roles);
	ck_assert(!identify("5.7.44").has_invisible_index);
	ck_assert(identify("8.0.0").has_invisible_index);
	ck_assert(!identify("8.0.2").has_stats_expiry);
	ck_assert(identify("8.0.3").has_stats_expiry);
	ck_assert(!identify("8.0.12").has_require_primary_key);
	ck_assert(identify("8.0.13").has_require_primary_key);
	ck_assert(!identify("8.1.0").has_binary_log_status);
	ck_assert(identify("8.2.0").has_binary_log_status);
	ck_assert(identify("9.7.4-2").has_binary_log_status);
}
END_TEST

START_TEST(a_mysql_has_nothing_of_mariadb)
{
	const struct server server = identify("9.7.4-2");

	ck_assert(!server.has_binlog_snapshot);
	ck_assert(!server.has_backup_stage);
	ck_assert(!server.has_statement_time);
	ck_assert(!server.has_ignored_index);
}
END_TEST

START_TEST(families_have_names)
{
	ck_assert_str_eq(server_family_name(SERVER_MARIADB), "MariaDB");
	ck_assert_str_eq(server_family_name(SERVER_MYSQL), "MySQL");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("server");
	TCase *tcase = tcase_create("server");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, family_and_version_are_read_from_the_text, 0,
			    sizeof(texts) / sizeof(*texts));
	tcase_add_loop_test(tcase, an_odd_text_is_an_old_mysql, 0,
			    sizeof(nonsense) / sizeof(*nonsense));
	tcase_add_test(tcase, a_sign_is_no_part_of_a_version);
	tcase_add_test(tcase,
		       a_text_of_any_length_is_kept_as_far_as_there_is_room);
	tcase_add_test(tcase, a_mariadb_has_what_its_version_brought);
	tcase_add_test(tcase, a_mariadb_has_nothing_of_mysql);
	tcase_add_test(tcase, a_mysql_has_what_its_version_brought);
	tcase_add_test(tcase, a_mysql_has_nothing_of_mariadb);
	tcase_add_test(tcase, families_have_names);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
