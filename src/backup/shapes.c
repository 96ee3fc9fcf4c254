/*
 * shapes.c - the structures in a backup point: the statements that bring them
 * back, and all rows of the tables that would lose some.
 *
 *	-- structures
 *	DELETE FROM … ;			tables whose rows are kept
 *	ALTER TABLE … ; CREATE TABLE … ; DROP TABLE … ;
 *	-- rows 3 `shop`.`orders`	of shape 3 in the manifest
 *	START TRANSACTION;
 *	INSERT INTO … VALUES
 *	(1,…),
 *	(2,…);
 *	COMMIT;
 *	-- total 3 {"rows":2,"sum":"…"}
 *	ALTER TABLE … ADD CONSTRAINT … ;	foreign keys
 *	-- objects
 *	DELIMITER ;;			views, routines, triggers, events
 *	CREATE OR REPLACE VIEW … ;;
 *
 * The lines are for plain clients; a rollback takes the definitions out of the
 * manifest, compares them with what it finds, and reads the rows alone.
 */
#include "writer.h"

#include "check.h"
#include "seal.h"

#include "dbsync/base/open.h"
#include "dbsync/base/own.h"
#include "dbsync/data/dump.h"
#include "dbsync/db/quote.h"
#include "dbsync/db/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

enum { STATEMENT_ROOM = 64 * 1024 }; /* for all but the row */

/* ------------------------------------------------------------------------
 * Rows
 * --------------------------------------------------------------------- */

/* An INSERT that is being written, by one of those who read a table. */
struct piece {
	struct writer *writer;
	struct buf text;
	size_t rows;
};

static void *begin_piece(void *self)
{
	struct piece *piece = mem_zero(1, sizeof(*piece));

	piece->writer = self;
	piece->text = (struct buf)BUF_INIT;
	return piece;
}

/* tuple: a last row that is too large to be copied, or an empty one. */
static enum dbs_rc put_piece(struct piece *piece, struct slice tuple,
			     struct dbs_error *err)
{
	static const char ending[] = ";\n";
	const struct slice pieces[] = {
		{piece->text.data, piece->text.length},
		tuple,
		{ending, sizeof(ending) - 1},
	};
	enum dbs_rc rc = writer_put(piece->writer, pieces, 3, err);

	buf_clear(&piece->text);
	piece->rows = 0;
	return rc;
}

static const struct slice no_tuple = {"", 0};

static enum dbs_rc end_piece(void *self, bool is_failed, struct dbs_error *err)
{
	struct piece *piece = self;
	enum dbs_rc rc = !is_failed && piece->rows
				 ? put_piece(piece, no_tuple, err)
				 : DBS_OK;

	buf_release(&piece->text);
	mem_drop(&piece);
	return rc;
}

static enum dbs_rc check_row(const struct writer *writer, struct slice tuple,
			     struct dbs_error *err)
{
	const uint64_t packet = conn_packet_limit(writer->request->conns[0]);

	if (tuple.length + STATEMENT_ROOM <= packet)
		return DBS_OK;
	return dbs_fail(err, DBS_E_REFUSED,
			"a row of %zu bytes as text could not be restored by a "
			"statement of the server's max_allowed_packet (%" PRIu64
			"): raise that first",
			tuple.length, packet);
}

static enum dbs_rc take_row(void *self, struct slice tuple,
			    struct dbs_error *err)
{
	struct piece *piece = self;
	enum dbs_rc rc = check_row(piece->writer, tuple, err);

	if (!rc && piece->rows &&
	    (piece->rows >= STATEMENT_ROWS ||
	     piece->text.length + tuple.length >= STATEMENT_BYTES))
		rc = put_piece(piece, no_tuple, err);
	if (rc)
		return rc;
	if (!piece->rows)
		row_sql_insert_begin(piece->writer->sql, true, &piece->text);
	piece->rows++;
	if (tuple.length < STATEMENT_BYTES) {
		row_sql_insert_row(piece->rows == 1, tuple, &piece->text);
		return DBS_OK;
	}
	/* it is the only one */
	row_sql_insert_row(true, no_tuple, &piece->text);
	return put_piece(piece, tuple, err);
}

static enum dbs_rc add_rows(struct writer *writer,
			    const struct reshape_table *table, size_t number,
			    struct dbs_error *err)
{
	const struct backup_request *request = writer->request;
	const struct dump_takers takers = {take_row, begin_piece, end_piece,
					   writer};
	const struct dump *dump = NULL;
	struct dump_total total;
	enum dbs_rc rc = dump_make(table->model, table->database,
				   conn_server(request->conns[0]),
				   request->reshape->arena, &dump, err);

	if (rc)
		return dbs_error_context(err, "`%s`.`%s`", table->database,
					 table->table);
	writer->sql = dump_sql(dump);
	buf_addf(&writer->text, SHAPES_ROWS "%zu %s\nSTART TRANSACTION;\n",
		 number, row_sql_table(writer->sql));
	rc = dump_share(dump, request->conns, request->conn_count, &takers,
			&total, err);
	if (rc)
		return dbs_error_context(err, "`%s`.`%s`", table->database,
					 table->table);
	/* nobody has to wait for a table that has been read */
	if (request->conn_count > 1)
		rc = snapshot_let_go(request->conns, request->conn_count, err);
	if (rc)
		return rc;
	if (request->totals)
		request->totals[table - request->reshape->tables] = total;
	buf_adds(&writer->text, "COMMIT;\n");
	if (table->model->auto_increment)
		buf_addf(&writer->text,
			 "ALTER TABLE %s AUTO_INCREMENT = %" PRIu64 ";\n",
			 row_sql_table(writer->sql),
			 table->model->auto_increment);
	buf_addf(&writer->text,
		 SHAPES_TOTAL "%zu {\"rows\":%" PRIu64 ",\"sum\":\"%016" PRIx64
			      "\"}\n",
		 number, total.rows, total.sum);
	return writer_flush_if_full(writer, err);
}

/* The place of a table in the manifest, which has those with steps only. */
static size_t number_of(const struct writer *writer,
			const struct reshape_table *table)
{
	const struct manifest *manifest = writer->request->manifest;
	size_t number = 0;

	while (number < manifest->shape_count &&
	       (strcmp(manifest->shapes[number].database, table->database) !=
			0 ||
		strcmp(manifest->shapes[number].table, table->table) != 0))
		number++;
	return number;
}

static enum dbs_rc add_all_rows(struct writer *writer, struct dbs_error *err)
{
	const struct reshape *reshape = writer->request->reshape;
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < reshape->table_count && !rc; i++) {
		const struct reshape_table *table = &reshape->tables[i];

		if (!table->left_out && reshape_restores_rows(table))
			rc = add_rows(writer, table, number_of(writer, table),
				      err);
	}
	return rc;
}

/* ------------------------------------------------------------------------
 * Statements
 * --------------------------------------------------------------------- */

/* An ALTER TABLE has an easier time with a table that is empty. */
static void empty_tables(struct writer *writer)
{
	const struct reshape *reshape = writer->request->reshape;

	for (size_t i = 0; i < reshape->table_count; i++) {
		const struct reshape_table *table = &reshape->tables[i];

		if (table->left_out || table->kind == RESHAPE_DROP ||
		    !reshape_restores_rows(table))
			continue;
		buf_adds(&writer->text, "DELETE FROM ");
		quote_table(&writer->text, table->database, table->table);
		buf_adds(&writer->text, ";\n");
	}
}

static void add_steps(struct writer *writer, const struct reshape *back,
		      bool is_late)
{
	for (size_t i = 0; i < back->step_count; i++)
		if (reshape_is_late(&back->steps[i]) == is_late)
			buf_addf(&writer->text, "%s;\n", back->steps[i].sql);
}

/* Views, routines, triggers and events as they were. */
static void add_objects(struct writer *writer)
{
	const struct reshape *reshape = writer->request->reshape;
	struct buf *text = &writer->text;
	const struct reshape_object **objects =
		reshape_kept_order(reshape, reshape->arena);

	if (reshape->object_count)
		buf_adds(text, SHAPES_OBJECTS "\n");
	for (size_t i = 0; i < reshape->object_count; i++) {
		const struct object_kept *kept = &objects[i]->kept;

		object_script(kept->statements, kept->statement_count, text);
	}
}

enum dbs_rc writer_add_shapes(struct writer *writer, struct dbs_error *err)
{
	OWNED(reshape_drop) struct reshape *back = reshape_reverse(
		writer->request->reshape);

	buf_adds(&writer->text, SHAPES_MARK "\n");
	empty_tables(writer);
	add_steps(writer, back, false);
	enum dbs_rc rc = add_all_rows(writer, err);

	add_steps(writer, back, true);
	add_objects(writer);
	return rc;
}

/* ------------------------------------------------------------------------
 * Out of an older backup point
 * --------------------------------------------------------------------- */

enum { BLOCK = 256 * 1024 };

/* Copies what lies between two marks, which begin lines. */
struct copier {
	struct writer *writer;
	struct zip_reader *zip;
	struct buf text;
	bool is_inside;
};

static const char *find(const struct copier *copier, const char *mark)
{
	return memmem(copier->text.data, copier->text.length, mark,
		      strlen(mark));
}

/* Leaves so much unread that a mark cannot be cut in two. */
static void drop_front(struct copier *copier, size_t count, bool copies)
{
	struct buf rest = BUF_INIT;

	if (copies)
		buf_add(&copier->writer->text, copier->text.data, count);
	buf_add(&rest, copier->text.data + count, copier->text.length - count);
	buf_release(&copier->text);
	copier->text = rest;
}

static enum dbs_rc copy_some(struct copier *copier, bool *done_out,
			     struct dbs_error *err)
{
	static const char begin[] = "\n" SHAPES_MARK "\n";
	static const char end[] = "\n-- end {\"bytes\":";
	const char *mark = copier->is_inside ? end : begin;
	const char *at = find(copier, mark);
	const size_t kept = strlen(mark);

	*done_out = copier->is_inside && at;
	if (at) {
		drop_front(copier, (size_t)(at - copier->text.data) + 1,
			   copier->is_inside);
		copier->is_inside = true;
	} else if (copier->text.length > kept) {
		drop_front(copier, copier->text.length - kept,
			   copier->is_inside);
	}
	return writer_flush_if_full(copier->writer, err);
}

static enum dbs_rc copy(struct copier *copier, struct dbs_error *err)
{
	OWNED(mem_drop) char *block = mem_alloc(BLOCK);
	bool is_done = false;
	size_t count = 1;
	enum dbs_rc rc = DBS_OK;

	while (!rc && !is_done && count) {
		rc = zip_read(copier->zip, block, BLOCK, &count, err);
		if (rc)
			return rc;
		buf_add(&copier->text, block, count);
		/* both marks may come in the same block */
		bool was_inside = copier->is_inside;

		rc = copy_some(copier, &is_done, err);
		if (!rc && copier->is_inside != was_inside)
			rc = copy_some(copier, &is_done, err);
	}
	if (!rc && !is_done)
		return dbs_fail(err, DBS_E_FORMAT,
				"`%s` does not have the structures that were "
				"written into it",
				copier->writer->request->joined);
	return rc;
}

/* What is copied gets signed: it has to be what this run has signed. */
static enum dbs_rc check_seal(const struct writer *writer, int fd,
			      struct dbs_error *err)
{
	const struct keys *keys = writer->request->keys;
	const char *path = writer->request->joined;
	struct seal seal;
	bool fits = false;

	if (!keys || !keys->count)
		return DBS_OK;
	enum dbs_rc rc = seal_read(fd, path, &seal, &fits, err);
	const struct signing_key *key = fits ? keys_find(keys, seal.key) : NULL;

	fits = false;
	if (!rc && key)
		rc = seal_fits(fd, path, &seal, key, &fits, err);
	if (!rc && !fits)
		rc = dbs_fail(err, DBS_E_FORMAT,
			      "`%s` is not what this run has written there",
			      path);
	return rc;
}

enum dbs_rc writer_join_shapes(struct writer *writer, struct dbs_error *err)
{
	const char *path = writer->request->joined;
	int fd = -1;
	enum dbs_rc rc = open_to_read(path, OPEN_FILE, &fd, NULL, err);

	if (!rc && fd < 0)
		rc = dbs_fail_errno(err, ENOENT, "cannot read `%s`", path);
	if (rc)
		return rc;
	rc = check_seal(writer, fd, err);
	if (!rc)
		rc = backup_check(fd, path, err);
	struct copier copier = {.writer = writer, .text = BUF_INIT};

	if (!rc) {
		(void)lseek(fd, 0, SEEK_SET);
		copier.zip = zip_reader_new(fd, path);
		rc = copy(&copier, err);
	}
	zip_reader_drop(&copier.zip);
	buf_release(&copier.text);
	(void)close(fd);
	return rc;
}
