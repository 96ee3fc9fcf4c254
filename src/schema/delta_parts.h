/*
 * delta_parts.h - between the files of delta.h.
 */
#ifndef DBSYNC_SCHEMA_DELTA_PARTS_H
#define DBSYNC_SCHEMA_DELTA_PARTS_H

#include "dbsync/base/vec.h"
#include "dbsync/schema/delta.h"

struct differ {
	const struct definition *have; /* its columns renamed */
	const struct definition *want;
	enum server_family family;
	const struct renames *renames;
	struct arena *arena;
	struct vec clauses; /* struct delta_clause */
};

void delta_add(struct differ *differ, struct delta_clause clause);

/* Whether everything about them is the same, their names aside. */
bool delta_same_column(const struct differ *differ, const struct def_column *a,
		       const struct def_column *b);
bool delta_same_options(const struct def_option *a, size_t a_count,
			const struct def_option *b, size_t b_count);

/*
 * Whether a column of both, or what an expression computes of one, goes and
 * comes instead of being changed.  What leans on it has to do the same.
 */
bool delta_is_made_anew(const struct differ *differ, const char *name);
bool delta_leans_on_new(const struct differ *differ, const char *expression);

/* A condition on rows of the target that are against a check. */
const char *delta_against(const struct differ *differ, const char *check);

/* Clauses for the renames; have: before them. */
void delta_renames(struct differ *differ, const struct definition *have);

/* Clauses for what differs in … */
void delta_columns(struct differ *differ);
void delta_partitions(struct differ *differ);

/* What a column's change may cost; fills in hazard and endangered. */
void hazard_of_change(const struct differ *differ,
		      const struct def_column *have,
		      const struct def_column *want,
		      struct delta_clause *clause);
#endif
