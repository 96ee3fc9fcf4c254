/* follow_cascade.c - see follow_cascade.h. */
#include "follow_cascade.h"

#include "by_log_part.h"
#include "follow_session.h"

#include "dbsync/base/text.h"
#include "dbsync/data/touched.h"

#include <string.h>

static struct follow_table *table_at(const struct follow_session *session,
				     size_t number)
{
	return vec_at(&session->tables, number);
}

/* ------------------------------------------------------------------------
 * Which there are
 * --------------------------------------------------------------------- */

static size_t find_table(const struct follow_session *session,
			 const char *database, const char *table)
{
	for (size_t i = 0; i < session->tables.count; i++) {
		const struct pair *pair = table_at(session, i)->subject->pair;

		if (text_equal_nocase(pair->database[SOURCE], database) &&
		    text_equal_nocase(pair->table[SOURCE]->name, table))
			return i;
	}
	return SIZE_MAX;
}

/* The columns of its key, in that order. */
static bool is_key_of(const struct pair *parent, const struct foreign_key *key)
{
	if (parent->key_count != key->column_count)
		return false;
	for (size_t i = 0; i < key->column_count; i++)
		if (!text_equal_nocase(key->parent_columns[i],
				       parent->columns[parent->key[i].column]
					       .on[SOURCE]
					       ->name))
			return false;
	return true;
}

/* Compared, and called the same on both sides. */
static bool has_column(const struct pair *pair, const char *name)
{
	for (size_t i = 0; i < pair->column_count; i++)
		if (text_equal_nocase(pair->columns[i].on[SOURCE]->name,
				      name) &&
		    text_equal_nocase(pair->columns[i].on[TARGET]->name, name))
			return true;
	return false;
}

static bool goes_by_keys(const struct follow_table *child,
			 const struct follow_table *parent,
			 const struct foreign_key *key)
{
	if (child->whole || parent->whole ||
	    !is_key_of(parent->subject->pair, key))
		return false;
	for (size_t i = 0; i < key->column_count; i++)
		if (!has_column(child->subject->pair, key->child_columns[i]))
			return false;
	return true;
}

static void note_whole(const struct follow_session *session,
		       const struct follow_cascade *cascade)
{
	const struct pair *pair =
		table_at(session, cascade->child)->subject->pair;

	if (!cascade->by_keys && !table_at(session, cascade->child)->whole)
		talk_note(session->base.walk.talk,
			  "`%s`.`%s` is compared as a whole whenever rows of "
			  "`%s`.`%s` have changed: its foreign key `%s` "
			  "changes rows that the log does not name",
			  pair->database[SOURCE], pair->table[SOURCE]->name,
			  cascade->key->parent_database, cascade->key->parent,
			  cascade->key->name);
}

static void add_cascade(struct follow_session *session,
			const struct foreign_key *key)
{
	const size_t child = find_table(session, key->child_database,
					key->child);
	const size_t parent = find_table(session, key->parent_database,
					 key->parent);

	if (child == SIZE_MAX || (!relation_rule_acts(key->delete_rule) &&
				  !relation_rule_acts(key->update_rule)))
		return;
	struct follow_cascade *cascade = vec_push(&session->cascades);

	*cascade = (struct follow_cascade){
		.key = key,
		.child = child,
		.parent = parent,
		.by_keys = parent != SIZE_MAX &&
			   goes_by_keys(table_at(session, child),
					table_at(session, parent), key),
	};
	note_whole(session, cascade);
}

enum dbs_rc follow_cascades_find(struct follow_session *session,
				 struct dbs_error *err)
{
	struct conn *source = walk_link(session->walk)->conn[SOURCE];
	bool hides = false;
	enum dbs_rc rc = by_log_hides_cascades(source, &hides, err);

	if (rc || (conn_server(source)->family == SERVER_MYSQL && !hides))
		return rc;
	for (size_t d = 0; d < session->sources.count && !rc; d++) {
		const char *name = *(const char **)vec_at(&session->sources, d);
		const struct relations *relations = NULL;

		rc = relations_load(source, name, session->arena, &relations,
				    err);
		for (size_t i = 0; !rc && i < relations->foreign_key_count; i++)
			if (text_equal_nocase(
				    relations->foreign_keys[i].child_database,
				    name))
				add_cascade(session,
					    &relations->foreign_keys[i]);
	}
	return rc;
}

/* ------------------------------------------------------------------------
 * What they change
 * --------------------------------------------------------------------- */

static struct key_set *keys_of(const struct follow_session *session,
			       size_t number)
{
	return follow_keys(&session->stretch[FOLLOW_NOW].sets, number);
}

static struct key_set *moved_of(const struct follow_session *session,
				size_t number)
{
	return follow_keys(&session->stretch[FOLLOW_NOW].moved, number);
}

/* Of a parent that is not followed nothing but that is known. */
static bool parent_is_named(const struct follow_session *session,
			    const struct follow_cascade *cascade)
{
	return follow_session_names(session, cascade->key->parent_database,
				    cascade->key->parent);
}

static bool is_too_many(const struct follow_session *session, size_t number)
{
	const struct pair *pair = table_at(session, number)->subject->pair;
	const struct log_keys_wish *wish =
		log_keys_of(session->stretch[FOLLOW_NOW].keys,
			    pair->database[SOURCE], pair->table[SOURCE]->name);

	return key_set_count(keys_of(session, number)) > wish->most;
}

static enum dbs_rc add_referring(struct follow_session *session,
				 const struct follow_cascade *cascade,
				 struct dbs_error *err)
{
	struct follow_table *child = table_at(session, cascade->child);
	struct key_set *moved = moved_of(session, cascade->child);
	struct key_set *found = key_set_new();
	enum dbs_rc rc = DBS_OK;

	for (enum side side = SOURCE; side < SIDES && !rc; side++) {
		const struct touched_reference reference = {
			.child = child->subject,
			.side = side,
			.columns = cascade->key->child_columns,
			.column_count = cascade->key->column_count,
		};

		rc = touched_references(walk_link(session->walk)->conn[side],
					&reference,
					moved_of(session, cascade->parent),
					found, err);
	}
	const size_t count = rc ? 0 : key_set_count(found);

	for (size_t i = 0; i < count; i++) {
		key_set_add(keys_of(session, cascade->child),
			    key_set_at(found, i));
		key_set_add(moved, key_set_at(found, i));
	}
	key_set_drop(&found);
	if (count)
		child->touch = is_too_many(session, cascade->child)
				       ? FOLLOW_WHOLE
				       : FOLLOW_KEYS;
	return rc;
}

static enum dbs_rc spread(struct follow_session *session,
			  const struct follow_cascade *cascade, bool *grew,
			  struct dbs_error *err)
{
	struct follow_table *child = table_at(session, cascade->child);
	const enum follow_touch parent =
		cascade->parent != SIZE_MAX
			? table_at(session, cascade->parent)->touch
		: parent_is_named(session, cascade) ? FOLLOW_WHOLE
						    : FOLLOW_UNTOUCHED;

	if (child->touch == FOLLOW_WHOLE || parent == FOLLOW_UNTOUCHED)
		return DBS_OK;
	if (parent == FOLLOW_WHOLE || !cascade->by_keys) {
		child->touch = FOLLOW_WHOLE;
		*grew = true;
		return DBS_OK;
	}
	const size_t before = key_set_count(moved_of(session, cascade->child));
	enum dbs_rc rc = add_referring(session, cascade, err);

	*grew = *grew || child->touch == FOLLOW_WHOLE ||
		key_set_count(moved_of(session, cascade->child)) != before;
	return rc;
}

enum dbs_rc follow_cascades_spread(struct follow_session *session,
				   struct dbs_error *err)
{
	bool grew = session->cascades.count != 0;
	enum dbs_rc rc = DBS_OK;

	while (grew && !rc) {
		grew = false;
		for (size_t i = 0; i < session->cascades.count && !rc; i++)
			rc = spread(session, vec_at(&session->cascades, i),
				    &grew, err);
	}
	return rc;
}
