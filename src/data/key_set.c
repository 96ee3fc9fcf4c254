/*
 * key_set.c - see key_set.h.
 *
 * Tuples lie one behind the other in one piece of memory; when there are twice
 * as many as there were different ones the last time, they are sorted and told
 * apart.
 */
#include "dbsync/data/key_set.h"

#include "dbsync/base/buf.h"
#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/base/vec.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { FEW = 4096 };

struct entry {
	const char *base; /* of all tuples, while they are sorted */
	size_t offset;
	size_t length;
};

struct key_set {
	struct buf text;
	struct vec entries; /* struct entry */
	size_t sorted;      /* the first so many are in order, each once */
	size_t limit;       /* so many are sorted again */
};

struct key_set *key_set_new(void)
{
	struct key_set *set = mem_zero(1, sizeof(*set));

	set->text = (struct buf)BUF_INIT;
	set->entries = (struct vec)VEC_INIT(struct entry);
	set->limit = FEW;
	return set;
}

void key_set_drop(struct key_set **set)
{
	if (!*set)
		return;
	buf_release(&(*set)->text);
	vec_release(&(*set)->entries);
	mem_drop(set);
}

void key_set_clear(struct key_set *set)
{
	buf_release(&set->text);
	vec_release(&set->entries);
	set->sorted = 0;
	set->limit = FEW;
}

static int order_entries(const void *a, const void *b)
{
	const struct entry *left = a;
	const struct entry *right = b;

	if (left->length != right->length)
		return left->length < right->length ? -1 : 1;
	return memcmp(left->base + left->offset, right->base + right->offset,
		      left->length);
}

static void sort(struct key_set *set)
{
	struct entry *entries = set->entries.items;
	OWNED(buf_release) struct buf text = BUF_INIT;
	size_t kept = 0;

	if (set->sorted == set->entries.count)
		return;
	for (size_t i = 0; i < set->entries.count; i++)
		entries[i].base = set->text.data;
	qsort(entries, set->entries.count, sizeof(*entries), order_entries);
	for (size_t i = 0; i < set->entries.count; i++)
		if (!kept || order_entries(&entries[kept - 1], &entries[i]))
			entries[kept++] = entries[i];
	for (size_t i = 0; i < kept; i++) {
		const size_t at = text.length;

		buf_add(&text, set->text.data + entries[i].offset,
			entries[i].length);
		entries[i].offset = at;
	}
	vec_truncate(&set->entries, kept);
	set->sorted = kept;
	set->limit = kept > FEW / 2 ? 2 * kept : FEW;

	const struct buf old = set->text;

	set->text = text;
	text = old;
}

void key_set_add(struct key_set *set, struct slice tuple)
{
	struct entry *entry = vec_push(&set->entries);

	*entry = (struct entry){
		.offset = set->text.length,
		.length = tuple.length,
	};
	buf_add(&set->text, tuple.data, tuple.length);
	if (set->entries.count >= set->limit)
		sort(set);
}

size_t key_set_bytes(const struct key_set *set)
{
	return set->text.length + set->entries.count * sizeof(struct entry);
}

size_t key_set_count(struct key_set *set)
{
	sort(set);
	return set->entries.count;
}

struct slice key_set_at(const struct key_set *set, size_t number)
{
	const struct entry *entry = vec_at(&set->entries, number);

	return (struct slice){set->text.data + entry->offset, entry->length};
}

bool key_set_has(struct key_set *set, struct slice tuple)
{
	const struct entry wanted = {tuple.data, 0, tuple.length};
	size_t from = 0;

	sort(set);
	for (size_t to = set->entries.count; from < to;) {
		const size_t middle = from + (to - from) / 2;
		struct entry entry = *(struct entry *)vec_at(&set->entries,
							     middle);

		entry.base = set->text.data;
		const int order = order_entries(&wanted, &entry);

		if (!order)
			return true;
		if (order < 0)
			to = middle;
		else
			from = middle + 1;
	}
	return false;
}
