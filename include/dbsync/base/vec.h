/*
 * vec.h - an array that grows, of items of one size.
 *
 * VEC_INIT(struct thing), then vec_push gives a zeroed new item (valid until
 * the next push), vec_at an existing one.  vec_release frees the array, not
 * what the items point to.
 */
#ifndef DBSYNC_BASE_VEC_H
#define DBSYNC_BASE_VEC_H

#include <stdbool.h>
#include <stddef.h>

struct vec {
	void *items;
	size_t count;
	size_t capacity;
	size_t item_size;
};

#define VEC_INIT(type)                   \
	{                                \
		NULL, 0, 0, sizeof(type) \
	}

void *vec_push(struct vec *vec) __attribute__((returns_nonnull));
/* The same at index, before what is there now. */
void *vec_insert(struct vec *vec, size_t index)
	__attribute__((returns_nonnull));
/*
 * Of items in order: the index of the first that is not before key, which is where
 * it would be inserted.  order: as of qsort, key and item.
 */
size_t vec_search(const struct vec *vec, const void *key,
		  int (*order)(const void *key, const void *item),
		  bool *found_out);
void *vec_at(const struct vec *vec, size_t index);
/* Forgets all items from count on; their memory is kept. */
void vec_truncate(struct vec *vec, size_t count);
void vec_release(struct vec *vec);
#endif
