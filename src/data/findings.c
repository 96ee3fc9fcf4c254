/* findings.c - see findings.h. */
#include "findings.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/data/charset.h"
#include "dbsync/data/value.h"

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

/* Text of another character set than UTF-8, as UTF-8 where that can be had. */
static bool show_foreign(struct buf *out, const struct pair_column *column,
			 const struct column *own, const struct cell *cell)
{
	OWNED(buf_release) struct buf text = BUF_INIT;

	if (column->is_convert || !type_has_charset(own->type) ||
	    !strncmp(own->charset, "utf8", 4) ||
	    !charset_to_utf8(own->charset, cell->data, cell->length, &text))
		return false;
	text_show(out, text.data, text.length, SHOWN);
	return true;
}

static const char *shown_cell(struct arena *arena, const struct pair *pair,
			      size_t column, const struct row *row,
			      bool is_source)
{
	OWNED(buf_release) struct buf text = BUF_INIT;
	uint64_t bytes = 0;

	if (!row || !row->cells[column].data)
		return NULL;
	if (compare_is_hash(pair, column, row, &bytes)) {
		buf_adds(&text, "sha256:");
		if (pair->columns[column].kind == KIND_TEXT)
			text_show(&text, (const char *)row->cells[column].data,
				  row->cells[column].length, SHOWN);
		else
			buf_addhex(&text, row->cells[column].data,
				   row->cells[column].length);
		buf_addf(&text, " of %llu bytes", (unsigned long long)bytes);
	} else if (!show_foreign(&text, &pair->columns[column],
				 is_source ? pair->columns[column].source
					   : pair->columns[column].target,
				 &row->cells[column])) {
		value_show(&text,
			   value_of(&pair->columns[column], row, column,
				    is_source),
			   SHOWN);
	}
	return arena_strdup(arena, text.data);
}

static struct detail_value value_detail(struct arena *arena,
					const struct pair *pair, size_t column,
					const struct change *change)
{
	return (struct detail_value){
		.column = pair->columns[column].name,
		.source = shown_cell(arena, pair, column, change->source, true),
		.target = shown_cell(arena, pair, column, change->target,
				     false),
		.is_text = pair->columns[column].kind == KIND_TEXT,
	};
}

static void add_key(struct arena *arena, const struct pair *pair,
		    const struct change *change, struct detail *detail)
{
	detail->key_count = pair->key_count;
	detail->key = arena_alloc(arena,
				  pair->key_count * sizeof(*detail->key));
	for (size_t i = 0; i < pair->key_count; i++) {
		struct detail_value value =
			value_detail(arena, pair, pair->key[i].column, change);

		if (!change->source)
			value.source = value.target;
		value.target = value.source;
		detail->key[i] = value;
	}
}

static bool is_shown(const struct pair *pair, size_t column,
		     const struct change *change)
{
	if (change->kind == CHANGE_UPDATE)
		return compare_column_differs(pair, column, change->source,
					      change->target);
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
	    (change->source || change->target))
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
