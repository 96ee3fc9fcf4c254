/* answer.c - see answer.h. */
#include "dbsync/db/answer.h"

#include "dbsync/base/error.h"

#include <string.h>

enum { MOST_DIGITS = 20 }; /* of 64 bits */

static const char *letters_of(const char *form)
{
	return *form == '1' || *form == '?' ? form + 1 : form;
}

static bool is_open(const char *letters)
{
	const size_t length = strlen(letters);

	return length && letters[length - 1] == '*';
}

bool answer_columns(const char *form, size_t width, struct buf *why)
{
	if (!form)
		return true;
	const char *letters = letters_of(form);
	const bool takes_more = is_open(letters);
	const size_t wanted = strlen(letters) - takes_more;

	if (takes_more ? width >= wanted && width : width == wanted)
		return true;
	buf_addf(why, "%zu columns, expected %s%zu", width,
		 takes_more ? "at least " : "", wanted ? wanted : 1);
	return false;
}

static bool is_number(const char *text, size_t length)
{
	return length && length <= MOST_DIGITS &&
	       strspn(text, "0123456789") == length;
}

/* Of a name that is written into statements as it is. */
static bool is_word(const char *text, size_t length)
{
	return strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwx"
			    "yz0123456789_") == length;
}

/* What a letter asks for, and whether the text is such. */
static bool is_as_asked(char letter, const char *text, size_t length,
			const char **expected_out)
{
	switch (letter) {
	case 't':
	case 'T':
		*expected_out = "a text";
		return true;
	case 'n':
	case 'N':
		*expected_out = "digits";
		return text && is_number(text, length);
	case 'w':
	case 'W':
		*expected_out = "a word";
		return text && is_word(text, length);
	default:
		DBS_BUG(true, "letter `%c` of a form", letter);
	}
	return false;
}

bool answer_row(const char *form, size_t row, const char *const *texts,
		const size_t *lengths, struct buf *why)
{
	if (!form)
		return true;
	const char *letters = letters_of(form);

	for (size_t i = 0; letters[i] && letters[i] != '*'; i++) {
		const bool may_lack = letters[i] < 'a';
		const char *expected = "";
		const bool is_right = is_as_asked(letters[i], texts[i],
						  lengths[i], &expected);

		if (texts[i] ? is_right : may_lack)
			continue;
		buf_addf(why, "%s in column %zu of row %zu, expected %s",
			 texts[i] ? "something else" : "NULL", i + 1, row + 1,
			 expected);
		return false;
	}
	return true;
}

bool answer_end(const char *form, size_t rows, struct buf *why)
{
	if (!form || (*form != '1' && *form != '?') || rows == 1 ||
	    (!rows && *form == '?'))
		return true;
	buf_addf(why, "%zu rows, expected %s", rows,
		 *form == '1' ? "one" : "one at most");
	return false;
}
