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
