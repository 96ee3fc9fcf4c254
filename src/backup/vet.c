/* vet.c - may a rollback run what a backup point says?  See point.h. */
#include "dbsync/backup/point.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/schema/load.h"
#include "dbsync/schema/object_claim.h"

#include <string.h>

enum { SHOWN = 200 };

static enum dbs_rc vet_database(const char *database, struct dbs_error *err)
{
	return schema_is_system(database)
		       ? dbs_fail(err, DBS_E_REFUSED,
				  "the backup point is of `%s`, which is the "
				  "server's own: no run of dbsync writes there",
				  database)
		       : DBS_OK;
}

static enum dbs_rc vet_databases(const struct manifest *manifest,
				 struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < manifest->table_count && !rc; i++)
		rc = vet_database(manifest->tables[i].database, err);
	for (size_t i = 0; i < manifest->shape_count && !rc; i++)
		rc = vet_database(manifest->shapes[i].database, err);
	for (size_t i = 0; i < manifest->object_count && !rc; i++)
		rc = vet_database(manifest->objects[i].database, err);
	return rc;
}

static bool has_collations(const struct manifest_object *object)
{
	const bool is_default = object_kind_of(object->kind) == OBJECT_DATABASE;

	return object_is_collation(object->collation ? object->collation
						     : "") &&
	       (!is_default || !object->before ||
		object_is_collation(object->before));
}

static enum dbs_rc vet_object(const struct manifest_object *object,
			      struct dbs_error *err)
{
	const struct object_claim claim = {
		.kind = object_kind_of(object->kind),
		.database = object->database,
		.name = object->name,
		.table = object->table,
		.statements = object->statements.items,
		.statement_count = object->statements.count,
	};
	const char *doubt = object_claim_doubt(&claim);
	OWNED(buf_release) struct buf shown = BUF_INIT;

	if (!has_collations(object))
		return dbs_fail(err, DBS_E_REFUSED,
				"what the backup point says to be a default "
				"collation of `%s` is none",
				object->database);
	if (!doubt)
		return DBS_OK;
	text_show_sql(&shown, doubt, strlen(doubt), SHOWN);
	return dbs_fail(err, DBS_E_REFUSED,
			"a statement of the backup point is not of the %s "
			"`%s`.`%s`, as it says, and is not run: %s",
			object->kind, object->database, object->name,
			shown.data);
}

enum dbs_rc backup_vet(const struct manifest *manifest, struct dbs_error *err)
{
	enum dbs_rc rc = vet_databases(manifest, err);

	for (size_t i = 0; i < manifest->object_count && !rc; i++)
		rc = vet_object(&manifest->objects[i], err);
	return rc;
}
