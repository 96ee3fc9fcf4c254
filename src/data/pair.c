/*
 * pair.c - see pair.h.
 *
 * Which order a text key can be merged by:
 *
 *	 collations            families   order
 *	 differ                any        AS_BYTES
 *	 same, binary          any        BYTES (no pad) or PADDED
 *	 same, wide charset    any        AS_BYTES (a space is not one byte)
 *	 same, several levels
 *	   and padded          any        AS_BYTES (not a memcmp of weights)
 *	 same, croatian, 0900  differ     AS_BYTES (one name, two orders)
 *	 same                  any        WEIGHT
 *
 * That both families give a collation the same weights is what was seen, not
 * what is promised.  Were it wrong for some character, rows would be reported
 * as deleted and inserted, or the table given up (compare_stream.c); they could
 * not be called equal, for that takes equal bytes.
 *
 * uuid and inet keep an order of their own that changed between versions, so
 * their text is what is ordered by.
 */
#include "dbsync/data/pair.h"

#include "dbsync/base/text.h"
#include "dbsync/base/vec.h"

#include <string.h>

struct maker {
	struct pair *pair;
	bool same_family;
	const struct pair_wish *wish;
	struct vec columns;     /* struct pair_column */
	struct vec differences; /* struct pair_difference */
	struct vec ignored;     /* const char * */
};

/* utf8 was renamed to utf8mb3; both names stand for one thing. */
static const char *without_utf8_prefix(const char *name)
{
	if (!strncmp(name, "utf8mb3", 7))
		return name + 7;
	if (!strncmp(name, "utf8", 4) && (name[4] == '\0' || name[4] == '_'))
		return name + 4;
	return NULL;
}

static bool same_name(const char *a, const char *b)
{
	const char *rest_a = without_utf8_prefix(a);
	const char *rest_b = without_utf8_prefix(b);

	if (rest_a && rest_b)
		return !strcmp(rest_a, rest_b);
	return !strcmp(a, b);
}

/* ------------------------------------------------------------------------
 * Columns
 * --------------------------------------------------------------------- */

static bool is_in(const char *name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (text_equal_nocase(names[i], name))
			return true;
	return false;
}

static void add_difference(struct maker *maker,
			   const struct pair_difference *difference)
{
	*(struct pair_difference *)vec_push(&maker->differences) = *difference;
}

static bool is_long(const struct pair_column *column)
{
	if (column->is_json)
		return false;
	if (column->on[SOURCE]->type == TYPE_JSON)
		return true;
	return (column->kind == KIND_TEXT || column->kind == KIND_BYTES) &&
	       (column->on[SOURCE]->max_bytes > PAIR_LONG_BYTES ||
		column->on[TARGET]->max_bytes > PAIR_LONG_BYTES);
}

/* Both are lists of the same members in the same order. */
static bool same_members(const struct column *source,
			 const struct column *target)
{
	return source->type == target->type &&
	       same_name(source->charset, target->charset) &&
	       !strcmp(source->type_text, target->type_text);
}

/*
 * Where a member is empty, '' may be that one or the invalid one, number 0.  By
 * number they are two things; where the definitions differ, numbers mean nothing
 * on the other side, and the invalid member is marked.
 */
static void tell_apart(struct pair_column *column)
{
	const struct column *source = column->on[SOURCE];
	const struct column *target = column->on[TARGET];

	if (source->type != target->type ||
	    (!column_is_ambiguous(source) && !column_is_ambiguous(target)))
		return;
	column->is_number = same_members(source, target);
	column->is_marked = !column->is_number && source->type == TYPE_ENUM;
	if (column->is_number)
		column->kind = KIND_NUMBER;
}

static void classify(struct pair_column *column, bool same_family)
{
	const struct column *source = column->on[SOURCE];
	const struct column *target = column->on[TARGET];

	column->kind = type_kind(source->type);
	column->is_json = (source->type == TYPE_JSON) !=
			  (target->type == TYPE_JSON);
	column->is_parsed = source->type == TYPE_JSON && !column->is_json;
	column->is_convert = type_has_charset(source->type) &&
			     type_has_charset(target->type) &&
			     !same_name(source->charset, target->charset);
	column->is_long = is_long(column);
	column->folds_zero = column->kind == KIND_REAL && !same_family;
	tell_apart(column);
}

/* Two SETs of different members, one of which has no name, share nothing. */
static bool has_nameless_sets(const struct column *source,
			      const struct column *target)
{
	return source->type == TYPE_SET && target->type == TYPE_SET &&
	       (column_is_ambiguous(source) || column_is_ambiguous(target)) &&
	       !same_members(source, target);
}

static void add_common(struct maker *maker, const struct column *source,
		       const struct column *target, bool is_ignored)
{
	struct arena *arena = maker->pair->arena;
	struct pair_column column = {.name = source->name,
				     .on[SOURCE] = source,
				     .on[TARGET] = target,
				     .is_ignored = is_ignored};
	const bool is_comparable = type_kind(source->type) ==
					   type_kind(target->type) &&
				   source->type != TYPE_UNKNOWN &&
				   !has_nameless_sets(source, target);

	if (!is_comparable && is_ignored)
		return;
	if (source->type == TYPE_UNKNOWN || target->type == TYPE_UNKNOWN) {
		const struct column *odd = source->type == TYPE_UNKNOWN
						   ? source
						   : target;

		maker->pair->unknown =
			arena_printf(arena, "column `%s` has the type `%s`",
				     odd->name, odd->type_text);
		return;
	}
	if (!is_comparable) {
		add_difference(
			maker,
			&(struct pair_difference){
				.column = source->name,
				.text = arena_printf(
					arena,
					"`%s` on the source, `%s` on the "
					"target: not comparable",
					source->type_text, target->type_text)});
		return;
	}
	classify(&column, maker->same_family);
	*(struct pair_column *)vec_push(&maker->columns) = column;
}

static bool is_ignored(const struct maker *maker, const char *name)
{
	return is_in(name, maker->wish->ignored, maker->wish->ignored_count);
}

static bool is_set_aside(struct maker *maker, const struct column *column)
{
	const struct renames *renames = &maker->wish->renames;

	/* by either of its names */
	if (!column->is_row_period && !is_ignored(maker, column->name) &&
	    !is_ignored(maker, renames_before(renames, column->name)) &&
	    !is_ignored(maker, renames_after(renames, column->name)))
		return false;
	*(const char **)vec_push(&maker->ignored) = column->name;
	return true;
}

static bool model_has(const void *table, const char *column)
{
	return table_find_column(table, column);
}

static void pair_columns(struct maker *maker)
{
	const struct table *source = maker->pair->table[SOURCE];
	const struct table *target = maker->pair->table[TARGET];
	const struct renames *renames = &maker->pair->renames;

	maker->pair->renames = renames_in_force(&maker->wish->renames,
						model_has, target, source,
						maker->pair->arena);

	for (size_t i = 0; i < source->column_count; i++) {
		const struct column *here = &source->columns[i];
		const struct column *there = table_find_column(
			target, renames_before(renames, here->name));
		const bool aside = is_set_aside(maker, here);

		if (there)
			add_common(maker, here, there, aside);
		else if (!aside)
			add_difference(
				maker,
				&(struct pair_difference){
					here->name, "only on the source",
					renames_before(renames, here->name),
					TARGET});
	}
	for (size_t i = 0; i < target->column_count; i++) {
		const struct column *here = &target->columns[i];

		if (!table_find_column(source,
				       renames_after(renames, here->name)) &&
		    !is_set_aside(maker, here))
			add_difference(
				maker,
				&(struct pair_difference){
					here->name, "only on the target",
					renames_after(renames, here->name),
					SOURCE});
	}
}

/* ------------------------------------------------------------------------
 * Identity and order
 * --------------------------------------------------------------------- */

static bool find_pair_column(const struct pair *pair,
			     const struct column *source, size_t *out)
{
	for (size_t i = 0; i < pair->column_count; i++) {
		if (pair->columns[i].on[SOURCE] == source) {
			*out = i;
			return true;
		}
	}
	return false;
}

static bool is_identity(const struct key *key)
{
	return key->is_unique && key->is_exact && key->is_not_null &&
	       key->is_usable;
}

static bool has_column(const struct key *key, const struct column *column)
{
	for (size_t i = 0; i < key->count; i++)
		if (key->columns[i] == column)
			return true;
	return false;
}

/* Whether the target's key is over the same columns, in any order. */
static bool same_columns(const struct pair *pair, const struct key *source,
			 const struct key *target)
{
	if (!is_identity(target) || source->count != target->count)
		return false;
	for (size_t i = 0; i < source->count; i++) {
		size_t at = 0;

		if (!find_pair_column(pair, source->columns[i], &at) ||
		    !has_column(target, pair->columns[at].on[TARGET]))
			return false;
	}
	return true;
}

static bool same_order(const struct pair *pair, const struct key *source,
		       const struct key *target)
{
	for (size_t i = 0; i < source->count; i++) {
		size_t at = 0;

		if (!find_pair_column(pair, source->columns[i], &at) ||
		    pair->columns[at].on[TARGET] != target->columns[i])
			return false;
	}
	return true;
}

/* Of the target's fitting keys one in the same order, else any, else NULL. */
static const struct key *fitting_key(const struct pair *pair,
				     const struct key *source)
{
	const struct key *fitting = NULL;

	for (size_t i = 0; i < pair->table[TARGET]->key_count; i++) {
		const struct key *target = &pair->table[TARGET]->keys[i];

		if (!same_columns(pair, source, target))
			continue;
		if (same_order(pair, source, target))
			return target;
		if (!fitting)
			fitting = target;
	}
	return fitting;
}

static bool ends_with(const char *text, const char *end)
{
	const size_t length = strlen(text);
	const size_t tail = strlen(end);

	return length >= tail && !strcmp(text + length - tail, end);
}

static bool collation_pads(const char *collation)
{
	return !strstr(collation, "nopad") && !strstr(collation, "_0900_") &&
	       strcmp(collation, "binary") != 0;
}

/* Level by level with padding is not one memcmp of the whole weight. */
static bool has_padded_levels(const char *collation)
{
	return collation_pads(collation) &&
	       (strstr(collation, "_as_") || strstr(collation, "czech"));
}

static bool is_wide(const char *charset)
{
	return !strncmp(charset, "utf16", 5) || !strcmp(charset, "utf32") ||
	       !strcmp(charset, "ucs2");
}

static enum key_order collated_order(const struct pair_column *column,
				     bool same_family)
{
	const char *collation = column->on[SOURCE]->collation;

	if (!same_name(collation, column->on[TARGET]->collation) ||
	    is_wide(column->on[SOURCE]->charset))
		return ORDER_AS_BYTES;
	if (ends_with(collation, "_bin"))
		return collation_pads(collation) ? ORDER_PADDED : ORDER_BYTES;
	if (has_padded_levels(collation))
		return ORDER_AS_BYTES;
	/* one name, two orders: MariaDB corrected it, or has newer weights */
	if (!same_family &&
	    (strstr(collation, "croatian") || strstr(collation, "_0900_")))
		return ORDER_AS_BYTES;
	return ORDER_WEIGHT;
}

static enum key_order text_order(const struct pair_column *column,
				 bool same_family)
{
	const enum type type = column->on[SOURCE]->type;

	if (type != column->on[TARGET]->type &&
	    !(type_has_charset(type) &&
	      type_has_charset(column->on[TARGET]->type)))
		return ORDER_AS_BYTES;
	if (type == TYPE_ENUM || type == TYPE_SET)
		return same_members(column->on[SOURCE], column->on[TARGET])
			       ? ORDER_MEMBER
			       : ORDER_AS_BYTES;
	if (!type_has_charset(type) ||
	    !type_has_charset(column->on[TARGET]->type) ||
	    column->on[TARGET]->type == TYPE_ENUM ||
	    column->on[TARGET]->type == TYPE_SET)
		return ORDER_AS_BYTES;
	return collated_order(column, same_family);
}

static enum key_order order_of(const struct pair_column *column,
			       bool same_family)
{
	const bool has_decimal = column->on[SOURCE]->type == TYPE_DECIMAL ||
				 column->on[TARGET]->type == TYPE_DECIMAL;

	if (column->is_number)
		return ORDER_MEMBER;
	switch (column->kind) {
	case KIND_NUMBER:
		return has_decimal ? ORDER_DECIMAL : ORDER_INTEGER;
	case KIND_REAL:
		return ORDER_REAL;
	case KIND_MOMENT:
		return ORDER_MOMENT;
	case KIND_TIME:
		return ORDER_TIME;
	case KIND_BYTES:
		return ORDER_BYTES;
	case KIND_TEXT:
		return text_order(column, same_family);
	case KIND_NONE:
		break;
	}
	DBS_BUG(true, "column `%s` has no kind", column->name);
}

static void use_key(struct pair *pair, const struct key *source,
		    const struct key *target, bool same_family)
{
	pair->identity = !strcmp(source->name, "PRIMARY") ? IDENTITY_PRIMARY
							  : IDENTITY_UNIQUE;
	pair->key_name[SOURCE] = source->name;
	pair->key_name[TARGET] = target->name;
	pair->key_text = pair->identity == IDENTITY_PRIMARY
				 ? "primary"
				 : arena_printf(pair->arena, "unique:%s",
						source->name);
	pair->is_native = same_order(pair, source, target) &&
			  source->is_ordered && target->is_ordered;
	pair->index[SOURCE] = source->name;
	pair->index[TARGET] = pair->is_native ? target->name : NULL;
	pair->key = arena_alloc(pair->arena,
				source->count * sizeof(*pair->key));
	pair->key_count = source->count;
	for (size_t i = 0; i < source->count; i++) {
		struct key_column *part = &pair->key[i];

		(void)find_pair_column(pair, source->columns[i], &part->column);
		const struct pair_column *column = &pair->columns[part->column];

		part->order = order_of(column, same_family);
		if (part->order == ORDER_AS_BYTES)
			pair->is_native = false;
		part->is_padded = collation_pads(column->on[SOURCE]->collation);
		pair->columns[part->column].is_long = false;
	}
}

/* By a key that the server computes no row can be written. */
static bool is_writable(const struct key *key)
{
	for (size_t i = 0; i < key->count; i++)
		if (key->columns[i]->is_generated ||
		    key->columns[i]->is_row_period)
			return false;
	return true;
}

static bool find_identity(struct pair *pair, bool is_to_write, bool same_family)
{
	for (size_t i = 0; i < pair->table[SOURCE]->key_count; i++) {
		const struct key *source = &pair->table[SOURCE]->keys[i];
		const struct key *target = is_identity(source)
						   ? fitting_key(pair, source)
						   : NULL;

		if (target && (!is_to_write || is_writable(target))) {
			use_key(pair, source, target, same_family);
			return true;
		}
	}
	return false;
}

static void choose_identity(struct pair *pair, bool same_family)
{
	pair->identity = IDENTITY_ROWS;
	pair->key_text = "rows";
	if (!find_identity(pair, true, same_family))
		(void)find_identity(pair, false, same_family);
}

static bool is_key_column(const struct pair *pair, size_t column)
{
	for (size_t i = 0; i < pair->key_count; i++)
		if (pair->key[i].column == column)
			return true;
	return false;
}

/* An ignored column is needed no longer once it is known to be in no key. */
static void drop_ignored(struct pair *pair)
{
	size_t kept = 0;

	for (size_t i = 0; i < pair->column_count; i++) {
		if (pair->columns[i].is_ignored && !is_key_column(pair, i))
			continue;
		for (size_t k = 0; k < pair->key_count; k++)
			if (pair->key[k].column == i)
				pair->key[k].column = kept;
		pair->columns[kept++] = pair->columns[i];
	}
	pair->column_count = kept;
}

/* Weights come with the weight of a space, members with nothing more. */
static void place_extras(struct pair *pair)
{
	size_t next = pair->column_count;

	for (size_t i = 0; i < pair->column_count; i++)
		if (pair->columns[i].is_long)
			next++;
	for (size_t i = 0; i < pair->key_count; i++) {
		struct key_column *part = &pair->key[i];

		part->extra = next;
		if (part->order == ORDER_WEIGHT)
			next += 2;
		else if (part->order == ORDER_MEMBER)
			next += 1;
	}
	pair->extra_count = next - pair->column_count;
}

/* ------------------------------------------------------------------------
 * What packets and digests mean
 * --------------------------------------------------------------------- */

static bool same_packet_meaning(const struct pair_column *column)
{
	/* to a parsed one an empty text is none (row.c) */
	if (column->is_json)
		return false;
	if (column->kind == KIND_NUMBER || column->kind == KIND_REAL)
		return column->on[SOURCE]->type == column->on[TARGET]->type;
	return true;
}

static bool same_layout(const struct pair *pair)
{
	for (size_t i = 0; i < pair->column_count; i++)
		if (!same_packet_meaning(&pair->columns[i]))
			return false;
	return true;
}

static bool is_plain_integer(enum type type)
{
	return type == TYPE_INTEGER || type == TYPE_BIT || type == TYPE_YEAR;
}

/* Why both servers may render equal values of a column differently, or NULL. */
static const char *digest_obstacle(const struct pair_column *column,
				   bool same_family)
{
	const struct column *source = column->on[SOURCE];
	const struct column *target = column->on[TARGET];

	switch (column->kind) {
	case KIND_NUMBER:
		if (is_plain_integer(source->type) &&
		    is_plain_integer(target->type))
			return NULL;
		return source->type == target->type &&
				       source->scale == target->scale
			       ? NULL
			       : "numbers of different scale";
	case KIND_REAL:
		if (!same_family)
			return "floats are written differently";
		return source->type == target->type ? NULL : "float and double";
	case KIND_MOMENT:
	case KIND_TIME:
		return source->type == target->type &&
				       source->scale == target->scale
			       ? NULL
			       : "dates of different precision";
	case KIND_TEXT:
		return column->is_json ? "JSON is written differently" : NULL;
	case KIND_BYTES:
		return source->type == TYPE_GEOMETRY ||
				       source->type == TYPE_VECTOR
			       ? "geometry has no portable text"
			       : NULL;
	case KIND_NONE:
		break;
	}
	return "unknown type";
}

static void judge_digest(struct pair *pair, bool same_family)
{
	for (size_t i = 0; i < pair->column_count && !pair->no_digest; i++)
		pair->no_digest = digest_obstacle(&pair->columns[i],
						  same_family);
	pair->can_digest = !pair->no_digest;
}

static const void *settle(struct arena *arena, struct vec *vec)
{
	void *items = arena_alloc(arena, vec->count * vec->item_size);

	if (vec->count)
		memcpy(items, vec->items, vec->count * vec->item_size);
	vec_release(vec);
	return items;
}

struct pair *pair_make(struct arena *arena, const struct table *source,
		       const struct table *target, const struct pair_wish *wish)
{
	struct pair *pair = arena_alloc(arena, sizeof(*pair));
	const bool same_family = wish->server[SOURCE]->family ==
				 wish->server[TARGET]->family;
	struct maker maker = {
		.pair = pair,
		.same_family = same_family,
		.wish = wish,
		.columns = VEC_INIT(struct pair_column),
		.differences = VEC_INIT(struct pair_difference),
		.ignored = VEC_INIT(const char *),
	};
	pair->arena = arena;
	pair->table[SOURCE] = source;
	pair->table[TARGET] = target;
	pair->database[SOURCE] = arena_strdup(arena, wish->database[SOURCE]);
	pair->database[TARGET] = arena_strdup(arena, wish->database[TARGET]);
	pair->where = wish->where ? arena_strdup(arena, wish->where) : NULL;
	pair_columns(&maker);
	pair->column_count = maker.columns.count;
	pair->difference_count = maker.differences.count;
	pair->ignored_count = maker.ignored.count;
	pair->columns = arena_alloc(arena, maker.columns.count *
						   sizeof(*pair->columns));
	if (maker.columns.count)
		memcpy(pair->columns, maker.columns.items,
		       maker.columns.count * sizeof(*pair->columns));
	vec_release(&maker.columns);
	pair->differences = settle(arena, &maker.differences);
	pair->ignored = settle(arena, &maker.ignored);
	choose_identity(pair, same_family);
	for (enum side side = SOURCE; side < SIDES; side++)
		pair->cuts_weights[side] = wish->server[side]->cuts_weights &&
					   !pair->is_native;
	drop_ignored(pair);
	place_extras(pair);
	pair->is_same_layout = same_layout(pair);
	judge_digest(pair, same_family);
	return pair;
}

/*
 * int(11) and int, bigint(20) unsigned and bigint unsigned differ in what clients
 * show, not in what they hold.
 */
static bool same_type(const struct column *source, const struct column *target)
{
	if (source->type != target->type)
		return false;
	if (source->type == TYPE_INTEGER || source->type == TYPE_YEAR) {
		const size_t a = strcspn(source->type_text, "( ");
		const size_t b = strcspn(target->type_text, "( ");

		return a == b && source->is_unsigned == target->is_unsigned &&
		       !strncmp(source->type_text, target->type_text, a);
	}
	return !strcmp(source->type_text, target->type_text);
}

bool pair_is_lossy(const struct pair *pair)
{
	for (size_t i = 0; i < pair->column_count; i++)
		if (pair->columns[i].is_convert ||
		    !same_type(pair->columns[i].on[SOURCE],
			       pair->columns[i].on[TARGET]))
			return true;
	return false;
}

bool pair_has_long_rows(const struct pair *pair)
{
	for (size_t i = 0; i < pair->column_count; i++)
		if (pair->columns[i].is_long ||
		    pair->columns[i].on[TARGET]->type == TYPE_GEOMETRY)
			return true;
	return false;
}

/* ------------------------------------------------------------------------
 * The same pair again, from what was remembered of it
 * --------------------------------------------------------------------- */

static bool take_forms(struct pair *pair, const struct pair_form *forms,
		       size_t count)
{
	pair->columns = arena_alloc(pair->arena,
				    (count + 1) * sizeof(*pair->columns));
	for (size_t i = 0; i < count; i++) {
		const struct pair_form *form = &forms[i];
		const struct column *column =
			table_find_column(pair->table[TARGET], form->name);

		if (!column || column->type == TYPE_UNKNOWN ||
		    (form->is_number && column->type != TYPE_ENUM &&
		     column->type != TYPE_SET))
			return false;
		pair->columns[pair->column_count++] = (struct pair_column){
			.name = column->name,
			.on[SOURCE] = column,
			.on[TARGET] = column,
			.kind = form->is_number ? KIND_NUMBER
						: type_kind(column->type),
			.is_json = form->is_json,
			.is_parsed = column->type == TYPE_JSON,
			.is_long = form->is_long,
			.is_convert = form->is_convert,
			.is_number = form->is_number,
			.is_marked = form->is_marked,
			.folds_zero = form->folds_zero,
			.is_ignored = form->is_ignored,
		};
	}
	return true;
}

static size_t place_of(const struct key *key, const char *column)
{
	for (size_t i = 0; i < key->count; i++)
		if (text_equal_nocase(key->columns[i]->name, column))
			return i;
	return SIZE_MAX;
}

/* Puts the key's columns into the order of the names. */
static bool take_key(struct pair *pair, const struct key *key,
		     const char *const *names, size_t count)
{
	if (!is_identity(key) || key->count != count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (place_of(key, names[i]) == SIZE_MAX)
			return false;
	for (size_t i = 0; i < count; i++) {
		size_t at = 0;

		if (!find_pair_column(pair, key->columns[i], &at))
			return false;
	}
	use_key(pair, key, key, true);
	struct key_column *ordered = arena_alloc(pair->arena,
						 count * sizeof(*ordered));

	for (size_t i = 0; i < count; i++)
		ordered[i] = pair->key[place_of(key, names[i])];
	pair->key = ordered;
	return true;
}

struct pair *pair_make_again(struct arena *arena, const struct table *table,
			     const char *database,
			     const struct pair_form *forms, size_t form_count,
			     const char *const *key, size_t key_count)
{
	struct pair *pair = arena_alloc(arena, sizeof(*pair));
	bool has_key = !key_count;

	pair->arena = arena;
	pair->table[SOURCE] = table;
	pair->table[TARGET] = table;
	pair->database[SOURCE] = arena_strdup(arena, database);
	pair->database[TARGET] = pair->database[SOURCE];
	pair->identity = IDENTITY_ROWS;
	pair->key_text = "rows";
	if (!take_forms(pair, forms, form_count))
		return NULL;
	for (size_t i = 0; i < table->key_count && !has_key; i++)
		has_key = take_key(pair, &table->keys[i], key, key_count);
	if (!has_key)
		return NULL;
	place_extras(pair);
	pair->is_same_layout = true;
	pair->no_digest = "not asked for";
	return pair;
}
