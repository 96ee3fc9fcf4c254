/* outcome.c - see outcome.h. */
#include "outcome.h"

#include <stdio.h>

static struct json_object *kept;
static bool is_collected;

void outcome_give(struct json_object *object, bool is_printed)
{
	if (is_printed && !is_collected)
		(void)puts(json_object_to_json_string_ext(
			object, JSON_C_TO_STRING_PLAIN |
					JSON_C_TO_STRING_NOSLASHESCAPE));
	(void)json_object_put(kept);
	kept = object;
}

void outcome_collect(bool is_on)
{
	is_collected = is_on;
}

struct json_object *outcome_take(void)
{
	struct json_object *object = kept;

	kept = NULL;
	return object;
}
