/*
 * The promise under test: a backup point gives back every row as it was, and
 * of a file that is not byte by byte what was written, nothing.
 */
#include "dbsync/backup/point.h"

#include "dbsync/backup/catalogue.h"
#include "dbsync/base/own.h"
#include "point_samples.h"
#include "sealed.h"

#include <check.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static struct sample_points points;
static struct backup_reader *reader;
static struct backup_row row;
static struct dbs_error err;
static struct buf text;   /* of a backup point, without its trailer */
static struct buf packed; /* a file */

static void begin(void)
{
	scratch_make();
	sample_points_begin(&points);
	err = (struct dbs_error){0};
	text = packed = (struct buf)BUF_INIT;
}

static void end(void)
{
	backup_close(&reader);
	sample_points_end(&points);
	buf_release(&text);
	buf_release(&packed);
	scratch_drop();
}

static const struct sample_pair single = {
	.source_columns = "id int; a varchar(9) null",
	.source_keys = "PRIMARY(id)"};
static const struct sample_pair composite = {
	.source_columns = "a int; b varchar(9); c int",
	.source_keys = "PRIMARY(b,a)"};
static const struct sample_pair keyless = {
	.source_columns = "a int; b varchar(9) null"};

static const struct sample_change single_changes[] = {
	{CHANGE_INSERT, 1, 0, 0, 0x11, "(5,'new')", NULL},
	{CHANGE_UPDATE, 1, 1, 0x21, 0x22, "(7,'new')", "(7,'old')"},
	{CHANGE_DELETE, 0, 1, 0x31, 0, NULL, "(9,NULL)"},
};
static const struct sample_change composite_changes[] = {
	{CHANGE_INSERT, 1, 0, 0, 0x41, "(1,'i',2)", NULL},
	{CHANGE_UPDATE, 1, 1, 0x51, 0x52, "(2,'u',3)", "(2,'u',4)"},
	{CHANGE_DELETE, 0, 1, UINT64_MAX, 0, NULL, "(3,'d''',5)"},
};
static const struct sample_change keyless_changes[] = {
	{CHANGE_INSERT, 3, 0, 0, 0x61, "(1,NULL)", NULL},
	{CHANGE_INSERT, 3, 2, 0x62, 0x62, "(2,'x')", "(2,'x')"},
	{CHANGE_DELETE, 1, 4, 0x63, 0x63, NULL, "(3,'y')"},
	{CHANGE_DELETE, 0, 1, 0x64, 0, NULL, "(4,'z')"},
};

static void write_three(void)
{
	sample_points_add(&points, single, "s", single_changes, 3);
	sample_points_add(&points, composite, "c", composite_changes, 3);
	sample_points_add(&points, keyless, "k", keyless_changes, 4);
	ck_assert_int_eq(sample_points_write(&points), DBS_OK);
}

static void next(void)
{
	bool more = false;

	ck_assert_int_eq(backup_next(reader, &row, &more, &err), DBS_OK);
	ck_assert(more);
}

static void expect_end(void)
{
	bool more = true;

	ck_assert_int_eq(backup_next(reader, &row, &more, &err), DBS_OK);
	ck_assert(!more);
}

static void expect_slice(struct slice seen, const char *wanted)
{
	ck_assert_uint_eq(seen.length, strlen(wanted));
	if (seen.length)
		ck_assert_mem_eq(seen.data, wanted, seen.length);
}

static void expect_row(size_t table, enum change_kind kind, uint64_t before,
		       uint64_t after, const char *tuple, const char *key)
{
	next();
	ck_assert_uint_eq(row.table, table);
	ck_assert_int_eq(row.kind, kind);
	ck_assert_uint_eq(row.before, before);
	ck_assert_uint_eq(row.after, after);
	expect_slice(row.tuple, tuple);
	expect_slice(row.key, key);
}

static void expect_counts(uint64_t before, uint64_t after)
{
	ck_assert_uint_eq(row.before_count, before);
	ck_assert_uint_eq(row.after_count, after);
}

/* ------------------------------------------------------------------------
 * Written and read
 * --------------------------------------------------------------------- */

START_TEST(every_row_comes_back_as_the_way_back)
{
	write_three();
	ck_assert_int_eq(backup_open(points.path, &reader, &err), DBS_OK);
	expect_row(0, CHANGE_DELETE, 0, 0x11, "", "5");
	expect_counts(0, 1);
	expect_row(0, CHANGE_UPDATE, 0x21, 0x22, "(7,'old')", "");
	expect_counts(1, 1);
	expect_row(0, CHANGE_INSERT, 0x31, 0, "(9,NULL)", "");
	expect_counts(1, 0);
	expect_row(1, CHANGE_DELETE, 0, 0x41, "", "(`b` = 'i' AND `a` = 1)");
	expect_row(1, CHANGE_UPDATE, 0x51, 0x52, "(2,'u',4)", "");
	expect_row(1, CHANGE_INSERT, UINT64_MAX, 0, "(3,'d''',5)", "");
	next();
	ck_assert_int_eq(row.kind, CHANGE_DELETE);
	ck_assert_uint_eq(row.after, 0x61);
	expect_counts(0, 3);
	expect_row(2, CHANGE_DELETE, 0x62, 0x62, "(2,'x')", "");
	expect_counts(2, 3);
	expect_row(2, CHANGE_INSERT, 0x63, 0x63, "(3,'y')", "");
	expect_counts(4, 1);
	expect_row(2, CHANGE_INSERT, 0x64, 0x64, "(4,'z')", "");
	expect_counts(1, 0);
	expect_end();
	expect_end();
}
END_TEST

START_TEST(its_manifest_says_what_it_is_of)
{
	write_three();
	ck_assert_int_eq(backup_open(points.path, &reader, &err), DBS_OK);
	const struct manifest *manifest = backup_manifest(reader);

	ck_assert_str_eq(manifest->run, "20261121-041122-1a2b3c");
	ck_assert_str_eq(manifest->target_identity, "h:3306, /var/db");
	ck_assert_uint_eq(manifest->allowed.count, 1);
	ck_assert_str_eq(manifest->allowed.items[0], "no-key");
	ck_assert_uint_eq(manifest->table_count, 3);
	ck_assert_str_eq(manifest->tables[1].table, "c");
	ck_assert_uint_eq(manifest->tables[1].key_count, 2);
	ck_assert_str_eq(manifest->tables[1].key[0], "b");
	ck_assert_uint_eq(manifest->tables[2].key_count, 0);
	ck_assert_uint_eq(manifest->tables[2].changes[CHANGE_DELETE], 4);
	ck_assert_str_eq(manifest->tables[0].columns[1].type, "varchar(9)");
}
END_TEST

START_TEST(the_file_is_whole_and_for_its_owner_only)
{
	write_three();
	ck_assert_uint_eq(scratch_count(), 1);
	ck_assert_uint_eq(scratch_mode(points.path), 0600);
	scratch_read(points.path, &packed);
	ck_assert_uint_eq(points.bytes, packed.length);
}
END_TEST

START_TEST(a_name_that_is_taken_gets_a_number)
{
	struct dbs_error none = {0};
	char *first;

	write_three();
	first = own_take(&points.path);
	sample_points_end(&points);
	sample_points_begin(&points);
	write_three();
	ck_assert_str_ne(first, points.path);
	ck_assert_uint_eq(scratch_count(), 2);
	ck_assert_int_eq(backup_open(first, &reader, &none), DBS_OK);
	mem_drop(&first);
}
END_TEST

enum { MANY = 2500 };

START_TEST(rows_of_many_statements_all_come_back)
{
	static struct sample_change changes[MANY];
	uint64_t rows = 0;

	for (size_t i = 0; i < MANY; i++)
		changes[i] = (struct sample_change){
			CHANGE_UPDATE,
			1,
			1,
			i,
			i + 1,
			"(0,'')",
			arena_printf(points.arena, "(%zu,'%0999d')", i, 0)};
	sample_points_add(&points, single, "s", changes, MANY);
	ck_assert_int_eq(sample_points_write(&points), DBS_OK);
	ck_assert_int_eq(backup_open(points.path, &reader, &err), DBS_OK);
	ck_assert_int_eq(backup_read_through(reader, &rows, &err), DBS_OK);
	ck_assert_uint_eq(rows, MANY);
}
END_TEST

START_TEST(a_row_larger_than_any_block_comes_back)
{
	const size_t length = 5 << 20;
	char *tuple = arena_alloc(points.arena, length + 8);

	memcpy(tuple, "(1,'", 4);
	memset(tuple + 4, 'x', length);
	memcpy(tuple + 4 + length, "')", 3);
	const struct sample_change change = {CHANGE_DELETE, 0,    1, 1, 0,
					     NULL,          tuple};

	sample_points_add(&points, single, "s", &change, 1);
	ck_assert_int_eq(sample_points_write(&points), DBS_OK);
	ck_assert_int_eq(backup_open(points.path, &reader, &err), DBS_OK);
	next();
	ck_assert_uint_eq(row.tuple.length, length + 6);
	expect_end();
}
END_TEST

START_TEST(a_backup_point_that_cannot_be_written_leaves_no_file)
{
	static const struct sample_change change = {
		CHANGE_DELETE, 0, 1, 1, 0, NULL, "(1)"};

	/* a tuple that is none of the table's: nothing may come of it */
	sample_points_add(&points, single, "s", &change, 1);
	ck_assert_int_eq(sample_points_write(&points), DBS_E_IO);
	ck_assert_uint_eq(scratch_count(), 0);
}
END_TEST

static enum dbs_rc write_of_view(const char *statement)
{
	const char *const statements[] = {"DROP VIEW IF EXISTS `dst`.`v`",
					  statement};
	struct manifest_object view = {
		.database = "dst",
		.kind = "view",
		.name = "v",
		.table = "",
		.collation = "",
		.statements = {statements, COUNT(statements)},
	};

	points.object = &view;
	sample_points_add(&points, single, "s", single_changes,
			  COUNT(single_changes));
	const enum dbs_rc rc = sample_points_write(&points);

	points.object = points.manifest->objects = NULL;
	points.manifest->object_count = 0;
	return rc;
}

START_TEST(a_backup_point_whose_rollback_would_refuse_it_is_not_begun)
{
	ck_assert_int_eq(write_of_view("CREATE VIEW `other` AS SELECT 1"),
			 DBS_E_FORMAT);
	ck_assert_ptr_nonnull(
		strstr(points.err.text,
		       "a rollback would refuse it, which is a bug in "
		       "dbsync: a statement of the backup point is not of the "
		       "view `dst`.`v`"));
	ck_assert_uint_eq(scratch_count(), 0);
}
END_TEST

START_TEST(a_backup_point_of_an_object_is_one_that_its_rollback_takes)
{
	ck_assert_int_eq(write_of_view("CREATE VIEW `v` AS SELECT 1"), DBS_OK);
	ck_assert_int_eq(backup_open(points.path, &reader, &err), DBS_OK);
	ck_assert_int_eq(backup_vet(backup_manifest(reader), &err), DBS_OK);
}
END_TEST

/* ------------------------------------------------------------------------
 * Damaged
 * --------------------------------------------------------------------- */

/* Opens the bytes of packed and reads all that it gives. */
static enum dbs_rc read_packed(uint64_t *rows_out)
{
	const char *path = scratch_path("damaged");

	dbs_error_clear(&err);
	*rows_out = 0;
	scratch_write(path, packed.data, packed.length);
	enum dbs_rc rc = backup_open(path, &reader, &err);

	if (!rc)
		rc = backup_read_through(reader, rows_out, &err);
	backup_close(&reader);
	return rc;
}

/* Bits that mean nothing to zstd may change, a few; a row never does. */
START_TEST(one_byte_that_is_changed_is_noticed)
{
	uint64_t rows = 0;
	size_t passed = 0;

	write_three();
	scratch_read(points.path, &packed);
	for (size_t i = 0; i < packed.length; i++) {
		packed.data[i] ^= (char)(1 << i % 8);
		const enum dbs_rc rc = read_packed(&rows);

		packed.data[i] ^= (char)(1 << i % 8);
		if (rc) {
			ck_assert_int_eq(rc, DBS_E_FORMAT);
			ck_assert_ptr_nonnull(strstr(err.text, "at byte "));
		} else {
			passed++;
			ck_assert_uint_eq(rows, 10);
		}
	}
	ck_assert_uint_le(passed, 6);
}
END_TEST

START_TEST(a_file_that_ends_too_early_is_noticed_with_its_offset)
{
	uint64_t rows = 0;

	write_three();
	scratch_read(points.path, &packed);
	const size_t whole = packed.length;

	for (size_t length = 0; length < whole; length++) {
		char at[64];

		packed.length = length;
		ck_assert_int_eq(read_packed(&rows), DBS_E_FORMAT);
		(void)snprintf(at, sizeof(at), "damaged at byte %zu:", length);
		ck_assert_msg(strstr(err.text, at) != NULL, "%s", err.text);
	}
	packed.length = whole;
	ck_assert_int_eq(read_packed(&rows), DBS_OK);
}
END_TEST

/* The text of the backup point, trailer and all, is in text. */
static void read_text(void)
{
	char block[4096];
	size_t count = 0;
	const int fd = open(points.path, O_RDONLY | O_CLOEXEC);
	struct zip_reader *zip = zip_reader_new(fd, points.path);

	while (!zip_read(zip, block, sizeof(block), &count, &err) && count)
		buf_add(&text, block, count);
	zip_reader_drop(&zip);
	(void)close(fd);
}

static enum dbs_rc open_text(void)
{
	const char *path = scratch_path("altered");

	dbs_error_clear(&err);
	ck_assert_int_eq(sealed_write(path, &text, &err), DBS_OK);
	return backup_open(path, &reader, &err);
}

START_TEST(a_text_that_was_altered_and_compressed_again_is_refused)
{
	write_three();
	read_text();
	char *at = strstr(text.data, "'old'");

	ck_assert_ptr_nonnull(at);
	memcpy(at, "'odd'", 5);
	ck_assert_int_eq(open_text(), DBS_E_FORMAT);
	ck_assert_ptr_nonnull(strstr(err.text, "was altered"));
	memcpy(at, "'old'", 5);
	ck_assert_int_eq(open_text(), DBS_OK);
	backup_close(&reader);
	buf_truncate(&text, text.length - 1);
	ck_assert_int_eq(open_text(), DBS_E_FORMAT);
	buf_adds(&text, "\n\n");
	ck_assert_int_eq(open_text(), DBS_E_FORMAT);
}
END_TEST

START_TEST(the_trailer_that_we_make_is_the_one_that_was_written)
{
	write_three();
	read_text();
	char *whole = mem_strdup(text.data);

	buf_truncate(&text, (size_t)(strstr(text.data, "-- end ") - text.data));
	sealed_trailer(&text);
	ck_assert_str_eq(text.data, whole);
	free(whole);
}
END_TEST

/* ------------------------------------------------------------------------
 * Made up
 * --------------------------------------------------------------------- */

#define HEAD                                                                   \
	"-- dbsync backup point, format 1: x\n-- manifest "                    \
	"{\"format\":1,\"run\":\"r\",\"created\":\"\",\"command\":\"c\","      \
	"\"source\":\"s\",\"target\":\"t\",\"target_version\":\"v\","          \
	"\"target_identity\":\"i\",\"allowed\":[],\"tables\":["                \
	"{\"database\":\"d\",\"table\":\"k\",\"insert\":1,\"update\":1,"       \
	"\"delete\":1,\"auto_increment\":0,\"written\":1,\"key\":[\"id\"],"    \
	"\"columns\":[{\"name\":\"id\",\"type\":\"int\",\"collation\":\"\"}]," \
	"\"compared\":[{\"name\":\"id\",\"form\":\"\"}]},"                     \
	"{\"database\":\"d\",\"table\":\"r\",\"insert\":1,\"update\":1,"       \
	"\"delete\":1,\"auto_increment\":0,\"written\":1,\"key\":[],"          \
	"\"columns\":[{\"name\":\"id\",\"type\":\"int\",\"collation\":\"\"}]," \
	"\"compared\":[{\"name\":\"id\",\"form\":\"\"}]}]}\n"

static enum dbs_rc read_made_up(const char *head, const char *body)
{
	uint64_t rows = 0;

	buf_clear(&text);
	buf_adds(&text, head);
	buf_adds(&text, body);
	sealed_trailer(&text);
	enum dbs_rc rc = open_text();

	return rc ? rc : backup_read_through(reader, &rows, &err);
}

#define KEYED "-- table 0 `d`.`k`\n"
#define ROWS "-- table 1 `d`.`r`\n"
#define DELETE "DELETE FROM `d`.`k` WHERE `id` IN (\n"
#define INSERT "INSERT INTO `d`.`k` (`id`) VALUES\n"

/* Those between would be lost: whoever writes rows takes a table as one piece. */
START_TEST(sections_that_come_back_to_a_table_are_refused)
{
	static const char *const bodies[] = {
		KEYED DELETE "5 /* i 1 */\n);\n" ROWS INSERT
			     "(1) /* r 1 2 0 */,\n(1) /* + */;\n" KEYED INSERT
			     "(7) /* u 1 2 */;\n",
		KEYED DELETE "5 /* i 1 */\n);\n" KEYED INSERT
			     "(7) /* u 1 2 */;\n",
		ROWS INSERT "(1) /* r 1 1 0 */;\n" KEYED INSERT
			    "(7) /* u 1 2 */;\n",
	};

	for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
		ck_assert_int_eq(read_made_up(HEAD, bodies[i]), DBS_E_FORMAT);
		ck_assert_ptr_nonnull(strstr(err.text,
					     " comes back to a table that was "
					     "passed already"));
		backup_close(&reader);
	}
}
END_TEST

START_TEST(a_reader_that_is_rewound_reads_the_file_that_it_opened)
{
	write_three();
	ck_assert_int_eq(backup_open(points.path, &reader, &err), DBS_OK);
	expect_row(0, CHANGE_DELETE, 0, 0x11, "", "5");
	scratch_write(points.path, "", 0);
	ck_assert_int_eq(backup_rewind(reader, &err), DBS_E_FORMAT);
	backup_close(&reader);
	sample_points_end(&points);
	sample_points_begin(&points);
	write_three();
	ck_assert_int_eq(backup_open(points.path, &reader, &err), DBS_OK);
	ck_assert_int_eq(remove(points.path), 0);
	for (size_t i = 0; i < 3; i++) {
		uint64_t rows = 0;

		expect_row(0, CHANGE_DELETE, 0, 0x11, "", "5");
		ck_assert_int_eq(backup_rewind(reader, &err), DBS_OK);
		ck_assert_int_eq(backup_read_through(reader, &rows, &err),
				 DBS_OK);
		ck_assert_uint_eq(rows, 10);
		ck_assert_int_eq(backup_rewind(reader, &err), DBS_OK);
	}
}
END_TEST

START_TEST(a_made_up_text_of_the_right_form_is_read)
{
	ck_assert_int_eq(
		read_made_up(HEAD, KEYED DELETE
			     "5 /* i 1 */,\n7\n);\n" INSERT
			     "(7) /* u 1 2 */,\n(8) /* d 3 */;\n" ROWS INSERT
			     "(1) /* r 1 2 0 */,\n(1) /* + */;\n"),
		DBS_OK);
}
END_TEST

static const struct {
	const char *body;
	const char *told;
} made_up[] = {
	{"-- table 2 `d`.`x`\n", "line 3 names an unknown table"},
	{"-- table -1 `d`.`x`\n", "line 3 names an unknown table"},
	{"-- table 18446744073709551616 x\n", "line 3 names an unknown table"},
	{"-- table x\n", "line 3 names an unknown table"},
	{DELETE, "line 3 belongs to no table"},
	{INSERT, "line 3 belongs to no table"},
	{"(1) /* d 1 */;\n", "line 3 stands outside of a statement"},
	{"DROP TABLE x;\n", "line 3 stands outside of a statement"},
	{KEYED "(1) /* d 1 */;\n", "line 4 stands outside of a statement"},
	{KEYED INSERT "(1) /* d 1 */;\nCOMMIT;\n(2) /* d 1 */;\n",
	 "line 7 stands outside of a statement"},
	{KEYED INSERT "(1);\n", "line 5 is no row"},
	{KEYED INSERT "(1) /* d 1 */; DROP\n", "line 5 is no row"},
	{KEYED INSERT "(1) /* d 1\n", "line 5 is no row"},
	{KEYED INSERT "\n", "line 5 is no row"},
	{KEYED INSERT "(1) /* x 1 */;\n", "line 5 has an unknown comment"},
	{KEYED INSERT "(1) /* d */;\n", "line 5 has an unknown comment"},
	{KEYED INSERT "(1) /* u 1 */;\n", "line 5 has an unknown comment"},
	{KEYED INSERT "(1) /* + */;\n", "line 5 has an unknown comment"},
	{KEYED INSERT "(1) /* r 1 2 3 */;\n", "line 5 has an unknown comment"},
	{ROWS INSERT "(1) /* d 1 */;\n", "line 5 has an unknown comment"},
	{ROWS INSERT "(1) /* r 1 2 2 */;\n", "line 5 has an unknown comment"},
	{KEYED DELETE "5 /* d 1 */\n", "line 5 has an unknown comment"},
	{ROWS DELETE "5 /* i 1 */\n", "line 5 has an unknown comment"},
	{ROWS DELETE "5 /* i 1 0 */\n", "line 5 has an unknown comment"},
};

START_TEST(what_is_no_row_is_refused_with_its_line)
{
	ck_assert_int_eq(read_made_up(HEAD, made_up[_i].body), DBS_E_FORMAT);
	ck_assert_msg(strstr(err.text, made_up[_i].told) != NULL, "%s",
		      err.text);
}
END_TEST

/* What dbsync never writes behind the words of a comment. */
static const char *const odd_comments[] = {
	KEYED INSERT "(1) /* d 1 more */;\n",
	KEYED INSERT "(1) /* u 1 2 3 */;\n",
	KEYED DELETE "5 /* i 1 2 */\n",
	ROWS INSERT "(1) /* r 1 2 3 4 */;\n",
	ROWS INSERT "(1) /* r 1 0 3 */;\n",
	ROWS INSERT "(1) /* + */;\n",
};

START_TEST(a_comment_that_goes_on_is_refused)
{
	ck_assert_msg(read_made_up(HEAD, odd_comments[_i]) == DBS_E_FORMAT,
		      "%s", odd_comments[_i]);
}
END_TEST

static const char *const injections[] = {
	"5) OR 1 OR (1", "5); DROP TABLE x", "(SELECT 1)",
	"SLEEP(1)",      "'a' OR 'b'",       "",
};

/* A key is cut out of its line as it is; to become SQL it must be literals. */
START_TEST(sql_in_place_of_a_literal_becomes_no_key)
{
	struct buf key = BUF_INIT;
	struct buf body = BUF_INIT;
	const struct server server = {.family = SERVER_MARIADB};
	const struct image *image = image_make(
		sample_pair(points.arena, single));
	const struct row_sql *sql = row_sql_make(image, "d", &server,
						 points.arena);

	buf_addf(&body,
		 KEYED DELETE "%s /* i 1 */\n" INSERT "(%s) /* d 1 */;\n",
		 injections[_i], injections[_i]);
	buf_adds(&text, HEAD);
	buf_add(&text, body.data, body.length);
	sealed_trailer(&text);
	ck_assert_int_eq(open_text(), DBS_OK);
	next();
	ck_assert(!row_sql_parse_key(sql, row.key, &key));
	next();
	ck_assert(!values_of_tuple(row.tuple, image->count, &key));
	buf_release(&key);
	buf_release(&body);
}
END_TEST

static const struct {
	const char *from; /* of HEAD */
	const char *to;
	const char *told;
} heads[] = {
	{"-- dbsync backup point", "-- mariadb dump", "line 1"},
	{"-- manifest ", "-- no manifest ", "line 2"},
	{"{\"format\":1,", "[{\"format\":1,", "not an object of JSON"},
	{"\"format\":1", "\"format\":2", "it has format 2"},
	{"\"format\":1", "\"format\":\"1\"", "no proper `format`"},
	{"\"run\":\"r\"", "\"ran\":\"r\"", "no proper `run`"},
	{"\"run\":\"r\"", "\"run\":null", "no proper `run`"},
	{"\"created\":\"\"", "\"created\":7", "no proper `created`"},
	{"\"target_identity\":\"i\",", "", "no proper `target_identity`"},
	{"\"allowed\":[]", "\"allowed\":{}", "no proper `allowed`"},
	{"\"allowed\":[]", "\"allowed\":[1]", "no proper `allowed`"},
	{"\"tables\":[", "\"tables\":[7,", "no proper `database`"},
	{"\"tables\":[", "\"tables\":[null,", "no proper `database`"},
	{"\"table\":\"k\"", "\"table\":[]", "no proper `table`"},
	{"\"insert\":1", "\"insert\":1.5", "no proper `insert`"},
	{"\"written\":1", "\"written\":2", "no proper `written`"},
	{"\"written\":1", "\"written\":-1", "no proper `written`"},
	{"\"insert\":1", "\"insert\":-1", "no proper `insert`"},
	{"\"key\":[\"id\"]", "\"key\":[7]", "no proper `key`"},
	{"\"key\":[\"id\"]", "\"key\":\"id\"", "no proper `key`"},
	{"\"columns\":[{", "\"columns\":[7,{", "no proper `name`"},
	{"\"type\":\"int\"", "\"type\":false", "no proper `type`"},
	{"\"compared\":[{", "\"compare\":[{", "no proper `compared`"},
	{"\"form\":\"\"", "\"form\":0", "no proper `form`"},
	{"}]}\n", "}]} {}\n", "JSON"},
};

START_TEST(a_manifest_that_lacks_something_is_refused_by_its_name)
{
	struct buf head = BUF_INIT;
	const char *at = strstr(HEAD, heads[_i].from);

	ck_assert_ptr_nonnull(at);
	buf_add(&head, HEAD, strlen(HEAD) - strlen(at));
	buf_adds(&head, heads[_i].to);
	buf_adds(&head, at + strlen(heads[_i].from));
	const enum dbs_rc rc = read_made_up(head.data, "");

	buf_release(&head);
	ck_assert_int_eq(rc, DBS_E_FORMAT);
	ck_assert_msg(strstr(err.text, heads[_i].told) != NULL, "%s", err.text);
}
END_TEST

static const char *const stubs[] = {
	"",
	"\n",
	"-- dbsync backup point, format 1\n",
	"-- dbsync backup point, format 1\n-- manifest \n",
	"-- dbsync backup point, format 1\n-- manifest {}\n",
};

START_TEST(a_text_without_a_manifest_is_refused)
{
	ck_assert_int_eq(read_made_up(stubs[_i], ""), DBS_E_FORMAT);
}
END_TEST

START_TEST(an_empty_file_and_one_that_is_no_file_are_refused)
{
	uint64_t rows = 0;

	ck_assert_int_eq(read_packed(&rows), DBS_E_FORMAT);
	dbs_error_clear(&err);
	ck_assert_int_eq(backup_open(scratch_path("none"), &reader, &err),
			 DBS_E_IO);
	dbs_error_clear(&err);
	ck_assert_int_eq(backup_open(scratch, &reader, &err), DBS_E_IO);
	ck_assert_ptr_null(reader);
}
END_TEST

static TCase *write_case(void)
{
	TCase *tcase = tcase_create("written");

	tcase_set_timeout(tcase, 30);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, every_row_comes_back_as_the_way_back);
	tcase_add_test(tcase, its_manifest_says_what_it_is_of);
	tcase_add_test(tcase, the_file_is_whole_and_for_its_owner_only);
	tcase_add_test(tcase, a_name_that_is_taken_gets_a_number);
	tcase_add_test(tcase, rows_of_many_statements_all_come_back);
	tcase_add_test(tcase, a_row_larger_than_any_block_comes_back);
	tcase_add_test(tcase,
		       a_reader_that_is_rewound_reads_the_file_that_it_opened);
	tcase_add_test(tcase,
		       a_backup_point_that_cannot_be_written_leaves_no_file);
	tcase_add_test(
		tcase,
		a_backup_point_whose_rollback_would_refuse_it_is_not_begun);
	tcase_add_test(
		tcase,
		a_backup_point_of_an_object_is_one_that_its_rollback_takes);
	return tcase;
}

static TCase *damage_case(void)
{
	TCase *tcase = tcase_create("damaged");

	tcase_set_timeout(tcase, 30);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, one_byte_that_is_changed_is_noticed);
	tcase_add_test(tcase,
		       a_file_that_ends_too_early_is_noticed_with_its_offset);
	tcase_add_test(tcase,
		       a_text_that_was_altered_and_compressed_again_is_refused);
	tcase_add_test(tcase,
		       the_trailer_that_we_make_is_the_one_that_was_written);
	return tcase;
}

static TCase *made_up_case(void)
{
	TCase *tcase = tcase_create("made up");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, a_made_up_text_of_the_right_form_is_read);
	tcase_add_test(tcase, sections_that_come_back_to_a_table_are_refused);
	tcase_add_loop_test(tcase, what_is_no_row_is_refused_with_its_line, 0,
			    (int)COUNT(made_up));
	tcase_add_loop_test(tcase, a_comment_that_goes_on_is_refused, 0,
			    (int)COUNT(odd_comments));
	tcase_add_loop_test(tcase, sql_in_place_of_a_literal_becomes_no_key, 0,
			    (int)COUNT(injections));
	tcase_add_loop_test(
		tcase, a_manifest_that_lacks_something_is_refused_by_its_name,
		0, (int)COUNT(heads));
	tcase_add_loop_test(tcase, a_text_without_a_manifest_is_refused, 0,
			    (int)COUNT(stubs));
	tcase_add_test(tcase,
		       an_empty_file_and_one_that_is_no_file_are_refused);
	return tcase;
}

int main(void)
{
	Suite *suite = suite_create("point");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, write_case());
	suite_add_tcase(suite, damage_case());
	suite_add_tcase(suite, made_up_case());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
