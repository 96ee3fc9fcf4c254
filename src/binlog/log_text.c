/* log_text.c - see log_text.h. */
#include "dbsync/binlog/log_text.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/base/vec.h"
#include "dbsync/data/charset.h"
#include "dbsync/db/quote.h"

#include <string.h>

enum { BYTES = 256, MOST = 4 };

struct byte_table {
	const char *charset;
	bool is_single;          /* else texts are asked for one by one */
	uint8_t lengths[BYTES];  /* 0: no character */
	char texts[BYTES][MOST]; /* in UTF-8 */
};

struct collation {
	uint64_t number;
	const char *charset;
};

struct known_member {
	const void *column;
	uint64_t number;
	const char *text;
};

struct log_texts {
	struct conn *conn;
	struct arena *arena;
	struct vec tables;     /* struct byte_table */
	struct vec collations; /* struct collation */
	struct vec members;    /* struct known_member */
};

struct log_texts *log_texts_new(struct conn *conn)
{
	struct log_texts *texts = mem_zero(1, sizeof(*texts));

	texts->conn = conn;
	texts->arena = arena_new();
	texts->tables = (struct vec)VEC_INIT(struct byte_table);
	texts->collations = (struct vec)VEC_INIT(struct collation);
	texts->members = (struct vec)VEC_INIT(struct known_member);
	return texts;
}

void log_texts_drop(struct log_texts **texts)
{
	if (!*texts)
		return;
	vec_release(&(*texts)->tables);
	vec_release(&(*texts)->collations);
	vec_release(&(*texts)->members);
	arena_drop(&(*texts)->arena);
	mem_drop(texts);
}

bool log_texts_are_of_mariadb(const struct log_texts *texts)
{
	return texts->conn &&
	       conn_server(texts->conn)->family == SERVER_MARIADB;
}

/* Nothing may have been asked for days. */
static enum dbs_rc fetch(struct log_texts *texts, const struct buf *sql,
			 const char *form, struct rows **out,
			 struct dbs_error *err)
{
	enum dbs_rc rc = conn_fetch(texts->conn, sql->data, form, out, err);

	if (conn_asks_again(texts->conn, &rc, err))
		rc = conn_fetch(texts->conn, sql->data, form, out, err);
	return rc;
}

/* ------------------------------------------------------------------------
 * Character sets
 * --------------------------------------------------------------------- */

static bool is_utf8(const char *charset)
{
	return !*charset || !strcmp(charset, "utf8mb4") ||
	       !strcmp(charset, "utf8mb3") || !strcmp(charset, "utf8") ||
	       !strcmp(charset, "ascii");
}

/* Of more than one byte, and the same to everybody. */
static bool is_unicode(const char *charset)
{
	return !strcmp(charset, "ucs2") || !strcmp(charset, "utf16") ||
	       !strcmp(charset, "utf16le") || !strcmp(charset, "utf32");
}

static void add_conversion(struct buf *sql, const char *charset,
			   const void *data, size_t length)
{
	buf_adds(sql, "CONVERT(");
	quote_string(sql, charset, data, length);
	buf_adds(sql, " USING utf8mb4)");
}

static enum dbs_rc load_table(struct log_texts *texts, const char *charset,
			      struct byte_table *table, struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(rows_drop) struct rows *rows = NULL;
	char form[BYTES + 2] = "1";

	buf_adds(&sql, "SELECT ");
	for (unsigned i = 0; i < BYTES; i++) {
		const uint8_t byte = (uint8_t)i;

		if (i)
			buf_adds(&sql, ", ");
		add_conversion(&sql, charset, &byte, 1);
		form[i + 1] = 'T';
	}
	form[BYTES + 1] = '\0';
	enum dbs_rc rc = fetch(texts, &sql, form, &rows, err);

	for (unsigned i = 0; i < BYTES && !rc; i++) {
		const size_t length = rows_length(rows, 0, i);

		if (!rows_text(rows, 0, i) || length > MOST)
			continue;
		memcpy(table->texts[i], rows_text(rows, 0, i), length);
		table->lengths[i] = (uint8_t)length;
	}
	return rc;
}

static enum dbs_rc load_charset(struct log_texts *texts, const char *charset,
				struct byte_table **out, struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(rows_drop) struct rows *rows = NULL;
	uint64_t bytes = 0;

	buf_adds(&sql, "SELECT MAXLEN FROM INFORMATION_SCHEMA.CHARACTER_SETS "
		       "WHERE CHARACTER_SET_NAME = ");
	quote_text(&sql, charset);
	enum dbs_rc rc = fetch(texts, &sql, "1n", &rows, err);

	if (!rc)
		rc = rows_number(rows, 0, 0, &bytes, err);
	if (rc)
		return rc;
	struct byte_table table = {
		.charset = arena_strdup(texts->arena, charset),
		.is_single = bytes == 1,
	};

	if (table.is_single)
		rc = load_table(texts, charset, &table, err);
	if (rc)
		return rc;
	*out = vec_push(&texts->tables);
	**out = table;
	return DBS_OK;
}

static enum dbs_rc find_charset(struct log_texts *texts, const char *charset,
				struct byte_table **out, struct dbs_error *err)
{
	struct byte_table *tables = texts->tables.items;

	for (size_t i = 0; i < texts->tables.count; i++)
		if (!strcmp(tables[i].charset, charset)) {
			*out = &tables[i];
			return DBS_OK;
		}
	return load_charset(texts, charset, out, err);
}

static enum dbs_rc ask(struct log_texts *texts, const char *charset,
		       const uint8_t *data, size_t length, struct buf *out,
		       struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(rows_drop) struct rows *rows = NULL;

	buf_adds(&sql, "SELECT ");
	add_conversion(&sql, charset, data, length);
	enum dbs_rc rc = fetch(texts, &sql, "1t", &rows, err);

	if (!rc)
		buf_add(out, rows_text(rows, 0, 0), rows_length(rows, 0, 0));
	return rc;
}

/* ASCII is ASCII in all that have single bytes, and in those of Asia. */
static bool is_plain(const uint8_t *data, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (data[i] >= 0x80 || data[i] == '\\' || data[i] == '~')
			return false;
	return true;
}

enum dbs_rc log_text_add(struct log_texts *texts, const char *charset,
			 const uint8_t *data, size_t length, struct buf *out,
			 struct dbs_error *err)
{
	struct byte_table *table = NULL;

	if (is_utf8(charset)) {
		buf_add(out, data, length);
		return DBS_OK;
	}
	if (is_unicode(charset))
		return charset_to_utf8(charset, data, length, out)
			       ? DBS_OK
			       : ask(texts, charset, data, length, out, err);
	if (is_plain(data, length) && strcmp(charset, "swe7") != 0) {
		buf_add(out, data, length);
		return DBS_OK;
	}
	enum dbs_rc rc = find_charset(texts, charset, &table, err);

	if (rc || !table->is_single)
		return rc ? rc : ask(texts, charset, data, length, out, err);
	for (size_t i = 0; i < length; i++) {
		if (!table->lengths[data[i]])
			buf_addc(out, '?'); /* as the server converts it */
		buf_add(out, table->texts[data[i]], table->lengths[data[i]]);
	}
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * Members
 * --------------------------------------------------------------------- */

static enum dbs_rc ask_member(struct log_texts *texts,
			      const struct log_member *member, const char **out,
			      struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(rows_drop) struct rows *rows = NULL;

	buf_adds(&sql, "SELECT CONVERT(");
	quote_name(&sql, member->name);
	buf_adds(&sql, " USING utf8mb4) FROM ");
	quote_table(&sql, member->database, member->table);
	buf_adds(&sql, " WHERE ");
	quote_name(&sql, member->name);
	buf_addf(&sql, " = %llu LIMIT 1", (unsigned long long)member->number);
	enum dbs_rc rc = fetch(texts, &sql, "t", &rows, err);

	*out = NULL;
	if (!rc && rows_count(rows))
		*out = arena_strndup(texts->arena, rows_text(rows, 0, 0),
				     rows_length(rows, 0, 0));
	return rc;
}

enum dbs_rc log_text_of_member(struct log_texts *texts,
			       const struct log_member *member,
			       const char **out, struct dbs_error *err)
{
	const struct known_member *known = texts->members.items;

	for (size_t i = 0; i < texts->members.count; i++)
		if (known[i].column == member->column &&
		    known[i].number == member->number) {
			*out = known[i].text;
			return DBS_OK;
		}
	enum dbs_rc rc = ask_member(texts, member, out, err);

	if (rc || !*out)
		return rc;
	struct known_member *found = vec_push(&texts->members);

	*found = (struct known_member){member->column, member->number, *out};
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * Collations
 * --------------------------------------------------------------------- */

static enum dbs_rc take_collation(void *self, size_t width,
				  const char *const *row, const size_t *lengths,
				  struct dbs_error *err)
{
	struct log_texts *texts = self;
	struct collation *collation = vec_push(&texts->collations);

	(void)width;
	(void)lengths;
	(void)err;
	for (const char *digit = row[0]; *digit; digit++)
		collation->number = collation->number * 10 +
				    (uint64_t)(*digit - '0');
	collation->charset = arena_strdup(texts->arena, row[1]);
	return DBS_OK;
}

static enum dbs_rc ask_collations(struct log_texts *texts,
				  struct dbs_error *err)
{
	/* newer servers of MariaDB have collations of several character sets */
	const char *sql =
		conn_server(texts->conn)->has_full_collation_name
			? "SELECT ID, CHARACTER_SET_NAME FROM "
			  "INFORMATION_SCHEMA."
			  "COLLATION_CHARACTER_SET_APPLICABILITY WHERE ID IS "
			  "NOT NULL"
			: "SELECT ID, CHARACTER_SET_NAME FROM "
			  "INFORMATION_SCHEMA.COLLATIONS WHERE ID IS NOT NULL";

	vec_truncate(&texts->collations, 0);
	return conn_each(texts->conn, sql, "nw", take_collation, texts, err);
}

enum dbs_rc log_texts_learn_collations(struct log_texts *texts,
				       struct dbs_error *err)
{
	if (texts->collations.count)
		return DBS_OK;
	enum dbs_rc rc = ask_collations(texts, err);

	if (conn_asks_again(texts->conn, &rc, err))
		rc = ask_collations(texts, err);
	return rc;
}

const char *log_text_charset(void *texts, uint64_t collation)
{
	const struct vec *all = &((struct log_texts *)texts)->collations;

	for (size_t i = 0; i < all->count; i++) {
		const struct collation *one = vec_at(all, i);

		if (one->number == collation)
			return one->charset;
	}
	return NULL;
}
