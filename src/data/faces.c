/* faces.c - see faces.h. */
#include "faces.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/data/charset.h"
#include "dbsync/data/value.h"

#include <string.h>

/* In UTF-8, where that can be had. */
static struct cell text_of(const struct pair_column *column, enum side side,
			   struct cell cell, struct arena *arena)
{
	const struct column *own = column->on[side];
	OWNED(buf_release) struct buf text = BUF_INIT;

	if (!cell.data || column->kind != KIND_TEXT)
		return (struct cell){NULL, 0};
	if (column->is_convert || !type_has_charset(own->type) ||
	    !strncmp(own->charset, "utf8", 4))
		return cell;
	if (!charset_to_utf8(own->charset, cell.data, cell.length, &text))
		return (struct cell){NULL, 0};
	return (struct cell){(const uint8_t *)arena_strndup(arena, text.data,
							    text.length),
			     text.length};
}

static struct difference place_of(const struct faces *faces)
{
	const struct cell *bytes = faces->bytes;
	const struct cell *texts = faces->texts;
	const enum type_kind kind = faces->pair->columns[faces->at].kind;

	if ((kind != KIND_TEXT && kind != KIND_BYTES) || faces->is_hash[0] ||
	    faces->is_hash[1])
		return (struct difference){0};
	return texts[0].data && texts[1].data
		       ? difference_of_texts(bytes[0], bytes[1], texts[0],
					     texts[1])
		       : difference_of_bytes(bytes[0], bytes[1]);
}

struct faces faces_of(const struct pair *pair, size_t column,
		      const struct row *source, const struct row *target,
		      struct arena *arena)
{
	struct faces faces = {
		.pair = pair, .at = column, .rows = {source, target}};

	for (enum side i = SOURCE; i < SIDES; i++) {
		uint64_t bytes = 0;

		if (!faces.rows[i])
			continue;
		faces.bytes[i] = faces.rows[i]->cells[column];
		faces.is_hash[i] = compare_is_hash(pair, column, faces.rows[i],
						   &bytes);
		if (!faces.is_hash[i])
			faces.texts[i] = text_of(&pair->columns[column], i,
						 faces.bytes[i], arena);
	}
	faces.place = place_of(&faces);
	return faces;
}

static void show_hash(const struct faces *faces, enum side side, size_t limit,
		      struct buf *out)
{
	const struct cell *cell = &faces->bytes[side];
	uint64_t bytes = 0;

	(void)compare_is_hash(faces->pair, faces->at, faces->rows[side],
			      &bytes);
	buf_adds(out, "sha256:");
	if (faces->pair->columns[faces->at].kind == KIND_TEXT)
		text_show(out, (const char *)cell->data, cell->length, limit);
	else
		buf_addhex(out, cell->data, cell->length);
	buf_addf(out, " of %llu bytes", (unsigned long long)bytes);
}

void faces_show(const struct faces *faces, enum side side, size_t limit,
		struct buf *out)
{
	const struct pair_column *column = &faces->pair->columns[faces->at];
	const struct cell bytes = faces->bytes[side];

	if (faces->is_hash[side])
		show_hash(faces, side, limit, out);
	else if (faces->texts[side].data)
		difference_show_text(out, faces->texts[side], &faces->place,
				     limit);
	else if (bytes.data && column->kind == KIND_BYTES)
		difference_show_bytes(out, bytes, &faces->place, limit / 4);
	else
		value_show(out,
			   value_of(column, faces->rows[side], faces->at, side),
			   limit);
}

const char *faces_found(const struct faces *faces, enum side side,
			struct arena *arena)
{
	OWNED(buf_release) struct buf found = BUF_INIT;

	if (!faces->place.is_found)
		return NULL;
	difference_found(&found, &faces->place, faces->bytes[side],
			 faces->texts[side]);
	return arena_strdup(arena, found.data);
}
