/*
 * The promise under test: what a server prints is understood to the last word
 * or refused; the same table of two families has no differences; and a delta's
 * clauses bring columns into the wanted order with as few moves as can be.
 */
#include "dbsync/base/own.h"
#include "dbsync/schema/delta.h"
#include "dbsync/schema/render.h"

#include <check.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static struct arena *arena;
static struct dbs_error err;

static void begin(void)
{
	arena = arena_new();
	dbs_error_clear(&err);
}

static void end(void)
{
	arena_drop(&arena);
}

/* ------------------------------------------------------------------------
 * As the servers print them: MySQL 9.7, MariaDB 11.8
 * --------------------------------------------------------------------- */

static const char of_mysql[] =
	"CREATE TABLE `a` (\n"
	"  `id` int NOT NULL AUTO_INCREMENT /*!80023 INVISIBLE */ COMMENT 'x',\n"
	"  `t` timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE "
	"CURRENT_TIMESTAMP(3) /*!80023 INVISIBLE */ COMMENT 'y',\n"
	"  `g` int GENERATED ALWAYS AS ((`s` + 1)) STORED NOT NULL /*!80023 "
	"INVISIBLE */ COMMENT 'z',\n"
	"  `p` point NOT NULL /*!80003 SRID 4326 */ COMMENT 'it''s',\n"
	"  `c` varchar(10) CHARACTER SET latin1 COLLATE latin1_bin /*!50606 "
	"COLUMN_FORMAT DYNAMIC */ DEFAULT 'a' COMMENT 'c',\n"
	"  `s` int DEFAULT NULL COMMENT 'k',\n"
	"  `v` vector(3) DEFAULT NULL,\n"
	"  `j` json DEFAULT (json_array(1)),\n"
	"  `u` varchar(40) DEFAULT (concat(_utf8mb3'a',_utf8mb3'b')),\n"
	"  PRIMARY KEY (`id`),\n"
	"  UNIQUE KEY `ka` (`s` DESC) USING BTREE COMMENT 'f' /*!80000 "
	"INVISIBLE */,\n"
	"  SPATIAL KEY `p` (`p`),\n"
	"  KEY `functional_index` ((cast(`c` as char(5) charset utf8mb3))),\n"
	"  FULLTEXT KEY `f` (`u`) COMMENT 'x' /*!80000 INVISIBLE */ /*!50100 "
	"WITH PARSER `ngram` */ ,\n"
	"  CONSTRAINT `b``c` FOREIGN KEY (`s`, `id`) REFERENCES `other`.`p` "
	"(`a`, `b`) ON DELETE SET NULL ON UPDATE CASCADE,\n"
	"  CONSTRAINT `a_chk_1` CHECK ((`s` > 0)) /*!80016 NOT ENFORCED */\n"
	") ENGINE=InnoDB AUTO_INCREMENT=7 DEFAULT CHARSET=utf8mb4 "
	"COLLATE=utf8mb4_0900_ai_ci COMMENT='it''s'\n"
	"/*!50100 PARTITION BY RANGE (`id`)\n"
	"SUBPARTITION BY HASH (`s`)\n"
	"(PARTITION p0 VALUES LESS THAN (10)\n"
	" (SUBPARTITION s0 ENGINE = InnoDB,\n"
	"  SUBPARTITION s1 ENGINE = InnoDB),\n"
	" PARTITION p1 VALUES LESS THAN MAXVALUE\n"
	" (SUBPARTITION s2 COMMENT = 'c' ENGINE = InnoDB,\n"
	"  SUBPARTITION s3 ENGINE = InnoDB)) */";

static const char of_mariadb[] =
	"CREATE TABLE `b` (\n"
	"  `id` int(11) NOT NULL AUTO_INCREMENT INVISIBLE COMMENT 'x',\n"
	"  `t` timestamp(3) NOT NULL DEFAULT current_timestamp(3) ON UPDATE "
	"current_timestamp(3) INVISIBLE COMMENT 'y',\n"
	"  `g` int(11) GENERATED ALWAYS AS (`s` + 1) STORED INVISIBLE COMMENT "
	"'z',\n"
	"  `c` varchar(10) /*M!100301 COMPRESSED*/ CHARACTER SET latin1 "
	"COLLATE latin1_bin DEFAULT 'a' INVISIBLE COMMENT 'c',\n"
	"  `h` int(11) INVISIBLE DEFAULT -3,\n"
	"  `s` int(11) DEFAULT NULL COMMENT 'k' CHECK (`s` > 0),\n"
	"  `v` vector(3) NOT NULL,\n"
	"  `j` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT "
	"json_array(1) CHECK (json_valid(`j`)),\n"
	"  `i` inet6 DEFAULT '::1',\n"
	"  PRIMARY KEY (`id`),\n"
	"  KEY `k2` (`s` DESC) COMMENT 'q' IGNORED,\n"
	"  VECTOR KEY `v` (`v`) `m`=6 `distance`=cosine,\n"
	"  CONSTRAINT `xx` CHECK (`s` < 100)\n"
	") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_uca1400_ai_ci "
	"COMMENT='it''s' `page_compressed`=1 `encrypted`=no\n"
	" PARTITION BY LIST  COLUMNS(`c`)\n"
	"(PARTITION `x` VALUES IN ('a','it''s') ENGINE = InnoDB,\n"
	" PARTITION `y` DEFAULT ENGINE = InnoDB)";

static enum dbs_rc read_text(const char *text, enum server_family family,
			     const struct definition **out)
{
	return definition_read(text, strlen(text), family, arena, out, &err);
}

START_TEST(all_of_mysql_is_understood)
{
	const struct definition *definition = NULL;

	ck_assert_msg(!read_text(of_mysql, SERVER_MYSQL, &definition), "%s",
		      err.text);
	ck_assert_uint_eq(definition->column_count, 9);
	ck_assert_uint_eq(definition->key_count, 5);
	ck_assert_str_eq(definition->foreign_keys[0].name, "b`c");
	ck_assert_str_eq(definition->foreign_keys[0].parent_database, "other");
	ck_assert_str_eq(definition->foreign_keys[0].on_delete, "SET NULL");
	ck_assert(definition->checks[0].is_unenforced);
	ck_assert_str_eq(definition_column(definition, "P")->srid, "4326");
	ck_assert_str_eq(definition_column(definition, "p")->comment, "it's");
	ck_assert_str_eq(definition_option(definition, "engine"), "InnoDB");
	ck_assert_uint_eq(definition->partitioning.parts[1].part_count, 2);
}
END_TEST

START_TEST(all_of_mariadb_is_understood)
{
	const struct definition *definition = NULL;

	ck_assert_msg(!read_text(of_mariadb, SERVER_MARIADB, &definition), "%s",
		      err.text);
	ck_assert_str_eq(definition->partitioning.parts[1].values, "DEFAULT");
	ck_assert(definition_column(definition, "c")->is_compressed);
	ck_assert_str_eq(definition_column(definition, "h")->default_value,
			 "-3");
	ck_assert_str_eq(definition_column(definition, "s")->check, "`s` > 0");
	ck_assert(definition_key(definition, "k2")->is_hidden);
	ck_assert_str_eq(definition_key_option(definition_key(definition, "v"),
					       "`m`"),
			 "6");
}
END_TEST

static const struct {
	const char *text;
	const char *told;
} refused[] = {
	{"", "too early"},
	{"CREATE TABLE `t`", "too early"},
	{"CREATE TABLE `t` (`a` int", "too early"},
	{"CREATE TABLE `t` (`a` int) ENGINE=InnoDB (1)", "1)"},
	{"CREATE TABLE `t` (`a` int SECRET)", "SECRET"},
	{"CREATE TABLE `t` (`a` int DEFAULT)", ")"},
	{"CREATE TABLE `t` (`a` int NOT NULL NOT NULL)", "from here on"},
	{"CREATE TABLE `t` (`a` int COMMENT 'x' DEFAULT 1)", "from here on"},
	{"CREATE TABLE `t` (`a` int, `b` int,)", ")"},
	{"CREATE TABLE `t` (`a int)", "not closed"},
	{"CREATE TABLE `t` (`a` int COMMENT 'x)", "not closed"},
	{"CREATE TABLE `t` (`a` int /*!50100 NULL)", "not closed"},
	{"CREATE TABLE `t` (`a` int /* NULL)", "not closed"},
	{"CREATE TABLE `t` (`a` int \x01)", "control character"},
	{"CREATE TABLE `t` (`a` int) ENGINE", "too early"},
	{"CREATE TABLE `t` (`a` int) ENGINE=InnoDB WITH SYSTEM VERSIONING",
	 "system-versioned"},
	{"CREATE TABLE `t` (`a` timestamp(6) GENERATED ALWAYS AS ROW START)",
	 "system-versioned"},
	{"CREATE TABLE `t` (`a` int, PERIOD FOR SYSTEM_TIME (`a`, `b`))",
	 "period"},
	{"CREATE TABLE `t` (`a` int) ENGINE=InnoDB SEQUENCE=1", "sequence"},
	{"CREATE TABLE `t` (`a` int) TABLESPACE `x`", "tablespace"},
	{"CREATE TABLE `t` (`a` int) PARTITION BY SYSTEM_TIME", "system time"},
	{"CREATE TEMPORARY TABLE `t` (`a` int)", "TEMPORARY"},
	{"CREATE TABLE `t` (`a` int, `A` int)", "two things of one name"},
	{"CREATE VIEW `v` AS select 1", "VIEW"},
};

static const struct {
	const char *have; /* options; NULL: there is no table */
	const char *want;
	const char *reach; /* NULL: none */
} reaches[] = {
	{NULL, "ENGINE=InnoDB", NULL},
	{NULL, "ENGINE=Aria", NULL},
	{NULL, "ENGINE=FEDERATED CONNECTION='mysql://u:pw@h/d/t'",
	 "ENGINE=FEDERATED"},
	{NULL, "ENGINE=CONNECT `table_type`='CSV' `file_name`='/etc/passwd'",
	 "ENGINE=CONNECT"},
	{NULL, "ENGINE=SPIDER COMMENT='wrapper \"mysql\"'", "ENGINE=SPIDER"},
	{NULL, "ENGINE=S3", "ENGINE=S3"},
	{NULL, "ENGINE=MRG_MyISAM UNION=(`a`)", "ENGINE=MRG_MyISAM"},
	{NULL, "ENGINE=OfTomorrow", "ENGINE=OfTomorrow"},
	{NULL, "ENGINE=MyISAM CONNECTION='x'", "CONNECTION"},
	{"ENGINE=InnoDB", "ENGINE=FEDERATED CONNECTION='a'",
	 "ENGINE=FEDERATED"},
	{"ENGINE=FEDERATED CONNECTION='a'", "ENGINE=FEDERATED CONNECTION='a'",
	 NULL},
	{"ENGINE=FEDERATED CONNECTION='a'", "ENGINE=FEDERATED CONNECTION='b'",
	 "ENGINE=FEDERATED"},
	{"ENGINE=FEDERATED CONNECTION='a'", "ENGINE=InnoDB", NULL},
};

static const struct definition *with_options(const char *options)
{
	const struct definition *definition = NULL;
	const char *text = arena_printf(
		arena, "CREATE TABLE `t` (\n  `a` int(11) DEFAULT NULL\n) %s",
		options);

	ck_assert_msg(!read_text(text, SERVER_MARIADB, &definition), "%s",
		      err.text);
	return definition;
}

START_TEST(rows_that_lie_elsewhere_are_known)
{
	const char *reach = definition_reach(
		reaches[_i].have ? with_options(reaches[_i].have) : NULL,
		with_options(reaches[_i].want), arena);

	ck_assert_pstr_eq(reach, reaches[_i].reach);
}
END_TEST

START_TEST(what_has_no_place_is_refused_with_its_words)
{
	const struct definition *definition = NULL;

	ck_assert_int_eq(read_text(refused[_i].text, SERVER_MARIADB,
				   &definition),
			 DBS_E_UNKNOWN);
	ck_assert_msg(strstr(err.text, refused[_i].told) != NULL, "%s",
		      err.text);
}
END_TEST

/* ------------------------------------------------------------------------
 * Two families
 * --------------------------------------------------------------------- */

static const struct charset_default defaults[] = {
	{"latin1", "latin1_swedish_ci"},
	{"utf8mb4", "utf8mb4_general_ci"},
};

static const char *const names_mysql[] = {
	"latin1_bin",  "latin1_swedish_ci",  "utf8mb4_0900_ai_ci",
	"utf8mb4_bin", "utf8mb4_general_ci",
};

static const char *const names_mariadb[] = {
	"latin1_bin",         "latin1_swedish_ci",           "utf8mb4_bin",
	"utf8mb4_general_ci", "utf8mb4_uca1400_nopad_ai_ci",
};

static const struct collations collations[] = {
	[SERVER_MARIADB] = {defaults, 2, names_mariadb, 5},
	[SERVER_MYSQL] = {defaults, 2, names_mysql, 5},
};

static const struct definition *
canonical(const char *text, enum server_family from, enum server_family to)
{
	const struct definition *definition = NULL;
	struct canon canon;

	ck_assert_msg(!read_text(text, from, &definition), "%s", err.text);
	definition_canon(&(struct canon_request){.definition = definition,
						 .from = from,
						 .to = to,
						 .here = &collations[from],
						 .there = &collations[to],
						 .database = "d",
						 .target_database = "e"},
			 arena, &canon);
	return canon.definition;
}

static const struct {
	const char *mysql;
	const char *mariadb;
} same[] = {
	{"`a` int DEFAULT NULL", "`a` int(11) DEFAULT NULL"},
	{"`a` int DEFAULT '7'", "`a` int(11) DEFAULT 7"},
	{"`a` tinyint(1) DEFAULT NULL", "`a` tinyint(1) DEFAULT NULL"},
	{"`a` year DEFAULT NULL", "`a` year(4) DEFAULT NULL"},
	{"`a` text", "`a` text DEFAULT NULL"},
	{"`a` decimal(5,2) NOT NULL DEFAULT '1.50'",
	 "`a` decimal(5,2) NOT NULL DEFAULT 1.50"},
	{"`a` timestamp NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE "
	 "CURRENT_TIMESTAMP",
	 "`a` timestamp NULL DEFAULT current_timestamp() ON UPDATE "
	 "current_timestamp()"},
	{"`a` datetime(6) DEFAULT CURRENT_TIMESTAMP(6)",
	 "`a` datetime(6) DEFAULT current_timestamp(6)"},
	{"`a` varchar(9) DEFAULT (uuid())", "`a` varchar(9) DEFAULT uuid()"},
	{"`a` varchar(9) DEFAULT (concat(_utf8mb4'x',_utf8mb4'y'))",
	 "`a` varchar(9) DEFAULT concat('x','y')"},
	{"`a` text DEFAULT (_utf8mb4'x')", "`a` text DEFAULT 'x'"},
	{"`a` json DEFAULT NULL",
	 "`a` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL "
	 "CHECK (json_valid(`a`))"},
	{"`a` int DEFAULT NULL, `b` int GENERATED ALWAYS AS ((`a` + 1)) "
	 "VIRTUAL",
	 "`a` int(11), `b` int(11) GENERATED ALWAYS AS (`a` + 1) VIRTUAL"},
	{"`a` int DEFAULT NULL, CONSTRAINT `c` CHECK ((`a` > 1))",
	 "`a` int(11) DEFAULT NULL, CONSTRAINT `c` CHECK (`a` > 1)"},
	{"`a` int DEFAULT NULL, CONSTRAINT `c` CHECK ((`a` > -(3)))",
	 "`a` int(11) DEFAULT NULL, CONSTRAINT `c` CHECK (`a` > -3)"},
	{"`a` char(9) DEFAULT NULL, `b` char(9) GENERATED ALWAYS AS "
	 "(upper(`a`)) VIRTUAL",
	 "`a` char(9) DEFAULT NULL, `b` char(9) GENERATED ALWAYS AS "
	 "(ucase(`a`)) VIRTUAL"},
	{"`a` blob DEFAULT (0x61)", "`a` blob DEFAULT 'a'"},
	{"`a` binary(2) DEFAULT '\\0a'", "`a` binary(2) DEFAULT x'0061'"},
	{"`a` int NOT NULL, PRIMARY KEY (`a`) USING BTREE",
	 "`a` int(11) NOT NULL, PRIMARY KEY (`a`)"},
};

static const char *table_of(const char *items)
{
	return arena_printf(arena,
			    "CREATE TABLE `t` (%s) ENGINE=InnoDB DEFAULT "
			    "CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci",
			    items);
}

static void expect_same(const struct definition *have,
			const struct definition *want,
			enum server_family family)
{
	struct delta delta;

	delta_make(have, want, NULL, family, arena, &delta);
	ck_assert_msg(!delta.count, "%s", delta.clauses[0].sql);
}

START_TEST(one_table_of_both_families_is_the_same)
{
	const char *mysql = table_of(same[_i].mysql);
	const char *mariadb = table_of(same[_i].mariadb);

	expect_same(canonical(mariadb, SERVER_MARIADB, SERVER_MARIADB),
		    canonical(mysql, SERVER_MYSQL, SERVER_MARIADB),
		    SERVER_MARIADB);
	expect_same(canonical(mysql, SERVER_MYSQL, SERVER_MYSQL),
		    canonical(mariadb, SERVER_MARIADB, SERVER_MYSQL),
		    SERVER_MYSQL);
}
END_TEST

static const struct rename renamed[] = {{"A", "b"}};

/* Whatever names the column, has the new name afterwards. */
START_TEST(a_rename_is_the_only_difference)
{
	const char *have = table_of(
		"`id` int(11) NOT NULL, `a` int(11) NOT NULL, `g` int(11) "
		"GENERATED ALWAYS AS (`a` + `id`) VIRTUAL, PRIMARY KEY (`id`), "
		"KEY `k` (`a`,`id`), CONSTRAINT `f` FOREIGN KEY (`a`) "
		"REFERENCES `p` (`a`), CONSTRAINT `c` CHECK (`a` > 0 and `id` "
		"<> 'a')");
	const char *want = table_of(
		"`id` int(11) NOT NULL, `b` int(11) NOT NULL, `g` int(11) "
		"GENERATED ALWAYS AS (`b` + `id`) VIRTUAL, PRIMARY KEY (`id`), "
		"KEY `k` (`b`,`id`), CONSTRAINT `f` FOREIGN KEY (`b`) "
		"REFERENCES `p` (`a`), CONSTRAINT `c` CHECK (`b` > 0 and `id` "
		"<> 'a')");
	const struct definition *from = canonical(have, SERVER_MARIADB,
						  SERVER_MARIADB);
	const struct definition *to = canonical(want, SERVER_MARIADB,
						SERVER_MARIADB);
	const struct renames renames = {renamed, 1};
	const struct renames force = renames_in_force(
		&renames, renames_definition_has, from, to, arena);
	struct delta delta;

	ck_assert_uint_eq(force.count, 1);
	delta_make(from, to, &force, SERVER_MARIADB, arena, &delta);
	ck_assert_uint_eq(delta.count, 1);
	ck_assert_str_eq(delta.clauses[0].sql,
			 "CHANGE COLUMN `a` `b` int NOT NULL");
	ck_assert_int_eq(delta.clauses[0].phase, DELTA_RENAME);
	/* it is done, or means something else */
	ck_assert_uint_eq(renames_in_force(&renames, renames_definition_has, to,
					   to, arena)
				  .count,
			  0);
	ck_assert_uint_eq(renames_in_force(&renames, renames_definition_has,
					   from, from, arena)
				  .count,
			  0);
}
END_TEST

START_TEST(introducers_count_where_they_make_another_text)
{
	ck_assert(expression_equal("_utf8mb4'\xc3\xa9'", "'\xc3\xa9'", arena));
	ck_assert(expression_equal("_latin1'a'", "_utf8mb4'a'", arena));
	ck_assert(!expression_equal("_latin1'\xc3\xa9'", "'\xc3\xa9'", arena));
	ck_assert(!expression_equal("_binary'a'", "'a'", arena));
	ck_assert(!expression_equal("_ucs2'a'", "'a'", arena));
	ck_assert(!expression_equal("_latin1 x'61'", "x'61'", arena));
}
END_TEST

START_TEST(parentheses_around_one_thing_say_nothing)
{
	ck_assert(expression_equal("a > (3)", "a > 3", arena));
	ck_assert(expression_equal("f((3))", "f(3)", arena));
	ck_assert(!expression_equal("f (3)", "f 3", arena));
	ck_assert(!expression_equal("a in (3)", "a in 3", arena));
	ck_assert(!expression_equal("(`a` + 1) * 2", "`a` + 1 * 2", arena));
}
END_TEST

/* What MySQL prints, what MariaDB does, and what would be something else. */
START_TEST(expressions_are_equal_whatever_parentheses_say_it)
{
	static const struct {
		const char *mysql;
		const char *mariadb;
		const char *other;
	} cases[] = {
		{"(((`n` > 0) and (`n` < 9)))", "`n` > 0 and `n` < 9",
		 "`n` > (0 and `n`) < 9"},
		{"((`a` * 2) + 1)", "`a` * 2 + 1", "`a` * (2 + 1)"},
		{"if((`a` is null),0,`a`)", "if(`a` is null,0,`a`)",
		 "if(`a` is not null,0,`a`)"},
		{"((`a` > `b`) or (`a` is null))", "`a` > `b` or `a` is null",
		 "`a` > (`b` or `a` is null)"},
		{"((`a` % 3) + -(`a`))", "`a` MOD 3 + -`a`",
		 "`a` MOD (3 + -`a`)"},
		{"(`d` + interval (1 + 2) day)", "`d` + interval 1 + 2 day",
		 "`d` + interval 1 day + 2"},
		{"((((`a` in (1,2)) xor (`a` <> 3)) or (`a` is not null)))",
		 "`a` in (1,2) xor `a` <> 3 or `a` is not null",
		 "`a` in (1,2) xor (`a` <> 3 or `a` is not null)"},
		{"((`a` DIV 2) - ((`a` - 1) * 3))", "`a` DIV 2 - (`a` - 1) * 3",
		 "`a` DIV 2 - `a` - 1 * 3"},
		{"((`a` - `b`) - `c`)", "`a` - `b` - `c`", "`a` - (`b` - `c`)"},
		{"((coalesce(`a`,`b`) & 3) | 1)", "coalesce(`a`,`b`) & 3 | 1",
		 "coalesce(`a`,`b`) & (3 | 1)"},
		{"((`a` <= 1) or (`b` not between 1 and 3))",
		 "`a` <= 1 or `b` not between 1 and 3",
		 "`a` <= 1 or `b` between 1 and 3"},
		{"(case when (`a` > 1) then _utf8mb4'x' else "
		 "concat(_utf8mb4'y',(`a` + 1)) end)",
		 "case when `a` > 1 then 'x' else concat('y',`a` + 1) end",
		 "case when `a` > 1 then concat('y',`a` + 1) else 'x' end"},
		{"(cast(`a` as char(5) charset utf8mb4) + 1)",
		 "cast(`a` as char(5) charset utf8mb4) + 1",
		 "cast(`a` + 1 as char(5) charset utf8mb4)"},
		{"(((`a` > 1) and (`b` > 2)) and (`c` > 3))",
		 "`a` > 1 and `b` > 2 and `c` > 3",
		 "`a` > 1 and (`b` > 2 or `c` > 3)"},
		{"(not((`a` and `b`)))", "!(`a` and `b`)", "!`a` and `b`"},
		{"((`a` << 1) + 2)", "(`a` << 1) + 2", "`a` << 1 + 2"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		ck_assert_msg(expression_equal(cases[i].mysql, cases[i].mariadb,
					       arena),
			      "%s", cases[i].mysql);
		ck_assert_msg(!expression_equal(cases[i].mysql, cases[i].other,
						arena),
			      "%s", cases[i].other);
		ck_assert_msg(!expression_equal(cases[i].mariadb,
						cases[i].other, arena),
			      "%s", cases[i].other);
	}
}
END_TEST

/* Words that are not known here are compared one by one. */
START_TEST(expressions_that_are_not_known_differ_by_any_word)
{
	static const char *const texts[] = {
		"a || b",
		"a like 'x' escape '|'",
		"a -> '$.b'",
		"(a, b) = (1, 2)",
		"date'2020-01-01' + 1",
		"a = ",
		"a + ",
		"case end",
		"a member of (b)",
		"binary a",
		"a b",
		"",
	};
	char deep[1001];

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		const char *wrapped = arena_printf(arena, "(1 + (%s))",
						   texts[i]);
		const char *bare = arena_printf(arena, "1 + (%s)", texts[i]);

		ck_assert_msg(expression_equal(wrapped, bare, arena), "%s",
			      texts[i]);
		bare = arena_printf(arena, "1 + %s", texts[i]);
		ck_assert_msg(!expression_equal(wrapped, bare, arena), "%s",
			      texts[i]);
	}
	memset(deep, '(', 500);
	memset(deep + 500, ')', 500);
	deep[1000] = '\0';
	ck_assert(!expression_equal(deep, "1", arena));
}
END_TEST

START_TEST(no_default_is_not_a_default_of_null)
{
	struct delta delta;
	const struct definition *have = canonical(
		table_of("`a` int DEFAULT NULL"), SERVER_MYSQL, SERVER_MYSQL);
	const struct definition *want = canonical(table_of("`a` int"),
						  SERVER_MYSQL, SERVER_MYSQL);

	delta_make(have, want, NULL, SERVER_MYSQL, arena, &delta);
	ck_assert_uint_eq(delta.count, 1);
	ck_assert_str_eq(delta.clauses[0].sql, "ALTER COLUMN `a` DROP DEFAULT");
}
END_TEST

START_TEST(a_collation_becomes_its_nearest_relative)
{
	static const char text[] =
		"CREATE TABLE `t` (`a` varchar(9)) ENGINE=InnoDB DEFAULT "
		"CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci";
	const struct definition *definition = canonical(text, SERVER_MYSQL,
							SERVER_MARIADB);

	ck_assert_str_eq(definition->columns[0].collation,
			 "utf8mb4_uca1400_nopad_ai_ci");
}
END_TEST

/* ------------------------------------------------------------------------
 * The order of columns
 * --------------------------------------------------------------------- */

enum { WIDTH = 8 };

static uint64_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return *state >> 33;
}

/* Some of a…l, in any order, never none. */
static void random_columns(uint64_t *state, char *out)
{
	char letters[] = "abcdefghijkl";
	const size_t all = sizeof(letters) - 1;
	const size_t count = 1 + next_random(state) % WIDTH;

	for (size_t i = 0; i < count; i++) {
		const size_t other = i + next_random(state) % (all - i);
		const char letter = letters[other];

		letters[other] = letters[i];
		letters[i] = out[i] = letter;
	}
	out[count] = '\0';
}

static const struct definition *table_with(const char *columns)
{
	OWNED(buf_release) struct buf items = BUF_INIT;

	for (const char *at = columns; *at; at++)
		buf_addf(&items, "%s`%c` int", at > columns ? ", " : "", *at);
	return canonical(table_of(items.data), SERVER_MARIADB, SERVER_MARIADB);
}

static void take_out(char *columns, char column)
{
	char *at = strchr(columns, column);

	ck_assert_ptr_nonnull(at);
	memmove(at, at + 1, strlen(at));
}

static void put_in(char *columns, char column, const char *sql)
{
	const char *after = strstr(sql, " AFTER `");
	size_t at = strlen(columns);

	if (after) {
		const char *before = strchr(columns, after[8]);

		ck_assert_ptr_nonnull(before);
		at = (size_t)(before - columns) + 1;
	} else if (strstr(sql, " FIRST")) {
		at = 0;
	}
	memmove(columns + at + 1, columns + at, strlen(columns + at) + 1);
	columns[at] = column;
}

/* Does to a list of letters what a server does to columns. */
static void apply(char *columns, const char *sql, size_t *moves)
{
	const char column = *(strchr(sql, '`') + 1);

	if (!strncmp(sql, "DROP", 4)) {
		take_out(columns, column);
		return;
	}
	if (!strncmp(sql, "MODIFY", 6)) {
		take_out(columns, column);
		++*moves;
	}
	put_in(columns, column, sql);
}

/* By trying all subsets: the most letters of want that stand so in have. */
static size_t longest_run(const char *have, const char *want)
{
	size_t best = 0;

	for (unsigned subset = 0; subset < 1u << strlen(want); subset++) {
		const char *last = have - 1;
		size_t count = 0;

		for (size_t i = 0; want[i]; i++) {
			if (!(subset & 1u << i))
				continue;
			const char *at = strchr(have, want[i]);

			if (!at || at <= last) {
				count = 0;
				break;
			}
			last = at;
			count++;
		}
		best = count > best ? count : best;
	}
	return best;
}

START_TEST(columns_come_into_order_with_the_fewest_moves)
{
	uint64_t state = (uint64_t)_i + 1;
	char have[2 * WIDTH + 1];
	char want[2 * WIDTH + 1];
	size_t common = 0;
	size_t moves = 0;
	struct delta delta;

	random_columns(&state, have);
	random_columns(&state, want);
	delta_make(table_with(have), table_with(want), NULL, SERVER_MARIADB,
		   arena, &delta);
	for (size_t i = 0; want[i]; i++)
		common += strchr(have, want[i]) != NULL;
	const size_t fewest = common - longest_run(have, want);

	for (size_t i = 0; i < delta.count; i++)
		apply(have, delta.clauses[i].sql, &moves);
	ck_assert_str_eq(have, want);
	ck_assert_uint_eq(moves, fewest);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("definition");
	TCase *tcase = tcase_create("definition");
	SRunner *runner = NULL;

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, all_of_mysql_is_understood);
	tcase_add_test(tcase, all_of_mariadb_is_understood);
	tcase_add_loop_test(tcase, rows_that_lie_elsewhere_are_known, 0,
			    sizeof(reaches) / sizeof(*reaches));
	tcase_add_loop_test(tcase, what_has_no_place_is_refused_with_its_words,
			    0, (int)COUNT(refused));
	tcase_add_loop_test(tcase, one_table_of_both_families_is_the_same, 0,
			    (int)COUNT(same));
	tcase_add_test(tcase, a_collation_becomes_its_nearest_relative);
	tcase_add_test(tcase, introducers_count_where_they_make_another_text);
	tcase_add_test(tcase, parentheses_around_one_thing_say_nothing);
	tcase_add_test(tcase,
		       expressions_are_equal_whatever_parentheses_say_it);
	tcase_add_test(tcase,
		       expressions_that_are_not_known_differ_by_any_word);
	tcase_add_test(tcase, a_rename_is_the_only_difference);
	tcase_add_test(tcase, no_default_is_not_a_default_of_null);
	tcase_add_loop_test(
		tcase, columns_come_into_order_with_the_fewest_moves, 0, 400);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	const int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
