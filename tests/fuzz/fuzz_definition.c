/*
 * fuzz_definition.c - any bytes as what SHOW CREATE TABLE says: refused, or
 * understood so that rendering brings it back (definition_read sees to that)
 * and that nothing differs from itself.
 *
 * The first byte says which family printed it.
 */
#include "dbsync/base/own.h"
#include "dbsync/schema/delta.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void drop_arena(struct arena **arena)
{
	arena_drop(arena);
}

static const struct definition *canonical(const struct definition *definition,
					  enum server_family from,
					  enum server_family to,
					  struct arena *arena)
{
	static const struct charset_default defaults[] = {
		{"latin1", "latin1_swedish_ci"},
		{"utf8mb4", "utf8mb4_general_ci"},
	};
	static const char *const names[] = {
		"latin1_swedish_ci",
		"utf8mb4_general_ci",
	};
	static const struct collations collations = {defaults, 2, names, 2};
	struct canon canon;

	definition_canon(&(struct canon_request){.definition = definition,
						 .from = from,
						 .to = to,
						 .here = &collations,
						 .there = &collations,
						 .database = "d",
						 .target_database = "e"},
			 arena, &canon);
	return canon.definition;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	OWNED(drop_arena) struct arena *arena = arena_new();
	const struct definition *definition = NULL;
	struct dbs_error err = {0};
	struct delta delta;

	if (!size)
		return 0;
	const enum server_family family = data[0] & 1 ? SERVER_MYSQL
						      : SERVER_MARIADB;

	if (definition_read((const char *)data + 1, size - 1, family, arena,
			    &definition, &err))
		return 0;
	const struct definition *once = canonical(definition, family, family,
						  arena);

	delta_make(once, once, NULL, family, arena, &delta);
	if (delta.count)
		abort();
	(void)canonical(definition, family,
			family == SERVER_MYSQL ? SERVER_MARIADB : SERVER_MYSQL,
			arena);
	return 0;
}
