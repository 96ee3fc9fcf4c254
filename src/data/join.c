/* join.c - see join.h. */
#include "join.h"

void join_ranges(struct vec *ranges, join_choice is_joined, const void *context)
{
	size_t kept = 0;

	for (size_t i = 1; i < ranges->count; i++) {
		const struct range next = *(struct range *)vec_at(ranges, i);
		struct range *last = vec_at(ranges, kept);

		if (is_joined(context, last, &next, i)) {
			last->high = next.high;
			last->rows += next.rows;
		} else {
			*(struct range *)vec_at(ranges, ++kept) = next;
		}
	}
	if (ranges->count)
		vec_truncate(ranges, kept + 1);
}
