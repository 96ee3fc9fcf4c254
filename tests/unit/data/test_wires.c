/*
 * The promise under test: bytes of one kind are never read as another, whatever
 * a server says of the columns that it gives.
 */
#include "dbsync/data/wires.h"

#include <check.h>
#include <stdlib.h>

static const struct wire_column integer = {.wire = WIRE_FIXED, .size = 4};
static const struct wire_column natural = {
	.wire = WIRE_FIXED, .size = 8, .is_unsigned = true};
static const struct wire_column nothing = {.wire = WIRE_FIXED};
static const struct wire_column real = {
	.wire = WIRE_FIXED, .size = 8, .is_double = true};
static const struct wire_column date = {.wire = WIRE_SHORT};
static const struct wire_column span = {.wire = WIRE_SHORT, .is_time = true};
static const struct wire_column text = {.wire = WIRE_STRING};
static const struct wire_column digits = {.wire = WIRE_STRING,
					  .is_decimal = true};
static const struct wire_column *const all[] = {
	&integer, &natural, &nothing, &real, &date, &span, &text, &digits};

enum { ALL = sizeof(all) / sizeof(*all) };

static const struct {
	enum type type;
	bool is_unsigned;
	bool by_number;
	const struct wire_column *fit[3]; /* and no other */
} types[] = {
	{TYPE_INTEGER, false, false, {&integer}},
	{TYPE_INTEGER, true, false, {&natural}},
	{TYPE_DECIMAL, false, false, {&digits}},
	{TYPE_FLOAT, false, false, {&real}},
	{TYPE_DOUBLE, false, false, {&real}},
	{TYPE_BIT, false, false, {&text}},
	{TYPE_YEAR, false, false, {&integer, &natural}},
	{TYPE_DATE, false, false, {&date}},
	{TYPE_TIMESTAMP, false, false, {&date}},
	{TYPE_TIME, false, false, {&span}},
	{TYPE_CHAR, false, false, {&text}},
	{TYPE_ENUM, false, false, {&text}},
	{TYPE_ENUM, false, true, {&integer, &natural}},
	{TYPE_SET, false, true, {&integer, &natural}},
	{TYPE_JSON, false, false, {&text}},
	{TYPE_BLOB, false, false, {&text}},
	{TYPE_GEOMETRY, false, false, {&text}},
};

START_TEST(a_type_comes_in_its_own_way_and_in_no_other)
{
	const struct column column = {.type = types[_i].type,
				      .is_unsigned = types[_i].is_unsigned};

	for (size_t i = 0; i < ALL; i++) {
		bool fits = false;

		for (size_t k = 0; k < 3; k++)
			fits = fits || types[_i].fit[k] == all[i];
		ck_assert_msg(wires_fit(all[i], &column, types[_i].by_number) ==
				      fits,
			      "way %zu", i);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("wires");
	TCase *tcase = tcase_create("wires");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, a_type_comes_in_its_own_way_and_in_no_other,
			    0, sizeof(types) / sizeof(*types));
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
