/*
 * log_pending.c - see log_pending.h.
 *
 * Items lie one behind the other in a stream of bytes, of which the first part
 * is in the file (as soon as there is one) and the rest in memory:
 *
 *	0 ───── file ───── in_file ── memory ── in_file + memory.length
 */
#include "dbsync/binlog/log_pending.h"

#include "dbsync/base/file.h"
#include "dbsync/base/own.h"
#include "dbsync/base/vec.h"

#include <string.h>
#include <unistd.h>

enum { MEMORY = 16 * 1024 * 1024 };

struct head {
	enum logged_kind kind;
	uint32_t time;
	uint64_t number;
	const struct log_table *table;
	uint64_t before;
	uint64_t after;
};

struct savepoint {
	char *name;
	uint64_t offset;
};

struct log_pending {
	struct buf memory;
	uint64_t in_file;
	int fd; /* -1: none */
	uint64_t number;
	struct vec savepoints; /* struct savepoint */
};

struct log_pending *log_pending_new(void)
{
	struct log_pending *pending = mem_zero(1, sizeof(*pending));

	pending->memory = (struct buf)BUF_INIT;
	pending->fd = -1;
	pending->savepoints = (struct vec)VEC_INIT(struct savepoint);
	return pending;
}

static void forget_savepoints(struct log_pending *pending, size_t from)
{
	struct savepoint *items = pending->savepoints.items;

	for (size_t i = from; i < pending->savepoints.count; i++)
		mem_drop(&items[i].name);
	vec_truncate(&pending->savepoints, from);
}

void log_pending_clear(struct log_pending *pending)
{
	enum { KEPT = 1024 * 1024 };

	forget_savepoints(pending, 0);
	if (pending->memory.capacity > KEPT)
		buf_release(&pending->memory);
	buf_clear(&pending->memory);
	if (pending->fd >= 0)
		(void)close(pending->fd);
	pending->fd = -1;
	pending->in_file = 0;
	pending->number = 0;
}

void log_pending_drop(struct log_pending **pending)
{
	if (!*pending)
		return;
	log_pending_clear(*pending);
	buf_release(&(*pending)->memory);
	vec_release(&(*pending)->savepoints);
	mem_drop(pending);
}

static uint64_t end_of(const struct log_pending *pending)
{
	return pending->in_file + pending->memory.length;
}

bool log_pending_is_empty(const struct log_pending *pending)
{
	return !end_of(pending);
}

/* ------------------------------------------------------------------------
 * Adding
 * --------------------------------------------------------------------- */

static enum dbs_rc spill(struct log_pending *pending, struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	if (pending->memory.length < MEMORY)
		return DBS_OK;
	if (pending->fd < 0)
		rc = file_open_unnamed(&pending->fd, err);
	if (!rc)
		rc = file_write_at(pending->fd, pending->memory.data,
				   pending->memory.length, pending->in_file,
				   err);
	if (rc)
		return rc;
	pending->in_file += pending->memory.length;
	buf_clear(&pending->memory);
	return DBS_OK;
}

static enum dbs_rc append(struct log_pending *pending, const struct head *head,
			  const char *before, const char *after,
			  struct dbs_error *err)
{
	struct buf *memory = &pending->memory;
	enum dbs_rc rc = buf_try(memory,
				 sizeof(*head) + (size_t)head->before +
					 (size_t)head->after + 1,
				 "the rows of a transaction", err);

	if (rc)
		return rc;
	buf_add(memory, head, sizeof(*head));
	buf_add(memory, before, (size_t)head->before);
	buf_add(memory, after, (size_t)head->after);
	return spill(pending, err);
}

enum dbs_rc log_pending_add(struct log_pending *pending,
			    const struct logged *item, struct dbs_error *err)
{
	const bool is_statement = item->kind == LOGGED_STATEMENT;
	const struct head head = {
		.kind = item->kind,
		.time = item->time,
		.number = ++pending->number,
		.table = item->table,
		.before = is_statement ? item->database.length
				       : item->before.length,
		.after = is_statement ? item->text.length : item->after.length,
	};

	return append(pending, &head,
		      is_statement ? item->database.data : item->before.data,
		      is_statement ? item->text.data : item->after.data, err);
}

/* ------------------------------------------------------------------------
 * Reading
 * --------------------------------------------------------------------- */

/*
 * The stream from an offset on.  Of the file, blocks are read, however small the
 * items are.
 */
struct stream_reader {
	const struct log_pending *pending;
	uint64_t offset; /* of the next byte that is given out */
	struct buf block;
	uint64_t block_at; /* where the block begins */
};

enum { BLOCK = 256 * 1024 };

static enum dbs_rc fill_block(struct stream_reader *reader,
			      struct dbs_error *err)
{
	const uint64_t left = reader->pending->in_file - reader->offset;
	const size_t size = left < BLOCK ? (size_t)left : BLOCK;

	buf_clear(&reader->block);
	buf_reserve(&reader->block, size);
	enum dbs_rc rc = file_read_at(reader->pending->fd, reader->block.data,
				      size, reader->offset, err);

	if (rc)
		return rc;
	reader->block.length = size;
	reader->block_at = reader->offset;
	return DBS_OK;
}

static enum dbs_rc read_bytes(struct stream_reader *reader, char *into,
			      size_t count, struct dbs_error *err)
{
	while (count) {
		const struct log_pending *pending = reader->pending;
		const bool is_in_file = reader->offset < pending->in_file;
		const struct buf *from = is_in_file ? &reader->block
						    : &pending->memory;
		const uint64_t begin = is_in_file ? reader->block_at
						  : pending->in_file;
		const uint64_t end = begin + from->length;

		if (is_in_file &&
		    (reader->offset < begin || reader->offset >= end)) {
			enum dbs_rc rc = fill_block(reader, err);

			if (rc)
				return rc;
			continue;
		}
		const size_t left = (size_t)(end - reader->offset);
		const size_t some = count < left ? count : left;

		memcpy(into, from->data + (reader->offset - begin), some);
		reader->offset += some;
		into += some;
		count -= some;
	}
	return DBS_OK;
}

/* bytes has what is behind the head. */
static enum dbs_rc read_item(struct stream_reader *reader, struct head *head,
			     struct buf *bytes, struct dbs_error *err)
{
	enum dbs_rc rc = read_bytes(reader, (char *)head, sizeof(*head), err);

	if (rc)
		return rc;
	const size_t size = (size_t)(head->before + head->after);

	buf_clear(bytes);
	rc = buf_try(bytes, size + 1, "a row", err);
	if (!rc)
		rc = read_bytes(reader, bytes->data, size, err);
	bytes->length = size;
	return rc;
}

static struct logged logged_of(const struct head *head, const char *bytes)
{
	struct logged item = {
		.kind = head->kind,
		.time = head->time,
		.number = head->number,
		.table = head->table,
	};
	const char *before = bytes;
	const char *after = bytes + head->before;

	if (head->kind == LOGGED_STATEMENT) {
		item.database = (struct slice){before, (size_t)head->before};
		item.text = (struct slice){after, (size_t)head->after};
	} else {
		item.before = (struct values){before, (size_t)head->before};
		item.after = (struct values){after, (size_t)head->after};
	}
	return item;
}

/* So many bytes, which are all in memory. */
static const char *pass_over(struct stream_reader *reader, uint64_t size)
{
	const struct log_pending *pending = reader->pending;
	const char *data = pending->memory.data +
			   (reader->offset - pending->in_file);

	reader->offset += size;
	return data;
}

enum dbs_rc log_pending_each(struct log_pending *pending,
			     log_pending_take *take, void *self,
			     struct dbs_error *err)
{
	OWNED(buf_release) struct buf bytes = BUF_INIT;
	struct stream_reader reader = {.pending = pending, .block = BUF_INIT};
	const uint64_t end = end_of(pending);
	enum dbs_rc rc = DBS_OK;

	while (!rc && reader.offset < end) {
		const bool is_in_file = reader.offset < pending->in_file;
		struct head head;

		/* what is in memory need not be copied: nobody adds to it */
		rc = is_in_file ? read_item(&reader, &head, &bytes, err)
				: read_bytes(&reader, (char *)&head,
					     sizeof(head), err);
		if (rc)
			break;
		const char *data = bytes.data;

		if (!is_in_file)
			data = pass_over(&reader, head.before + head.after);
		const struct logged item = logged_of(&head, data);

		rc = take(self, &item, reader.offset == end, err);
	}
	buf_release(&reader.block);
	return rc;
}

/* ------------------------------------------------------------------------
 * Going back
 * --------------------------------------------------------------------- */

void log_pending_savepoint(struct log_pending *pending, const char *name)
{
	struct savepoint *savepoint = vec_push(&pending->savepoints);

	savepoint->name = mem_strdup(name);
	savepoint->offset = end_of(pending);
}

enum likeness { NAME_OTHER, NAME_SAME, NAME_LIKE };

/* Bytes of the character at a place that is not the final NUL. */
static size_t char_length(const char *at)
{
	size_t length = 1;

	while (((unsigned char)at[length] & 0xc0) == 0x80)
		length++;
	return length;
}

/*
 * Servers compare character by character, and which letters beyond ASCII are the
 * same depends on the server: an umlaut is the same in capitals; without its dots,
 * to MariaDB 10.11 and MySQL, not to 11.8.
 */
static enum likeness compare_chars(const char *a, size_t length_a,
				   const char *b, size_t length_b)
{
	if (length_a == length_b && !memcmp(a, b, length_a))
		return NAME_SAME;
	return (*a | *b) & 0x80 ? NAME_LIKE : NAME_OTHER;
}

static enum likeness compare_names(const char *a, const char *b)
{
	enum likeness all = NAME_SAME;

	while (*a && *b) {
		const size_t length_a = char_length(a);
		const size_t length_b = char_length(b);
		const enum likeness found = compare_chars(a, length_a, b,
							  length_b);

		if (found == NAME_OTHER)
			return NAME_OTHER;
		if (found == NAME_LIKE)
			all = NAME_LIKE;
		a += length_a;
		b += length_b;
	}
	return *a || *b ? NAME_OTHER : all;
}

/* The last one of that name: it replaces earlier ones. */
static enum dbs_rc find_savepoint(const struct log_pending *pending,
				  const char *name, size_t *at,
				  struct dbs_error *err)
{
	const struct savepoint *items = pending->savepoints.items;

	for (size_t i = pending->savepoints.count; i--;) {
		const enum likeness found = compare_names(items[i].name, name);

		*at = i;
		if (found == NAME_SAME)
			return DBS_OK;
		if (found == NAME_LIKE)
			return dbs_fail(err, DBS_E_STRANGE,
					"it goes back to a savepoint `%s`, and "
					"whether `%s` is the same one depends "
					"on the server",
					name, items[i].name);
	}
	return dbs_fail(err, DBS_E_STRANGE,
			"it goes back to a savepoint `%s` that was not set",
			name);
}

static void cut_at(struct log_pending *pending, uint64_t offset)
{
	if (offset >= pending->in_file) {
		buf_truncate(&pending->memory,
			     (size_t)(offset - pending->in_file));
		return;
	}
	buf_clear(&pending->memory);
	pending->in_file = offset;
}

/* What has changed for good, of what lies behind an offset. */
static enum dbs_rc collect_lasting(const struct log_pending *pending,
				   uint64_t from, struct buf *out,
				   struct dbs_error *err)
{
	OWNED(buf_release) struct buf bytes = BUF_INIT;
	struct stream_reader reader = {
		.pending = pending, .offset = from, .block = BUF_INIT};
	const uint64_t end = end_of(pending);
	enum dbs_rc rc = DBS_OK;

	while (!rc && reader.offset < end) {
		struct head head;

		rc = read_item(&reader, &head, &bytes, err);
		if (rc || (head.table && head.table->is_transactional))
			continue;
		rc = buf_try(out, sizeof(head) + bytes.length + 1,
			     "the rows of a transaction", err);
		if (rc)
			break;
		buf_add(out, &head, sizeof(head));
		buf_add(out, bytes.data, bytes.length);
	}
	buf_release(&reader.block);
	return rc;
}

enum dbs_rc log_pending_rollback(struct log_pending *pending, const char *name,
				 struct dbs_error *err)
{
	OWNED(buf_release) struct buf lasting = BUF_INIT;
	size_t at = 0;
	uint64_t offset = 0;
	enum dbs_rc rc = DBS_OK;

	if (name) {
		rc = find_savepoint(pending, name, &at, err);
		if (rc)
			return rc;
		offset = ((struct savepoint *)vec_at(&pending->savepoints, at))
				 ->offset;
		at++;
	}
	rc = collect_lasting(pending, offset, &lasting, err);
	if (rc)
		return rc;
	cut_at(pending, offset);
	forget_savepoints(pending, at);
	rc = buf_try(&pending->memory, lasting.length + 1,
		     "the rows of a transaction", err);
	if (rc)
		return rc;
	buf_add(&pending->memory, lasting.data, lasting.length);
	return spill(pending, err);
}
