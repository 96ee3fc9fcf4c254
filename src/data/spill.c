/* spill.c - see spill.h. */
#include "dbsync/data/spill.h"

#include "dbsync/base/fault.h"
#include "dbsync/base/file.h"
#include "dbsync/base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of one part, sorted: 4,000 million rows when all parts are as large. */
static const size_t MOST_SORTED = (size_t)1 << 31;

struct spill {
	struct vec parts[SPILL_PARTS]; /* struct hash, what is in memory */
	int files[SPILL_PARTS];        /* what is not; -1: nothing */
	uint64_t bytes[SPILL_PARTS];   /* in them */
	size_t held;
	size_t limit;
};

struct spill *spill_new(size_t memory_bytes)
{
	struct spill *spill = mem_zero(1, sizeof(*spill));

	for (size_t i = 0; i < SPILL_PARTS; i++) {
		spill->parts[i] = (struct vec)VEC_INIT(struct hash);
		spill->files[i] = -1;
	}
	spill->limit = memory_bytes / sizeof(struct hash);
	return spill;
}

void spill_drop(struct spill **spill)
{
	if (!*spill)
		return;
	for (size_t i = 0; i < SPILL_PARTS; i++) {
		vec_release(&(*spill)->parts[i]);
		if ((*spill)->files[i] >= 0)
			(void)close((*spill)->files[i]);
	}
	mem_drop(spill);
}

static enum dbs_rc write_part(struct spill *spill, size_t i,
			      struct dbs_error *err)
{
	struct vec *part = &spill->parts[i];
	const size_t bytes = part->count * part->item_size;
	enum dbs_rc rc = DBS_OK;

	if (!part->count)
		return DBS_OK;
	if (fault_error(FAULT_DATA_SPILL))
		return dbs_fail_errno(err, ENOSPC,
				      "cannot write a temporary file (TMPDIR)");
	if (spill->files[i] < 0)
		rc = file_open_unnamed(&spill->files[i], err);
	if (!rc)
		rc = file_write_at(spill->files[i], part->items, bytes,
				   spill->bytes[i], err);
	if (rc)
		return rc;
	spill->bytes[i] += bytes;
	vec_release(part);
	return DBS_OK;
}

enum dbs_rc spill_add(struct spill *spill, struct hash hash,
		      struct dbs_error *err)
{
	struct vec *part = &spill->parts[hash.high >> 59];

	*(struct hash *)vec_push(part) = hash;
	if (++spill->held < spill->limit)
		return DBS_OK;
	spill->held = 0;
	for (size_t i = 0; i < SPILL_PARTS; i++) {
		enum dbs_rc rc = write_part(spill, i, err);

		if (rc)
			return rc;
	}
	return DBS_OK;
}

int hash_order(const void *a, const void *b)
{
	const struct hash *left = a;
	const struct hash *right = b;

	if (left->high != right->high)
		return left->high < right->high ? -1 : 1;
	return (left->low > right->low) - (left->low < right->low);
}

/* Room for all of a part, which a server sizes. */
static enum dbs_rc make_room(struct vec *out, uint64_t bytes,
			     struct dbs_error *err)
{
	void *room = NULL;
	enum dbs_rc rc = mem_try(&room, bytes, MOST_SORTED,
				 "sorting rows without a key", err);

	if (rc)
		return rc;
	vec_release(out);
	out->items = room;
	out->capacity = bytes / out->item_size;
	return DBS_OK;
}

enum dbs_rc spill_sort(struct spill *spill, unsigned part, struct vec *out,
		       struct dbs_error *err)
{
	const struct vec *held = &spill->parts[part];
	const size_t held_bytes = held->count * held->item_size;
	const uint64_t written = spill->bytes[part];

	vec_truncate(out, 0);
	if (!written && !held_bytes)
		return DBS_OK;
	enum dbs_rc rc = make_room(out, written + held_bytes, err);

	if (!rc && written)
		rc = file_read_at(spill->files[part], out->items, written, 0,
				  err);
	if (rc)
		return rc;
	if (held_bytes)
		memcpy((char *)out->items + written, held->items, held_bytes);
	out->count = out->capacity;
	qsort(out->items, out->count, out->item_size, hash_order);
	return DBS_OK;
}
