/*
 * The promise under test: the words that shells complete are those that the
 * program takes.
 */
#include "dbsync/cmd/command.h"
#include "dbsync/plan/plan.h"
#include "dbsync/schema/delta.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const struct option_row *row_of(const struct command *command,
				       const char *name)
{
	for (size_t i = 0; i < command->option_count; i++)
		if (!strcmp(command->options[i].name, name))
			return &command->options[i];
	ck_abort_msg("--%s", name);
}

static bool has(const char *const *list, const char *word)
{
	for (size_t i = 0; list[i]; i++)
		if (!strcmp(list[i], word))
			return true;
	return false;
}

static size_t length_of(const char *const *list)
{
	size_t length = 0;

	while (list[length])
		length++;
	return length;
}

/* (an ALTER that is unsafe or unproven has an option of its own) */
START_TEST(words_of_allow_are_those_of_the_guards)
{
	const struct option_row *row = row_of(&command_incremental, "allow");

	for (int i = 0; i < GUARD_KINDS; i++) {
		const char *word = guard_word((enum guard_kind)i);
		const bool is_listed = i != GUARD_UNSAFE && i != GUARD_UNPROVEN;

		ck_assert_msg(has(row->words, word) == is_listed, "%s", word);
		ck_assert_msg(!is_listed || strstr(row->help, word), "%s",
			      word);
	}
	ck_assert_uint_eq(length_of(row->words), GUARD_KINDS - 2);
}
END_TEST

START_TEST(words_of_allow_unsafe_are_those_of_the_hazards)
{
	const struct option_row *row = row_of(&command_incremental,
					      "allow-unsafe");

	for (int i = 1; i < HAZARD_KINDS; i++)
		ck_assert_msg(has(row->words, hazard_word((enum hazard)i)),
			      "%s", hazard_word((enum hazard)i));
	ck_assert(has(row->words, "all"));
	ck_assert_uint_eq(length_of(row->words), HAZARD_KINDS);
}
END_TEST

static const struct command *const with_verbs[] = {
	&command_backups, &command_key, &command_config};

START_TEST(the_usage_names_each_word_of_a_command)
{
	const struct command *command = with_verbs[_i];

	ck_assert_uint_gt(command->verb_count, 1);
	for (size_t i = 0; i < command->verb_count; i++)
		ck_assert_msg(strstr(command->operands,
				     command->verbs[i].name) != NULL,
			      "%s %s", command->name, command->verbs[i].name);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("option_words");
	TCase *tcase = tcase_create("words");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase, words_of_allow_are_those_of_the_guards);
	tcase_add_test(tcase, words_of_allow_unsafe_are_those_of_the_hazards);
	tcase_add_loop_test(tcase, the_usage_names_each_word_of_a_command, 0,
			    3);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
