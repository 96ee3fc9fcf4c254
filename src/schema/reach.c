/*
 * reach.c - whether rows of a table lie elsewhere; see definition.h.
 *
 * Engines are known by those that keep rows of their own, not by those that do
 * not: what a plugin of tomorrow does is not known.  DATA DIRECTORY and INDEX
 * DIRECTORY are no part of a canonical definition, and never carried over.
 */
#include "dbsync/schema/definition.h"

#include "dbsync/base/text.h"

#include <string.h>

static bool keeps_rows(const char *engine)
{
	static const char *const engines[] = {
		"InnoDB",  "MyISAM",     "Aria",    "MEMORY",
		"HEAP",    "ARCHIVE",    "CSV",     "BLACKHOLE",
		"ROCKSDB", "TokuDB",     "MROONGA", "ColumnStore",
		"NDB",     "NDBCLUSTER", "SEQUENCE"};

	for (size_t i = 0; i < sizeof(engines) / sizeof(*engines); i++)
		if (text_equal_nocase(engine, engines[i]))
			return true;
	return false;
}

static bool has_option(const struct definition *definition,
		       const struct def_option *option)
{
	return !strcmp(definition_option(definition, option->name),
		       option->value);
}

/* Whether all that want says, have says as well: then nothing is new. */
static bool says_all(const struct definition *have,
		     const struct definition *want)
{
	for (size_t i = 0; i < want->option_count; i++)
		if (!has_option(have, &want->options[i]))
			return false;
	return true;
}

const char *definition_reach(const struct definition *have,
			     const struct definition *want, struct arena *arena)
{
	/* not their values: a CONNECTION may have a password */
	static const char *const options[] = {"CONNECTION", "UNION"};
	const char *engine = definition_option(want, "ENGINE");

	if (have && says_all(have, want))
		return NULL;
	if (*engine && !keeps_rows(engine))
		return arena_printf(arena, "ENGINE=%s", engine);
	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++)
		if (*definition_option(want, options[i]))
			return options[i];
	return NULL;
}
