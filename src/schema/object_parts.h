/*
 * object_parts.h - what the files of object.h share.  Internal to the schema
 * floor.
 */
#ifndef DBSYNC_SCHEMA_OBJECT_PARTS_H
#define DBSYNC_SCHEMA_OBJECT_PARTS_H

#include "charset.h"

#include "dbsync/base/vec.h"
#include "dbsync/schema/object.h"

/* SHOW GRANTS: of which kinds the user is sure to see all. */
enum dbs_rc object_rights(struct conn *conn, const char *database,
			  unsigned *sees_out, struct dbs_error *err);

/* Whether a line lets the user make this database; pure. */
bool object_grant_creates(const char *line, const char *database,
			  struct arena *arena);

/* That of the database; "" when the list does not have it. */
const char *object_default_collation(const struct object_list *list);

/* Reads the definition; a refusal is object->unknown. */
enum dbs_rc object_read(struct conn *conn, const char *database,
			struct object *object, struct arena *arena,
			struct dbs_error *err);

/* ------------------------------------------------------------------------
 * Texts of SHOW CREATE
 * --------------------------------------------------------------------- */

/* The statement of a trigger, that is, behind FOR EACH ROW; NULL: not found. */
const char *object_trigger_body(const char *create);

/* ENABLE or DISABLE … in the definition of an event, before its DO. */
bool object_event_status(const char *create, size_t *at_out,
			 size_t *length_out);

/* A routine's, with its RETURNS as all servers would say it. */
const char *object_routine_text(const char *create, bool keeps_collation,
				struct arena *arena);
bool object_returns_collation(const char *create);

/*
 * A view: what stands before VIEW (ALGORITHM … SECURITY), and its query, where
 * the names of its own database are left out.
 */
struct view_text {
	const char *head;
	const char *query; /* as the server printed it, but for that */
	const char *canon; /* one form for all servers, in lines */
	const char *words; /* the same without any parenthesis */
};

/* DBS_E_UNKNOWN when it is not understood. */
enum dbs_rc object_view_text(const char *create, const char *database,
			     struct arena *arena, struct view_text *out,
			     struct dbs_error *err);

/* ------------------------------------------------------------------------
 * Comparing
 * --------------------------------------------------------------------- */

/* What the comparison of two databases knows. */
struct object_context {
	const struct objects_request *request;
	struct arena *arena;
	struct collations there;    /* what the target knows */
	const char *base_collation; /* the target's default, once made so */
};

/* An object in the form of the target; wanted is set for the source's. */
struct object_form {
	const char *text;     /* what is compared */
	const char *words;    /* of a view, see view_text */
	const char *sql_mode; /* for SET on the target */
	const char *charset;
	const char *collation;
	const char *base_collation;
	const char *unknown; /* why the target cannot have it, or NULL */
};

/*
 * follows: the trigger before it of those that both sides have, or "".  What a
 * person should know of the source's object is added to notes (const char *).
 */
void object_form(const struct object_context *context,
		 const struct object_pair *pair, enum side side,
		 const char *follows, struct vec *notes,
		 struct object_form *out);

/* Whether the event of the source is to run on the target. */
bool object_is_enabled(const struct object_context *context,
		       const struct object_pair *pair);
/* "ENABLE", "DISABLE" or "DISABLE ON SLAVE": what the target's is to be. */
const char *object_event_wanted(const struct object_context *context,
				const struct object_pair *pair);

/* Of a trigger; texts are NULL where there is no such neighbour. */
struct object_place {
	const char *follows; /* trigger that has to be before it, or NULL */
	const char *precedes; /* that has to be after it, where follows is NULL */
};

/* The statements of the pair: source's out of target's, which may be NULL. */
void object_make(const struct object_context *context,
		 const struct object_form *form,
		 const struct object_place *place, struct object_pair *pair);
/* The statement that takes away what only the target has. */
void object_drop(const struct object_context *context,
		 struct object_pair *pair);
#endif
