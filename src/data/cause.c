/*
 * cause.c - see cause.h.
 *
 * Texts are held against each other with something left out of both (case,
 * marks, what cannot be seen …): if they are the same then, that is it.
 */
#include "dbsync/data/cause.h"

#include "letters.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/data/json_value.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Both values as texts for people, for numbers and moments. */
struct shown {
	struct buf text[SIDES];
};

static void shown_release(struct shown *shown)
{
	buf_release(&shown->text[SOURCE]);
	buf_release(&shown->text[TARGET]);
}

static struct shown show_both(const struct cause_case *which)
{
	struct shown shown = {{BUF_INIT, BUF_INIT}};

	value_show(&shown.text[SOURCE], which->value[SOURCE], SIZE_MAX);
	value_show(&shown.text[TARGET], which->value[TARGET], SIZE_MAX);
	return shown;
}

static const char *shorter_side(size_t source, size_t target)
{
	return source > target ? "target" : "source";
}

/* ------------------------------------------------------------------------
 * NULL
 * --------------------------------------------------------------------- */

static bool is_empty(const struct cause_case *which, struct value value)
{
	OWNED(buf_release) struct buf text = BUF_INIT;

	if (which->column->kind == KIND_TEXT ||
	    which->column->kind == KIND_BYTES)
		return !value.cell.length;
	value_show(&text, value, SIZE_MAX);
	return !text.data[strspn(text.data, "0-:. ")];
}

static enum cause of_null(const struct cause_case *which, struct buf *out)
{
	const enum side side = which->value[SOURCE].cell.data ? TARGET : SOURCE;
	const struct value other = which->value[side_other(side)];
	const bool is_text = which->column->kind == KIND_TEXT ||
			     which->column->kind == KIND_BYTES;

	buf_addf(out, "NULL on the %s, ", side_name(side));
	if (!is_empty(which, other)) {
		buf_addf(out, "a value on the %s", side_name(side_other(side)));
		return CAUSE_NULL;
	}
	buf_addf(out, "%s on the %s",
		 is_text ? "an empty text, which is not NULL" : "zero",
		 side_name(side_other(side)));
	return CAUSE_NULL_EMPTY;
}

/* ------------------------------------------------------------------------
 * Moments
 * --------------------------------------------------------------------- */

struct moment {
	int64_t year, month, day, hour, minute, second, micro;
	int64_t seconds; /* since some day */
	bool is_zero;    /* of a part that no calendar has */
};

/* Days of the Gregorian calendar, whichever they are counted from. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
	const int64_t y = month <= 2 ? year - 1 : year;
	const int64_t m = month <= 2 ? month + 9 : month - 3;

	return y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day;
}

/* The digits of a text as numbers; how many there are. */
static size_t numbers_of(const char *text, int64_t *out, size_t most)
{
	size_t count = 0;

	while (*text && count < most) {
		char *end = NULL;

		text += strcspn(text, "0123456789");
		if (!*text)
			break;
		out[count++] = strtoll(text, &end, 10);
		text = end;
	}
	return count;
}

static struct moment moment_of(const char *text)
{
	int64_t part[7] = {0};
	struct moment moment = {0};

	(void)numbers_of(text, part, 7);
	moment = (struct moment){part[0], part[1], part[2], part[3], part[4],
				 part[5], part[6], 0,       false};
	moment.is_zero = !moment.year || !moment.month || !moment.day;
	moment.seconds =
		days_of(moment.year, moment.month, moment.day) * 86400 +
		moment.hour * 3600 + moment.minute * 60 + moment.second;
	return moment;
}

static bool is_midnight(const struct moment *moment)
{
	return !moment->hour && !moment->minute && !moment->second &&
	       !moment->micro;
}

/* "the target is 2 h 00 min ahead" */
static void say_offset(struct buf *out, int64_t seconds)
{
	const int64_t apart = seconds < 0 ? -seconds : seconds;

	buf_addf(out,
		 "a time zone: the target is %" PRId64 ":%02" PRId64
		 " h %s the source",
		 apart / 3600, apart % 3600 / 60,
		 seconds < 0 ? "behind" : "ahead of");
}

static bool is_zone(int64_t seconds)
{
	enum { QUARTER = 900, MOST = 14 * 3600 };

	return seconds && seconds % QUARTER == 0 && seconds <= MOST &&
	       seconds >= -MOST;
}

static enum cause of_fraction(const struct moment *a, const struct moment *b,
			      struct buf *out)
{
	const int64_t apart = b->seconds - a->seconds;

	/* cut off, or rounded to the next second */
	if ((a->micro != 0) == (b->micro != 0) || apart > 1 || apart < -1)
		return CAUSE_UNKNOWN;
	buf_addf(out, "the %s has no fractions of seconds",
		 a->micro ? "target" : "source");
	return CAUSE_FRACTION;
}

static enum cause of_moments(const struct cause_case *which, struct buf *out)
{
	OWNED(shown_release) struct shown shown = show_both(which);
	const struct moment a = moment_of(shown.text[SOURCE].data);
	const struct moment b = moment_of(shown.text[TARGET].data);
	const int64_t apart = b.seconds - a.seconds;

	if (a.is_zero != b.is_zero) {
		buf_addf(out,
			 "an invalid date on the %s: it was invalid when it "
			 "was stored",
			 a.is_zero ? "source" : "target");
		return CAUSE_ZERO_DATE;
	}
	if (a.micro == b.micro && is_zone(apart)) {
		say_offset(out, apart);
		return CAUSE_TIME_ZONE;
	}
	if (days_of(a.year, a.month, a.day) ==
		    days_of(b.year, b.month, b.day) &&
	    is_midnight(&a) != is_midnight(&b)) {
		buf_addf(out, "the %s has the date alone",
			 is_midnight(&a) ? "source" : "target");
		return CAUSE_TIME_OF_DAY;
	}
	if (which->is_on_update) {
		buf_adds(out, "ON UPDATE CURRENT_TIMESTAMP: the target set it "
			      "when somebody updated the row there");
		return CAUSE_ON_UPDATE;
	}
	return of_fraction(&a, &b, out);
}

static struct moment time_of(const char *text)
{
	int64_t part[4] = {0};
	struct moment moment = {0};

	(void)numbers_of(text, part, 4);
	moment.seconds = part[0] * 3600 + part[1] * 60 + part[2];
	if (*text == '-')
		moment.seconds = -moment.seconds;
	moment.micro = part[3];
	return moment;
}

static enum cause of_times(const struct cause_case *which, struct buf *out)
{
	OWNED(shown_release) struct shown shown = show_both(which);
	const struct moment a = time_of(shown.text[SOURCE].data);
	const struct moment b = time_of(shown.text[TARGET].data);

	if (a.micro == b.micro && is_zone(b.seconds - a.seconds)) {
		say_offset(out, b.seconds - a.seconds);
		return CAUSE_TIME_ZONE;
	}
	return of_fraction(&a, &b, out);
}

/* ------------------------------------------------------------------------
 * Numbers
 * --------------------------------------------------------------------- */

static long double magnitude(long double number)
{
	return number < 0 ? -number : number;
}

static enum cause of_reals(const struct cause_case *which, struct buf *out)
{
	OWNED(shown_release) struct shown shown = show_both(which);
	const long double a = strtold(shown.text[SOURCE].data, NULL);
	const long double b = strtold(shown.text[TARGET].data, NULL);
	const long double most = magnitude(a) > magnitude(b) ? magnitude(a)
							     : magnitude(b);

	if (!most) {
		buf_adds(out, "0 and -0, which are two floats");
		return CAUSE_MINUS_ZERO;
	}
	/* seven digits are all that a FLOAT has */
	if (magnitude(a - b) <= most * 1e-6L) {
		buf_adds(out, "rounding: only the last digits of a float "
			      "differ");
		return CAUSE_FLOAT;
	}
	if (a == -b) {
		buf_adds(out, "the sign");
		return CAUSE_SIGN;
	}
	return CAUSE_UNKNOWN;
}

/* Digits behind the point, without idle zeros. */
static size_t decimals_of(const char *text)
{
	const char *point = strchr(text, '.');
	size_t count = point ? strlen(point + 1) : 0;

	while (count && point[count] == '0')
		count--;
	return count;
}

static bool is_limit(const char *text)
{
	static const char *const limits[] = {
		"127",        "-128",
		"255",        "32767",
		"-32768",     "65535",
		"8388607",    "-8388608",
		"16777215",   "2147483647",
		"4294967295", "-2147483648",
		"0",          "9223372036854775807",
	};
	const size_t length = strlen(text);

	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++)
		if (!strcmp(text, limits[i]))
			return true;
	/* 9999.99 of a DECIMAL */
	return length > 1 && strspn(text, "-9.") == length;
}

static enum cause of_clipped(const struct shown *shown, long double a,
			     long double b, struct buf *out)
{
	const enum side side = magnitude(a) < magnitude(b) ? SOURCE : TARGET;
	const char *lower = shown->text[side].data;
	const long double higher = side == SOURCE ? b : a;

	/* zero is the limit of what may not be negative */
	if (!is_limit(lower) || (!strcmp(lower, "0") && higher > 0))
		return CAUSE_UNKNOWN;
	buf_addf(out,
		 "the %s has the limit of a narrower type in place of the "
		 "value",
		 side_name(side));
	return CAUSE_CLIPPED;
}

static enum cause of_numbers(const struct cause_case *which, struct buf *out)
{
	OWNED(shown_release) struct shown shown = show_both(which);
	const long double a = strtold(shown.text[SOURCE].data, NULL);
	const long double b = strtold(shown.text[TARGET].data, NULL);
	const size_t here = decimals_of(shown.text[SOURCE].data);
	const size_t there = decimals_of(shown.text[TARGET].data);
	long double unit = 1;

	if (a == -b && a != 0) {
		buf_adds(out, "the sign");
		return CAUSE_SIGN;
	}
	for (size_t i = 0; i < (here < there ? here : there); i++)
		unit /= 10;
	if (here != there && magnitude(a - b) < unit) {
		buf_addf(out, "the %s is rounded to %zu decimals",
			 shorter_side(here, there),
			 here < there ? here : there);
		return CAUSE_SCALE;
	}
	return of_clipped(&shown, a, b, out);
}

/* ------------------------------------------------------------------------
 * Ends
 * --------------------------------------------------------------------- */

static bool all_are(struct cell cell, size_t from, const char *set)
{
	for (size_t i = from; i < cell.length; i++)
		if (!cell.data[i] || !strchr(set, cell.data[i]))
			return false;
	return true;
}

static bool all_are_zero(struct cell cell, size_t from)
{
	for (size_t i = from; i < cell.length; i++)
		if (cell.data[i])
			return false;
	return true;
}

/* Whether the shorter one begins the longer one, or ends it. */
static bool begins(struct cell shorter, struct cell longer)
{
	return !shorter.length ||
	       !memcmp(shorter.data, longer.data, shorter.length);
}

static bool ends(struct cell shorter, struct cell longer)
{
	return !shorter.length ||
	       !memcmp(shorter.data,
		       longer.data + longer.length - shorter.length,
		       shorter.length);
}

static enum cause of_ends(struct cell source, struct cell target,
			  struct buf *out)
{
	const enum side side = source.length > target.length ? SOURCE : TARGET;
	const struct cell shorter = side == SOURCE ? target : source;
	const struct cell longer = side == SOURCE ? source : target;
	const size_t more = longer.length - shorter.length;

	if (!more)
		return CAUSE_UNKNOWN;
	if (begins(shorter, longer) && all_are_zero(longer, shorter.length)) {
		buf_addf(out, "%zu zero bytes at the end on the %s", more,
			 side_name(side));
		return CAUSE_ZERO_BYTES;
	}
	if (begins(shorter, longer) &&
	    all_are(longer, shorter.length, " \t\r\n")) {
		buf_addf(out, "%zu trailing blank%s on the %s", more,
			 more == 1 ? "" : "s", side_name(side));
		return CAUSE_BLANKS_END;
	}
	if (ends(shorter, longer) &&
	    all_are((struct cell){longer.data, more}, 0, " \t\r\n")) {
		buf_addf(out, "%zu leading blank%s on the %s", more,
			 more == 1 ? "" : "s", side_name(side));
		return CAUSE_BLANKS_START;
	}
	return CAUSE_UNKNOWN;
}

static enum cause of_cut(const struct cause_case *which, struct cell source,
			 struct cell target, struct buf *out)
{
	const enum side side = source.length < target.length ? SOURCE : TARGET;
	const struct cell shorter = side == SOURCE ? source : target;
	const struct cell longer = side == SOURCE ? target : source;
	const struct column *own = which->column->on[side];

	/* an empty one is the beginning of everything */
	if (!shorter.length || shorter.length == longer.length ||
	    !begins(shorter, longer))
		return CAUSE_UNKNOWN;
	buf_addf(out, "cut: the %s has the first %zu of %zu bytes",
		 side_name(side), shorter.length, longer.length);
	if (own && own->max_bytes && shorter.length >= own->max_bytes)
		buf_addf(out, ", which is what its %s holds", own->type_text);
	else if (which->column->kind == KIND_TEXT &&
		 longer.data[shorter.length] >= 0xF0)
		buf_adds(out, ", up to a character of four bytes, which utf8 "
			      "of three (utf8mb3) cannot hold");
	return CAUSE_CUT;
}

/* ------------------------------------------------------------------------
 * Texts
 * --------------------------------------------------------------------- */

/* The bytes that a text has in latin1; false: it has other characters. */
static bool as_latin1(struct cell text, struct buf *out)
{
	size_t bytes = 0;

	for (size_t at = 0; at < text.length; at += bytes) {
		uint32_t code = 0;

		bytes = text_decode((const char *)text.data + at,
				    text.length - at, &code);
		const int byte = bytes ? letters_latin1(code) : -1;

		if (byte < 0)
			return false;
		buf_addc(out, (char)byte);
	}
	return true;
}

static bool is_encoded_again(struct cell text, struct cell plain)
{
	OWNED(buf_release) struct buf bytes = BUF_INIT;

	return text.length > plain.length && as_latin1(text, &bytes) &&
	       bytes.length == plain.length &&
	       !memcmp(bytes.data, plain.data, plain.length);
}

static enum cause of_encoding(struct cell source, struct cell target,
			      struct buf *out)
{
	const enum side side = is_encoded_again(source, target) ? SOURCE
								: TARGET;

	if (side != SOURCE && !is_encoded_again(target, source))
		return CAUSE_UNKNOWN;
	buf_addf(out,
		 "double encoding: on the %s the UTF-8 was read as latin1 and "
		 "written as UTF-8 again",
		 side_name(side));
	return CAUSE_ENCODED_TWICE;
}

static bool is_question(uint32_t code)
{
	enum { REPLACEMENT = 0xFFFD };

	return code == '?' || code == REPLACEMENT;
}

/* Whether all that differs are characters that became question marks. */
static bool is_replaced(struct cell text, struct cell by)
{
	size_t i = 0;
	size_t k = 0;
	bool is_any = false;

	while (i < text.length && k < by.length) {
		uint32_t code = 0;
		uint32_t other = 0;
		const size_t here = text_decode((const char *)text.data + i,
						text.length - i, &code);
		const size_t there = text_decode((const char *)by.data + k,
						 by.length - k, &other);

		if (!here || !there ||
		    (code != other && (code <= 0x7F || !is_question(other))))
			return false;
		is_any = is_any || code != other;
		i += here;
		k += there;
	}
	return is_any && i == text.length && k == by.length;
}

static enum cause of_replaced(struct cell source, struct cell target,
			      struct buf *out)
{
	const bool is_target = is_replaced(source, target);

	if (!is_target && !is_replaced(target, source))
		return CAUSE_UNKNOWN;
	buf_addf(out,
		 "characters that became `?` on the %s: its character set, or "
		 "that of a connection, lacks them",
		 is_target ? "target" : "source");
	return CAUSE_REPLACED;
}

enum fold {
	FOLD_LINE_ENDS = 1,
	FOLD_UNSEEN = 2,
	FOLD_PARTS = 4,
	FOLD_TWINS = 8,
	FOLD_CASE = 16,
	FOLD_MARKS = 32,
};

static void fold_part(uint32_t code, unsigned folds, struct buf *out)
{
	const uint32_t twin = letters_twin(code);

	if ((folds & FOLD_MARKS) && letters_is_mark(code))
		return;
	if ((folds & FOLD_TWINS) && twin)
		code = twin;
	if (folds & FOLD_CASE)
		code = letters_lower(code);
	buf_add(out, &code, sizeof(code));
}

/* The text as code points, with what folds say left out of it. */
static void fold_text(struct cell text, unsigned folds, struct buf *out)
{
	size_t bytes = 0;

	for (size_t at = 0; at < text.length; at += bytes) {
		uint32_t parts[LETTERS_PARTS] = {0};
		size_t count = 1;

		bytes = text_decode((const char *)text.data + at,
				    text.length - at, &parts[0]);
		/* bytes that are no character are none of Unicode's either */
		if (!bytes) {
			parts[0] = 0x80000000u | text.data[at];
			bytes = 1;
		}
		if (((folds & FOLD_LINE_ENDS) && parts[0] == '\r') ||
		    ((folds & FOLD_UNSEEN) && letters_is_unseen(parts[0])))
			continue;
		if (folds & FOLD_PARTS)
			count = letters_parts(parts[0], parts);
		for (size_t i = 0; i < count; i++)
			fold_part(parts[i], folds, out);
	}
}

static bool same_folded(struct cell a, struct cell b, unsigned folds)
{
	OWNED(buf_release) struct buf left = BUF_INIT;
	OWNED(buf_release) struct buf right = BUF_INIT;

	fold_text(a, folds, &left);
	fold_text(b, folds, &right);
	return left.length == right.length &&
	       !memcmp(left.data, right.data, left.length);
}

static enum cause of_folds(struct cell source, struct cell target,
			   struct buf *out)
{
	static const struct {
		unsigned folds;
		enum cause cause;
		const char *text;
	} folds[] = {
		{FOLD_LINE_ENDS, CAUSE_LINE_ENDS,
		 "line ends: \\r\\n on one side, \\n on the other"},
		{FOLD_UNSEEN, CAUSE_UNSEEN,
		 "invisible characters (without width)"},
		{FOLD_PARTS, CAUSE_NORMALISATION,
		 "Unicode normalisation: a letter as one character and as its "
		 "parts"},
		{FOLD_TWINS, CAUSE_LOOK_ALIKE, "characters that look alike"},
		{FOLD_CASE, CAUSE_CASE, "upper and lower case"},
		{FOLD_PARTS | FOLD_MARKS, CAUSE_ACCENTS, "accents"},
		{FOLD_LINE_ENDS | FOLD_UNSEEN | FOLD_PARTS | FOLD_TWINS |
			 FOLD_CASE | FOLD_MARKS,
		 CAUSE_SEVERAL,
		 "several of: case, accents, look-alikes, line endings, "
		 "invisible characters"},
	};

	for (size_t i = 0; i < sizeof(folds) / sizeof(*folds); i++) {
		if (!same_folded(source, target, folds[i].folds))
			continue;
		buf_adds(out, folds[i].text);
		return folds[i].cause;
	}
	return CAUSE_UNKNOWN;
}

static bool is_same_json(struct cell a, struct cell b)
{
	return a.length && b.length && strchr("{[", a.data[0]) && a.data[0] &&
	       json_same((const char *)a.data, a.length, (const char *)b.data,
			 b.length);
}

static enum cause of_texts(const struct cause_case *which, struct buf *out)
{
	const struct cell source = which->text[SOURCE];
	const struct cell target = which->text[TARGET];
	enum cause cause = of_ends(source, target, out);

	if (!cause)
		cause = of_encoding(source, target, out);
	if (!cause)
		cause = of_replaced(source, target, out);
	if (!cause && is_same_json(source, target)) {
		buf_adds(out, "the same JSON, written differently");
		return CAUSE_JSON;
	}
	if (!cause)
		cause = of_folds(source, target, out);
	return cause ? cause : of_cut(which, source, target, out);
}

static enum cause of_bytes(const struct cause_case *which, struct buf *out)
{
	const struct cell source = which->value[SOURCE].cell;
	const struct cell target = which->value[TARGET].cell;
	const enum cause cause = of_ends(source, target, out);

	return cause ? cause : of_cut(which, source, target, out);
}

/* ------------------------------------------------------------------------
 * All of them
 * --------------------------------------------------------------------- */

enum cause cause_find(const struct cause_case *which, struct buf *out)
{
	const struct pair_column *column = which->column;

	if (!which->value[SOURCE].cell.data || !which->value[TARGET].cell.data)
		return of_null(which, out);
	if (column->on[TARGET]->is_generated ||
	    column->on[SOURCE]->is_generated) {
		buf_adds(out, "the server computes it, on one side at least: "
			      "compare the definitions");
		return CAUSE_COMPUTED;
	}
	switch (column->kind) {
	case KIND_NUMBER:
		return of_numbers(which, out);
	case KIND_REAL:
		return of_reals(which, out);
	case KIND_MOMENT:
		return of_moments(which, out);
	case KIND_TIME:
		return of_times(which, out);
	case KIND_TEXT:
		if (which->text[SOURCE].data && which->text[TARGET].data)
			return of_texts(which, out);
		return of_bytes(which, out);
	case KIND_BYTES:
	case KIND_NONE:
		break;
	}
	return of_bytes(which, out);
}

const char *cause_word(enum cause cause)
{
	static const char *const words[] = {
		[CAUSE_UNKNOWN] = NULL,
		[CAUSE_NULL_EMPTY] = "null_empty",
		[CAUSE_NULL] = "null",
		[CAUSE_COMPUTED] = "computed",
		[CAUSE_ZERO_DATE] = "zero_date",
		[CAUSE_ON_UPDATE] = "on_update",
		[CAUSE_TIME_ZONE] = "time_zone",
		[CAUSE_FRACTION] = "fraction",
		[CAUSE_TIME_OF_DAY] = "time_of_day",
		[CAUSE_MINUS_ZERO] = "minus_zero",
		[CAUSE_FLOAT] = "float_rounding",
		[CAUSE_SCALE] = "scale",
		[CAUSE_CLIPPED] = "clipped",
		[CAUSE_SIGN] = "sign",
		[CAUSE_ZERO_BYTES] = "zero_bytes",
		[CAUSE_BLANKS_END] = "trailing_blanks",
		[CAUSE_BLANKS_START] = "leading_blanks",
		[CAUSE_ENCODED_TWICE] = "double_encoding",
		[CAUSE_REPLACED] = "replaced",
		[CAUSE_JSON] = "json",
		[CAUSE_LINE_ENDS] = "line_ends",
		[CAUSE_UNSEEN] = "unseen",
		[CAUSE_NORMALISATION] = "normalisation",
		[CAUSE_LOOK_ALIKE] = "look_alike",
		[CAUSE_CASE] = "case",
		[CAUSE_ACCENTS] = "accents",
		[CAUSE_SEVERAL] = "several",
		[CAUSE_CUT] = "cut",
	};

	return words[cause];
}
