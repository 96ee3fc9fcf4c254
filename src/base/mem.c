/*
 * mem.c - see mem.h.  An arena is a list of blocks, each twice the one before
 * up to 1 MiB; a piece that is larger than a block gets one of its own.
 */
#include "dbsync/base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	ARENA_FIRST = 4096,
	ARENA_LARGEST = 1024 * 1024,
	ARENA_ALIGN = 16,
};

struct block {
	struct block *older;
	size_t used;
	size_t size;
	_Alignas(ARENA_ALIGN) char bytes[];
};

struct arena {
	struct block *newest;
};

static _Noreturn void out_of_memory(size_t size)
{
	(void)fprintf(stderr, "dbsync: out of memory (%zu bytes wanted)\n",
		      size);
	/* other threads are at work, so nothing is taken down under them */
	_exit(DBS_STATUS_BUG);
}

void *mem_alloc(size_t size)
{
	void *mem = malloc(size ? size : 1);

	if (!mem)
		out_of_memory(size);
	return mem;
}

void *mem_zero(size_t count, size_t size)
{
	void *mem = calloc(count ? count : 1, size ? size : 1);

	if (!mem)
		out_of_memory(count * size);
	return mem;
}

void *mem_grow(void *old, size_t size)
{
	void *mem = realloc(old, size ? size : 1);

	if (!mem)
		out_of_memory(size);
	return mem;
}

char *mem_strndup(const char *text, size_t length)
{
	char *copy = mem_alloc(length + 1);

	memcpy(copy, text, length);
	copy[length] = '\0';
	return copy;
}

char *mem_strdup(const char *text)
{
	return mem_strndup(text, strlen(text));
}

enum dbs_rc mem_try(void **where, size_t size, size_t limit, const char *what,
		    struct dbs_error *err)
{
	if (size > limit)
		return dbs_fail(err, DBS_E_LIMIT,
				"%s needs %zu bytes, at most %zu are allowed",
				what, size, limit);
	void *mem = realloc(*where, size ? size : 1);

	if (!mem)
		return dbs_fail(err, DBS_E_LIMIT,
				"%s needs %zu bytes, there is no memory left",
				what, size);
	*where = mem;
	return DBS_OK;
}

void mem_drop(void *where)
{
	void **at = where;

	free(*at);
	*at = NULL;
}

void mem_wipe(void *secret, size_t size)
{
	if (secret)
		explicit_bzero(secret, size);
}

struct arena *arena_new(void)
{
	return mem_zero(1, sizeof(struct arena));
}

void arena_drop(struct arena **arena)
{
	if (!*arena)
		return;
	for (struct block *b = (*arena)->newest, *older; b; b = older) {
		older = b->older;
		free(b);
	}
	free(*arena);
	*arena = NULL;
}

static struct block *add_block(struct arena *arena, size_t need)
{
	size_t size = arena->newest ? arena->newest->size * 2 : ARENA_FIRST;

	if (size > ARENA_LARGEST)
		size = ARENA_LARGEST;
	if (size < need)
		size = need;
	struct block *block = mem_alloc(sizeof(*block) + size);

	block->older = arena->newest;
	block->used = 0;
	block->size = size;
	arena->newest = block;
	return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	size_t need = (size + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
	struct block *block = arena->newest;

	if (!block || block->size - block->used < need)
		block = add_block(arena, need);
	void *piece = block->bytes + block->used;

	block->used += need;
	memset(piece, 0, size);
	return piece;
}

char *arena_strndup(struct arena *arena, const char *text, size_t length)
{
	char *copy = arena_alloc(arena, length + 1);

	memcpy(copy, text, length);
	return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
	return arena_strndup(arena, text, strlen(text));
}

char *arena_printf(struct arena *arena, const char *fmt, ...)
{
	va_list args;
	va_list again;

	va_start(args, fmt);
	va_copy(again, args);
	int length = vsnprintf(NULL, 0, fmt, args);

	DBS_BUG(length < 0, "format `%s`", fmt);
	char *text = arena_alloc(arena, (size_t)length + 1);

	(void)vsnprintf(text, (size_t)length + 1, fmt, again);
	va_end(again);
	va_end(args);
	return text;
}
