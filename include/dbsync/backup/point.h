/*
 * point.h - backup points: what a run changes, as it was before.
 *
 * A backup point is zstd over plain SQL, so that `zstdcat FILE | mariadb`
 * restores without dbsync.  Its lines:
 *
 *	-- dbsync backup point, format 1 …
 *	-- manifest {…}				(manifest.h)
 *	SET …;					the session that it needs
 *	-- table 0 `shop`.`orders`		then, for each table:
 *	START TRANSACTION;
 *	DELETE FROM … WHERE `id` IN (
 *	5 /@ i NEW @/,				a row that the run inserts
 *	7					one that it updates or deletes
 *	);
 *	INSERT INTO … VALUES
 *	(7,…) /@ u OLD NEW @/,			an updated row as it was
 *	(9,…) /@ d OLD @/;			a deleted one
 *	COMMIT;
 *	ALTER TABLE … AUTO_INCREMENT = 12;
 *	-- structures			where some changed: shapes.c
 *	-- end {"bytes":…,"xxh3":"…"}		of all the lines before it
 *
 * (`/@ … @/` stand for SQL comments here.)  OLD and NEW are the hashes of the
 * row before and after (row_hash.h); a rollback tells by them whether the run
 * got as far as this row, and whether somebody changed it since.  Rows without
 * a key bear counts: `i NEW COUNT`, `r HASH OLD-COUNT NEW-COUNT`, and `+` on
 * further copies of the row before.
 *
 * The order within a table, all deletes before all inserts, lets rows swap
 * their unique values.
 *
 * Behind the text, where zstd passes over it, stands whose it is: seal.h.
 */
#ifndef DBSYNC_BACKUP_POINT_H
#define DBSYNC_BACKUP_POINT_H

#include "dbsync/backup/key.h"
#include "dbsync/backup/manifest.h"
#include "dbsync/base/cancel.h"
#include "dbsync/data/dump.h"
#include "dbsync/data/row_sql.h"

struct backup_request {
	const char *folder;
	int level;   /* of zstd */
	int threads; /* for compressing; 0: none of its own */
	const struct manifest *manifest;
	const struct plan *plan;           /* NULL: no rows yet */
	const struct row_sql *const *sqls; /* of each table of the plan */
	const struct keys *keys; /* the first signs; NULL or none: unsigned */
	const struct cancel *cancel;
	const struct reshape *reshape; /* NULL: structures stay */
	/*
	 * Connections to the target, to read rows by.  Several see one moment,
	 * and are marked (snapshot_mark).
	 */
	struct conn *const *conns;
	size_t conn_count;
	/*
	 * An older backup point of the same run, that has the structures as
	 * they were before the first of them changed; NULL: they are yet to be
	 * read.
	 */
	const char *joined;
	/* gets rows and sum of each table of the reshape that is kept, or NULL */
	struct dump_total *totals;
};

/* DBS_E_REFUSED: others may write to a folder, and a rollback would not
 * believe what lies in it. */
enum dbs_rc backup_check_folder(const char *folder, struct dbs_error *err);

/*
 * Writes, fsyncs, reads back, and only then gives the file its name, which is
 * the caller's (mem_drop).  On failure nothing is left of it.  DBS_E_FORMAT: a
 * rollback would refuse it (backup_vet), and it was not even begun.
 */
enum dbs_rc backup_write(const struct backup_request *request, char **path_out,
			 uint64_t *bytes_out, struct dbs_error *err);

struct backup_reader;

/*
 * Opens a backup point and checks all of it: that it is whole, and byte by
 * byte what was written.  DBS_E_FORMAT names the offset of damage in the file.
 */
enum dbs_rc backup_open(const char *path, struct backup_reader **out,
			struct dbs_error *err);
void backup_close(struct backup_reader **reader);
const struct manifest *backup_manifest(const struct backup_reader *reader);
/* Hands it over; rows can be read no more. */
struct manifest *backup_take_manifest(struct backup_reader *reader);

enum backup_trust {
	BACKUP_OURS,     /* byte by byte what one of our keys signed */
	BACKUP_FOREIGN,  /* signed by a key that is not ours, or by nobody */
	BACKUP_UNSIGNED, /* by an older version, without a key, or anybody */
	BACKUP_LOST,     /* it was signed, by what it says; its code is gone */
};

/*
 * Who wrote it, by its code (HMAC).  keys may have none, or be NULL.
 * DBS_E_FORMAT when one of these is said to have signed it, and has not.
 */
enum dbs_rc backup_judge(const struct backup_reader *reader,
			 const struct keys *keys, enum backup_trust *out,
			 struct dbs_error *err);
/* The error of one that is BACKUP_LOST. */
enum dbs_rc backup_lost(const struct backup_reader *reader,
			struct dbs_error *err);
/* As it was opened; the reader's. */
const char *backup_path(const struct backup_reader *reader);
/* Of the key that is said to have signed it, or "". */
const char *backup_key_id(const struct backup_reader *reader);

/*
 * DBS_E_REFUSED: somebody else may write to the open file, or to the folder
 * that it is in, and so may do so while it is read.
 */
enum dbs_rc backup_check_owner(const struct backup_reader *reader,
			       struct dbs_error *err);

/*
 * Whether a rollback may run what a backup point says, whoever wrote it: each
 * statement of an object is of that object alone (object_claim.h), and no
 * database is the server's own.  DBS_E_REFUSED names what is not.
 */
enum dbs_rc backup_vet(const struct manifest *manifest, struct dbs_error *err);

/*
 * Back to the first row, of the same open file: what was checked is what is
 * read, whatever its name stands for by now.
 */
enum dbs_rc backup_rewind(struct backup_reader *reader, struct dbs_error *err);

/* One row, as the way back. */
struct backup_row {
	size_t table;          /* in the manifest */
	enum change_kind kind; /* what undoing it is */
	uint64_t before;       /* hash of the row as it was; 0: none */
	uint64_t after;        /* as the run made it; 0: none */
	uint64_t before_count; /* rows */
	uint64_t after_count;
	struct slice tuple; /* of all columns; empty for a DELETE … */
	struct slice key; /* … which has this, as row_sql_where_row wrote it */
};

/*
 * Behind the rows, those of the shapes that are kept as a whole: the next one,
 * and of which shape it is.
 */
enum dbs_rc backup_next_kept(struct backup_reader *reader, size_t *shape_out,
			     struct slice *tuple_out, bool *more_out,
			     struct dbs_error *err);

/* The next row; the texts are valid until the next call. */
enum dbs_rc backup_next(struct backup_reader *reader, struct backup_row *out,
			bool *more_out, struct dbs_error *err);
#endif
