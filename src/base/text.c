/*
 * text.c - UTF-8, patterns and near misses; see text.h.  What is written for
 * people is in text_show.c.
 *
 * A pattern needs no recursion: when a `*` is followed by a part that does not
 * match here, it takes one more character, and no earlier `*` has to, because
 * whatever an earlier one could reach the last one reaches too.  That holds
 * only if every `*`, `?` and literal steps from character to character; a byte
 * that is not UTF-8 is therefore a character of its own.
 */
#include "dbsync/base/text.h"

#include <inttypes.h>
#include <string.h>
#include <xxhash.h>

enum { WORD_MAX = 128 };

/* The length that the first byte of a sequence promises; 0: no first byte. */
static size_t promised_length(unsigned char lead)
{
	if (lead < 0x80)
		return 1;
	if (lead >= 0xC2 && lead <= 0xDF)
		return 2;
	if (lead >= 0xE0 && lead <= 0xEF)
		return 3;
	if (lead >= 0xF0 && lead <= 0xF4)
		return 4;
	return 0;
}

/* Whether code is a character that is not written in fewer bytes. */
static bool is_scalar(uint32_t code, size_t bytes)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};

	return code >= least[bytes] && code <= 0x10FFFF &&
	       (code < 0xD800 || code > 0xDFFF);
}

size_t text_decode(const char *text, size_t length, uint32_t *code_out)
{
	size_t count = length ? promised_length((unsigned char)text[0]) : 0;

	if (!count || count > length)
		return 0;
	uint32_t code = (unsigned char)text[0];

	if (count > 1)
		code &= 0x7Fu >> count;
	for (size_t i = 1; i < count; i++) {
		unsigned char next = (unsigned char)text[i];

		if ((next & 0xC0) != 0x80)
			return 0;
		code = code << 6 | (next & 0x3Fu);
	}
	if (!is_scalar(code, count))
		return 0;
	if (code_out)
		*code_out = code;
	return count;
}

/* Bytes of the character at a place that may be the final NUL, at least 1. */
static size_t char_bytes(const char *at)
{
	size_t count = text_decode(at, strnlen(at, 4), NULL);

	return count ? count : 1;
}

static char ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same_bytes(const char *a, const char *b, size_t count,
		       bool ignore_case)
{
	for (size_t i = 0; i < count; i++)
		if (a[i] != b[i] &&
		    !(ignore_case && ascii_lower(a[i]) == ascii_lower(b[i])))
			return false;
	return true;
}

/* Steps both over one character when `?` or a literal takes that of name. */
static bool take_one(const char **pattern, const char **name, bool ignore_case)
{
	const char *wanted = *pattern;
	size_t count = char_bytes(*name);

	if (*wanted == '?') {
		*pattern += 1;
		*name += count;
		return true;
	}
	if (*wanted == '\\' && wanted[1])
		wanted++;
	if (char_bytes(wanted) != count ||
	    !same_bytes(wanted, *name, count, ignore_case))
		return false;
	*pattern = wanted + count;
	*name += count;
	return true;
}

bool text_glob(const char *pattern, const char *name, bool ignore_case)
{
	const char *after_star = NULL;
	const char *star_end = NULL; /* what the last `*` does not take yet */

	while (*name) {
		if (*pattern == '*') {
			after_star = ++pattern;
			star_end = name;
			continue;
		}
		if (take_one(&pattern, &name, ignore_case))
			continue;
		if (!after_star)
			return false;
		star_end += char_bytes(star_end);
		pattern = after_star;
		name = star_end;
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

bool text_is_glob(const char *pattern)
{
	return strpbrk(pattern, "*?\\") != NULL;
}

struct word {
	uint32_t codes[WORD_MAX];
	size_t length;
};

/* Fills in the characters of text, folded; false when they are too many. */
static bool word_read(struct word *word, const char *text)
{
	word->length = 0;
	while (*text) {
		uint32_t code = (unsigned char)ascii_lower(*text);
		size_t count = char_bytes(text);

		if (word->length == WORD_MAX)
			return false;
		if (count > 1)
			(void)text_decode(text, count, &code);
		word->codes[word->length++] = code;
		text += count;
	}
	return true;
}

static size_t least_of(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* The row of the table for the first i of a, from the two rows before it. */
static void fill_row(const struct word *a, const struct word *b, size_t i,
		     size_t *const rows[3])
{
	size_t *now = rows[0];
	const size_t *last = rows[1];
	const size_t *before = rows[2];
	const uint32_t *x = a->codes + i - 1;

	now[0] = i;
	for (size_t j = 1; j <= b->length; j++) {
		const uint32_t *y = b->codes + j - 1;
		size_t cost = least_of(last[j], now[j - 1]) + 1;

		cost = least_of(cost, last[j - 1] + (*x != *y));
		if (i > 1 && j > 1 && x[0] == y[-1] && x[-1] == y[0])
			cost = least_of(cost, before[j - 2] + 1);
		now[j] = cost;
	}
}

/* Insertions, deletions, replacements and swaps of neighbours, 1 each. */
static size_t distance(const struct word *a, const struct word *b)
{
	size_t table[3][WORD_MAX + 1] = {{0}};

	for (size_t j = 0; j <= b->length; j++)
		table[0][j] = j;
	for (size_t i = 1; i <= a->length; i++) {
		size_t *const rows[3] = {table[i % 3], table[(i + 2) % 3],
					 table[(i + 1) % 3]};

		fill_row(a, b, i, rows);
	}
	return table[a->length % 3][b->length];
}

const char *text_nearest(const char *word, const char *const *candidates,
			 size_t count)
{
	struct word typed, other;
	const char *nearest = NULL;

	if (!word_read(&typed, word))
		return NULL;
	/* what is nearer than this is near, and later nearer than the best */
	size_t bound = (typed.length < 3 ? 1 : typed.length / 3) + 1;

	bound = least_of(bound, typed.length);
	for (size_t i = 0; i < count; i++) {
		if (!word_read(&other, candidates[i]))
			continue;
		size_t apart = distance(&typed, &other);

		if (apart < bound) {
			nearest = candidates[i];
			bound = apart;
		}
	}
	return nearest;
}

/* So many bytes of ASCII in front, in steps of eight. */
static size_t ascii_in_front(const char *text, size_t length)
{
	const uint64_t high_bits = 0x8080808080808080;
	uint64_t eight = 0;
	size_t count = 0;

	for (; count + sizeof(eight) <= length; count += sizeof(eight)) {
		memcpy(&eight, text + count, sizeof(eight));
		if (eight & high_bits)
			break;
	}
	return count;
}

bool text_is_utf8(const char *text, size_t length)
{
	while (length) {
		size_t count = ascii_in_front(text, length);

		if (!count)
			count = text_decode(text, length, NULL);
		if (!count)
			return false;
		text += count;
		length -= count;
	}
	return true;
}

bool text_equal_nocase(const char *a, const char *b)
{
	size_t length = strlen(a);

	return length == strlen(b) && same_bytes(a, b, length, true);
}

void text_fingerprint(struct buf *out, const char *text, size_t length)
{
	buf_addf(out, "%016" PRIx64, (uint64_t)XXH3_64bits(text, length));
}

static int digit_value(char digit)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = digit ? strchr(digits, digit | 0x20) : NULL;

	return at ? (int)(at - digits) : -1;
}

bool text_unhex(struct buf *out, const char *digits)
{
	for (; *digits; digits += 2) {
		const int high = digit_value(digits[0]);
		const int low = high < 0 ? -1 : digit_value(digits[1]);

		if (low < 0)
			return false;
		buf_addc(out, (char)(high * 16 + low));
	}
	return true;
}
