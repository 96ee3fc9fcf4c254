/* swap_keys.c - see swap_keys.h. */
#include "swap_keys.h"

#include "dbsync/base/own.h"
#include "dbsync/db/quote.h"
#include "dbsync/schema/render.h"

bool swap_keys_are_malformed(const struct dbs_error *err)
{
	static const unsigned errors[] = {
		1025, /* error on rename (MariaDB: errno 150) */
		1215, /* cannot add foreign key constraint */
		1822, /* no key of the parent has these columns */
		3734, /* the parent lacks the column */
		3780, /* columns of different types */
		6125, /* the parent's key is not unique */
	};

	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++)
		if (err->server_errno == errors[i])
			return true;
	return false;
}

/* The definition that has its foreign keys, or NULL. */
static const struct definition *with_keys(const struct stage_table *table)
{
	const struct definition *have = table->table->structure->have;

	return table->is_replaced && have && have->foreign_key_count ? have
								     : NULL;
}

static void begin_alter(struct buf *sql, const struct stage_table *table)
{
	buf_adds(sql, "ALTER TABLE ");
	quote_table(sql, table->table->database, table->table->table);
}

enum dbs_rc swap_keys_drop(struct ddl *ddl, const struct stage *stage,
			   size_t *tried_out, struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < stage->table_count && !rc; i++) {
		const struct definition *have = with_keys(&stage->tables[i]);
		OWNED(buf_release) struct buf sql = BUF_INIT;

		*tried_out = i + 1;
		if (!have)
			continue;
		begin_alter(&sql, &stage->tables[i]);
		for (size_t k = 0; k < have->foreign_key_count; k++) {
			buf_adds(&sql, k ? ", DROP FOREIGN KEY "
					 : " DROP FOREIGN KEY ");
			quote_name(&sql, have->foreign_keys[k].name);
		}
		rc = ddl_run(ddl, sql.data, false, err);
	}
	return rc;
}

/* One statement for each: others come back when one does not. */
static void return_key(struct ddl *ddl, const struct stage_table *table,
		       const struct def_foreign_key *key,
		       const struct talk *talk)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	struct dbs_error err = {0};

	begin_alter(&sql, table);
	buf_adds(&sql, " ADD ");
	render_foreign_key(key, &sql);
	enum dbs_rc rc = ddl_use(ddl, table->table->database, &err);

	if (!rc)
		rc = ddl_run(ddl, sql.data, false, &err);
	if (rc)
		talk_note(talk,
			  "the foreign key `%s` of `%s`.`%s` was dropped and "
			  "could not be added again: %s",
			  key->name, table->table->database,
			  table->table->table, err.text);
}

void swap_keys_return(struct ddl *ddl, const struct stage *stage, size_t tried,
		      const struct talk *talk)
{
	for (size_t i = 0; i < tried; i++) {
		const struct definition *have = with_keys(&stage->tables[i]);

		for (size_t k = 0; have && k < have->foreign_key_count; k++)
			return_key(ddl, &stage->tables[i],
				   &have->foreign_keys[k], talk);
	}
}
