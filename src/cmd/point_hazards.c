/* point_hazards.c - see point_hazards.h. */
#include "point_hazards.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/schema/definition.h"
#include "dbsync/schema/object_claim.h"

#include <string.h>

typedef void show_line(void *self, const char *text);

static void show(const char *kind, const char *database, const char *name,
		 const char *text, show_line *line, void *self)
{
	OWNED(buf_release) struct buf full = BUF_INIT;
	OWNED(buf_release) struct buf shown = BUF_INIT;

	buf_addf(&full, "%s %s.%s %s", kind, database, name, text);
	buf_adds(&shown, "  ");
	text_show(&shown, full.data, full.length, SIZE_MAX);
	line(self, shown.data);
}

/* The manifest does not say of which family its server was. */
static bool read_table(const char *create, struct arena *arena,
		       const struct definition **out)
{
	static const enum server_family families[] = {SERVER_MARIADB,
						      SERVER_MYSQL};
	struct dbs_error ignored = {0};

	for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++)
		if (!definition_read(create, strlen(create), families[i], arena,
				     out, &ignored))
			return true;
	return false;
}

static void look_at_shape(const struct manifest_shape *shape, show_line *line,
			  void *self)
{
	OWNED(arena_drop) struct arena *arena = arena_new();
	const struct definition *definition = NULL;

	if (!shape->before)
		return;
	const char *reach = read_table(shape->before, arena, &definition)
				    ? definition_reach(NULL, definition, arena)
				    : "which this version cannot read";

	if (reach)
		show("table", shape->database, shape->table,
		     arena_printf(arena,
				  "(%s): its rows may be stored elsewhere, "
				  "where the target's server would read and "
				  "write",
				  reach),
		     line, self);
}

static void look_at_definer(const struct manifest_object *object,
			    show_line *line, void *self)
{
	const enum object_kind kind = object_kind_of(object->kind);
	const struct object_claim claim = {
		.kind = kind,
		.database = object->database,
		.name = object->name,
		.table = object->table,
		.statements = object->statements.items,
		.statement_count = object->statements.count,
	};
	const bool is_routine = kind == OBJECT_FUNCTION ||
				kind == OBJECT_PROCEDURE;
	OWNED(buf_release) struct buf definer = BUF_INIT;
	OWNED(buf_release) struct buf text = BUF_INIT;

	object_claim_definer(&claim, &definer);
	if (!definer.length)
		return;
	buf_addf(&text, "acts with the rights of its definer %s%s",
		 definer.data,
		 is_routine ? ", unless it says SQL SECURITY INVOKER" : "");
	show(object->kind, object->database, object->name, text.data, line,
	     self);
}

void point_hazards(const struct manifest *manifest, show_line *line, void *self)
{
	for (size_t i = 0; i < manifest->shape_count; i++)
		look_at_shape(&manifest->shapes[i], line, self);
	for (size_t i = 0; i < manifest->object_count; i++) {
		const struct manifest_object *object = &manifest->objects[i];

		look_at_definer(object, line, self);
		if (object_kind_of(object->kind) == OBJECT_EVENT &&
		    object->before)
			show(object->kind, object->database, object->name,
			     "becomes active, unless it is disabled", line,
			     self);
	}
}
