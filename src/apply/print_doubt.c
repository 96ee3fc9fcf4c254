/*
 * print_doubt.c - rows that a file of statements cannot bring; see print.h.
 *
 * Values that have to become those of another type are written in a strict
 * session, which refuses what would be bent: a client cannot look afterwards.
 * But such a session also refuses the empty value of an ENUM, and what it
 * computes with a warning (strict.h).  Where a table has both, there is no mode
 * in which its rows could be written.
 */
#include "dbsync/apply/print.h"

#include "pump.h"

#include "dbsync/base/own.h"

#include <string.h>

struct search {
	const struct image *image;
	bool is_found;
};

/* By its name or its number. */
static bool is_empty_member(const struct image_column *column,
			    const struct one_value *value)
{
	const struct value number = {TYPE_INTEGER, &value->wire, value->cell};

	if (column->column->type != TYPE_ENUM || value->form == FORM_NULL)
		return false;
	return value->form == FORM_BYTES ? !value->cell.length
					 : !value_integer(number).magnitude;
}

static bool has_empty_values(const struct image *image, struct values row)
{
	struct one_value value;
	struct values rest;
	size_t count = 0;

	if (!values_open(row, &count, &rest))
		return false;
	for (size_t i = 0; i < count && values_next(&rest, &value); i++)
		if (is_empty_member(&image->columns[i], &value))
			return true;
	return false;
}

static enum dbs_rc look_at(void *self, struct batch *batch,
			   struct dbs_error *err)
{
	struct search *search = self;

	(void)err;
	for (size_t i = 0; i < batch->rows.count && !search->is_found; i++) {
		const struct change_record record = batch_record(batch, i);

		search->is_found = record.kind != CHANGE_DELETE &&
				   has_empty_values(search->image,
						    record.new_row);
	}
	return DBS_OK;
}

static enum dbs_rc has_empty_member(const struct batch_table *table, bool *out,
				    struct dbs_error *err)
{
	const struct finding *finding = table->plan->finding;
	const struct image *image = finding->subject->image;
	struct search search = {
		.image = image,
	};
	OWNED(pump_release) struct pump pump;

	pump_init(&pump, table, PHASE_PUT, UINT64_MAX);
	pump.take = look_at;
	pump.self = &search;
	pump.is_fixed = true;
	enum dbs_rc rc = pump_run(&pump, finding->segments,
				  finding->segment_count, err);

	*out = search.is_found;
	return rc;
}

static enum dbs_rc doubt(const struct batch_table *table, const char **out,
			 struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;
	bool is_found = false;

	*out = NULL;
	if (!batch_table_may_bend(table))
		return DBS_OK;
	if (table->has_computed)
		*out = "its rows: columns are of other types than on the "
		       "source, and columns are computed of them: a strict "
		       "session might refuse rows, another would change values "
		       "silently";
	else if (table->has_enum)
		rc = has_empty_member(table, &is_found, err);
	if (is_found)
		*out = "its rows: columns are of other types than on the "
		       "source, and an ENUM is empty: a strict session refuses "
		       "that, another would change values silently";
	return rc;
}

enum dbs_rc print_doubts(const struct plan *plan,
			 const struct row_sql *const *sqls, const char **out,
			 struct dbs_error *err)
{
	OWNED(mem_drop) struct batch_table *tables = batch_tables_make(plan,
								       sqls);
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < plan->table_count && !rc; i++)
		rc = doubt(&tables[i], &out[i], err);
	return rc;
}

/*
 * In a session with ANSI_QUOTES "a\" is a name, and ends there.  Clients do
 * not know that mode: to them it goes on, and what stands in the next quotes
 * may be a command.
 */
const char *print_object_doubt(const struct reshape_object *object)
{
	bool is_ansi = false;

	for (size_t i = 0; i < object->statement_count; i++) {
		const char *sql = object->statements[i];

		if (!strncmp(sql, "SET sql_mode = ", 15))
			is_ansi = strstr(sql, "ANSI_QUOTES") != NULL;
		else if (is_ansi && strchr(sql, '"') && strchr(sql, '\\'))
			return "a client might take a part of it for commands: "
			       "it was made with ANSI_QUOTES and has a "
			       "backslash";
	}
	return NULL;
}
