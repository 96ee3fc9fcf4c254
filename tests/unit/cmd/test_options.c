/*
 * The promise under test: an option is understood in every form that people
 * write it in, a wrong one is refused with what would be right, and the rows
 * of every command make sense.
 */
#include "dbsync/cmd/options.h"

#include "dbsync/base/text.h"
#include "dbsync/cmd/command.h"
#include "dbsync/data/walk_request.h"

#include <check.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_WORDS = 16, HELP_WIDTH = 80 };

struct sample {
	bool quiet;
	bool loud;
	unsigned number;
	unsigned pause_ms;
	unsigned wait;
	const char *text;
	int choice;
	struct vec list;
	struct vec where;
	struct vec columns;
};

static const char *const words[] = {"auto", "none", "json", NULL};

#define AT(field) offsetof(struct sample, field)

/* clang-format off */
static const struct option_row rows[] = {
	{"quiet", 'q', OPTION_FLAG, AT(quiet), NULL, "q", "G", 0, 0, NULL, NULL},
	{"loud", 'l', OPTION_FLAG, AT(loud), NULL, "l", NULL, 0, 0, NULL, NULL},
	{"number", 'n', OPTION_UNSIGNED, AT(number), "N", "n", NULL, 2, 64, NULL, NULL},
	{"pause", '\0', OPTION_MILLIS, AT(pause_ms), "S", "p", NULL, 0, 3600, NULL, NULL},
	{"wait", 'w', OPTION_UNSIGNED, AT(wait), "S", "w", NULL, 1, 999, NULL, "300"},
	{"text", 't', OPTION_TEXT, AT(text), "T", "t", NULL, 0, 0, NULL, NULL},
	{"choice", '\0', OPTION_CHOICE, AT(choice), "C", "c", NULL, 0, 0, words, NULL},
	{"plain", '\0', OPTION_PRESET, AT(choice), NULL, "p", NULL, 1, 0, NULL, NULL},
	{"list", 'i', OPTION_LIST, AT(list), "L", "l", NULL, 0, 0, NULL, NULL},
	{"where", '\0', OPTION_WHERE, AT(where), "TABLE:EXPR", "w", NULL, 0, 0, NULL, NULL},
	{"columns", '\0', OPTION_COLUMNS, AT(columns), "TABLE.COLUMN", "c", NULL, 0, 0, NULL, NULL},
};
/* clang-format on */

enum { ROWS = sizeof(rows) / sizeof(*rows) };

static struct sample sample;
static struct option_words parsed;
static struct dbs_error err;
static char line[400];

static const struct option_set set = {rows, ROWS, &sample};

static void begin(void)
{
	sample = (struct sample){.list = VEC_INIT(char *),
				 .where = VEC_INIT(struct table_option),
				 .columns = VEC_INIT(struct table_option)};
	parsed = (struct option_words)OPTION_WORDS_INIT;
	err = (struct dbs_error){0};
}

static void end(void)
{
	options_release(rows, ROWS, &sample);
	option_words_release(&parsed);
}

/* Words between spaces; `_` is an empty one. */
static enum dbs_rc parse(const char *text)
{
	char *argv[MOST_WORDS];
	int argc = 0;

	(void)snprintf(line, sizeof(line), "%s", text);
	for (char *at = line; *at; argc++) {
		const size_t length = strcspn(at, " ");
		const bool is_last = !at[length];

		ck_assert_int_lt(argc, MOST_WORDS);
		at[length] = '\0';
		argv[argc] = strcmp(at, "_") != 0 ? at : at + length;
		at += length + !is_last;
	}
	return options_parse(&set, 1, argc, argv, &parsed, &err);
}

static void expect(const char *text)
{
	end();
	begin();
	ck_assert_msg(parse(text) == DBS_OK, "%s: %s", text, err.text);
}

static void refuse(const char *text, const char *message)
{
	end();
	begin();
	ck_assert_msg(parse(text) == DBS_E_USAGE, "%s", text);
	ck_assert_int_eq(err.code, DBS_E_USAGE);
	ck_assert_str_eq(err.text, message);
}

static const char *item(const struct vec *list, size_t i)
{
	return *(const char **)vec_at(list, i);
}

static void expect_option(const struct vec *list, size_t i, const char *pattern,
			  const char *value)
{
	const struct table_option *option = vec_at(list, i);

	ck_assert_str_eq(option->pattern, pattern);
	ck_assert_str_eq(option->value, value);
}

/* ------------------------------------------------------------------------
 * Forms
 * --------------------------------------------------------------------- */

START_TEST(no_words_change_nothing)
{
	static const struct sample untouched;

	ck_assert_int_eq(options_parse(&set, 1, 0, NULL, &parsed, &err),
			 DBS_OK);
	ck_assert_mem_eq(&sample, &untouched, AT(list));
	ck_assert_uint_eq(parsed.operands.count, 0);
}
END_TEST

START_TEST(a_long_option_takes_the_next_word_or_what_follows_its_sign)
{
	expect("--number 7 --text=abc");
	ck_assert_uint_eq(sample.number, 7);
	ck_assert_str_eq(sample.text, "abc");
	expect("--text a=b");
	ck_assert_str_eq(sample.text, "a=b");
	expect("--text=a=b");
	ck_assert_str_eq(sample.text, "a=b");
	expect("--text=");
	ck_assert_str_eq(sample.text, "");
	expect("--text _");
	ck_assert_str_eq(sample.text, "");
}
END_TEST

START_TEST(a_short_option_takes_the_next_word_or_what_follows_it)
{
	expect("-n 7 -tabc");
	ck_assert_uint_eq(sample.number, 7);
	ck_assert_str_eq(sample.text, "abc");
	expect("-n9");
	ck_assert_uint_eq(sample.number, 9);
	expect("-t -n");
	ck_assert_str_eq(sample.text, "-n");
}
END_TEST

START_TEST(short_options_may_stand_together)
{
	expect("-ql");
	ck_assert(sample.quiet);
	ck_assert(sample.loud);
	expect("-qn7");
	ck_assert(sample.quiet);
	ck_assert_uint_eq(sample.number, 7);
	expect("-lqn 8");
	ck_assert(sample.loud);
	ck_assert_uint_eq(sample.number, 8);
	expect("-tql");
	ck_assert_str_eq(sample.text, "ql");
	ck_assert(!sample.quiet);
}
END_TEST

START_TEST(flags_are_off_until_they_are_named)
{
	expect("--quiet");
	ck_assert(sample.quiet);
	ck_assert(!sample.loud);
}
END_TEST

START_TEST(the_last_of_equal_options_wins)
{
	expect("-n 7 --number=8 -n9");
	ck_assert_uint_eq(sample.number, 9);
}
END_TEST

START_TEST(what_is_no_option_is_an_operand)
{
	expect("one -q two --number 3 three");
	ck_assert_uint_eq(parsed.operands.count, 3);
	ck_assert_str_eq(item(&parsed.operands, 0), "one");
	ck_assert_str_eq(item(&parsed.operands, 2), "three");
	expect("- _");
	ck_assert_uint_eq(parsed.operands.count, 2);
	ck_assert_str_eq(item(&parsed.operands, 0), "-");
	ck_assert_str_eq(item(&parsed.operands, 1), "");
}
END_TEST

START_TEST(behind_two_dashes_all_are_operands)
{
	expect("-q -- -l --number -- x");
	ck_assert(sample.quiet);
	ck_assert(!sample.loud);
	ck_assert_uint_eq(parsed.operands.count, 4);
	ck_assert_str_eq(item(&parsed.operands, 0), "-l");
	ck_assert_str_eq(item(&parsed.operands, 2), "--");
	expect("--text -- -q");
	ck_assert_str_eq(sample.text, "--");
	ck_assert(sample.quiet);
}
END_TEST

START_TEST(an_optional_value_is_taken_only_when_it_is_attached)
{
	expect("--wait 5");
	ck_assert_uint_eq(sample.wait, 300);
	ck_assert_str_eq(item(&parsed.operands, 0), "5");
	expect("--wait=5");
	ck_assert_uint_eq(sample.wait, 5);
	expect("-w");
	ck_assert_uint_eq(sample.wait, 300);
	expect("-w7");
	ck_assert_uint_eq(sample.wait, 7);
}
END_TEST

/* ------------------------------------------------------------------------
 * Refusals
 * --------------------------------------------------------------------- */

START_TEST(a_missing_value_is_asked_for)
{
	refuse("--number", "--number needs a value: N");
	refuse("-q -n", "--number needs a value: N");
	refuse("-qn", "--number needs a value: N");
	refuse("--where", "--where needs a value: TABLE:EXPR");
}
END_TEST

START_TEST(a_flag_takes_no_value)
{
	refuse("--quiet=yes", "--quiet takes no value");
	refuse("--quiet=", "--quiet takes no value");
}
END_TEST

START_TEST(an_unknown_option_is_refused_with_the_nearest_one)
{
	refuse("--quite", "there is no option --quite; did you mean --quiet?");
	refuse("--numbr=3", "there is no option --numbr; did you mean "
			    "--number?");
	refuse("--zzzzzz", "there is no option --zzzzzz");
	refuse("--quiet-please", "there is no option --quiet-please");
	refuse("--=3", "there is no option --");
	refuse("-z", "there is no option -z");
	refuse("-qz", "there is no option -z");
}
END_TEST

START_TEST(an_option_is_not_abbreviated)
{
	ck_assert_int_eq(parse("--num 3"), DBS_E_USAGE);
	ck_assert_int_eq(parse("--numbers 3"), DBS_E_USAGE);
}
END_TEST

START_TEST(what_follows_a_refusal_is_not_looked_at)
{
	refuse("--zzzzzz -q --number", "there is no option --zzzzzz");
	ck_assert(!sample.quiet);
}
END_TEST

/* ------------------------------------------------------------------------
 * Values
 * --------------------------------------------------------------------- */

START_TEST(numbers_are_whole_and_in_range)
{
	expect("--number 2");
	expect("--number 64");
	ck_assert_uint_eq(sample.number, 64);
	refuse("--number 1",
	       "--number takes a whole number from 2 to 64, not `1`");
	refuse("--number 65",
	       "--number takes a whole number from 2 to 64, not `65`");
	refuse("--number -5",
	       "--number takes a whole number from 2 to 64, not `-5`");
	refuse("--number 4294967299",
	       "--number takes a whole number from 2 to 64, not `4294967299`");
	refuse("--number 99999999999999999999",
	       "--number takes a whole number from 2 to 64, not "
	       "`99999999999999999999`");
	refuse("--number 18446744073709551619",
	       "--number takes a whole number from 2 to 64, not "
	       "`18446744073709551619`");
	refuse("--number _",
	       "--number takes a whole number from 2 to 64, not ``");
	refuse("--number 7x",
	       "--number takes a whole number from 2 to 64, not `7x`");
	refuse("--number 7.5",
	       "--number takes a whole number from 2 to 64, not `7.5`");
}
END_TEST

START_TEST(a_number_that_is_refused_changes_nothing)
{
	sample.number = 5;
	ck_assert_int_eq(parse("--number 99"), DBS_E_USAGE);
	ck_assert_uint_eq(sample.number, 5);
}
END_TEST

START_TEST(seconds_may_have_a_fraction)
{
	expect("--pause 2");
	ck_assert_uint_eq(sample.pause_ms, 2000);
	expect("--pause 0.25");
	ck_assert_uint_eq(sample.pause_ms, 250);
	expect("--pause 0");
	ck_assert_uint_eq(sample.pause_ms, 0);
	expect("--pause 3600");
	ck_assert_uint_eq(sample.pause_ms, 3600000);
	refuse("--pause 3600.1",
	       "--pause takes S from 0 to 3600, not `3600.1`");
	refuse("--pause -1", "--pause takes S from 0 to 3600, not `-1`");
	refuse("--pause 1s", "--pause takes S from 0 to 3600, not `1s`");
	refuse("--pause nan", "--pause takes S from 0 to 3600, not `nan`");
	refuse("--pause inf", "--pause takes S from 0 to 3600, not `inf`");
	refuse("--pause _", "--pause takes S from 0 to 3600, not ``");
}
END_TEST

START_TEST(seconds_are_exact_to_the_millisecond)
{
	char text[40];

	for (unsigned ms = 0; ms < 5000; ms += 7) {
		(void)snprintf(text, sizeof(text), "--pause=%u.%03u", ms / 1000,
			       ms % 1000);
		expect(text);
		ck_assert_uint_eq(sample.pause_ms, ms);
	}
}
END_TEST

START_TEST(a_choice_is_one_of_its_words)
{
	expect("--choice json");
	ck_assert_int_eq(sample.choice, 2);
	expect("--choice=auto");
	ck_assert_int_eq(sample.choice, 0);
	refuse("--choice yaml",
	       "--choice takes one of auto, none, json, not `yaml`");
	refuse("--choice JSON",
	       "--choice takes one of auto, none, json, not `JSON`");
	refuse("--choice _", "--choice takes one of auto, none, json, not ``");
	/* two names of one setting: the last one that was said */
	expect("--choice json --plain");
	ck_assert_int_eq(sample.choice, 1);
	expect("--plain --choice json");
	ck_assert_int_eq(sample.choice, 2);
	refuse("--plain=1", "--plain takes no value");
	refuse("--choice js", "--choice takes one of auto, none, json, not "
			      "`js`");
}
END_TEST

START_TEST(a_list_is_split_at_commas_and_grows)
{
	expect("--list a,b -ic --list=d*,,e,");
	ck_assert_uint_eq(sample.list.count, 5);
	ck_assert_str_eq(item(&sample.list, 0), "a");
	ck_assert_str_eq(item(&sample.list, 1), "b");
	ck_assert_str_eq(item(&sample.list, 2), "c");
	ck_assert_str_eq(item(&sample.list, 3), "d*");
	ck_assert_str_eq(item(&sample.list, 4), "e");
}
END_TEST

START_TEST(a_condition_may_contain_colons_and_commas)
{
	expect("--where orders:at>='12:30:00',b --where shop.t*:a:b");
	ck_assert_uint_eq(sample.where.count, 2);
	expect_option(&sample.where, 0, "orders", "at>='12:30:00',b");
	expect_option(&sample.where, 1, "shop.t*", "a:b");
	refuse("--where orders", "--where takes TABLE:EXPR, not `orders`");
	refuse("--where :a=1", "--where takes TABLE:EXPR, not `:a=1`");
	refuse("--where orders:", "--where takes TABLE:EXPR, not `orders:`");
	refuse("--where _", "--where takes TABLE:EXPR, not ``");
}
END_TEST

START_TEST(columns_are_named_with_their_tables)
{
	expect("--columns orders.at,shop.t*.b --columns=x.y");
	ck_assert_uint_eq(sample.columns.count, 3);
	expect_option(&sample.columns, 0, "orders", "at");
	expect_option(&sample.columns, 1, "shop.t*", "b");
	expect_option(&sample.columns, 2, "x", "y");
	refuse("--columns at", "--columns takes TABLE.COLUMN, not `at`");
	refuse("--columns .at", "--columns takes TABLE.COLUMN, not `.at`");
	refuse("--columns t.", "--columns takes TABLE.COLUMN, not `t.`");
	refuse("--columns t.a,b,c.d", "--columns takes TABLE.COLUMN, not `b`");
}
END_TEST

START_TEST(released_lists_may_be_released_again)
{
	expect("--list a --where t:x --columns t.c");
	options_release(rows, ROWS, &sample);
	ck_assert_uint_eq(sample.list.count, 0);
	ck_assert_uint_eq(sample.where.count, 0);
	ck_assert_uint_eq(sample.columns.count, 0);
}
END_TEST

/* ------------------------------------------------------------------------
 * The rows of every command
 * --------------------------------------------------------------------- */

static const struct command *const commands[] = {&command_verify};

enum { COMMANDS = sizeof(commands) / sizeof(*commands) };

START_TEST(names_and_letters_of_a_command_are_unique)
{
	const struct command *command = commands[_i];

	for (size_t i = 0; i < command->option_count; i++)
		for (size_t k = 0; k < i; k++) {
			const struct option_row *a = &command->options[i];
			const struct option_row *b = &command->options[k];

			ck_assert_str_ne(a->name, b->name);
			ck_assert_msg(!a->letter || a->letter != b->letter,
				      "-%c is --%s and --%s", a->letter,
				      b->name, a->name);
		}
}
END_TEST

START_TEST(no_two_options_of_a_command_write_to_one_place)
{
	const struct command *command = commands[_i];

	for (size_t i = 0; i < command->option_count; i++) {
		ck_assert_uint_lt(command->options[i].offset,
				  command->options_size);
		for (size_t k = 0; k < i; k++)
			ck_assert_msg(command->options[i].offset !=
					      command->options[k].offset,
				      "--%s and --%s", command->options[i].name,
				      command->options[k].name);
	}
}
END_TEST

START_TEST(names_are_words_with_dashes)
{
	const struct command *command = commands[_i];

	for (size_t i = 0; i < command->option_count; i++) {
		const struct option_row *row = &command->options[i];

		ck_assert_msg(strspn(row->name,
				     "abcdefghijklmnopqrstuvwxyz-") ==
				      strlen(row->name),
			      "--%s", row->name);
		ck_assert_int_ne(*row->name, '-');
		ck_assert(!row->letter || isalpha((unsigned char)row->letter));
	}
}
END_TEST

/* Then nobody can mean anything else by it. */
START_TEST(a_preset_is_a_word_of_a_choice_of_the_same_command)
{
	const struct command *command = commands[_i];

	for (size_t i = 0; i < command->option_count; i++) {
		const struct option_row *row = &command->options[i];
		const struct option_row *choice = NULL;
		size_t words_of_it = 0;

		for (size_t k = 0; k < command->option_count; k++)
			if (command->options[k].kind == OPTION_CHOICE &&
			    option_is_same(row, &command->options[k]))
				choice = &command->options[k];
		if (row->kind != OPTION_PRESET)
			continue;
		ck_assert_msg(choice != NULL, "--%s", row->name);
		while (choice->words[words_of_it])
			words_of_it++;
		ck_assert_msg(row->min < words_of_it, "--%s", row->name);
	}
}
END_TEST

START_TEST(a_metavar_stands_where_a_value_is_taken)
{
	const struct command *command = commands[_i];

	for (size_t i = 0; i < command->option_count; i++) {
		const struct option_row *row = &command->options[i];

		ck_assert_msg((row->metavar == NULL) == option_is_bare(row),
			      "--%s", row->name);
		ck_assert_msg(row->words != NULL || row->kind != OPTION_CHOICE,
			      "--%s", row->name);
		ck_assert_msg(row->words == NULL ||
				      row->kind == OPTION_CHOICE ||
				      row->kind == OPTION_LIST,
			      "--%s", row->name);
		ck_assert_msg(!row->absent || !option_is_bare(row), "--%s",
			      row->name);
	}
}
END_TEST

START_TEST(ranges_of_numbers_are_not_empty)
{
	const struct command *command = commands[_i];

	for (size_t i = 0; i < command->option_count; i++) {
		const struct option_row *row = &command->options[i];
		const bool is_number = row->kind == OPTION_UNSIGNED ||
				       row->kind == OPTION_MILLIS;

		/* of a list, min is the words that it needs */
		ck_assert_msg(is_number ? row->min < row->max : !row->max,
			      "--%s", row->name);
		ck_assert_msg(is_number || !row->min ||
				      row->kind == OPTION_PRESET ||
				      row->kind == OPTION_LIST,
			      "--%s", row->name);
		/* so that a count of seconds in milliseconds fits */
		ck_assert(row->kind != OPTION_MILLIS || row->max < 4000000);
	}
}
END_TEST

START_TEST(every_option_has_a_help_text_and_the_first_a_heading)
{
	const struct command *command = commands[_i];

	ck_assert_ptr_nonnull(command->options[0].group);
	for (size_t i = 0; i < command->option_count; i++)
		ck_assert_msg(command->options[i].help &&
				      *command->options[i].help,
			      "--%s", command->options[i].name);
}
END_TEST

/* Cuts the text into its lines. */
static void expect_narrow(char *text)
{
	for (char *at = text; at; at = strchr(at, '\n')) {
		at += *at == '\n';
		const size_t length = strcspn(at, "\n");
		const char after = at[length];

		at[length] = '\0';
		ck_assert_msg(text_width(at) <= HELP_WIDTH, "%s", at);
		at[length] = after;
	}
}

START_TEST(the_help_fits_on_a_terminal)
{
	const struct command *command = commands[_i];
	struct buf out = BUF_INIT;

	buf_addf(&out, "usage: dbsync %s [OPTIONS] %s\n%s", command->name,
		 command->operands, command->text);
	options_help(command->options, command->option_count, &out);
	expect_narrow(out.data);
	buf_release(&out);
}
END_TEST

START_TEST(the_help_names_every_option)
{
	const struct command *command = commands[_i];
	struct buf out = BUF_INIT;

	options_help(command->options, command->option_count, &out);
	for (size_t i = 0; i < command->option_count; i++) {
		char name[64];

		(void)snprintf(name, sizeof(name), " --%s",
			       command->options[i].name);
		ck_assert_msg(strstr(out.data, name), "%s", name);
	}
	buf_release(&out);
}
END_TEST

START_TEST(the_defaults_of_a_command_are_what_it_would_accept)
{
	const struct command *command = commands[_i];
	char *options = calloc(1, command->options_size);

	ck_assert_ptr_nonnull(options);
	command->defaults(options);
	for (size_t i = 0; i < command->option_count; i++) {
		const struct option_row *row = &command->options[i];
		unsigned value = 0;

		if (row->kind != OPTION_UNSIGNED || row->absent)
			continue;
		memcpy(&value, options + row->offset, sizeof(value));
		ck_assert_msg(value >= row->min && value <= row->max,
			      "--%s is %u", row->name, value);
	}
	options_release(command->options, command->option_count, options);
	free(options);
}
END_TEST

START_TEST(help_says_what_a_row_says)
{
	struct buf out = BUF_INIT;

	options_help(rows, ROWS, &out);
	ck_assert_ptr_nonnull(strstr(out.data, "\nG:\n  -q, --quiet "));
	ck_assert_ptr_nonnull(strstr(out.data, "\n  -n, --number N "));
	ck_assert_ptr_nonnull(strstr(out.data, "\n  -w, --wait[=S] "));
	ck_assert_ptr_nonnull(strstr(out.data, "\n      --pause S "));
	buf_release(&out);
}
END_TEST

static TCase *form_case(void)
{
	TCase *tcase = tcase_create("forms");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, no_words_change_nothing);
	tcase_add_test(
		tcase,
		a_long_option_takes_the_next_word_or_what_follows_its_sign);
	tcase_add_test(tcase,
		       a_short_option_takes_the_next_word_or_what_follows_it);
	tcase_add_test(tcase, short_options_may_stand_together);
	tcase_add_test(tcase, flags_are_off_until_they_are_named);
	tcase_add_test(tcase, the_last_of_equal_options_wins);
	tcase_add_test(tcase, what_is_no_option_is_an_operand);
	tcase_add_test(tcase, behind_two_dashes_all_are_operands);
	tcase_add_test(tcase,
		       an_optional_value_is_taken_only_when_it_is_attached);
	tcase_add_test(tcase, a_missing_value_is_asked_for);
	tcase_add_test(tcase, a_flag_takes_no_value);
	tcase_add_test(tcase,
		       an_unknown_option_is_refused_with_the_nearest_one);
	tcase_add_test(tcase, an_option_is_not_abbreviated);
	tcase_add_test(tcase, what_follows_a_refusal_is_not_looked_at);
	return tcase;
}

static TCase *value_case(void)
{
	TCase *tcase = tcase_create("values");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, numbers_are_whole_and_in_range);
	tcase_add_test(tcase, a_number_that_is_refused_changes_nothing);
	tcase_add_test(tcase, seconds_may_have_a_fraction);
	tcase_add_test(tcase, seconds_are_exact_to_the_millisecond);
	tcase_add_test(tcase, a_choice_is_one_of_its_words);
	tcase_add_test(tcase, a_list_is_split_at_commas_and_grows);
	tcase_add_test(tcase, a_condition_may_contain_colons_and_commas);
	tcase_add_test(tcase, columns_are_named_with_their_tables);
	tcase_add_test(tcase, released_lists_may_be_released_again);
	tcase_add_test(tcase, help_says_what_a_row_says);
	return tcase;
}

static TCase *row_case(void)
{
	TCase *tcase = tcase_create("rows");

	tcase_add_loop_test(tcase, names_and_letters_of_a_command_are_unique, 0,
			    COMMANDS);
	tcase_add_loop_test(tcase,
			    no_two_options_of_a_command_write_to_one_place, 0,
			    COMMANDS);
	tcase_add_loop_test(tcase, names_are_words_with_dashes, 0, COMMANDS);
	tcase_add_loop_test(tcase,
			    a_preset_is_a_word_of_a_choice_of_the_same_command,
			    0, COMMANDS);
	tcase_add_loop_test(tcase, a_metavar_stands_where_a_value_is_taken, 0,
			    COMMANDS);
	tcase_add_loop_test(tcase, ranges_of_numbers_are_not_empty, 0,
			    COMMANDS);
	tcase_add_loop_test(
		tcase, every_option_has_a_help_text_and_the_first_a_heading, 0,
		COMMANDS);
	tcase_add_loop_test(tcase, the_help_fits_on_a_terminal, 0, COMMANDS);
	tcase_add_loop_test(tcase, the_help_names_every_option, 0, COMMANDS);
	tcase_add_loop_test(tcase,
			    the_defaults_of_a_command_are_what_it_would_accept,
			    0, COMMANDS);
	return tcase;
}

int main(void)
{
	Suite *suite = suite_create("options");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, form_case());
	suite_add_tcase(suite, value_case());
	suite_add_tcase(suite, row_case());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
