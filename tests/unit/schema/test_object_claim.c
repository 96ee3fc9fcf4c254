/*
 * The promise under test: what a backup point says brings an object back does
 * that, and nothing else, or is not run.
 */
#include "dbsync/schema/object_claim.h"

#include "dbsync/base/own.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

#define KEEP                                               \
	"SET @dbsync_mode = @@sql_mode, @dbsync_client = " \
	"@@character_set_client, @dbsync_collation = @@collation_connection"
#define BACK                                                   \
	"SET sql_mode = @dbsync_mode, character_set_client = " \
	"@dbsync_client, collation_connection = @dbsync_collation"
#define UTF8                                                  \
	"SET sql_mode = '', character_set_client = utf8mb4, " \
	"collation_connection = utf8mb4_general_ci"
#define GBK                                               \
	"SET sql_mode = '', character_set_client = gbk, " \
	"collation_connection = gbk_chinese_ci"

struct sample {
	enum object_kind kind;
	const char *settings; /* before it, or NULL */
	const char *sql;
};

static const struct sample good[] = {
	{OBJECT_DATABASE, NULL, "DO 0"},
	{OBJECT_DATABASE, NULL,
	 "ALTER DATABASE `d` CHARACTER SET latin1 COLLATE latin1_bin"},
	{OBJECT_DATABASE, NULL,
	 "CREATE DATABASE `d` CHARACTER SET latin1 COLLATE latin1_bin"},
	{OBJECT_VIEW, NULL, "USE `d`"},
	{OBJECT_VIEW, NULL, "DROP VIEW IF EXISTS `d`.`n`"},
	{OBJECT_VIEW, NULL,
	 "ALTER DATABASE `d` CHARACTER SET latin1 COLLATE latin1_bin"},
	{OBJECT_VIEW, NULL, KEEP},
	{OBJECT_EVENT, NULL, KEEP ", @dbsync_zone = @@time_zone"},
	{OBJECT_EVENT, NULL, BACK ", time_zone = @dbsync_zone"},
	{OBJECT_EVENT, UTF8 ", time_zone = '+00:00'",
	 "CREATE EVENT `n` ON SCHEDULE EVERY 1 DAY DO SELECT 1"},
	{OBJECT_VIEW, UTF8,
	 "CREATE OR REPLACE ALGORITHM=UNDEFINED DEFINER=`root`@`%` SQL "
	 "SECURITY DEFINER VIEW `n` AS select ';' AS `;` -- ;"},
	{OBJECT_VIEW, UTF8, "CREATE VIEW `d`.`n` AS SELECT 1 /* ; */"},
	{OBJECT_TRIGGER, UTF8,
	 "CREATE DEFINER=`a``b`@`h` TRIGGER `n` BEFORE INSERT ON `t` FOR EACH "
	 "ROW FOLLOWS `x` SET NEW.v = 1"},
	{OBJECT_TRIGGER, UTF8,
	 "CREATE TRIGGER `n` AFTER DELETE ON `t` FOR EACH ROW BEGIN SET @a = "
	 "'it''s;\\';'; SET @b = 1; END"},
	{OBJECT_TRIGGER, UTF8,
	 "CREATE TRIGGER `n` AFTER DELETE ON `t` FOR EACH ROW IF 1 THEN SET "
	 "@b = 1; /* so */ -- it\n END IF;"},
	{OBJECT_PROCEDURE, UTF8,
	 "CREATE DEFINER=`role` PROCEDURE `n`() REPEAT SET @a = 1; UNTIL 1 END "
	 "REPEAT"},
	{OBJECT_PROCEDURE, UTF8, "CREATE OR REPLACE PROCEDURE `N`() SELECT 1"},
	{OBJECT_PROCEDURE, "SET sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'",
	 "CREATE DEFINER=\"r\"@\"h\" PROCEDURE \"n\"() BEGIN SELECT '\\'; "
	 "SELECT \"a\\\"; END"},
	{OBJECT_FUNCTION, UTF8,
	 "CREATE DEFINER=`r`@`h` AGGREGATE FUNCTION `n`(a INT) RETURNS INT "
	 "BEGIN RETURN 1; END"},
	{OBJECT_FUNCTION, UTF8,
	 "CREATE FUNCTION `n`(a INT) RETURNS INT LANGUAGE JAVASCRIPT AS $$ a; "
	 "b $$"},
	{OBJECT_EVENT, UTF8,
	 "CREATE DEFINER=`r`@`h` EVENT `n` ON SCHEDULE EVERY 1 YEAR DISABLE "
	 "DO SELECT 1"},
};

static const struct sample bad[] = {
	{OBJECT_DATABASE, NULL, "GRANT ALL ON *.* TO `evil`@`%`"},
	{OBJECT_DATABASE, NULL, "DO SLEEP(9)"},
	{OBJECT_DATABASE, NULL, "DO 0; DROP DATABASE `x`"},
	{OBJECT_DATABASE, NULL, "DROP DATABASE `d`"},
	{OBJECT_DATABASE, NULL,
	 "ALTER DATABASE `mysql` CHARACTER SET latin1 COLLATE latin1_bin"},
	{OBJECT_DATABASE, NULL,
	 "ALTER DATABASE `d` CHARACTER SET latin1 COLLATE latin1_bin READ "
	 "ONLY = 1"},
	{OBJECT_DATABASE, NULL, "CREATE VIEW `n` AS SELECT 1"},
	{OBJECT_VIEW, NULL, "USE `mysql`"},
	{OBJECT_VIEW, NULL, "DROP VIEW IF EXISTS `d`.`other`"},
	{OBJECT_VIEW, NULL, "DROP VIEW IF EXISTS `other`.`n`"},
	{OBJECT_VIEW, NULL, "DROP VIEW IF EXISTS `d`.`n`, `d`.`m`"},
	{OBJECT_VIEW, NULL, "DROP TABLE IF EXISTS `d`.`n`"},
	{OBJECT_VIEW, NULL, "DROP USER IF EXISTS `n`"},
	{OBJECT_VIEW, NULL, "GRANT ALL ON *.* TO `evil`@`%`"},
	{OBJECT_VIEW, NULL, "CREATE USER `n`@`%` IDENTIFIED BY 'x'"},
	{OBJECT_VIEW, NULL, "CREATE USER n"},
	{OBJECT_VIEW, NULL, "INSERT INTO mysql.user VALUES (1)"},
	{OBJECT_VIEW, NULL, "SET GLOBAL init_connect = 'x'"},
	{OBJECT_VIEW, NULL, "SET @@GLOBAL.sql_mode = ''"},
	{OBJECT_VIEW, NULL, "SET PASSWORD = 'x'"},
	{OBJECT_VIEW, NULL, "SET sql_mode = '', GLOBAL general_log = 1"},
	{OBJECT_VIEW, NULL, "SET sql_mode = (SELECT 1)"},
	{OBJECT_VIEW, NULL, "SET sql_log_bin = 0"},
	{OBJECT_VIEW, NULL, "SET @other = @@sql_mode"},
	{OBJECT_VIEW, NULL, "SET sql_mode = @@global.sql_mode"},
	{OBJECT_VIEW, NULL, "SET sql_mode = ''; DROP TABLE t"},
	{OBJECT_VIEW, UTF8, "CREATE VIEW `other` AS SELECT 1"},
	{OBJECT_VIEW, UTF8, "CREATE VIEW `x`.`n` AS SELECT 1"},
	{OBJECT_VIEW, UTF8, "CREATE VIEW `n` AS SELECT 1; DROP TABLE t"},
	{OBJECT_VIEW, UTF8, "CREATE VIEW `n` AS SELECT 1; SELECT 2; END"},
	{OBJECT_VIEW, UTF8, "CREATE TABLE `n` AS SELECT 1"},
	{OBJECT_VIEW, UTF8,
	 "CREATE /*!99999 OR REPLACE VIEW `n` AS SELECT 1 */ USER evil"},
	{OBJECT_VIEW, UTF8, "CREATE -- \nVIEW `n` AS SELECT 1"},
	{OBJECT_VIEW, UTF8, "CREATE PROCEDURE `n`() SELECT 1"},
	{OBJECT_VIEW, UTF8, "CREATE"},
	{OBJECT_VIEW, UTF8, ""},
	{OBJECT_TRIGGER, UTF8,
	 "CREATE TRIGGER `n` BEFORE INSERT ON `other` FOR EACH ROW SET @a = "
	 "1"},
	{OBJECT_TRIGGER, UTF8,
	 "CREATE TRIGGER `m` BEFORE INSERT ON `t` FOR EACH ROW SET @a = 1"},
	{OBJECT_TRIGGER, UTF8,
	 "CREATE TRIGGER `n` BEFORE INSERT ON `t` FOR EACH ROW SET @a = 1; "
	 "GRANT ALL ON *.* TO e"},
	{OBJECT_PROCEDURE, UTF8,
	 "CREATE PROCEDURE `n`() BEGIN END; GRANT ALL ON *.* TO e"},
	{OBJECT_PROCEDURE, UTF8,
	 "CREATE PROCEDURE `n`() SELECT 'a\\';'; GRANT ALL ON *.* TO e"},
	{OBJECT_EVENT, UTF8,
	 "CREATE EVENT `other` ON SCHEDULE EVERY 1 DAY DO SELECT 1"},
	{OBJECT_FUNCTION, UTF8,
	 "CREATE FUNCTION `n` RETURNS STRING SONAME 'x.so'"},
	{OBJECT_FUNCTION, UTF8,
	 "CREATE FUNCTION `n` /**/ RETURNS STRING SONAME 'x.so'"},
};

static const char *doubt(const struct sample *sample)
{
	static const char *statements[3];
	size_t count = 0;

	if (sample->settings)
		statements[count++] = sample->settings;
	statements[count++] = sample->sql;
	if (sample->settings)
		statements[count++] = BACK;
	return object_claim_doubt(&(struct object_claim){
		.kind = sample->kind,
		.database = "d",
		.name = sample->kind == OBJECT_DATABASE ? "d" : "n",
		.table = sample->kind == OBJECT_TRIGGER ? "t" : "",
		.statements = statements,
		.statement_count = count,
	});
}

START_TEST(what_dbsync_writes_is_taken)
{
	const struct sample *sample = &good[_i];
	const char *found = doubt(sample);

	ck_assert_msg(!found, "%s: %s", sample->sql, found ? found : "");
}
END_TEST

START_TEST(what_does_something_else_is_named)
{
	const struct sample *sample = &bad[_i];
	const char *found = doubt(sample);

	ck_assert_msg(found != NULL, "%s was taken", sample->sql);
	ck_assert_str_eq(found, sample->sql);
}
END_TEST

static const char *doubt_of_name(const char *settings, const char *sql,
				 const char *name)
{
	const char *const statements[] = {settings, sql, BACK};

	return object_claim_doubt(&(struct object_claim){
		OBJECT_PROCEDURE, "d", name, "", statements, 3});
}

/* Definitions come in the bytes of their clients. */
START_TEST(names_in_other_character_sets_are_those_of_the_object)
{
	static const char latin1[] = "SET character_set_client = latin1";
	static const char gbk[] = GBK;

	ck_assert_ptr_null(doubt_of_name(
		latin1, "CREATE PROCEDURE `caf\xe9`() SELECT 1", "caf\u00e9"));
	ck_assert_ptr_null(doubt_of_name(
		UTF8, "CREATE PROCEDURE `caf\u00e9`() SELECT 1", "caf\u00e9"));
	ck_assert_ptr_nonnull(doubt_of_name(
		latin1, "CREATE PROCEDURE `caf\xe9x`() SELECT 1", "caf\u00e9"));
	ck_assert_ptr_nonnull(doubt_of_name(
		latin1, "CREATE PROCEDURE `caf\xe9`() SELECT 1", "cafe"));
	/* 0x60, a closing quote by itself, is the second half of a letter */
	ck_assert_ptr_null(doubt_of_name(
		gbk, "CREATE PROCEDURE `\xc4\x60`() SELECT 1", "\u6162"));
	ck_assert_ptr_nonnull(doubt_of_name(
		gbk, "CREATE PROCEDURE `\xc4\x60() SELECT 1", "\u6162"));
	ck_assert_ptr_nonnull(doubt_of_name(
		UTF8, "CREATE PROCEDURE `\xc4\x60`() SELECT 1", "\u6162"));
}
END_TEST

START_TEST(a_quote_within_a_letter_hides_no_other_name)
{
	static const char hidden[] =
		"CREATE DEFINER=`\x81`@` PROCEDURE evil() SELECT 1 -- ` "
		"PROCEDURE `n`() SELECT 1";

	/* to who takes bytes for letters it is of `n` */
	ck_assert_ptr_null(doubt_of_name(UTF8, hidden, "n"));
	ck_assert_ptr_nonnull(doubt_of_name(GBK, hidden, "n"));
}
END_TEST

/* In whatever way the session is led to another way of reading. */
START_TEST(settings_are_read_as_the_server_reads_them)
{
	static const char *const settings[] = {
		"SET character_set_client = 'gbk'",
		"SET character_set_client = 28",
		"SET @dbsync_client = @@character_set_database, "
		"character_set_client = @dbsync_client",
		"SET character_set_client = gbk, @dbsync_client = "
		"@@character_set_client",
		"SET sql_mode = 4",
		"SET sql_mode = 'ANSI', @dbsync_mode = @@sql_mode",
	};

	for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++)
		ck_assert_ptr_eq(
			doubt_of_name(settings[i],
				      "CREATE PROCEDURE `n`() SELECT 1", "n"),
			settings[i]);
}
END_TEST

START_TEST(settings_are_taken_back)
{
	static const char *const statements[] = {
		GBK, "CREATE PROCEDURE `n`() SELECT 1"};

	ck_assert_ptr_nonnull(object_claim_doubt(&(struct object_claim){
		OBJECT_PROCEDURE, "d", "n", "", statements, 2}));
}
END_TEST

/* {statement, its definer} */
static const struct {
	enum object_kind kind;
	const char *sql;
	const char *definer;
} defined[] = {
	{OBJECT_VIEW,
	 "CREATE OR REPLACE ALGORITHM=UNDEFINED DEFINER=`a`@`%` SQL SECURITY "
	 "DEFINER VIEW `n` AS SELECT 1",
	 "a@%"},
	{OBJECT_VIEW,
	 "CREATE DEFINER=`a`@`%` SQL SECURITY INVOKER VIEW `n` AS SELECT 1",
	 ""},
	{OBJECT_PROCEDURE, "CREATE DEFINER=`a``b`@`h` PROCEDURE `n`() SELECT 1",
	 "a`b@h"},
	{OBJECT_PROCEDURE, "CREATE DEFINER=`role` PROCEDURE `n`() SELECT 1",
	 "role"},
	{OBJECT_PROCEDURE, "CREATE PROCEDURE `n`() SELECT 1", ""},
	{OBJECT_PROCEDURE, "DROP PROCEDURE IF EXISTS `n`", ""},
	{OBJECT_EVENT,
	 "CREATE DEFINER=`a`@`h` EVENT `n` ON SCHEDULE EVERY 1 DAY DO SELECT 1",
	 "a@h"},
};

START_TEST(whose_rights_it_acts_with_is_said)
{
	OWNED(buf_release) struct buf definer = BUF_INIT;
	const char *const statements[] = {UTF8, defined[_i].sql, BACK};

	object_claim_definer(&(struct object_claim){defined[_i].kind, "d", "n",
						    "", statements, 3},
			     &definer);
	ck_assert_str_eq(definer.data, defined[_i].definer);
}
END_TEST

START_TEST(a_collation_is_one_word)
{
	ck_assert(object_is_collation("utf8mb4_0900_ai_ci"));
	ck_assert(object_is_collation(""));
	ck_assert(!object_is_collation("latin1_bin; DROP TABLE t"));
	ck_assert(!object_is_collation("latin1_bin READ ONLY=1"));
	ck_assert(!object_is_collation("`a`"));
}
END_TEST

static Suite *suite_object_claim(void)
{
	Suite *suite = suite_create("object_claim");
	TCase *tcase = tcase_create("statements");

	tcase_add_loop_test(tcase, what_dbsync_writes_is_taken, 0, COUNT(good));
	tcase_add_loop_test(tcase, what_does_something_else_is_named, 0,
			    COUNT(bad));
	tcase_add_test(tcase,
		       names_in_other_character_sets_are_those_of_the_object);
	tcase_add_test(tcase, a_quote_within_a_letter_hides_no_other_name);
	tcase_add_test(tcase, settings_are_read_as_the_server_reads_them);
	tcase_add_test(tcase, settings_are_taken_back);
	tcase_add_loop_test(tcase, whose_rights_it_acts_with_is_said, 0,
			    COUNT(defined));
	tcase_add_test(tcase, a_collation_is_one_word);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(suite_object_claim());

	srunner_run_all(runner, CK_ENV);
	const int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
