/*
 * The promise under test: a schedule means what crontab(5) says.  The oracle counts
 * minutes: each is taken apart by localtime and looked up in sets that are written
 * out here.
 */
#include "dbsync/serve/cron.h"

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct cron read_cron(const char *text)
{
	struct dbs_error err = {0};
	struct cron cron;

	ck_assert_msg(!cron_read(text, &cron, &err), "%s: %s", text, err.text);
	return cron;
}

static time_t at(const char *text)
{
	struct tm tm = {.tm_isdst = -1};

	ck_assert(sscanf(text, "%d-%d-%d %d:%d:%d", &tm.tm_year, &tm.tm_mon,
			 &tm.tm_mday, &tm.tm_hour, &tm.tm_min,
			 &tm.tm_sec) == 6);
	tm.tm_year -= 1900;
	tm.tm_mon--;
	return mktime(&tm);
}

static void expect(const char *schedule, const char *after, const char *wanted)
{
	const struct cron cron = read_cron(schedule);
	const time_t next = cron_next(&cron, at(after));
	struct tm tm;
	char text[32];

	ck_assert(localtime_r(&next, &tm) != NULL);
	(void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	ck_assert_msg(!strcmp(text, wanted), "%s after %s: %s, not %s",
		      schedule, after, text, wanted);
}

static void zone(const char *name)
{
	(void)setenv("TZ", name, 1);
	tzset();
}

START_TEST(schedules_are_those_of_crontab)
{
	zone("UTC0");
	expect("0 4 * * *", "2026-12-01 03:59:59", "2026-12-01 04:00:00");
	expect("0 4 * * *", "2026-12-01 04:00:00", "2026-12-02 04:00:00");
	expect("*/15 * * * *", "2026-12-31 23:45:00", "2027-01-01 00:00:00");
	expect("5-10/5,59 22 * * *", "2026-12-01 22:05:30",
	       "2026-12-01 22:10:00");
	expect("5-10/5,59 22 * * *", "2026-12-01 22:10:00",
	       "2026-12-01 22:59:00");
	expect("0 0 29 2 *", "2026-12-01 00:00:00", "2028-02-29 00:00:00");
	expect("0 0 * Feb SUN", "2026-12-01 00:00:00", "2027-02-07 00:00:00");
	expect("0 0 * * 7", "2026-12-01 00:00:00", "2026-12-06 00:00:00");
	expect("0 0 * * mon-fri", "2026-12-04 00:00:00", "2026-12-07 00:00:00");
	/* either of them, as neither is a star */
	expect("0 0 13 * 5", "2026-12-01 00:00:00", "2026-12-04 00:00:00");
	expect("0 0 13 * 5", "2026-12-11 00:00:00", "2026-12-13 00:00:00");
	/* both of them */
	expect("0 0 */2 * 5", "2026-12-01 00:00:00", "2026-12-11 00:00:00");
	expect("@hourly", "2026-12-01 03:59:59", "2026-12-01 04:00:00");
	expect("@daily", "2026-12-01 03:59:59", "2026-12-02 00:00:00");
	expect("@weekly", "2026-12-01 03:59:59", "2026-12-06 00:00:00");
	expect("@monthly", "2026-12-01 03:59:59", "2027-01-01 00:00:00");
	expect("  0\t4  *  * * ", "2026-12-01 03:59:59", "2026-12-01 04:00:00");
}
END_TEST

START_TEST(what_never_comes_has_no_next_time)
{
	const struct cron cron = read_cron("0 0 30 2 *");

	zone("UTC0");
	ck_assert_int_eq(cron_next(&cron, at("2026-12-01 00:00:00")), 0);
}
END_TEST

START_TEST(clocks_that_are_changed_leave_nothing_out_and_double_nothing)
{
	zone("CET-1CEST,M3.5.0,M10.5.0/3");
	/* from 02:00 to 03:00 */
	expect("30 2 * * *", "2026-03-28 02:30:00", "2026-03-29 03:30:00");
	expect("30 2 * * *", "2026-03-29 03:30:00", "2026-03-30 02:30:00");
	/* from 03:00 to 02:00 */
	const struct cron cron = read_cron("30 2 * * *");
	const time_t first = cron_next(&cron, at("2026-10-24 12:00:00"));
	const time_t second = cron_next(&cron, first);

	ck_assert_int_ge(second - first, 24 * 3600);
	ck_assert_int_le(second - first, 25 * 3600);
}
END_TEST

static bool is_minute(const struct tm *tm, unsigned step, int hour, int weekday)
{
	return tm->tm_min % (int)step == 0 &&
	       (hour < 0 || tm->tm_hour == hour) &&
	       (weekday < 0 || tm->tm_wday == weekday);
}

START_TEST(each_minute_of_half_a_year_is_found_by_counting)
{
	zone("UTC0");
	const struct cron cron = read_cron("*/7 5 * * 3");
	time_t now = at("2026-01-01 00:00:00");
	const time_t end = at("2026-07-01 00:00:00");
	time_t next = cron_next(&cron, now);
	unsigned count = 0;

	for (now += 60; now < end; now += 60) {
		struct tm tm;

		(void)gmtime_r(&now, &tm);
		if (!is_minute(&tm, 7, 5, 3))
			continue;
		ck_assert_int_eq(next, now);
		next = cron_next(&cron, next);
		count++;
	}
	/* 25 or 26 Wednesdays, nine minutes each */
	ck_assert_uint_ge(count, 25 * 9);
}
END_TEST

START_TEST(what_is_no_schedule_is_refused_and_said)
{
	static const struct {
		const char *text;
		const char *says;
	} bad[] = {
		{"", "crontab"},
		{"0 4 * *", "crontab"},
		{"0 4 * * * *", "follows"},
		{"60 4 * * *", "minute"},
		{"-1 4 * * *", "minute"},
		{"0 24 * * *", "hour"},
		{"0 4 0 * *", "day"},
		{"0 4 32 * *", "day"},
		{"0 4 * 13 *", "month"},
		{"0 4 * january *", "month"},
		{"0 4 * * 8", "weekday"},
		{"0 4 * * funday", "weekday"},
		{"5-1 4 * * *", "minute"},
		{"1,,2 4 * * *", "minute"},
		{"1, 4 * * *", "minute"},
		{"*/0 4 * * *", "minute"},
		{"*/x 4 * * *", "minute"},
		{"5/5 4 * * *", "minute"},
		{"99999999999999999999 4 * * *", "minute"},
		{"@reboot", "crontab"},
		{"every day at four o'clock", "minute"},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct dbs_error err = {0};
		struct cron cron;

		ck_assert_int_eq(cron_read(bad[i].text, &cron, &err),
				 DBS_E_USAGE);
		ck_assert_msg(strstr(err.text, bad[i].says), "%s: %s",
			      bad[i].text, err.text);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cron");
	TCase *tests = tcase_create("cron");

	tcase_add_test(tests, schedules_are_those_of_crontab);
	tcase_add_test(tests, what_never_comes_has_no_next_time);
	tcase_add_test(
		tests,
		clocks_that_are_changed_leave_nothing_out_and_double_nothing);
	tcase_add_test(tests, each_minute_of_half_a_year_is_found_by_counting);
	tcase_add_test(tests, what_is_no_schedule_is_refused_and_said);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_NORMAL);
	const int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed != 0;
}
