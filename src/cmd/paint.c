/* paint.c - see paint.h. */
#include "paint.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_painted(FILE *to)
{
	const char *no_color = getenv("NO_COLOR");
	const char *terminal = getenv("TERM");

	return isatty(fileno(to)) && !(no_color && *no_color) && terminal &&
	       *terminal && strcmp(terminal, "dumb") != 0;
}

const char *paint_begin(FILE *to, enum paint paint)
{
	static const char *const codes[] = {
		[PAINT_NONE] = "",         [PAINT_GOOD] = "\033[32m",
		[PAINT_BAD] = "\033[31m",  [PAINT_DOUBT] = "\033[33m",
		[PAINT_FAINT] = "\033[2m",
	};

	return is_painted(to) ? codes[paint] : "";
}

const char *paint_end(FILE *to, enum paint paint)
{
	return paint != PAINT_NONE && is_painted(to) ? "\033[0m" : "";
}

void paint_add(struct buf *out, FILE *to, enum paint paint, const char *text)
{
	buf_addf(out, "%s%s%s", paint_begin(to, paint), text,
		 paint_end(to, paint));
}

enum paint paint_of(const char *verdict)
{
	static const struct {
		const char *word;
		enum paint paint;
	} words[] = {
		{"equal", PAINT_GOOD},
		{"restored", PAINT_GOOD},
		{"different", PAINT_BAD},
		{"missing on target", PAINT_BAD},
		{"missing on source", PAINT_BAD},
		{"incomplete", PAINT_DOUBT},
		{"unverified", PAINT_DOUBT},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!strcmp(words[i].word, verdict))
			return words[i].paint;
	return PAINT_NONE;
}

enum paint paint_of_diff(const char *line)
{
	switch (*line) {
	case '+':
		return PAINT_GOOD;
	case '-':
		return PAINT_BAD;
	case '@':
		return PAINT_FAINT;
	default:
		return PAINT_NONE;
	}
}
