/*
 * definition.h - what SHOW CREATE TABLE says, taken apart.
 *
 * A definition says what the text says and no more: what the server leaves to
 * its defaults is not filled in (canon.h does that).  Everything in the text
 * has a place in it, or the definition is refused: see definition_read.
 *
 * Lives in one arena, and is not changed once it is read.  Texts are never
 * NULL: "" is what was not said, unless a field says otherwise.
 */
#ifndef DBSYNC_SCHEMA_DEFINITION_H
#define DBSYNC_SCHEMA_DEFINITION_H

#include "dbsync/base/buf.h"
#include "dbsync/base/mem.h"
#include "dbsync/db/server.h"

#include <stdbool.h>
#include <stddef.h>

enum def_default {
	DEF_DEFAULT_NONE,
	DEF_DEFAULT_NULL,
	DEF_DEFAULT_LITERAL,    /* 'a', 1, -1.5, b'0' */
	DEF_DEFAULT_EXPRESSION, /* uuid(), a + 1; without outer parentheses */
};

enum def_null { DEF_NULL_UNSAID, DEF_NULL_YES, DEF_NULL_NO };

struct def_column {
	const char *name;
	const char *type;           /* "int", "varchar", in lower case */
	const char *arguments;      /* of the type: "10,2", "'a','b'" */
	const char *said_arguments; /* with a width that is no difference, for
				       statements; NULL: as they are */
	const char *charset;
	const char *collation;
	const char *generated; /* expression; NULL: it is no such column */
	const char *default_value;
	const char *on_update; /* "current_timestamp(6)" */
	const char *comment;   /* what it says, not its literal */
	const char *check;     /* expression; NULL: none (MariaDB) */
	const char *srid;
	const char *format;  /* COLUMN_FORMAT */
	const char *storage; /* STORAGE */
	enum def_default default_kind;
	enum def_null null;
	bool is_unsigned;
	bool is_zerofill;
	bool is_compressed;
	bool is_charset_implied; /* it is not said: the table's default */
	bool is_stored;          /* generated and stored */
	bool is_auto_increment;
	bool is_invisible;
	bool says_invisible_early; /* before DEFAULT, as some versions do */
};

struct def_part {
	const char *column;     /* NULL: an expression */
	const char *expression; /* NULL: a column */
	const char *length;     /* of a prefix */
	bool is_descending;
};

enum def_key_kind {
	DEF_KEY_PRIMARY,
	DEF_KEY_UNIQUE,
	DEF_KEY_PLAIN,
	DEF_KEY_FULLTEXT,
	DEF_KEY_SPATIAL,
	DEF_KEY_VECTOR,
};

struct def_option {
	const char *name;  /* "ENGINE", "DEFAULT CHARSET"; `…` when quoted */
	const char *value; /* as it was written: InnoDB, 'a', `t` */
};

struct def_key {
	enum def_key_kind kind;
	const char *name; /* "PRIMARY" for the primary key */
	const struct def_part *parts;
	size_t part_count;
	const struct def_option *options; /* USING, COMMENT, … */
	size_t option_count;
	bool is_hidden; /* INVISIBLE (MySQL), IGNORED (MariaDB) */
};

struct def_foreign_key {
	const char *name;
	const char **columns;
	size_t column_count;
	const char *parent_database; /* "": the database of the table */
	const char *parent;
	const char **parent_columns;
	size_t parent_column_count;
	const char *match;
	const char *on_delete; /* "", "CASCADE", "SET NULL", … */
	const char *on_update;
	/* canonical: the rules in the words of their server, which may say
	 * NO ACTION for nothing; else NULL */
	const char *said_delete;
	const char *said_update;
};

struct def_check {
	const char *name;
	const char *expression;
	bool is_unenforced; /* NOT ENFORCED (MySQL) */
};

struct def_partition {
	const char *name;
	const char *
		values; /* "LESS THAN (10)", "IN (1,2)", "LESS THAN MAXVALUE" */
	const struct def_option *options;
	size_t option_count;
	const struct def_partition *parts; /* subpartitions */
	size_t part_count;
};

struct def_partitioning {
	const char *method; /* "RANGE", "LINEAR KEY", … "": not partitioned */
	const char *expression; /* what stands in its parentheses */
	const char *count;      /* PARTITIONS n */
	const char *sub_method;
	const char *sub_expression;
	const char *sub_count;
	const struct def_partition *parts;
	size_t part_count;
};

struct definition {
	const char *name;
	const struct def_column *columns;
	size_t column_count;
	const struct def_key *keys;
	size_t key_count;
	const struct def_foreign_key *foreign_keys;
	size_t foreign_key_count;
	const struct def_check *checks;
	size_t check_count;
	const struct def_option *options;
	size_t option_count;
	struct def_partitioning partitioning;
};

/*
 * Takes apart what a server printed.  DBS_E_UNKNOWN names the words that this
 * version has no place for; so it does when rendering the result does not
 * bring back the text, word by word: then it was not understood.
 */
enum dbs_rc definition_read(const char *text, size_t length,
			    enum server_family family, struct arena *arena,
			    const struct definition **out,
			    struct dbs_error *err);

/* NULL when there is none. */
const struct def_column *definition_column(const struct definition *definition,
					   const char *name);
const struct def_key *definition_key(const struct definition *definition,
				     const char *name);
/* "" when there is none. */
const char *definition_option(const struct definition *definition,
			      const char *name);
const char *definition_key_option(const struct def_key *key, const char *name);

/*
 * The option by which rows of a table would lie outside of it, so that its
 * server reads and writes files, other servers or other tables; NULL: none, or
 * have (NULL: the table is made) says the same.  Both are canonical.
 */
const char *definition_reach(const struct definition *have,
			     const struct definition *want,
			     struct arena *arena);
#endif
