/*
 * render.h - definitions, and their parts, as SQL of one server family.
 *
 * The parts are what ALTER TABLE wants after ADD and MODIFY.
 */
#ifndef DBSYNC_SCHEMA_RENDER_H
#define DBSYNC_SCHEMA_RENDER_H

#include "dbsync/schema/definition.h"

enum {
	RENDER_FOREIGN_KEYS = 1, /* with the table's foreign keys */
	RENDER_COUNTER = 2,      /* with its AUTO_INCREMENT */
	RENDER_ALL = 3,
	/* in the words in which it was said, which makes no difference to what it
	 * is: for statements, not for what is compared */
	RENDER_AS_SAID = 4,
};

/* CREATE TABLE and the name, which is one name or `database`.`table`. */
void render_table(const struct definition *definition, const char *name,
		  enum server_family family, int what, struct buf *out);

/* A string literal as both families print it. */
void render_string(const char *text, struct buf *out);

void render_column(const struct def_column *column, enum server_family family,
		   struct buf *out);

/*
 * As it was said, for a statement about a table whose default character set is
 * that of the definition, or becomes it by the same statement.
 */
void render_column_as_said(const struct def_column *column,
			   const struct definition *table,
			   enum server_family family, struct buf *out);
void render_key(const struct def_key *key, enum server_family family,
		struct buf *out);
/* As it was said; a name that is "" is left to the server. */
void render_foreign_key(const struct def_foreign_key *key, struct buf *out);
void render_check(const struct def_check *check, struct buf *out);
void render_option(const struct def_option *option, struct buf *out);
void render_partitioning(const struct def_partitioning *partitioning,
			 struct buf *out);
void render_partition(const struct def_partition *partition, struct buf *out);
#endif
