/*
 * cron.c - see cron.h.
 *
 * The next time is looked for by days, in the calendar; what that minute is in
 * seconds is mktime's to say, which knows when clocks are changed.
 */
#include "dbsync/serve/cron.h"

#include "dbsync/base/buf.h"
#include "dbsync/base/own.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

struct field {
	const char *name;
	unsigned least;
	unsigned most;
	const char *const *words; /* of least, and those that follow */
};

static const char *const months[] = {"jan", "feb", "mar", "apr", "may",
				     "jun", "jul", "aug", "sep", "oct",
				     "nov", "dec", NULL};
static const char *const weekdays[] = {"sun", "mon", "tue", "wed",
				       "thu", "fri", "sat", NULL};

enum { MINUTE, HOUR, DAY, MONTH, WEEKDAY, FIELDS };

static const struct field fields[FIELDS] = {
	{"minute", 0, 59, NULL},     {"hour", 0, 23, NULL},
	{"day", 1, 31, NULL},        {"month", 1, 12, months},
	{"weekday", 0, 7, weekdays},
};

static const struct {
	const char *name;
	const char *is;
} nicknames[] = {
	{"@hourly", "0 * * * *"},   {"@daily", "0 0 * * *"},
	{"@midnight", "0 0 * * *"}, {"@weekly", "0 0 * * 0"},
	{"@monthly", "0 0 1 * *"},  {"@yearly", "0 0 1 1 *"},
	{"@annually", "0 0 1 1 *"},
};

/* ------------------------------------------------------------------------
 * Reading
 * --------------------------------------------------------------------- */

/* A number or a word; false: it is none of the field's. */
static bool take_number(const struct field *field, const char **at,
			unsigned *out)
{
	const char *text = *at;

	*out = 0;
	for (unsigned i = 0; field->words && field->words[i]; i++)
		if (!strncasecmp(text, field->words[i], 3) &&
		    !isalnum((unsigned char)text[3])) {
			*out = field->least + i;
			*at = text + 3;
			return true;
		}
	while (isdigit((unsigned char)**at) && *at - text < 4)
		*out = *out * 10 + (unsigned)(*(*at)++ - '0');
	return *at > text && *out >= field->least && *out <= field->most;
}

/* One of a list: star, number or range, and a step. */
static bool take_part(const struct field *field, const char **at, uint64_t *set)
{
	static const struct field steps = {"step", 1, 9999, NULL};
	unsigned first = field->least;
	unsigned last = field->most;
	unsigned step = 1;
	const bool is_star = **at == '*';

	if (is_star)
		(*at)++;
	else if (!take_number(field, at, &first))
		return false;
	const bool is_range = !is_star && **at == '-';

	if (!is_star)
		last = first;
	if (is_range && ((*at)++, !take_number(field, at, &last)))
		return false;
	if (**at == '/') {
		if (!is_star && !is_range)
			return false;
		(*at)++;
		if (!take_number(&steps, at, &step))
			return false;
	}
	for (unsigned i = first; i <= last; i += step)
		*set |= UINT64_C(1) << i;
	return first <= last;
}

static enum dbs_rc read_field(const struct field *field, const char *text,
			      size_t length, uint64_t *out,
			      struct dbs_error *err)
{
	const char *at = text;
	bool is_good = true;

	*out = 0;
	while (is_good) {
		is_good = take_part(field, &at, out);
		if (!is_good || *at != ',')
			break;
		at++;
	}
	if (is_good && at == text + length)
		return DBS_OK;
	return dbs_fail(err, DBS_E_USAGE,
			"the %s `%.*s` is not *, a number from %u to %u, a "
			"range, a list of these, or a step (*/5)",
			field->name, (int)length, text, field->least,
			field->most);
}

static const char *plain(const char *text)
{
	for (size_t i = 0; i < sizeof(nicknames) / sizeof(*nicknames); i++)
		if (!strcmp(text, nicknames[i].name))
			return nicknames[i].is;
	return text;
}

enum dbs_rc cron_read(const char *text, struct cron *out, struct dbs_error *err)
{
	static const char blanks[] = " \t";
	const char *at = plain(text);
	uint64_t sets[FIELDS];
	bool is_star[FIELDS];
	enum dbs_rc rc = DBS_OK;

	for (int i = 0; i < FIELDS && !rc; i++) {
		at += strspn(at, blanks);
		const size_t length = strcspn(at, blanks);

		if (!length || *at == '@')
			return dbs_fail(err, DBS_E_USAGE,
					"`%s` is no schedule: it takes minute, "
					"hour, day, month and weekday, as "
					"crontab does (\"0 4 * * *\")",
					text);
		is_star[i] = *at == '*';
		rc = read_field(&fields[i], at, length, &sets[i], err);
		at += length;
	}
	if (!rc && at[strspn(at, blanks)])
		return dbs_fail(err, DBS_E_USAGE,
				"`%s` is no schedule: something follows its "
				"five fields",
				text);
	if (rc)
		return rc;
	*out = (struct cron){
		.minutes = sets[MINUTE],
		.hours = (uint32_t)sets[HOUR],
		.days = (uint32_t)sets[DAY],
		.months = (uint32_t)sets[MONTH],
		/* 7 is Sunday, too */
		.weekdays = (uint32_t)((sets[WEEKDAY] | sets[WEEKDAY] >> 7) &
				       0x7f),
		.any_day = is_star[DAY],
		.any_weekday = is_star[WEEKDAY],
	};
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * The next time
 * --------------------------------------------------------------------- */

static bool has(uint64_t set, int number)
{
	return set >> number & 1;
}

static bool is_day(const struct cron *cron, const struct tm *day)
{
	const bool by_day = has(cron->days, day->tm_mday);
	const bool by_weekday = has(cron->weekdays, day->tm_wday);

	if (!has(cron->months, day->tm_mon + 1))
		return false;
	return cron->any_day || cron->any_weekday ? by_day && by_weekday
						  : by_day || by_weekday;
}

/* The first minute of that day behind after; 0: none. */
static time_t first_of(const struct cron *cron, const struct tm *day,
		       time_t after)
{
	for (int hour = 0; hour < 24; hour++) {
		if (!has(cron->hours, hour))
			continue;
		for (int minute = 0; minute < 60; minute++) {
			struct tm at = *day;

			if (!has(cron->minutes, minute))
				continue;
			at.tm_hour = hour;
			at.tm_min = minute;
			at.tm_sec = 0;
			at.tm_isdst = -1;
			const time_t time = mktime(&at);

			if (time != (time_t)-1 && time > after)
				return time;
		}
	}
	return 0;
}

time_t cron_next(const struct cron *cron, time_t after)
{
	/* the 29th of February on one weekday comes again within 40 years */
	enum { MOST_DAYS = 366 * 41 };
	struct tm day;

	if (!localtime_r(&after, &day))
		return 0;
	for (int i = 0; i < MOST_DAYS; i++) {
		const time_t found = is_day(cron, &day)
					     ? first_of(cron, &day, after)
					     : 0;

		if (found)
			return found;
		day.tm_mday++;
		/* noon is there on every day */
		day.tm_hour = 12;
		day.tm_min = 0;
		day.tm_sec = 0;
		day.tm_isdst = -1;
		if (mktime(&day) == (time_t)-1)
			return 0;
	}
	return 0;
}
