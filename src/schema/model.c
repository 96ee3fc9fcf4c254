/* model.c - see model.h. */
#include "dbsync/schema/model.h"

#include "dbsync/base/text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

const struct column *table_find_column(const struct table *table,
				       const char *name)
{
	for (size_t i = 0; i < table->column_count; i++)
		if (!strcmp(table->columns[i].name, name))
			return &table->columns[i];
	for (size_t i = 0; i < table->column_count; i++)
		if (text_equal_nocase(table->columns[i].name, name))
			return &table->columns[i];
	return NULL;
}

static int compare_names(const void *name, const void *table)
{
	return strcmp(name, ((const struct table *)table)->name);
}

const struct table *database_find_table(const struct database *database,
					const char *name)
{
	const struct table *found =
		database->table_count
			? bsearch(name, database->tables, database->table_count,
				  sizeof(*database->tables), compare_names)
			: NULL;

	for (size_t i = 0;
	     !found && database->folds_case && i < database->table_count; i++)
		if (text_equal_nocase(database->tables[i].name, name))
			found = &database->tables[i];
	return found;
}

/* Members stand in quotes, which are doubled inside: enum('a','it''s',''). */
bool column_is_ambiguous(const struct column *column)
{
	const char *at = strchr(column->type_text, '(');

	if (column->type != TYPE_ENUM && column->type != TYPE_SET)
		return false;
	while (at && (*at == '(' || *at == ',')) {
		const char *member = at + 1;

		if (member[0] == '\'' && member[1] == '\'' && member[2] != '\'')
			return true;
		for (at = member + 1; *at; at++)
			if (*at == '\'' && *++at != '\'')
				break;
	}
	return false;
}

bool engine_is_transactional(const char *engine)
{
	static const char *const engines[] = {"InnoDB", "ROCKSDB", "TokuDB",
					      "ndbcluster", "SPIDER"};

	for (size_t i = 0; i < sizeof(engines) / sizeof(*engines); i++)
		if (text_equal_nocase(engines[i], engine))
			return true;
	return false;
}

bool table_is_transactional(const struct table *table)
{
	return engine_is_transactional(table->engine);
}

/*
 * Others than InnoDB have views in part (RocksDB, TokuDB), or have their rows on
 * another server, or in files (SPIDER, FEDERATED, CONNECT): what is not known to
 * hold is not claimed.
 */
bool table_has_views(const struct table *table)
{
	return text_equal_nocase("InnoDB", table->engine);
}

uint64_t table_bytes(const struct table *table)
{
	return table->rows * table->row_bytes;
}

bool table_has_other_unique(const struct table *table, const char *key_name)
{
	for (size_t i = 0; i < table->key_count; i++)
		if (table->keys[i].is_unique &&
		    (!key_name || strcmp(table->keys[i].name, key_name) != 0))
			return true;
	return false;
}
