/* Which texts are one expression, wherever they are put. */
#include "dbsync/data/condition.h"

#include <check.h>
#include <string.h>

static const struct {
	const char *text;
	const char *fault; /* words of it; NULL: none */
} conditions[] = {
	{"id > 1", NULL},
	{"(a) OR (b AND (c))", NULL},
	{"name = ')' AND b <> \"(\" AND `x)` = 1", NULL},
	{"name = 'it''s; -- # /*'", NULL},
	{"name = 'a\\') OR (\\''", NULL},
	{"name = \"a\\\") OR (\\\"\"", NULL},
	{"`a``)` = 1", NULL},
	{"a - -1 > 5--3", NULL},
	{"/* why) */ a = 1", NULL},
	{"a IN (SELECT id FROM t /* ( */)", NULL},
	{"v = '\\\\'", NULL},
	{"", "empty"},
	{" \t\n", "empty"},
	{"1=1) OR (1=1", "closes a parenthesis"},
	{"(a", "opens a parenthesis"},
	{"a)", "closes a parenthesis"},
	{"a -- ", "to the end of the line"},
	{"a --", "to the end of the line"},
	{"a --\t) x", "to the end of the line"},
	{"a # b", "to the end of the line"},
	{"a /* b", "comment does not end"},
	{"a */ b", "did not begin"},
	{"a /*! ) OR (1 */", "may execute"},
	{"a /*!50000 ) OR (1 */", "may execute"},
	{"a /*M!100000 ) OR (1 */", "may execute"},
	{"a; DROP TABLE t", "semicolon"},
	{"a = 'b", "text does not end"},
	{"a = 'b\\'", "text does not end"},
	{"a = 'b''", "text does not end"},
	{"a = \"b", "text does not end"},
	{"`a", "name is not terminated"},
	{"`a\\` = ') OR ('", NULL},
};

START_TEST(what_is_no_expression_is_told)
{
	const char *fault = condition_fault(conditions[_i].text);

	if (!conditions[_i].fault)
		ck_assert_pstr_eq(fault, NULL);
	else
		ck_assert_msg(fault && strstr(fault, conditions[_i].fault),
			      "%s: %s", conditions[_i].text,
			      fault ? fault : "no fault");
}
END_TEST

START_TEST(a_fault_is_wrong_use)
{
	struct dbs_error err = {0};

	ck_assert_int_eq(condition_check("1", &err), DBS_OK);
	ck_assert_int_eq(condition_check("1) OR (1", &err), DBS_E_USAGE);
	ck_assert_ptr_nonnull(strstr(err.text, "`1) OR (1`"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("condition");
	TCase *tcase = tcase_create("condition");
	SRunner *runner = srunner_create(suite);

	tcase_add_loop_test(tcase, what_is_no_expression_is_told, 0,
			    sizeof(conditions) / sizeof(*conditions));
	tcase_add_test(tcase, a_fault_is_wrong_use);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	const int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? 1 : 0;
}
