/* spill.c - see spill.h. */
#include "dbsync/data/spill.h"

#include "dbsync/base/fault.h"
#include "dbsync/base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct spill {
	struct vec parts[SPILL_PARTS]; /* struct hash, what is in memory */
	FILE *files[SPILL_PARTS];      /* what is not; NULL: nothing */
	size_t held;
	size_t limit;
};

struct spill *spill_new(size_t memory_bytes)
{
	struct spill *spill = mem_zero(1, sizeof(*spill));

	for (size_t i = 0; i < SPILL_PARTS; i++)
		spill->parts[i] = (struct vec)VEC_INIT(struct hash);
	spill->limit = memory_bytes / sizeof(struct hash);
	return spill;
}

void spill_drop(struct spill **spill)
{
	if (!*spill)
		return;
	for (size_t i = 0; i < SPILL_PARTS; i++) {
		vec_release(&(*spill)->parts[i]);
		if ((*spill)->files[i])
			(void)fclose((*spill)->files[i]);
	}
	mem_drop(spill);
}

static enum dbs_rc no_room(struct dbs_error *err)
{
	return dbs_fail_errno(err, errno,
			      "cannot write a temporary file (TMPDIR)");
}

static enum dbs_rc write_part(struct spill *spill, size_t i,
			      struct dbs_error *err)
{
	struct vec *part = &spill->parts[i];

	if (!part->count)
		return DBS_OK;
	if (fault_error(FAULT_DATA_SPILL)) {
		errno = ENOSPC;
		return no_room(err);
	}
	if (!spill->files[i])
		spill->files[i] = tmpfile();
	if (!spill->files[i] ||
	    fwrite(part->items, part->item_size, part->count,
		   spill->files[i]) != part->count ||
	    fflush(spill->files[i]))
		return no_room(err);
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

static enum dbs_rc read_part(FILE *file, struct vec *out, struct dbs_error *err)
{
	struct hash hash;

	rewind(file);
	while (fread(&hash, sizeof(hash), 1, file) == 1)
		*(struct hash *)vec_push(out) = hash;
	if (ferror(file))
		return dbs_fail_errno(err, errno,
				      "cannot read a temporary file");
	return DBS_OK;
}

enum dbs_rc spill_sort(struct spill *spill, unsigned part, struct vec *out,
		       struct dbs_error *err)
{
	const struct vec *held = &spill->parts[part];
	enum dbs_rc rc = DBS_OK;

	vec_truncate(out, 0);
	if (spill->files[part])
		rc = read_part(spill->files[part], out, err);
	for (size_t i = 0; i < held->count && !rc; i++)
		*(struct hash *)vec_push(out) = *(
			const struct hash *)vec_at(held, i);
	if (!rc && out->count)
		qsort(out->items, out->count, out->item_size, hash_order);
	return rc;
}
