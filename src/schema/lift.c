/* lift.c - see lift.h. */
#include "dbsync/schema/lift.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/schema/render.h"

#include <string.h>

static bool same_column(const struct def_column *a, const struct def_column *b,
			enum server_family family)
{
	OWNED(buf_release) struct buf one = BUF_INIT;
	OWNED(buf_release) struct buf other = BUF_INIT;

	if (!a || !b)
		return false;
	render_column(a, family, &one);
	render_column(b, family, &other);
	return !strcmp(one.data, other.data);
}

static bool same_key(const struct def_key *a, const struct def_key *b,
		     enum server_family family)
{
	OWNED(buf_release) struct buf one = BUF_INIT;
	OWNED(buf_release) struct buf other = BUF_INIT;

	if (!b)
		return false;
	render_key(a, family, &one);
	render_key(b, family, &other);
	return !strcmp(one.data, other.data);
}

static bool begins_with(const struct def_key *key, const char *column)
{
	return key->part_count && key->parts[0].column &&
	       text_equal_nocase(key->parts[0].column, column);
}

bool lift_is_needed(const struct structure *structure,
		    enum server_family family, const char *const *columns,
		    size_t count)
{
	const struct renames *renames = &structure->renames;
	const struct definition *have = structure->renamed;
	const struct definition *want = structure->want;

	/* opaque: it stays as it is */
	if (!have || !want)
		return false;
	for (size_t i = 0; i < count; i++) {
		const char *name = renames_after(renames, columns[i]);

		if (!same_column(definition_column(have, name),
				 definition_column(want, name), family))
			return true;
	}
	for (size_t i = 0; i < have->key_count && count; i++)
		if (begins_with(&have->keys[i],
				renames_after(renames, columns[0])) &&
		    !same_key(&have->keys[i],
			      definition_key(want, have->keys[i].name), family))
			return true;
	return false;
}
