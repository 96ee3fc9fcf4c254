/*
 * key_set.h - keys of rows, as tuples of literals (literal.h), each once.
 *
 * Who names rows without having read them, as a binary log does, gathers their
 * keys here.  Adding the same key again and again needs no memory.
 */
#ifndef DBSYNC_DATA_KEY_SET_H
#define DBSYNC_DATA_KEY_SET_H

#include "dbsync/data/literal.h"

#include <stdbool.h>
#include <stddef.h>

struct key_set;

struct key_set *key_set_new(void);
void key_set_drop(struct key_set **set);

/* A copy of the tuple: (1,'x'). */
void key_set_add(struct key_set *set, struct slice tuple);

/* As if it were new. */
void key_set_clear(struct key_set *set);

/* Of what is kept, at the moment: at most twice what is needed. */
size_t key_set_bytes(const struct key_set *set);
/* How many different ones; sorts what was added. */
size_t key_set_count(struct key_set *set);

bool key_set_has(struct key_set *set, struct slice tuple);

/*
 * By number, once they were counted and as long as none is added.  Short ones
 * come first, so that numbers are nearly in their order.
 */
struct slice key_set_at(const struct key_set *set, size_t number);
#endif
