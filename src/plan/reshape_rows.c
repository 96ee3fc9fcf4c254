/* reshape_rows.c - whether the rows of a table outlive its ALTERs. */
#include "dbsync/plan/reshape.h"

#include <string.h>

static bool is_same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/* Of a column: whether it holds the same values before and after. */
static bool is_same_column(const struct def_column *have,
			   const struct def_column *want)
{
	return is_same_text(have->type, want->type) &&
	       is_same_text(have->arguments, want->arguments) &&
	       is_same_text(have->charset, want->charset) &&
	       is_same_text(have->collation, want->collation) &&
	       is_same_text(have->generated, want->generated) &&
	       is_same_text(have->srid, want->srid) &&
	       have->null == want->null &&
	       have->is_unsigned == want->is_unsigned &&
	       have->is_zerofill == want->is_zerofill &&
	       have->is_stored == want->is_stored &&
	       have->is_auto_increment == want->is_auto_increment;
}

static bool has_same_columns(const struct definition *have,
			     const struct definition *want)
{
	if (have->column_count != want->column_count)
		return false;
	for (size_t i = 0; i < have->column_count; i++) {
		const struct def_column *column =
			definition_column(want, have->columns[i].name);

		if (!column || !is_same_column(&have->columns[i], column))
			return false;
	}
	return true;
}

/* Rows without a partition are refused, rows of one that goes are gone. */
static bool has_same_partitions(const struct delta *delta)
{
	for (size_t i = 0; i < delta->count; i++)
		if (strstr(delta->clauses[i].sql, "PARTITION"))
			return false;
	return true;
}

static bool has_real_hazard(const struct reshape_table *table)
{
	for (size_t i = 0; i < table->hazard_count; i++)
		if (hazard_is_real(&table->hazards[i]) &&
		    !table->hazards[i].is_late)
			return true;
	return false;
}

/* What is computed of a column may show how wide that is: CONCAT(price). */
static bool has_computed(const struct definition *want)
{
	for (size_t i = 0; i < want->column_count; i++)
		if (want->columns[i].generated)
			return true;
	return false;
}

/*
 * Whether a value of some column may be another afterwards.  What is only
 * dropped makes no difference to the others.
 */
static bool has_new_values(const struct definition *have,
			   const struct definition *want)
{
	const bool may_widen = !has_computed(want);

	for (size_t i = 0; i < want->column_count; i++) {
		const struct def_column *column =
			definition_column(have, want->columns[i].name);

		if (!column ||
		    (!is_same_column(column, &want->columns[i]) &&
		     !(may_widen &&
		       delta_only_widens(column, &want->columns[i]))))
			return true;
	}
	return false;
}

bool reshape_may_change_rows(const struct reshape_table *table)
{
	const struct structure *structure = table->structure;

	if (table->left_out || table->kind != RESHAPE_ALTER)
		return false;
	return !structure->have || !structure->want ||
	       has_new_values(structure->have, structure->want) ||
	       !has_same_partitions(&structure->delta);
}

bool reshape_keeps_rows(const struct reshape_table *table)
{
	const struct structure *structure = table->structure;

	if (table->left_out || table->kind == RESHAPE_NONE)
		return true;
	if (table->kind != RESHAPE_ALTER || !structure->have ||
	    !structure->want ||
	    !has_same_columns(structure->have, structure->want) ||
	    !has_same_partitions(&structure->delta))
		return false;
	return !has_real_hazard(table);
}
