/*
 * check.c - see check.h.
 *
 * The trailer is the last line, and its digest covers all before it.  So the
 * last bytes are held back until it is known whether more follow.
 */
#include "check.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/base/zip.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

enum { BLOCK = 256 * 1024, TAIL = 256 };

struct check {
	struct zip_reader *zip;
	XXH3_state_t *digest;
	uint64_t bytes; /* digested */
	size_t held;    /* in block, not digested yet */
	char block[BLOCK + TAIL];
};

static void check_drop(struct check **check)
{
	zip_reader_drop(&(*check)->zip);
	(void)XXH3_freeState((*check)->digest);
	mem_drop(check);
}

static void digest(struct check *check, size_t count)
{
	(void)XXH3_128bits_update(check->digest, check->block, count);
	check->bytes += count;
	check->held -= count;
	memmove(check->block, check->block + count, check->held);
}

static enum dbs_rc read_all(struct check *check, struct dbs_error *err)
{
	for (;;) {
		size_t count = 0;
		enum dbs_rc rc = zip_read(check->zip,
					  check->block + check->held, BLOCK,
					  &count, err);

		if (rc || !count)
			return rc;
		check->held += count;
		if (check->held > TAIL)
			digest(check, check->held - TAIL);
	}
}

/* Where the last line begins in what is held, or NULL. */
static char *last_line(struct check *check)
{
	if (!check->held || check->block[check->held - 1] != '\n')
		return NULL;
	check->block[check->held - 1] = '\0';
	char *line = memrchr(check->block, '\n', check->held - 1);

	return line ? line + 1 : NULL;
}

static enum dbs_rc compare(struct check *check, const char *name,
			   struct dbs_error *err)
{
	const char *line = last_line(check);
	uint64_t bytes = 0;
	char wanted[33] = "";
	char seen[33];

	if (!line ||
	    sscanf(line,
		   "-- end {\"bytes\":%" SCNu64 ",\"xxh3\":\"%32[0-9a-f]\"}",
		   &bytes, wanted) != 2)
		return dbs_fail(err, DBS_E_FORMAT,
				"`%s` is damaged at byte %" PRIu64
				": it ends without its trailer",
				name, zip_offset(check->zip));
	digest(check, (size_t)(line - check->block));
	const XXH128_hash_t hash = XXH3_128bits_digest(check->digest);

	(void)snprintf(seen, sizeof(seen), "%016" PRIx64 "%016" PRIx64,
		       hash.high64, hash.low64);
	if (bytes != check->bytes || strcmp(seen, wanted) != 0)
		return dbs_fail(err, DBS_E_FORMAT,
				"`%s` was altered: the trailer at byte %" PRIu64
				" of its text says %" PRIu64
				" bytes with digest %s, there are %" PRIu64
				" with %s",
				name, check->bytes, bytes, wanted, check->bytes,
				seen);
	return DBS_OK;
}

enum dbs_rc backup_check(int fd, const char *name, struct dbs_error *err)
{
	OWNED(check_drop) struct check *check = mem_zero(1, sizeof(*check));

	check->zip = zip_reader_new(fd, name);
	check->digest = XXH3_createState();
	DBS_BUG(!check->digest, "xxhash gave no state");
	(void)XXH3_128bits_reset(check->digest);
	enum dbs_rc rc = read_all(check, err);

	return rc ? rc : compare(check, name, err);
}
