/*
 * The promise under test: what a statement in the log is, is known by its first
 * words, and what is not known is taken for one that changes rows.
 */
#include "dbsync/binlog/statement_class.h"

#include "dbsync/base/own.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static const struct {
	const char *text;
	enum statement_class class;
} statements[] = {
	{"BEGIN", CLASS_BEGIN},
	{"START TRANSACTION", CLASS_BEGIN},
	{"XA START X'61',X'',1", CLASS_BEGIN},
	{"COMMIT", CLASS_COMMIT},
	{"ROLLBACK", CLASS_ROLLBACK},
	{"ROLLBACK TO `a`", CLASS_ROLLBACK_TO},
	{"SAVEPOINT `a`", CLASS_SAVEPOINT},
	{"RELEASE SAVEPOINT `a`", CLASS_NOTHING},
	{"XA END X'61'", CLASS_NOTHING},
	{"XA COMMIT X'61'", CLASS_XA_COMMIT},
	{"XA ROLLBACK X'61'", CLASS_XA_ROLLBACK},
	{"create table t (a int)", CLASS_STRUCTURE},
	{"CREATE OR REPLACE TABLE t (a int)", CLASS_STRUCTURE},
	{"CREATE OR REPLACE USER u IDENTIFIED BY 'secret'", CLASS_NOTHING},
	{"CREATE TEMPORARY TABLE t (a int)", CLASS_NOTHING},
	{"/* who did it */ ALTER TABLE t ADD b INT", CLASS_STRUCTURE},
	{"/*!50003 CREATE TRIGGER a */", CLASS_STRUCTURE},
	/* nothing to MySQL, which goes on behind it */
	{"/*M!100100 DROP TABLE t */", CLASS_ROWS},
	{" /*M! GRANT */ UPDATE a SET v = 1", CLASS_ROWS},
	{"ANALYZE UPDATE a SET v = 1", CLASS_ROWS},
	{"ANALYZE FORMAT=JSON DELETE FROM a", CLASS_ROWS},
	{"OPTIMIZE TABLE t", CLASS_NOTHING},
	{"CREATE TABLE t AS SELECT f()", CLASS_ROWS},
	{"CREATE OR REPLACE TEMPORARY TABLE t AS SELECT 1", CLASS_ROWS},
	{"CREATE TABLE t (a INT COMMENT 'select')", CLASS_STRUCTURE},
	{"CREATE VIEW v AS SELECT 1", CLASS_STRUCTURE},
	{"-- a word\nTRUNCATE t", CLASS_STRUCTURE},
	{"RENAME TABLE a TO b", CLASS_STRUCTURE},
	{"GRANT SELECT ON *.* TO u", CLASS_NOTHING},
	{"ALTER USER u IDENTIFIED BY 'secret'", CLASS_NOTHING},
	{"SET PASSWORD FOR u = 'secret'", CLASS_NOTHING},
	{"ANALYZE TABLE t", CLASS_NOTHING},
	{"# Dummy event replacing event type 163", CLASS_NOTHING},
	{"", CLASS_NOTHING},
	{"INSERT INTO t VALUES (1)", CLASS_ROWS},
	{"DELETE FROM t", CLASS_ROWS},
	{"SET @a = 1", CLASS_ROWS},
	{"WITH c AS (SELECT 1) DELETE FROM t", CLASS_ROWS},
	{"BEGINNING", CLASS_ROWS},
	{"(SELECT 1)", CLASS_ROWS},
	{"/* open", CLASS_NOTHING},
	{"SET STATEMENT lock_wait_timeout=5 FOR ALTER TABLE t ADD c INT",
	 CLASS_STRUCTURE},
	{"set statement a='\\' for create', b=\"\"\"for\", `for`=1 for\ndelete t",
	 CLASS_ROWS},
	{"SET STATEMENT a=1 FOR CREATE OR REPLACE USER u", CLASS_NOTHING},
	{"SET STATEMENT a='FOR DROP TABLE t", CLASS_ROWS},
	{"SET STATEMENT FOR", CLASS_ROWS},
	{"CREATE OR REPLACE TEMPORARY TABLE t (a int)", CLASS_NOTHING},
};

START_TEST(statements_have_a_class)
{
	ck_assert_int_eq(statement_class(statements[_i].text,
					 strlen(statements[_i].text)),
			 statements[_i].class);
}
END_TEST

static const struct {
	const char *text;
	const char *xid; /* NULL: none */
} ends[] = {
	{"XA COMMIT X'61',X'',1", "X'61',X'',1"},
	{"XA COMMIT 'a'", "X'61',X'',1"},
	{"XA ROLLBACK X'00FF','b',7", "X'00ff',X'62',7"},
	{"XA COMMIT 'a' ONE PHASE", "X'61',X'',1"},
	{"XA COMMIT", NULL},
	{"XA COMMIT 'a", NULL},
	{"XA COMMIT 'a','b',x", NULL},
};

START_TEST(xids_have_one_form)
{
	OWNED(buf_release) struct buf xid = BUF_INIT;
	const bool is_one = statement_xid(ends[_i].text, strlen(ends[_i].text),
					  &xid);

	ck_assert_int_eq(is_one, ends[_i].xid != NULL);
	if (is_one)
		ck_assert_str_eq(xid.data, ends[_i].xid);
}
END_TEST

START_TEST(names_are_found_whole)
{
	static const struct {
		const char *text, *name;
		bool is_there;
	} cases[] = {
		{"ALTER TABLE orders ADD a INT", "orders", true},
		{"TRUNCATE /*!50000orders*/", "orders", true},
		{"TRUNCATE /*M!50000orders*/", "orders", true},
		{"TRUNCATE t50000orders", "orders", false},
		{"ALTER TABLE `shop`.`Orders` ADD a INT", "orders", true},
		{"ALTER TABLE orders_2 ADD a INT", "orders", false},
		{"ALTER TABLE my_orders ADD a INT", "orders", false},
		{"ALTER TABLE t ADD a INT", "orders", false},
		/* a text in ASCII cannot have it; in another one it may be
		 * written in a way that nobody foresees */
		{"ALTER TABLE t ADD a INT", "caf\xc3\xa9", false},
		{"ALTER TABLE caf\xe9 ADD a INT", "caf\xc3\xa9", true},
		{"ALTER TABLE `\xe9` ADD a INT", "a`b", true},
		{"ALTER TABLE t ADD a INT", "a`b", false},
		{"ALTER TABLE `a``b` ADD a INT", "a`b", true},
		{"ALTER TABLE \"A`b\" ADD a INT", "a`b", true},
		{"ALTER TABLE \"a\"\"b\" ADD a INT", "a\"b", true},
		{"ALTER TABLE `a````b` ADD a INT", "a``b", true},
		{"ALTER TABLE `````` ADD a INT", "``", true},
	};

	ck_assert_int_eq(statement_names(cases[_i].text, strlen(cases[_i].text),
					 cases[_i].name),
			 cases[_i].is_there);
}
END_TEST

START_TEST(savepoints_have_a_name)
{
	OWNED(buf_release) struct buf name = BUF_INIT;

	ck_assert(statement_savepoint("ROLLBACK TO `A b`", 17, &name));
	ck_assert_str_eq(name.data, "a b");
	ck_assert(!statement_savepoint("SAVEPOINT a", 11, &name));
	ck_assert(!statement_savepoint("SAVEPOINT `a", 12, &name));
	ck_assert(statement_savepoint("SAVEPOINT `a``b`", 16, &name));
	ck_assert_str_eq(name.data, "a`b");
	ck_assert(!statement_savepoint("SAVEPOINT `a``", 14, &name));
}
END_TEST

/* Rows of before it are read with the table that is there behind it. */
START_TEST(some_keep_the_tables_that_were_there)
{
	static const struct {
		const char *text;
		bool keeps;
	} cases[] = {
		{"TRUNCATE t", true},
		{"CREATE TABLE IF NOT EXISTS t (a INT)", true},
		{"CREATE INDEX i ON t (a)", true},
		{"CREATE UNIQUE INDEX i ON t (a)", false},
		{"CREATE OR REPLACE TABLE t (a INT)", false},
		{"SET STATEMENT a=1 FOR ALTER TABLE t ADD b INT", false},
		{"DROP TABLE t", false},
		{"RENAME TABLE t TO u", false},
	};

	ck_assert_int_eq(statement_keeps_tables(cases[_i].text,
						strlen(cases[_i].text)),
			 cases[_i].keeps);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("statement_class");
	TCase *tcase = tcase_create("statement_class");

	tcase_add_loop_test(tcase, statements_have_a_class, 0,
			    COUNT(statements));
	tcase_add_loop_test(tcase, xids_have_one_form, 0, COUNT(ends));
	tcase_add_loop_test(tcase, names_are_found_whole, 0, 10);
	tcase_add_test(tcase, savepoints_have_a_name);
	tcase_add_loop_test(tcase, some_keep_the_tables_that_were_there, 0, 8);
	suite_add_tcase(suite, tcase);
	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_ENV);
	const int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
