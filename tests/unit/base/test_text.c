/*
 * The promise under test: patterns match what they say in bounded time, the
 * nearest word is near, and nothing that is shown can touch the terminal.
 */
#include "dbsync/base/text.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool matches(const char *pattern, const char *name)
{
	return text_glob(pattern, name, false);
}

START_TEST(a_pattern_matches_the_whole_name)
{
	ck_assert(matches("orders", "orders"));
	ck_assert(!matches("orders", "orders2"));
	ck_assert(!matches("orders", "my_orders"));
	ck_assert(!matches("orders", "order"));
	ck_assert(matches("", ""));
	ck_assert(!matches("", "a"));
	ck_assert(!matches("a", ""));
}
END_TEST

START_TEST(a_star_matches_any_characters_and_none)
{
	ck_assert(matches("*", ""));
	ck_assert(matches("*", "anything"));
	ck_assert(matches("**", ""));
	ck_assert(matches("temp_*", "temp_"));
	ck_assert(matches("temp_*", "temp_1"));
	ck_assert(!matches("temp_*", "temp"));
	ck_assert(matches("*_log", "a_log_log"));
	ck_assert(matches("a*b*c", "a-b-b-c-c"));
	ck_assert(!matches("a*b*c", "a-c-b"));
	ck_assert(matches("*ab", "aab"));
	ck_assert(matches("*aab*", "aaaab"));
	ck_assert(!matches("a*a", "a"));
}
END_TEST

START_TEST(a_question_mark_matches_one_character)
{
	ck_assert(matches("t?", "t1"));
	ck_assert(!matches("t?", "t"));
	ck_assert(!matches("t?", "t12"));
	ck_assert(matches("caf?", "caf\xC3\xA9"));
	ck_assert(matches("?", "\xF0\x9F\x98\x80"));
	ck_assert(!matches("??", "\xC3\xA9"));
	ck_assert(matches("*?", "\xE2\x82\xAC"));
	ck_assert(!matches("*??", "\xE2\x82\xAC"));
	ck_assert(!matches("*??yz", "\xE2\x82\xACyz"));
	ck_assert(!matches("?", ""));
}
END_TEST

START_TEST(bytes_that_are_not_utf8_are_characters_of_their_own)
{
	ck_assert(matches("?", "\xFF"));
	ck_assert(matches("??", "\xC3x"));
	ck_assert(matches("??", "\xE2\x82"));
	ck_assert(matches("*\xFF", "ab\xFF"));
	ck_assert(!matches("\xC3", "\xC3\xA9"));
	ck_assert(matches("*\xC3", "\xC3"));
}
END_TEST

START_TEST(a_backslash_makes_the_next_character_ordinary)
{
	ck_assert(matches("a\\*b", "a*b"));
	ck_assert(!matches("a\\*b", "axb"));
	ck_assert(matches("a\\?", "a?"));
	ck_assert(!matches("a\\?", "ab"));
	ck_assert(matches("a\\\\", "a\\"));
	ck_assert(matches("\\a", "a"));
	ck_assert(matches("*\\*", "ab*"));
	ck_assert(!matches("*\\*", "ab"));
	ck_assert(matches("\\\xC3\xA9", "\xC3\xA9"));
	ck_assert(matches("a\\", "a\\"));
	ck_assert(!matches("a\\", "a"));
}
END_TEST

START_TEST(brackets_are_ordinary)
{
	ck_assert(matches("[ab]", "[ab]"));
	ck_assert(!matches("[ab]", "a"));
}
END_TEST

START_TEST(case_is_ignored_on_demand_only_and_in_ascii_only)
{
	ck_assert(!matches("Orders", "orders"));
	ck_assert(text_glob("Orders_*", "oRDERS_x", true));
	ck_assert(!text_glob("[", "{", true));
	ck_assert(!text_glob("@", "`", true));
	ck_assert(!text_glob("\xC3\x89", "\xC3\xA9", true));
	ck_assert(text_equal_nocase("UTF8mb4", "utf8MB4"));
	ck_assert(!text_equal_nocase("utf8", "utf8mb4"));
	ck_assert(!text_equal_nocase("a[", "a{"));
	ck_assert(text_equal_nocase("", ""));
}
END_TEST

START_TEST(patterns_that_explode_elsewhere_take_no_time)
{
	char name[20001];
	char pattern[2001];

	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (size_t i = 0; i + 1 < sizeof(pattern); i += 2)
		memcpy(pattern + i, "*a", 2);
	pattern[sizeof(pattern) - 2] = 'b';
	pattern[sizeof(pattern) - 1] = '\0';
	ck_assert(!matches(pattern, name));
	memset(pattern, '*', sizeof(pattern) - 1);
	ck_assert(matches(pattern, name));
	ck_assert(!matches("a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", name));
}
END_TEST

START_TEST(only_patterns_are_called_patterns)
{
	ck_assert(text_is_glob("temp_*"));
	ck_assert(text_is_glob("t?"));
	ck_assert(text_is_glob("a\\b"));
	ck_assert(!text_is_glob("orders"));
	ck_assert(!text_is_glob("[a]"));
	ck_assert(!text_is_glob(""));
}
END_TEST

static const char *nearest(const char *word)
{
	static const char *const options[] = {
		"exclude-tables", "source", "target", "tables",
		"dry-run",        "port",   "u",      ""};

	return text_nearest(word, options, sizeof(options) / sizeof(*options));
}

START_TEST(a_typo_finds_its_word)
{
	ck_assert_str_eq(nearest("exclude-table"), "exclude-tables");
	ck_assert_str_eq(nearest("excldue-talbes"), "exclude-tables");
	ck_assert_str_eq(nearest("soruce"), "source");
	ck_assert_str_eq(nearest("traget"), "target");
	ck_assert_str_eq(nearest("tabels"), "tables");
	ck_assert_str_eq(nearest("dryrun"), "dry-run");
	ck_assert_str_eq(nearest("SOURCE"), "source");
	ck_assert_str_eq(nearest("prot"), "port");
	ck_assert_str_eq(nearest("u"), "u");
}
END_TEST

START_TEST(a_far_word_finds_nothing)
{
	ck_assert_ptr_null(nearest("verbose"));
	ck_assert_ptr_null(nearest("sxxxce"));
	ck_assert_ptr_null(nearest(""));
	ck_assert_ptr_null(nearest("x"));
	ck_assert_ptr_null(text_nearest("a", NULL, 0));
}
END_TEST

START_TEST(the_nearer_word_wins_and_then_the_first)
{
	static const char *const words[] = {"abcdxx", "abcdex", "abcdey"};

	ck_assert_ptr_eq(text_nearest("abcdef", words, 3), words[1]);
	ck_assert_ptr_eq(text_nearest("abcdey", words, 3), words[2]);
}
END_TEST

START_TEST(distance_counts_characters)
{
	static const char *const words[] = {"\xE2\x82\xAC\xE2\x82\xAC"};

	ck_assert_ptr_eq(text_nearest("\xE2\x82\xAC$", words, 1), words[0]);
}
END_TEST

START_TEST(words_of_any_length_are_no_danger)
{
	char *longer = malloc(100001);
	const char *words[2];

	ck_assert_ptr_nonnull(longer);
	memset(longer, 'a', 100000);
	longer[100000] = '\0';
	words[0] = longer;
	words[1] = longer + 100000 - 128;
	ck_assert_ptr_null(text_nearest(longer, words, 2));
	ck_assert_ptr_eq(text_nearest(words[1], words, 2), words[1]);
	free(longer);
}
END_TEST

/* What text_show makes of it; valid until the next call. */
static const char *shown(const char *text, size_t length, size_t limit)
{
	static char kept[1024];
	struct buf out = BUF_INIT;

	text_show(&out, text, length, limit);
	ck_assert_uint_lt(out.length, sizeof(kept));
	memcpy(kept, out.data, out.length + 1);
	buf_release(&out);
	return kept;
}

static const char *shown_all(const char *text)
{
	return shown(text, strlen(text), 1000);
}

START_TEST(ordinary_text_is_shown_as_it_is)
{
	ck_assert_str_eq(shown_all("it's 100% <ok> `x`"), "it's 100% <ok> `x`");
	ck_assert_str_eq(shown_all("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"),
			 "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
	ck_assert_str_eq(shown_all(""), "");
}
END_TEST

START_TEST(escape_sequences_never_reach_the_terminal)
{
	ck_assert_str_eq(shown_all("\x1B[31mred\x1B]0;title\x07"),
			 "\\x1b[31mred\\x1b]0;title\\x07");
	ck_assert_str_eq(shown_all("\xC2\x9B"
				   "31m"),
			 "\\u{009B}31m");
	ck_assert_str_eq(shown_all("\x9B"
				   "31m"),
			 "\\x9b31m");
	ck_assert_str_eq(shown_all("a\x08\x7F"), "a\\x08\\x7f");
	ck_assert_str_eq(shown("a\0b", 3, 100), "a\\x00b");
}
END_TEST

START_TEST(every_control_byte_is_escaped)
{
	char byte = (char)_i;
	const char *text = shown(&byte, 1, 100);

	ck_assert_int_eq(text[0], '\\');
	for (; *text; text++)
		ck_assert(*text > ' ' && *text < 0x7F);
}
END_TEST

/* What is shown can be pasted into a client. */
START_TEST(a_backslash_of_sql_is_one)
{
	static const char sql[] = "COMMENT 'it\\'s'\t\x1B[m";
	struct buf out = BUF_INIT;

	text_show_sql(&out, sql, strlen(sql), 1000);
	ck_assert_str_eq(out.data, "COMMENT 'it\\'s'\\t\\x1b[m");
	buf_release(&out);
}
END_TEST

START_TEST(text_stays_on_its_line)
{
	ck_assert_str_eq(shown_all("a\nb\tc\rd\\n"), "a\\nb\\tc\\rd\\\\n");
	ck_assert_str_eq(shown_all("\xE2\x80\xA8\xE2\x80\xA9\xC2\x85"),
			 "\\u{2028}\\u{2029}\\u{0085}");
}
END_TEST

START_TEST(what_reverses_or_hides_text_is_escaped)
{
	ck_assert_str_eq(shown_all("\xE2\x80\xAE"
				   "gnp.exe"),
			 "\\u{202E}gnp.exe");
	ck_assert_str_eq(shown_all("\xE2\x81\xA6\xD8\x9C"),
			 "\\u{2066}\\u{061C}");
	ck_assert_str_eq(shown_all("a\xE2\x80\x8B"
				   "b\xEF\xBB\xBF"),
			 "a\\u{200B}b\\u{FEFF}");
	ck_assert_str_eq(shown_all("\xF3\xA0\x81\x81"), "\\u{E0041}");
}
END_TEST

START_TEST(what_is_not_utf8_is_shown_byte_by_byte)
{
	ck_assert_str_eq(shown_all("\xFF\xC3("), "\\xff\\xc3(");
	ck_assert_str_eq(shown_all("\xC0\x9B"), "\\xc0\\x9b");
	ck_assert_str_eq(shown_all("\xED\xA0\x80"), "\\xed\\xa0\\x80");
	ck_assert_str_eq(shown("\xE2\x82\xAC", 2, 100), "\\xe2\\x82");
}
END_TEST

START_TEST(long_text_is_cut_with_its_length)
{
	ck_assert_str_eq(shown("abcdef", 6, 6), "abcdef");
	ck_assert_str_eq(shown("abcdef", 6, 5), "abcde…(6 bytes)");
	ck_assert_str_eq(shown("abcdef", 6, 0), "…(6 bytes)");
	ck_assert_str_eq(shown("\xE2\x82\xAC\xE2\x82\xAC", 6, 2),
			 "\xE2\x82\xAC\xE2\x82\xAC");
	ck_assert_str_eq(shown("\xE2\x82\xAC\xE2\x82\xAC", 6, 1),
			 "\xE2\x82\xAC…(6 bytes)");
}
END_TEST

START_TEST(an_escape_is_never_cut)
{
	ck_assert_str_eq(shown("ab\x1B", 3, 6), "ab\\x1b");
	ck_assert_str_eq(shown("ab\x1B", 3, 5), "ab…(3 bytes)");
	ck_assert_str_eq(shown("\n\n", 2, 3), "\\n…(2 bytes)");
}
END_TEST

START_TEST(bytes_are_shown_as_hexadecimal_digits)
{
	struct buf out = BUF_INIT;

	text_show_hex(&out, "\x00\xAB\xFF", 3, 3);
	ck_assert_str_eq(out.data, "0x00abff");
	buf_clear(&out);
	text_show_hex(&out, "\x00\xAB\xFF", 3, 2);
	ck_assert_str_eq(out.data, "0x00ab…(3 bytes)");
	buf_clear(&out);
	text_show_hex(&out, "", 0, 2);
	ck_assert_str_eq(out.data, "0x");
	buf_release(&out);
}
END_TEST

static void check_count(unsigned long long count, const char *expected)
{
	struct buf out = BUF_INIT;

	text_count(&out, count);
	ck_assert_str_eq(out.data, expected);
	buf_release(&out);
}

START_TEST(counts_have_commas)
{
	check_count(0, "0");
	check_count(999, "999");
	check_count(1000, "1,000");
	check_count(1234567, "1,234,567");
	check_count(18446744073709551615ULL, "18,446,744,073,709,551,615");
}
END_TEST

static void check_bytes(double bytes, const char *expected)
{
	struct buf out = BUF_INIT;

	text_bytes(&out, bytes);
	ck_assert_str_eq(out.data, expected);
	buf_release(&out);
}

START_TEST(amounts_have_units)
{
	check_bytes(0, "0 B");
	check_bytes(999, "999 B");
	check_bytes(999.7, "1.0 kB");
	check_bytes(1000, "1.0 kB");
	check_bytes(12345678, "12.3 MB");
	check_bytes(999949, "999.9 kB");
	check_bytes(999951, "1.0 MB");
	check_bytes(1e18, "1.0 EB");
	check_bytes(1e300, ">999 EB");
	check_bytes(-5, "0 B");
	check_bytes((double)NAN, "0 B");
	check_bytes((double)INFINITY, ">999 EB");
}
END_TEST

static void check_seconds(double seconds, const char *expected)
{
	struct buf out = BUF_INIT;

	text_seconds(&out, seconds);
	ck_assert_str_eq(out.data, expected);
	buf_release(&out);
}

START_TEST(times_have_units)
{
	check_seconds(0, "0.0 s");
	check_seconds(3.44, "3.4 s");
	check_seconds(59.94, "59.9 s");
	check_seconds(59.96, "1m00s");
	check_seconds(125, "2m05s");
	check_seconds(3599.6, "1h00m");
	check_seconds(3720, "1h02m");
	check_seconds(86400 * 3 + 3600 * 4, "3d04h");
	check_seconds(-1, "0.0 s");
	check_seconds((double)NAN, "0.0 s");
	check_seconds((double)INFINITY, ">999d");
}
END_TEST

START_TEST(width_is_counted_in_columns)
{
	ck_assert_uint_eq(text_width(""), 0);
	ck_assert_uint_eq(text_width("abc"), 3);
	ck_assert_uint_eq(text_width("\xC3\xA9"), 1);
	ck_assert_uint_eq(text_width("e\xCC\x81"), 1);
	ck_assert_uint_eq(text_width("\xE6\xBC\xA2\xE5\xAD\x97"), 4);
	ck_assert_uint_eq(text_width("\xF0\x9F\x98\x80"), 2);
	ck_assert_uint_eq(text_width("\xE2\x80\x8B"), 0);
	ck_assert_uint_eq(text_width("\xFF\xC3"), 2);
}
END_TEST

static bool valid(const char *text)
{
	return text_is_utf8(text, strlen(text));
}

START_TEST(utf8_has_no_overlong_forms_and_no_surrogates)
{
	ck_assert(valid("a\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF"));
	ck_assert(valid("\xED\x9F\xBF\xEE\x80\x80"));
	ck_assert(valid("\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"));
	ck_assert(text_is_utf8("a\0b", 3));
	ck_assert(!valid("\x80"));
	ck_assert(!valid("\xC1\xBF"));
	ck_assert(!valid("\xE0\x9F\xBF"));
	ck_assert(!valid("\xED\xA0\x80"));
	ck_assert(!valid("\xED\xBF\xBF"));
	ck_assert(!valid("\xF0\x8F\xBF\xBF"));
	ck_assert(!valid("\xF4\x90\x80\x80"));
	ck_assert(!valid("\xF5\x80\x80\x80"));
	ck_assert(!valid("\xC3"));
	ck_assert(!valid("\xE2\x82"));
	ck_assert(!valid("\xE2\x82x"));
	ck_assert(!text_is_utf8("\xE2\x82\xAC", 2));
}
END_TEST

START_TEST(decoding_gives_length_and_code)
{
	uint32_t code = 0;

	ck_assert_uint_eq(text_decode("\xE2\x82\xAC!", 4, &code), 3);
	ck_assert_uint_eq(code, 0x20AC);
	ck_assert_uint_eq(text_decode("\xF4\x8F\xBF\xBF", 4, &code), 4);
	ck_assert_uint_eq(code, 0x10FFFF);
	ck_assert_uint_eq(text_decode("\0", 1, &code), 1);
	ck_assert_uint_eq(code, 0);
	ck_assert_uint_eq(text_decode("a", 0, &code), 0);
	ck_assert_uint_eq(text_decode("\xC3\xA9", 2, NULL), 2);
}
END_TEST

static TCase *glob_case(void)
{
	TCase *tcase = tcase_create("glob");

	tcase_add_test(tcase, a_pattern_matches_the_whole_name);
	tcase_add_test(tcase, a_star_matches_any_characters_and_none);
	tcase_add_test(tcase, a_question_mark_matches_one_character);
	tcase_add_test(tcase,
		       bytes_that_are_not_utf8_are_characters_of_their_own);
	tcase_add_test(tcase, a_backslash_makes_the_next_character_ordinary);
	tcase_add_test(tcase, brackets_are_ordinary);
	tcase_add_test(tcase, case_is_ignored_on_demand_only_and_in_ascii_only);
	tcase_add_test(tcase, patterns_that_explode_elsewhere_take_no_time);
	tcase_add_test(tcase, only_patterns_are_called_patterns);
	return tcase;
}

static TCase *nearest_case(void)
{
	TCase *tcase = tcase_create("nearest");

	tcase_add_test(tcase, a_typo_finds_its_word);
	tcase_add_test(tcase, a_far_word_finds_nothing);
	tcase_add_test(tcase, the_nearer_word_wins_and_then_the_first);
	tcase_add_test(tcase, distance_counts_characters);
	tcase_add_test(tcase, words_of_any_length_are_no_danger);
	return tcase;
}

static TCase *show_case(void)
{
	TCase *tcase = tcase_create("show");

	tcase_add_test(tcase, ordinary_text_is_shown_as_it_is);
	tcase_add_test(tcase, escape_sequences_never_reach_the_terminal);
	tcase_add_loop_test(tcase, every_control_byte_is_escaped, 0, 0x20);
	tcase_add_loop_test(tcase, every_control_byte_is_escaped, 0x7F, 0x100);
	tcase_add_test(tcase, a_backslash_of_sql_is_one);
	tcase_add_test(tcase, text_stays_on_its_line);
	tcase_add_test(tcase, what_reverses_or_hides_text_is_escaped);
	tcase_add_test(tcase, what_is_not_utf8_is_shown_byte_by_byte);
	tcase_add_test(tcase, long_text_is_cut_with_its_length);
	tcase_add_test(tcase, an_escape_is_never_cut);
	tcase_add_test(tcase, bytes_are_shown_as_hexadecimal_digits);
	tcase_add_test(tcase, counts_have_commas);
	tcase_add_test(tcase, amounts_have_units);
	tcase_add_test(tcase, times_have_units);
	tcase_add_test(tcase, width_is_counted_in_columns);
	return tcase;
}

static TCase *utf8_case(void)
{
	TCase *tcase = tcase_create("utf8");

	tcase_add_test(tcase, utf8_has_no_overlong_forms_and_no_surrogates);
	tcase_add_test(tcase, decoding_gives_length_and_code);
	return tcase;
}

int main(void)
{
	Suite *suite = suite_create("text");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, utf8_case());
	suite_add_tcase(suite, glob_case());
	suite_add_tcase(suite, nearest_case());
	suite_add_tcase(suite, show_case());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
