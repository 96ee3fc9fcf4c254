/* load_answer.c - see load_answer.h. */
#include "load_answer.h"

#include <stdlib.h>
#include <string.h>

static uint64_t number_after(const char *info, const char *word)
{
	const char *at = info ? strstr(info, word) : NULL;

	return at ? strtoull(at + strlen(word), NULL, 10) : 0;
}

void load_answer_read(const char *info, unsigned warnings,
		      struct load_answer *out)
{
	*out = (struct load_answer){
		.records = number_after(info, "Records: "),
		.skipped = number_after(info, "Skipped: "),
		.warnings = warnings,
	};
}
