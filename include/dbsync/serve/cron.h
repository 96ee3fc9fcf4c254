/*
 * cron.h - when a job is run: the five fields of crontab(5).
 *
 *	minute (0-59)  hour (0-23)  day (1-31)  month (1-12, jan)  weekday (0-7, sun)
 *
 * Each is *, a number, a range 1-5, a list 1,3,5-7, and any of these with a step: a
 * star or a range, `/`, a number.  @hourly, @daily, @midnight, @weekly, @monthly,
 * @yearly and @annually are what they are there.  A day comes when both day and
 * weekday name it; where neither begins with a *, when one of them does.
 *
 * Times are of the local time zone.  A minute that a clock going forward leaves out
 * comes as much later; one that a clock going back has twice comes once.
 */
#ifndef DBSYNC_SERVE_CRON_H
#define DBSYNC_SERVE_CRON_H

#include "dbsync/base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* A bit for each number that a field names. */
struct cron {
	uint64_t minutes;
	uint32_t hours;
	uint32_t days;
	uint32_t months;
	uint32_t weekdays; /* 0: Sunday */
	bool any_day;      /* the field was a * */
	bool any_weekday;
};

/* DBS_E_USAGE names the field and what is wrong with it. */
enum dbs_rc cron_read(const char *text, struct cron *out,
		      struct dbs_error *err);
/* The first time behind after; 0: there is none (the 30th of February). */
time_t cron_next(const struct cron *cron, time_t after);
#endif
