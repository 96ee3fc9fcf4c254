/*
 * decimal_binary.c - DECIMAL out of its bytes: group by group, from the first
 * digit to the last.
 */
#include "dbsync/binlog/decimal_binary.h"

#include <inttypes.h>
#include <string.h>

enum { GROUP_DIGITS = 9, GROUP_BYTES = 4 };

/* The bytes that so many digits need, of a group that is not full. */
static const uint8_t bytes_of[GROUP_DIGITS] = {0, 1, 1, 2, 2, 3, 3, 4, 4};

static size_t size_of_digits(unsigned digits)
{
	return (size_t)(digits / GROUP_DIGITS) * GROUP_BYTES +
	       bytes_of[digits % GROUP_DIGITS];
}

size_t decimal_binary_size(unsigned precision, unsigned scale)
{
	if (!precision || precision > DECIMAL_BINARY_DIGITS ||
	    scale > precision)
		return 0;
	return size_of_digits(precision - scale) + size_of_digits(scale);
}

/* All digits of a number, with what bytes are still to be read. */
struct groups {
	const uint8_t *at;
	uint8_t flips; /* 0xff in a negative number */
	char digits[DECIMAL_BINARY_DIGITS + 1];
	unsigned count;
};

/* The next group; false: its number has more digits. */
static bool take_group(struct groups *groups, unsigned digits)
{
	const unsigned bytes = digits == GROUP_DIGITS ? GROUP_BYTES
						      : bytes_of[digits];
	uint32_t number = 0;

	for (unsigned i = 0; i < bytes; i++)
		number = number << 8 | (uint8_t)(*groups->at++ ^ groups->flips);
	for (unsigned i = digits; i-- > 0; number /= 10)
		groups->digits[groups->count + i] = (char)('0' + number % 10);
	groups->count += digits;
	return !number;
}

static bool take_all(struct groups *groups, unsigned integer, unsigned scale)
{
	bool fits = take_group(groups, integer % GROUP_DIGITS);

	for (unsigned i = 0; i < integer / GROUP_DIGITS; i++)
		fits = take_group(groups, GROUP_DIGITS) && fits;
	for (unsigned i = 0; i < scale / GROUP_DIGITS; i++)
		fits = take_group(groups, GROUP_DIGITS) && fits;
	return take_group(groups, scale % GROUP_DIGITS) && fits;
}

static void write_digits(struct buf *out, const char *digits, unsigned integer,
			 unsigned scale)
{
	unsigned zeros = 0;

	while (zeros < integer && digits[zeros] == '0')
		zeros++;
	if (zeros == integer)
		buf_addc(out, '0');
	buf_add(out, digits + zeros, integer - zeros);
	if (!scale)
		return;
	buf_addc(out, '.');
	buf_add(out, digits + integer, scale);
}

bool decimal_binary_text(struct buf *out, const uint8_t *data, size_t length,
			 unsigned precision, unsigned scale)
{
	const unsigned char first_bit = 0x80;
	const size_t size = decimal_binary_size(precision, scale);
	uint8_t bytes[(DECIMAL_BINARY_DIGITS / GROUP_DIGITS + 1) * GROUP_BYTES];

	if (!size || length != size)
		return false;
	memcpy(bytes, data, size);
	const bool is_negative = !(bytes[0] & first_bit);
	struct groups groups = {.at = bytes, .flips = is_negative ? 0xff : 0};

	bytes[0] ^= first_bit;
	if (!take_all(&groups, precision - scale, scale))
		return false;
	if (is_negative && strspn(groups.digits, "0") < precision)
		buf_addc(out, '-');
	write_digits(out, groups.digits, precision - scale, scale);
	return true;
}
