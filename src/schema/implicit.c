/* implicit.c - see implicit.h. */
#include "dbsync/schema/implicit.h"

#include "dbsync/base/text.h"
#include "dbsync/db/quote.h"
#include "dbsync/schema/render.h"

#include <string.h>

/* No server gives such a key options, or lengths of parts. */
static bool is_bare(const struct def_key *key)
{
	if (key->kind != DEF_KEY_PLAIN || key->option_count || key->is_hidden)
		return false;
	for (size_t i = 0; i < key->part_count; i++)
		if (!key->parts[i].column || *key->parts[i].length ||
		    key->parts[i].is_descending)
			return false;
	return true;
}

bool implicit_gives_way(const struct def_key *key, const char *const *columns,
			size_t count)
{
	if (!is_bare(key) || key->part_count > count)
		return false;
	for (size_t i = 0; i < key->part_count; i++)
		if (!columns[i] ||
		    !text_equal_nocase(key->parts[i].column, columns[i]))
			return false;
	return true;
}

void implicit_settle(const struct def_key *key, enum server_family family,
		     struct buf *out)
{
	buf_adds(out, "DROP KEY ");
	quote_name(out, key->name);
	buf_adds(out, ", ADD ");
	render_key(key, family, out);
}

size_t implicit_find(const struct definition *before,
		     const struct definition *after,
		     const struct def_foreign_key *key,
		     const struct def_key **out)
{
	size_t count = 0;

	for (size_t i = 0; i < after->key_count; i++)
		if (definition_key(before, after->keys[i].name) &&
		    implicit_gives_way(&after->keys[i], key->columns,
				       key->column_count))
			out[count++] = &after->keys[i];
	return count;
}

/* ------------------------------------------------------------------------
 * As if nobody had asked for the keys
 * --------------------------------------------------------------------- */

/* The first foreign key over exactly its columns, or NULL. */
static struct def_foreign_key *maker_of(const struct def_key *key,
					struct def_foreign_key *foreign_keys,
					size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (foreign_keys[i].column_count == key->part_count &&
		    implicit_gives_way(key, foreign_keys[i].columns,
				       foreign_keys[i].column_count))
			return &foreign_keys[i];
	return NULL;
}

/* Whether the server would make the key, and call it so. */
static bool would_be_made(const struct def_key *key,
			  struct def_foreign_key *foreign_keys, size_t count)
{
	struct def_foreign_key *maker = maker_of(key, foreign_keys, count);

	if (!maker)
		return false;
	if (text_equal_nocase(maker->name, key->name))
		return true;
	if (!text_equal_nocase(key->parts[0].column, key->name))
		return false;
	maker->name = "";
	return true;
}

/* Without the keys that would be made, those of kept (or NULL) aside. */
static struct definition *without_made(const struct definition *definition,
				       const struct definition *kept,
				       struct arena *arena)
{
	const size_t count = definition->foreign_key_count;
	struct definition *twin = arena_alloc(arena, sizeof(*twin));
	struct def_foreign_key *foreign_keys =
		arena_alloc(arena, (count + 1) * sizeof(*foreign_keys));
	struct def_key *keys = arena_alloc(arena, (definition->key_count + 1) *
							  sizeof(*keys));

	*twin = *definition;
	twin->key_count = 0;
	for (size_t i = 0; i < count; i++)
		foreign_keys[i] = definition->foreign_keys[i];
	for (size_t i = 0; i < definition->key_count; i++) {
		const struct def_key *key = &definition->keys[i];

		if ((kept && definition_key(kept, key->name)) ||
		    !would_be_made(key, foreign_keys, count))
			keys[twin->key_count++] = *key;
	}
	twin->keys = keys;
	twin->foreign_keys = foreign_keys;
	return twin;
}

const struct definition *implicit_twin(const struct definition *definition,
				       struct arena *arena)
{
	const struct definition *twin = without_made(definition, NULL, arena);

	return twin->key_count < definition->key_count ? twin : NULL;
}

const struct definition *implicit_without(const struct definition *definition,
					  const struct definition *then,
					  struct arena *arena)
{
	struct definition *out = without_made(definition, then, arena);

	out->foreign_keys = definition->foreign_keys;
	return out;
}
