/*
 * fuzz_row.c - any bytes as what both servers answer when the rows of a table
 * are read: refused with a reason, or compared, shown, and kept as changes whose
 * tuples can be cut apart again.
 *
 *	1 byte   which table (tables)
 *	2 bytes  how much of the rest is the source's; what is left, the target's
 *
 * and then what is fed to the streams of the source and of the target
 * (fed_stream.h).  recorder.c is taken in, for what begins it asks a connection
 * for a limit.
 */
#include "recorder.c"

#include "findings.h"

#include "dbsync/base/cancel.h"
#include "dbsync/data/literal.h"

#include "fed_stream.h"
#include "model_samples.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { DETAILS = 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ------------------------------------------------------------------------
 * The tables
 * --------------------------------------------------------------------- */

static const struct sample_pair tables[] = {
	{.source_columns = "id int; a tinyint null; b smallint unsigned null; "
			   "c bigint unsigned null; d decimal(20,6) null; "
			   "e float null; f double null; g bit(20) null; "
			   "h year null; i date null; j datetime(6) null; "
			   "k timestamp null; l time(6) null",
	 .source_keys = "PRIMARY(id)"},
	{.source_columns = "name varchar(40); t longtext null; b longblob null; "
			   "v varbinary(20) null",
	 .source_keys = "PRIMARY(name)"},
	{.source_columns = "a int null; t text null; d decimal(10,2) null; "
			   "f double null"},
	{.source_columns =
		 "d decimal(10,2); m datetime(3); s time; e "
		 "enum('a','','b'); w set('x','y') null; u char(36) null; "
		 "n varbinary(16) null; g geometry null; j json null",
	 .source_keys = "PRIMARY(d,m,s,e)",
	 .source_family = SERVER_MYSQL,
	 .target_family = SERVER_MYSQL},
	{.source_columns = "b binary(4); v varchar(30) collate "
			   "latin1_swedish_ci; j json null; e enum('a','b') "
			   "null; t longtext null collate latin1_bin",
	 .source_keys = "PRIMARY(b,v)",
	 .target_columns = "b varbinary(4); v varchar(30); j longtext null "
			   "collate utf8mb4_bin; e enum('b','a') null; t "
			   "longtext null; more int null",
	 .source_family = SERVER_MYSQL,
	 .target_family = SERVER_MARIADB},
	{.source_columns = "f double; e set('x','y'); n int null; i int null",
	 .source_keys = "PRIMARY(f,e)",
	 .target_columns = "f double; e set('x','y'); n bigint null; i "
			   "varchar(9) null",
	 .ignored = "n"},
};

enum { TABLES = sizeof(tables) / sizeof(*tables) };

static struct subject subject_of(struct arena *arena, unsigned number)
{
	const struct pair *pair = sample_pair(arena, tables[number % TABLES]);
	const struct image *image = image_make(pair);

	return (struct subject){
		.pair = pair,
		.projection[SOURCE] = projection_make(pair, SOURCE, "", 0),
		.projection[TARGET] = projection_make(
			pair, TARGET, image->extra_select, image->extra_count),
		.image = image,
	};
}

/* ------------------------------------------------------------------------
 * A range
 * --------------------------------------------------------------------- */

static void check(enum dbs_rc rc, const struct dbs_error *err)
{
	if (rc != err->code || (rc && !*err->text))
		abort();
}

/* An image becomes a tuple of as many literals, no longer than foreseen. */
static void must_split(const struct image *image, enum side side,
		       struct values row, size_t count)
{
	OWNED(buf_release) struct buf tuple = BUF_INIT;
	struct slice parts[SAMPLE_MOST];

	if (!row.length)
		return;
	if (!image_fits(image, side, row) ||
	    !image_tuple(image, side, row, &tuple) ||
	    tuple.length > values_tuple_most(row) ||
	    !literal_split((struct slice){tuple.data, tuple.length}, parts,
			   count))
		abort();
}

static void read_back(const struct segment *segment, const struct image *image)
{
	struct change_reader *reader = change_reader_new(segment, 1);
	struct change_record record;
	struct dbs_error err = {0};
	bool more = true;

	while (more) {
		if (change_reader_next(reader, &record, &more, &err))
			abort();
		if (!more)
			break;
		must_split(image, SOURCE, record.new_row, image->written_count);
		must_split(image, TARGET, record.old_row, image->count);
	}
	change_reader_drop(&reader);
}

static enum dbs_rc compare_all(const struct link *link,
			       const struct subject *subject,
			       const struct sink *sink, struct dbs_error *err)
{
	const struct cancel never = {false};
	const struct range all = {0};
	struct meter meter = {0};
	struct compare compare = {.link = link,
				  .subject = subject,
				  .sink = sink,
				  .meter = &meter,
				  .cancel = &never};

	return subject->pair->identity == IDENTITY_ROWS
		       ? compare_rows(&compare, false, err)
		       : compare_stream(&compare, &all, err);
}

static void compare_and_keep(const struct link *link,
			     const struct subject *subject)
{
	OWNED(range_finding_release) struct range_finding finding;
	OWNED(recorder_release)
	struct recorder recorder = {.file = link->changes,
				    .subject = subject,
				    .pending = VEC_INIT(struct pending),
				    .new_row = BUF_INIT,
				    .old_row = BUF_INIT,
				    .scratch = BUF_INIT};
	struct collector collector = {.finding = &finding,
				      .recorder = &recorder,
				      .details = DETAILS,
				      .keeps_identities = true};
	struct segment segment = {0};
	struct dbs_error err = {0};

	range_finding_init(&finding);
	change_file_begin(link->changes);
	const struct sink sink = collector_sink(&collector);
	enum dbs_rc rc = compare_all(link, subject, &sink, &err);

	if (!rc)
		rc = recorder_end(&recorder, link, &segment, &err);
	check(rc, &err);
	if (rc)
		return;
	range_finding_finish(&finding);
	read_back(&segment, subject->image);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum { HEAD = 3 };

	if (size < HEAD)
		return 0;
	const size_t wanted = data[1] | (size_t)data[2] << 8;
	const size_t left = size - HEAD;
	const uint8_t *middle = data + HEAD + (wanted < left ? wanted : left);
	struct conn source = {data + HEAD, middle};
	struct conn target = {middle, data + size};
	struct arena *arena = arena_new();
	const struct subject subject = subject_of(arena, data[0]);
	struct link link = {{&source, &target}, NULL};
	struct dbs_error err = {0};

	if (change_file_new(&link.changes, &err))
		abort();
	compare_and_keep(&link, &subject);
	change_file_drop(&link.changes);
	arena_drop(&arena);
	return 0;
}
