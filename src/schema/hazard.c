/*
 * hazard.c - what a change of a column may cost.
 *
 * The worst of a change is told; where the rows can be asked, there is a
 * condition for those that would suffer.
 */
#include "delta_parts.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/db/quote.h"
#include "dbsync/schema/type.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *word;
	const char *meaning;
} kinds[HAZARD_KINDS] = {
	[HAZARD_NONE] = {"none", "nothing is lost"},
	[HAZARD_DROP_COLUMN] = {"drop-column", "its contents are lost"},
	[HAZARD_DROP_PARTITION] = {"drop-partition", "its rows are lost"},
	[HAZARD_NARROW] = {"narrow", "values may no longer fit"},
	[HAZARD_SIGN] = {"sign", "values beyond the new range do not fit"},
	[HAZARD_TYPE] = {"type", "values become values of another kind"},
	[HAZARD_CHARSET] = {"charset", "characters may no longer exist"},
	[HAZARD_COLLATION] = {"collation",
			      "other texts are equal, so keys may conflict"},
	[HAZARD_ENUM_REORDER] = {"enum-reorder",
				 "members are removed or moved, which changes "
				 "the meaning of their numbers"},
	[HAZARD_NOT_NULL] = {"not-null", "existing NULLs violate it"},
	[HAZARD_UNIQUE] = {"unique-on-duplicates",
			   "existing rows have the same key"},
	[HAZARD_CHECK] = {"check", "existing rows violate it"},
	[HAZARD_ENGINE] = {"engine",
			   "transactions and foreign keys may be lost"},
	[HAZARD_GENERATED] = {"generated",
			      "stored values become computed ones"},
	[HAZARD_SRID] = {"srid", "existing geometries have another SRID"},
};

const char *hazard_word(enum hazard hazard)
{
	return kinds[hazard].word;
}

const char *hazard_meaning(enum hazard hazard)
{
	return kinds[hazard].meaning;
}

/* ------------------------------------------------------------------------
 * How much types hold
 * --------------------------------------------------------------------- */

static const char *const integers[] = {"tinyint", "smallint", "mediumint",
				       "int",     "bigint",   NULL};
static const unsigned integer_bits[] = {8, 16, 24, 32, 64};
static const char *const texts[] = {"tinytext", "text", "mediumtext",
				    "longtext", NULL};
static const char *const blobs[] = {"tinyblob", "blob", "mediumblob",
				    "longblob", NULL};
static const char *const floats[] = {"float", "double", NULL};

/* Where a type stands in a ladder of types; -1: not in it. */
static int rung(const char *const *ladder, const char *type)
{
	for (int i = 0; ladder[i]; i++)
		if (!strcmp(ladder[i], type))
			return i;
	return -1;
}

static unsigned long first_argument(const struct def_column *column)
{
	return strtoul(column->arguments, NULL, 10);
}

static unsigned long second_argument(const struct def_column *column)
{
	const char *comma = strchr(column->arguments, ',');

	return comma ? strtoul(comma + 1, NULL, 10) : 0;
}

/* On a ladder both stand on: whether want is below have. */
static bool is_lower(const char *const *ladder, const struct def_column *have,
		     const struct def_column *want, bool *known_out)
{
	const int from = rung(ladder, have->type);
	const int to = rung(ladder, want->type);

	if (from < 0 || to < 0)
		return false;
	*known_out = true;
	return to < from;
}

/* CHAR, VARCHAR, BINARY, VARBINARY: types of so many characters or bytes. */
static bool has_length(const struct def_column *column)
{
	const enum type type = type_from_name(column->type);

	return type == TYPE_CHAR || type == TYPE_BINARY;
}

/*
 * Between types of different names: CHAR and BINARY change the ends of values,
 * texts without a length of their own may be longer than any that has one.
 */
static bool is_other_narrower(const struct def_column *have,
			      const struct def_column *want)
{
	if (!strncmp(want->type, "var", 3) && has_length(have))
		return first_argument(want) < first_argument(have);
	return rung(texts, want->type) < 1 && rung(blobs, want->type) < 1;
}

/* FLOAT(7,2) rounds what it is given. */
static bool is_rounded(const struct def_column *have,
		       const struct def_column *want)
{
	return rung(floats, want->type) >= 0 && *want->arguments &&
	       strcmp(have->arguments, want->arguments) != 0;
}

/* CHAR and BINARY: all values are filled up to one length. */
static bool is_padded(const struct def_column *column)
{
	return has_length(column) && strncmp(column->type, "var", 3) != 0;
}

/* Whether values of have may not fit into want, of the same kind. */
static bool is_narrower(const struct def_column *have,
			const struct def_column *want)
{
	static const char *const *const ladders[] = {integers, texts, blobs,
						     floats};
	bool known = false;

	for (size_t i = 0; i < sizeof(ladders) / sizeof(*ladders); i++)
		if (is_lower(ladders[i], have, want, &known))
			return true;
	if (known)
		return is_rounded(have, want);
	if (strcmp(have->type, want->type) != 0)
		return is_other_narrower(have, want);
	if (type_from_name(want->type) == TYPE_DECIMAL)
		return first_argument(want) - second_argument(want) <
			       first_argument(have) - second_argument(have) ||
		       second_argument(want) < second_argument(have);
	/* a longer BINARY appends to the values */
	if (type_from_name(want->type) == TYPE_BINARY && is_padded(want))
		return first_argument(want) != first_argument(have);
	return first_argument(want) < first_argument(have);
}

/* Whether the members of have are the first ones of want. */
static bool is_appended(const struct def_column *have,
			const struct def_column *want)
{
	const size_t length = strlen(have->arguments);

	return !strncmp(have->arguments, want->arguments, length) &&
	       (want->arguments[length] == ',' || !want->arguments[length]);
}

/* Whether not every text is a value of it. */
static bool is_picky(enum type type)
{
	return type_is_list(type) || type == TYPE_JSON || type == TYPE_UUID ||
	       type == TYPE_INET;
}

static enum hazard hazard_of_type(const struct def_column *have,
				  const struct def_column *want)
{
	const enum type from = type_from_name(have->type);
	const enum type to = type_from_name(want->type);

	if (type_is_list(from) && from == to)
		return is_appended(have, want) ? HAZARD_NONE
					       : HAZARD_ENUM_REORDER;
	if (type_kind(from) != type_kind(to) ||
	    (from != to && (type_is_list(from) || is_picky(to))) ||
	    (from != to && type_kind(from) == KIND_MOMENT) ||
	    (from != to && type_kind(from) == KIND_NUMBER))
		return HAZARD_TYPE;
	if (is_narrower(have, want))
		return HAZARD_NARROW;
	return have->is_unsigned != want->is_unsigned ? HAZARD_SIGN
						      : HAZARD_NONE;
}

/* A longer one of the same kind holds the same values. */
static bool keeps_values(const struct def_column *have,
			 const struct def_column *want)
{
	static const char *const lasting[] = {"char",      "varchar",
					      "varbinary", "decimal",
					      "datetime",  "timestamp",
					      "time",      NULL};
	static const char *const *const ladders[] = {integers, texts, blobs};

	for (size_t i = 0; i < sizeof(ladders) / sizeof(*ladders); i++)
		if (rung(ladders[i], have->type) >= 0)
			return rung(ladders[i], want->type) >= 0;
	return rung(lasting, have->type) >= 0 &&
	       !strcmp(have->type, want->type);
}

bool delta_only_widens(const struct def_column *have,
		       const struct def_column *want)
{
	return keeps_values(have, want) && !have->generated &&
	       !want->generated && !strcmp(have->charset, want->charset) &&
	       !strcmp(have->collation, want->collation) &&
	       !strcmp(have->srid, want->srid) &&
	       have->is_unsigned == want->is_unsigned && !have->is_zerofill &&
	       !want->is_zerofill &&
	       have->is_auto_increment == want->is_auto_increment &&
	       (have->null == want->null || have->null == DEF_NULL_NO) &&
	       !is_narrower(have, want);
}

/*
 * Whether all characters of one set are in the other, and come back from there
 * as they were (some of cp932 or sjis do not).
 */
static bool is_superset(const char *wide, const char *narrow)
{
	/* of each a character has one code, and goes back to the same */
	static const char *const faithful[] = {
		"latin1", "latin2", "latin5",  "latin7", "utf8mb3",
		"ucs2",   "utf16",  "utf16le", "utf32",  "cp1250",
		"cp1251", "cp1256", "cp1257",  "koi8r",  "koi8u",
		"greek",  "hebrew", "cp850",   "cp852",  "cp866",
	};

	if (!*narrow || !strcmp(wide, narrow))
		return true;
	if (!strcmp(narrow, "ascii"))
		return strcmp(wide, "swe7") != 0;
	for (size_t i = 0; i < sizeof(faithful) / sizeof(*faithful); i++)
		if (!strcmp(wide, "utf8mb4") && !strcmp(narrow, faithful[i]))
			return true;
	return false;
}

static bool is_in_unique_key(const struct definition *definition,
			     const char *column)
{
	for (size_t i = 0; i < definition->key_count; i++) {
		const struct def_key *key = &definition->keys[i];

		if (key->kind != DEF_KEY_PRIMARY && key->kind != DEF_KEY_UNIQUE)
			continue;
		for (size_t k = 0; k < key->part_count; k++)
			if (key->parts[k].column &&
			    text_equal_nocase(key->parts[k].column, column))
				return true;
	}
	return false;
}

/* ------------------------------------------------------------------------
 * Rows in danger
 * --------------------------------------------------------------------- */

static const char *outside_of_integer(const struct differ *differ,
				      const char *name,
				      const struct def_column *want)
{
	const int at = rung(integers, want->type);
	const unsigned bits = at < 0 ? 0 : integer_bits[at];

	if (!bits)
		return NULL;
	const unsigned long long most = ~0ULL >> (64 - bits);

	if (want->is_unsigned)
		return arena_printf(differ->arena, "%s NOT BETWEEN 0 AND %llu",
				    name, most);
	return arena_printf(differ->arena, "%s NOT BETWEEN -%llu-1 AND %llu",
			    name, most >> 1, most >> 1);
}

/* Too long for it, or another value when it is filled up and read again. */
static const char *outside_of_length(const struct differ *differ,
				     const char *name,
				     const struct def_column *have,
				     const struct def_column *want)
{
	const unsigned long length = first_argument(want);

	if (type_from_name(want->type) == TYPE_BINARY)
		return arena_printf(differ->arena, "LENGTH(%s) %s %lu", name,
				    is_padded(want) ? "<>" : ">", length);
	if (is_padded(want) && !is_padded(have))
		return arena_printf(differ->arena,
				    "CHAR_LENGTH(%s) > %lu OR %s LIKE '%% '",
				    name, length, name);
	return arena_printf(differ->arena, "CHAR_LENGTH(%s) > %lu", name,
			    length);
}

static const char *endangered(const struct differ *differ, enum hazard hazard,
			      const struct def_column *have,
			      const struct def_column *want)
{
	OWNED(buf_release) struct buf name = BUF_INIT;
	const enum type type = type_from_name(want->type);

	/* the rows are asked before it is renamed */
	quote_name(&name, renames_before(differ->renames, have->name));
	if (hazard == HAZARD_NOT_NULL)
		return arena_printf(differ->arena, "%s IS NULL", name.data);
	if (hazard == HAZARD_SRID)
		return arena_printf(differ->arena, "ST_SRID(%s) <> %s",
				    name.data, want->srid);
	if (hazard == HAZARD_SIGN || hazard == HAZARD_NARROW) {
		if (type == TYPE_INTEGER)
			return outside_of_integer(differ, name.data, want);
		if (type == TYPE_CHAR || type == TYPE_BINARY)
			return outside_of_length(differ, name.data, have, want);
	}
	return NULL;
}

void hazard_of_change(const struct differ *differ,
		      const struct def_column *have,
		      const struct def_column *want,
		      struct delta_clause *clause)
{
	enum hazard hazard = HAZARD_NONE;

	if (!have->generated && want->generated)
		hazard = HAZARD_GENERATED;
	else if (!have->generated)
		hazard = hazard_of_type(have, want);
	if (!hazard && !is_superset(want->charset, have->charset))
		hazard = HAZARD_CHARSET;
	if (!hazard && *want->srid && strcmp(have->srid, want->srid) != 0)
		hazard = HAZARD_SRID;
	if (have->null != DEF_NULL_NO && want->null == DEF_NULL_NO &&
	    !have->generated) {
		if (hazard) {
			clause->also = HAZARD_NOT_NULL;
			clause->also_endangered =
				endangered(differ, HAZARD_NOT_NULL, have, want);
		} else {
			hazard = HAZARD_NOT_NULL;
		}
	}
	if (!hazard && strcmp(have->collation, want->collation) != 0 &&
	    is_in_unique_key(differ->want, want->name))
		hazard = HAZARD_COLLATION;
	clause->hazard = hazard;
	clause->endangered = endangered(differ, hazard, have, want);
}
