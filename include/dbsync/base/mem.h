/*
 * mem.h - memory: small pieces that cannot fail, large ones that can, arenas.
 *
 * mem_* never return NULL: a process that cannot get a few bytes ends with a
 * message, which is survivable at any instant (design D6).  What a server, a
 * file or an option sizes goes through mem_try and its limit.
 *
 * An arena gives pieces that live until the arena is dropped; nobody frees a
 * part.  Models (schema) live in arenas.  An arena belongs to one thread at a
 * time; pieces are plain memory and may be read by any.
 */
#ifndef DBSYNC_BASE_MEM_H
#define DBSYNC_BASE_MEM_H

#include "dbsync/base/error.h"

#include <stddef.h>

void *mem_alloc(size_t size) __attribute__((malloc, returns_nonnull));
void *mem_zero(size_t count, size_t size)
	__attribute__((malloc, returns_nonnull));
void *mem_grow(void *old, size_t size) __attribute__((returns_nonnull));
char *mem_strdup(const char *text) __attribute__((malloc, returns_nonnull));
char *mem_strndup(const char *text, size_t length)
	__attribute__((malloc, returns_nonnull));

/* Grows *where to size bytes; DBS_E_LIMIT above limit or without memory. */
enum dbs_rc mem_try(void **where, size_t size, size_t limit, const char *what,
		    struct dbs_error *err);

/* free(*(void **)where), then NULL: for OWNED on plain memory. */
void mem_drop(void *where);

/* Overwrites a secret in a way that the compiler keeps. */
void mem_wipe(void *secret, size_t size);

struct arena;

struct arena *arena_new(void);
void arena_drop(struct arena **arena);
void *arena_alloc(struct arena *arena, size_t size)
	__attribute__((returns_nonnull));
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t length);
char *arena_printf(struct arena *arena, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
#endif
