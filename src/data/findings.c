/* findings.c - see findings.h. */
#include "findings.h"

#include "faces.h"

#include "dbsync/base/own.h"

#include <stdlib.h>
#include <string.h>

enum {
	MOST_KNOWN = 1000000, /* identities of one range: 8 MB */
	SHOWN = 120,          /* characters of a value */
};

void range_finding_init(struct range_finding *finding)
{
	*finding = (struct range_finding){
		.details = VEC_INIT(struct detail),
		.known = VEC_INIT(uint64_t),
	};
}

void range_finding_release(struct range_finding *finding)
{
	vec_release(&finding->details);
	vec_release(&finding->known);
	arena_drop(&finding->arena);
	arena_drop(&finding->kept);
}

uint64_t range_finding_changes(const struct range_finding *finding)
{
	return finding->changes[CHANGE_INSERT] +
	       finding->changes[CHANGE_UPDATE] +
	       finding->changes[CHANGE_DELETE];
}

static int order_identities(const void *a, const void *b)
{
	const uint64_t left = *(const uint64_t *)a;
	const uint64_t right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

void identities_sort(struct vec *identities)
{
	if (identities->count)
		qsort(identities->items, identities->count, sizeof(uint64_t),
		      order_identities);
}

void range_finding_finish(struct range_finding *finding)
{
	identities_sort(&finding->known);
	finding->is_done = true;
}

/* ------------------------------------------------------------------------
 * Details
 * --------------------------------------------------------------------- */

static const char *shown(const struct faces *faces, enum side side,
			 struct arena *arena)
{
	OWNED(buf_release) struct buf text = BUF_INIT;

	if (!faces->bytes[side].data)
		return NULL;
	faces_show(faces, side, SHOWN, &text);
	return arena_strdup(arena, text.data);
}

static struct detail_value value_detail(struct arena *arena,
					const struct pair *pair, size_t column,
					const struct change *change)
{
	const struct faces faces = faces_of(pair, column, change->row[SOURCE],
					    change->row[TARGET], arena);

	return (struct detail_value){
		.column = pair->columns[column].name,
		.text[SOURCE] = shown(&faces, SOURCE, arena),
		.text[TARGET] = shown(&faces, TARGET, arena),
		.is_text = pair->columns[column].kind == KIND_TEXT,
		.place = faces.place,
		.found[SOURCE] = faces_found(&faces, SOURCE, arena),
		.found[TARGET] = faces_found(&faces, TARGET, arena),
	};
}

/* A key is the same on both sides: there is no place to be shown. */
static struct detail_value key_detail(struct arena *arena,
				      const struct pair *pair, size_t column,
				      const struct change *change)
{
	const struct row *source = change->row[SOURCE];
	const struct faces faces = faces_of(pair, column, source,
					    source ? NULL : change->row[TARGET],
					    arena);
	const struct cell text = faces.texts[source ? 0 : 1];
	OWNED(buf_release) struct buf out = BUF_INIT;
	struct detail_value value = {
		.column = pair->columns[column].name,
		.is_text = pair->columns[column].kind == KIND_TEXT,
	};

	if (text.data) {
		difference_show_key(&out, (const char *)text.data, text.length,
				    SHOWN);
		value.text[SOURCE] = arena_strdup(arena, out.data);
	} else {
		value.text[SOURCE] = shown(&faces, source ? SOURCE : TARGET,
					   arena);
	}
	value.text[TARGET] = value.text[SOURCE];
	return value;
}

static void add_key(struct arena *arena, const struct pair *pair,
		    const struct change *change, struct detail *detail)
{
	detail->key_count = pair->key_count;
	detail->key = arena_alloc(arena,
				  pair->key_count * sizeof(*detail->key));
	for (size_t i = 0; i < pair->key_count; i++)
		detail->key[i] = key_detail(arena, pair, pair->key[i].column,
					    change);
}

static bool is_shown(const struct pair *pair, size_t column,
		     const struct change *change)
{
	if (change->kind == CHANGE_UPDATE)
		return compare_column_differs(pair, column, change->row[SOURCE],
					      change->row[TARGET]);
	/* a row without a key is known by all of its columns only */
	return pair->identity == IDENTITY_ROWS;
}

static void add_detail(struct range_finding *finding, const struct pair *pair,
		       const struct change *change)
{
	if (!finding->arena)
		finding->arena = arena_new();
	struct detail *detail = vec_push(&finding->details);

	detail->kind = change->kind;
	detail->columns = arena_alloc(
		finding->arena, pair->column_count * sizeof(*detail->columns));
	add_key(finding->arena, pair, change, detail);
	for (size_t i = 0; i < pair->column_count; i++)
		if (is_shown(pair, i, change))
			detail->columns[detail->column_count++] =
				value_detail(finding->arena, pair, i, change);
}

/* ------------------------------------------------------------------------
 * The sink
 * --------------------------------------------------------------------- */

static bool counts(const struct collector *collector, uint64_t identity)
{
	const struct vec *known = collector->known;

	return !known ||
	       (known->count && bsearch(&identity, known->items, known->count,
					sizeof(identity), order_identities));
}

static enum dbs_rc take(void *self, const struct subject *subject,
			const struct change *change, struct dbs_error *err)
{
	struct collector *collector = self;
	struct range_finding *finding = collector->finding;

	if (!counts(collector, change->identity))
		return DBS_OK;
	finding->changes[change->kind] += change->count;
	if (collector->keeps_identities && change->count) {
		if (finding->known.count < MOST_KNOWN)
			*(uint64_t *)vec_push(
				&finding->known) = change->identity;
		else
			finding->is_overfull = true;
	}
	if (finding->details.count < collector->details &&
	    (change->row[SOURCE] || change->row[TARGET]))
		add_detail(finding, subject->pair, change);
	return collector->recorder
		       ? recorder_take(collector->recorder, change, err)
		       : DBS_OK;
}

struct sink collector_sink(struct collector *collector)
{
	return (struct sink){.take = take,
			     .self = collector,
			     .rows_wanted = collector->recorder
						    ? SIZE_MAX
						    : collector->details};
}
