/*
 * The promise under test: every type of both families is known by its name,
 * every known type has a kind, and nothing else is taken for one.
 */
#include "dbsync/schema/type.h"

#include <check.h>
#include <stdlib.h>

static const struct {
	const char *name;
	enum type type;
	enum type_kind kind;
} names[] = {
	{"tinyint", TYPE_INTEGER, KIND_NUMBER},
	{"smallint", TYPE_INTEGER, KIND_NUMBER},
	{"mediumint", TYPE_INTEGER, KIND_NUMBER},
	{"int", TYPE_INTEGER, KIND_NUMBER},
	{"bigint", TYPE_INTEGER, KIND_NUMBER},
	{"decimal", TYPE_DECIMAL, KIND_NUMBER},
	{"bit", TYPE_BIT, KIND_NUMBER},
	{"year", TYPE_YEAR, KIND_NUMBER},
	{"float", TYPE_FLOAT, KIND_REAL},
	{"double", TYPE_DOUBLE, KIND_REAL},
	{"date", TYPE_DATE, KIND_MOMENT},
	{"datetime", TYPE_DATETIME, KIND_MOMENT},
	{"timestamp", TYPE_TIMESTAMP, KIND_MOMENT},
	{"time", TYPE_TIME, KIND_TIME},
	{"char", TYPE_CHAR, KIND_TEXT},
	{"varchar", TYPE_CHAR, KIND_TEXT},
	{"tinytext", TYPE_TEXT, KIND_TEXT},
	{"text", TYPE_TEXT, KIND_TEXT},
	{"mediumtext", TYPE_TEXT, KIND_TEXT},
	{"longtext", TYPE_TEXT, KIND_TEXT},
	{"enum", TYPE_ENUM, KIND_TEXT},
	{"set", TYPE_SET, KIND_TEXT},
	{"json", TYPE_JSON, KIND_TEXT},
	{"uuid", TYPE_UUID, KIND_TEXT},
	{"inet4", TYPE_INET, KIND_TEXT},
	{"inet6", TYPE_INET, KIND_TEXT},
	{"binary", TYPE_BINARY, KIND_BYTES},
	{"varbinary", TYPE_BINARY, KIND_BYTES},
	{"tinyblob", TYPE_BLOB, KIND_BYTES},
	{"blob", TYPE_BLOB, KIND_BYTES},
	{"mediumblob", TYPE_BLOB, KIND_BYTES},
	{"longblob", TYPE_BLOB, KIND_BYTES},
	{"geometry", TYPE_GEOMETRY, KIND_BYTES},
	{"point", TYPE_GEOMETRY, KIND_BYTES},
	{"linestring", TYPE_GEOMETRY, KIND_BYTES},
	{"polygon", TYPE_GEOMETRY, KIND_BYTES},
	{"multipoint", TYPE_GEOMETRY, KIND_BYTES},
	{"multilinestring", TYPE_GEOMETRY, KIND_BYTES},
	{"multipolygon", TYPE_GEOMETRY, KIND_BYTES},
	{"geometrycollection", TYPE_GEOMETRY, KIND_BYTES},
	{"geomcollection", TYPE_GEOMETRY, KIND_BYTES},
	{"vector", TYPE_VECTOR, KIND_BYTES},
};

START_TEST(a_type_is_known_by_its_name)
{
	ck_assert_msg(type_from_name(names[_i].name) == names[_i].type,
		      "%s is of type %d", names[_i].name,
		      (int)type_from_name(names[_i].name));
}
END_TEST

START_TEST(a_type_has_the_kind_of_its_values)
{
	ck_assert_msg(type_kind(names[_i].type) == names[_i].kind,
		      "%s is of kind %d", names[_i].name,
		      (int)type_kind(names[_i].type));
}
END_TEST

START_TEST(what_is_no_type_is_unknown)
{
	ck_assert_int_eq(type_from_name(""), TYPE_UNKNOWN);
	ck_assert_int_eq(type_from_name("xmltype"), TYPE_UNKNOWN);
	ck_assert_int_eq(type_from_name("int(11)"), TYPE_UNKNOWN);
	ck_assert_int_eq(type_from_name("bigint unsigned"), TYPE_UNKNOWN);
	ck_assert_int_eq(type_from_name("inet"), TYPE_UNKNOWN);
	ck_assert_int_eq(type_from_name("int "), TYPE_UNKNOWN);
	ck_assert_int_eq(type_from_name("INT"), TYPE_UNKNOWN);
	ck_assert_int_eq(type_kind(TYPE_UNKNOWN), KIND_NONE);
}
END_TEST

START_TEST(only_characters_of_a_set_have_a_character_set)
{
	ck_assert(type_has_charset(TYPE_CHAR));
	ck_assert(type_has_charset(TYPE_TEXT));
	ck_assert(type_has_charset(TYPE_ENUM));
	ck_assert(type_has_charset(TYPE_SET));
	ck_assert(!type_has_charset(TYPE_JSON));
	ck_assert(!type_has_charset(TYPE_UUID));
	ck_assert(!type_has_charset(TYPE_INET));
	ck_assert(!type_has_charset(TYPE_BINARY));
	ck_assert(!type_has_charset(TYPE_BLOB));
	ck_assert(!type_has_charset(TYPE_INTEGER));
	ck_assert(!type_has_charset(TYPE_UNKNOWN));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("type");
	TCase *tcase = tcase_create("type");
	SRunner *runner = srunner_create(suite);
	const int count = sizeof(names) / sizeof(*names);
	int failed;

	tcase_add_loop_test(tcase, a_type_is_known_by_its_name, 0, count);
	tcase_add_loop_test(tcase, a_type_has_the_kind_of_its_values, 0, count);
	tcase_add_test(tcase, what_is_no_type_is_unknown);
	tcase_add_test(tcase, only_characters_of_a_set_have_a_character_set);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
