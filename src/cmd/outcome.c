/* outcome.c - see outcome.h. */
#include "outcome.h"

#include <stdio.h>

void outcome_give(struct outcome *outcome, struct json_object *object,
		  bool is_printed)
{
	if (is_printed && !outcome->is_collected)
		(void)puts(json_object_to_json_string_ext(
			object, JSON_C_TO_STRING_PLAIN |
					JSON_C_TO_STRING_NOSLASHESCAPE));
	outcome_release(outcome);
	outcome->object = object;
}

void outcome_release(struct outcome *outcome)
{
	(void)json_object_put(outcome->object);
	outcome->object = NULL;
}
