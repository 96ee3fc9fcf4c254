/*
 * log_moment.c - see log_moment.h.
 *
 *	DATE        3 bytes, little-endian: year << 9 | month << 5 | day
 *	DATETIME2   5 bytes, big-endian, from 0x8000000000 on: (year * 13 + month)
 *	            << 22 | day << 17 | hour << 12 | minute << 6 | second
 *	TIMESTAMP2  4 bytes, big-endian: seconds since 1970
 *	TIME2       3 bytes, big-endian, from 0x800000 on: hour << 12 | minute << 6
 *	            | second; with a fraction the whole is one number, and negative
 *	            as a whole
 *	fractions   of n digits: (n + 1) / 2 bytes, in units of their last digit pair
 *
 * The types of before (7, 11, 12) are those of tables that were made by MySQL
 * 5.5, or with mysql56_temporal_format=OFF; with fractions their size is known
 * to the schema alone, so only those without are read.
 */
#include "log_moment.h"

#include <string.h>
#include <time.h>

struct parts {
	bool is_negative;
	unsigned year, month, day;
	unsigned hour, minute, second;
	uint32_t micros;
};

static uint64_t big(const uint8_t *at, size_t bytes)
{
	uint64_t number = 0;

	for (size_t i = 0; i < bytes; i++)
		number = number << 8 | at[i];
	return number;
}

static uint32_t micros_of(uint64_t fraction, unsigned digits)
{
	static const uint32_t units[] = {0, 10000, 10000, 100, 100, 1, 1};

	return (uint32_t)fraction * units[digits];
}

static void put(uint8_t *at, uint32_t number)
{
	for (unsigned i = 0; i < 4; i++)
		at[i] = (uint8_t)(number >> (8 * i));
}

static size_t write_moment(const struct parts *parts, uint8_t *out)
{
	const bool has_time = parts->hour || parts->minute || parts->second ||
			      parts->micros;

	if (!has_time && !parts->year && !parts->month && !parts->day)
		return 0;
	out[0] = (uint8_t)parts->year;
	out[1] = (uint8_t)(parts->year >> 8);
	out[2] = (uint8_t)parts->month;
	out[3] = (uint8_t)parts->day;
	if (!has_time)
		return 4;
	out[4] = (uint8_t)parts->hour;
	out[5] = (uint8_t)parts->minute;
	out[6] = (uint8_t)parts->second;
	if (!parts->micros)
		return 7;
	put(out + 7, parts->micros);
	return 11;
}

static void take_epoch(uint64_t seconds, struct parts *parts)
{
	const time_t when = (time_t)seconds;
	struct tm date;

	if (!seconds || !gmtime_r(&when, &date))
		return; /* the zero date */
	parts->year = (unsigned)date.tm_year + 1900;
	parts->month = (unsigned)date.tm_mon + 1;
	parts->day = (unsigned)date.tm_mday;
	parts->hour = (unsigned)date.tm_hour;
	parts->minute = (unsigned)date.tm_min;
	parts->second = (unsigned)date.tm_sec;
}

static void take_date(uint64_t number, struct parts *parts)
{
	parts->day = number & 31;
	parts->month = number >> 5 & 15;
	parts->year = (unsigned)(number >> 9);
}

static void take_datetime2(uint64_t biased, struct parts *parts)
{
	const uint64_t number = biased - 0x8000000000;
	const unsigned months = number >> 22 & 0x3ffff;

	parts->year = months / 13;
	parts->month = months % 13;
	parts->day = number >> 17 & 31;
	parts->hour = number >> 12 & 31;
	parts->minute = number >> 6 & 63;
	parts->second = number & 63;
}

/* yyyymmddhhmmss */
static void take_datetime(uint64_t number, struct parts *parts)
{
	const unsigned date = (unsigned)(number / 1000000 % 100000000);
	const unsigned time = (unsigned)(number % 1000000);

	parts->second = time % 100;
	parts->minute = time / 100 % 100;
	parts->hour = time / 10000;
	parts->day = date % 100;
	parts->month = date / 100 % 100;
	parts->year = date / 10000;
}

size_t log_moment(const struct map_column *column, const struct log_cell *cell,
		  uint8_t out[MOMENT_MOST])
{
	struct parts parts = {0};
	const uint8_t *at = cell->data;

	switch (column->type) {
	case LOG_DATE:
	case LOG_NEWDATE:
		take_date(log_number(at, 3), &parts);
		break;
	case LOG_TIMESTAMP:
		take_epoch(log_number(at, 4), &parts);
		break;
	case LOG_TIMESTAMP2:
		take_epoch(big(at, 4), &parts);
		parts.micros = micros_of(big(at + 4, cell->length - 4),
					 column->digits);
		break;
	case LOG_DATETIME:
		take_datetime(log_number(at, 8), &parts);
		break;
	case LOG_DATETIME2:
		take_datetime2(big(at, 5), &parts);
		parts.micros = micros_of(big(at + 5, cell->length - 5),
					 column->digits);
		break;
	default:
		return SIZE_MAX;
	}
	return write_moment(&parts, out);
}

static size_t write_span(const struct parts *parts, uint8_t *out)
{
	if (!parts->hour && !parts->minute && !parts->second && !parts->micros)
		return 0;
	out[0] = parts->is_negative;
	put(out + 1, parts->hour / 24);
	out[5] = (uint8_t)(parts->hour % 24);
	out[6] = (uint8_t)parts->minute;
	out[7] = (uint8_t)parts->second;
	if (!parts->micros)
		return 8;
	put(out + 8, parts->micros);
	return 12;
}

static void take_time2(const struct log_cell *cell, unsigned digits,
		       struct parts *parts)
{
	const unsigned bits = (unsigned)(cell->length - 3) * 8;
	const int64_t biased = (int64_t)big(cell->data, cell->length);
	int64_t number = biased - ((int64_t)0x800000 << bits);

	parts->is_negative = number < 0;
	if (number < 0)
		number = -number;
	parts->micros = micros_of((uint64_t)number & ((1ULL << bits) - 1),
				  digits);
	number >>= bits;
	parts->hour = number >> 12 & 0x3ff;
	parts->minute = number >> 6 & 63;
	parts->second = number & 63;
}

/* hhmmss, signed */
static void take_time(uint32_t logged, struct parts *parts)
{
	const uint32_t sign = 0x800000;

	parts->is_negative = logged & sign;
	const uint32_t number = parts->is_negative ? 2 * sign - logged : logged;

	parts->second = number % 100;
	parts->minute = number / 100 % 100;
	parts->hour = number / 10000;
}

size_t log_span(const struct map_column *column, const struct log_cell *cell,
		uint8_t out[MOMENT_MOST])
{
	struct parts parts = {0};

	if (column->type == LOG_TIME2)
		take_time2(cell, column->digits, &parts);
	else if (column->type == LOG_TIME)
		take_time((uint32_t)log_number(cell->data, 3), &parts);
	else
		return SIZE_MAX;
	return write_span(&parts, out);
}
