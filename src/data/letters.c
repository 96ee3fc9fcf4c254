/* letters.c - see letters.h. */
#include "letters.h"

#include "letters_composed.h"

#include <stdlib.h>

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

struct twin {
	uint32_t code;
	char ascii;
};

/* clang-format off */
static const struct twin twins[] = {
	{0x0131, 'i'}, {0x0251, 'a'}, {0x0261, 'g'}, {0x02BC, '\''},
	{0x037E, ';'}, {0x0391, 'A'}, {0x0392, 'B'}, {0x0395, 'E'},
	{0x0396, 'Z'}, {0x0397, 'H'}, {0x0399, 'I'}, {0x039A, 'K'},
	{0x039C, 'M'}, {0x039D, 'N'}, {0x039F, 'O'}, {0x03A1, 'P'},
	{0x03A4, 'T'}, {0x03A5, 'Y'}, {0x03A7, 'X'}, {0x03B9, 'i'},
	{0x03BD, 'v'}, {0x03BF, 'o'}, {0x03C1, 'p'}, {0x0405, 'S'},
	{0x0406, 'I'}, {0x0408, 'J'}, {0x0410, 'A'}, {0x0412, 'B'},
	{0x0415, 'E'}, {0x041A, 'K'}, {0x041C, 'M'}, {0x041D, 'H'},
	{0x041E, 'O'}, {0x0420, 'P'}, {0x0421, 'C'}, {0x0422, 'T'},
	{0x0425, 'X'}, {0x0430, 'a'}, {0x0435, 'e'}, {0x043E, 'o'},
	{0x0440, 'p'}, {0x0441, 'c'}, {0x0443, 'y'}, {0x0445, 'x'},
	{0x0455, 's'}, {0x0456, 'i'}, {0x0458, 'j'}, {0x0501, 'd'},
	{0x051B, 'q'}, {0x051D, 'w'}, {0x05F3, '\''}, {0x2010, '-'},
	{0x2011, '-'}, {0x2012, '-'}, {0x2013, '-'}, {0x2014, '-'},
	{0x2018, '\''}, {0x2019, '\''}, {0x201A, ','}, {0x201C, '"'},
	{0x201D, '"'}, {0x2032, '\''}, {0x2044, '/'}, {0x2212, '-'},
	{0x2215, '/'}, {0x2223, '|'}, {0x2236, ':'},
};
/* clang-format on */

static int order_twins(const void *key, const void *item)
{
	const uint32_t code = *(const uint32_t *)key;
	const struct twin *twin = item;

	return (code > twin->code) - (code < twin->code);
}

uint32_t letters_twin(uint32_t code)
{
	/* full width forms are ASCII, moved */
	if (code >= 0xFF01 && code <= 0xFF5E)
		return code - 0xFF01 + '!';
	if (letters_is_blank(code))
		return ' ';
	const struct twin *twin = bsearch(&code, twins, COUNT_OF(twins),
					  sizeof(*twins), order_twins);

	return twin ? (uint32_t)twin->ascii : 0;
}

bool letters_is_blank(uint32_t code)
{
	return code == 0x00A0 || code == 0x1680 ||
	       (code >= 0x2000 && code <= 0x200A) || code == 0x202F ||
	       code == 0x205F || code == 0x3000;
}

bool letters_is_unseen(uint32_t code)
{
	return code == 0x00AD || code == 0x034F ||
	       (code >= 0x200B && code <= 0x200F) ||
	       (code >= 0x2060 && code <= 0x2064) || code == 0xFEFF ||
	       (code >= 0xFE00 && code <= 0xFE0F);
}

bool letters_is_mark(uint32_t code)
{
	return (code >= 0x0300 && code <= 0x036F) ||
	       (code >= 0x1AB0 && code <= 0x1AFF) ||
	       (code >= 0x1DC0 && code <= 0x1DFF) ||
	       (code >= 0x20D0 && code <= 0x20F0) || code == 0x3099 ||
	       code == 0x309A;
}

bool letters_is_ascii(uint32_t code)
{
	return (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z');
}

uint32_t letters_lower(uint32_t code)
{
	if ((code >= 'A' && code <= 'Z') ||
	    (code >= 0x00C0 && code <= 0x00DE && code != 0x00D7) ||
	    (code >= 0x0391 && code <= 0x03A9) ||
	    (code >= 0x0410 && code <= 0x042F))
		return code + 0x20;
	if (code >= 0x0400 && code <= 0x040F)
		return code + 0x50;
	/* pairs of neighbours; those two blocks begin with an odd one */
	if ((code >= 0x0139 && code <= 0x0148) ||
	    (code >= 0x0179 && code <= 0x017E))
		return code + (code & 1);
	if ((code >= 0x0100 && code <= 0x0137) ||
	    (code >= 0x014A && code <= 0x0177) ||
	    (code >= 0x0460 && code <= 0x0481) ||
	    (code >= 0x1E00 && code <= 0x1EFF))
		return code | 1;
	return code;
}

static int order_composed(const void *key, const void *item)
{
	const uint32_t code = *(const uint32_t *)key;
	const uint16_t *entry = item;

	return (code > entry[0]) - (code < entry[0]);
}

/* Syllables of Hangul are composed by arithmetic. */
static size_t hangul_parts(uint32_t code, uint32_t parts[LETTERS_PARTS])
{
	enum { S = 0xAC00, L = 0x1100, V = 0x1161, T = 0x11A7 };
	enum { T_COUNT = 28, N_COUNT = 588 };
	const uint32_t at = code - S;

	parts[0] = L + at / N_COUNT;
	parts[1] = V + at % N_COUNT / T_COUNT;
	parts[2] = T + at % T_COUNT;
	return at % T_COUNT ? 3 : 2;
}

size_t letters_parts(uint32_t code, uint32_t parts[LETTERS_PARTS])
{
	size_t count = 1;

	if (code >= 0xAC00 && code <= 0xD7A3)
		return hangul_parts(code, parts);
	parts[0] = code;
	while (count < LETTERS_PARTS) {
		const uint16_t *entry =
			bsearch(&parts[0], composed, COUNT_OF(composed),
				sizeof(*composed), order_composed);

		if (!entry)
			break;
		parts[0] = entry[1];
		if (!entry[2])
			continue;
		/* the last one taken off stands first of the marks */
		for (size_t i = count++; i > 1; i--)
			parts[i] = parts[i - 1];
		parts[1] = entry[2];
	}
	return count;
}

int letters_latin1(uint32_t code)
{
	/* 0x80 … 0x9F of cp1252; 0: that byte stands for the control */
	static const uint16_t high[32] = {
		0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
		0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017D, 0,
		0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
		0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178,
	};

	for (int i = 0; i < 32; i++)
		if (high[i] == code && code)
			return 0x80 + i;
	if (code > 0xFF)
		return -1;
	return (int)code;
}
