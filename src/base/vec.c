/* vec.c - see vec.h. */
#include "dbsync/base/vec.h"

#include "dbsync/base/error.h"
#include "dbsync/base/mem.h"

#include <stdlib.h>
#include <string.h>

void *vec_push(struct vec *vec)
{
	if (vec->count == vec->capacity) {
		vec->capacity = vec->capacity ? vec->capacity * 2 : 8;
		vec->items = mem_grow(vec->items,
				      vec->capacity * vec->item_size);
	}
	char *item = (char *)vec->items + vec->count++ * vec->item_size;

	memset(item, 0, vec->item_size);
	return item;
}

void *vec_insert(struct vec *vec, size_t index)
{
	DBS_BUG(index > vec->count, "item %zu of %zu", index, vec->count);
	const size_t moved = (vec->count - index) * vec->item_size;

	(void)vec_push(vec);
	char *at = (char *)vec->items + index * vec->item_size;

	memmove(at + vec->item_size, at, moved);
	memset(at, 0, vec->item_size);
	return at;
}

size_t vec_search(const struct vec *vec, const void *key,
		  int (*order)(const void *key, const void *item),
		  bool *found_out)
{
	size_t low = 0;
	size_t high = vec->count;

	*found_out = false;
	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const int is = order(key, vec_at(vec, middle));

		*found_out = *found_out || !is;
		if (is > 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void *vec_at(const struct vec *vec, size_t index)
{
	DBS_BUG(index >= vec->count, "item %zu of %zu", index, vec->count);
	return (char *)vec->items + index * vec->item_size;
}

void vec_truncate(struct vec *vec, size_t count)
{
	DBS_BUG(count > vec->count, "truncating %zu items to %zu", vec->count,
		count);
	vec->count = count;
}

void vec_release(struct vec *vec)
{
	free(vec->items);
	vec->items = NULL;
	vec->count = 0;
	vec->capacity = 0;
}
