/* values.c - see values.h. */
#include "dbsync/data/values.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"

#include <string.h>

enum { WIDE = sizeof(uint64_t) };

/* How the bytes of each form are read; those of integers are 8. */
static const struct wire_column wires[FORM_FORMS] = {
	[FORM_NULL] = {.wire = WIRE_STRING},
	[FORM_SIGNED] = {.wire = WIRE_FIXED, .size = WIDE},
	[FORM_UNSIGNED] = {.wire = WIRE_FIXED,
			   .size = WIDE,
			   .is_unsigned = true},
	[FORM_FLOAT] = {.wire = WIRE_FIXED,
			.size = sizeof(float),
			.is_double = true},
	[FORM_DOUBLE] = {.wire = WIRE_FIXED, .size = WIDE, .is_double = true},
	[FORM_DECIMAL] = {.wire = WIRE_STRING, .is_decimal = true},
	[FORM_MOMENT] = {.wire = WIRE_SHORT},
	[FORM_SPAN] = {.wire = WIRE_SHORT, .is_time = true},
	[FORM_BYTES] = {.wire = WIRE_STRING},
	[FORM_JSON] = {.wire = WIRE_STRING, .is_json = true},
	[FORM_LITERAL] = {.wire = WIRE_STRING},
	[FORM_ABSENT] = {.wire = WIRE_STRING},
};

static bool has_bytes(enum value_form form)
{
	return form != FORM_NULL && form != FORM_ABSENT;
}

static enum value_form form_of(const struct wire_column *wire)
{
	if (wire->wire == WIRE_FIXED && wire->is_double)
		return wire->size == sizeof(float) ? FORM_FLOAT : FORM_DOUBLE;
	if (wire->wire == WIRE_FIXED)
		return wire->is_unsigned ? FORM_UNSIGNED : FORM_SIGNED;
	if (wire->wire == WIRE_SHORT)
		return wire->is_time ? FORM_SPAN : FORM_MOMENT;
	if (wire->is_json)
		return FORM_JSON;
	return wire->is_decimal ? FORM_DECIMAL : FORM_BYTES;
}

static void add_bytes(struct buf *out, enum value_form form, const void *data,
		      size_t length)
{
	const uint64_t wide = length;

	buf_addc(out, (char)form);
	buf_add(out, (const char *)&wide, sizeof(wide));
	buf_add(out, data, length);
}

/* With the bytes that a wider integer of that sign has. */
static void add_integer(struct buf *out, enum value_form form,
			const struct cell *cell)
{
	const bool is_negative = form == FORM_SIGNED &&
				 cell->data[cell->length - 1] >= 0x80;
	uint8_t wide[WIDE];

	memset(wide, is_negative ? 0xff : 0, sizeof(wide));
	memcpy(wide, cell->data, cell->length);
	buf_addc(out, (char)form);
	buf_add(out, (const char *)wide, sizeof(wide));
}

void values_begin(struct buf *out, size_t count)
{
	const uint32_t wide = (uint32_t)count;

	buf_add(out, (const char *)&wide, sizeof(wide));
}

void values_add(struct buf *out, const struct wire_column *wire,
		struct cell cell)
{
	const enum value_form form = cell.data ? form_of(wire) : FORM_NULL;

	switch (form) {
	case FORM_NULL:
		buf_addc(out, FORM_NULL);
		break;
	case FORM_SIGNED:
	case FORM_UNSIGNED:
		add_integer(out, form, &cell);
		break;
	case FORM_FLOAT:
	case FORM_DOUBLE:
		buf_addc(out, (char)form);
		buf_add(out, (const char *)cell.data, cell.length);
		break;
	case FORM_DECIMAL:
	case FORM_MOMENT:
	case FORM_SPAN:
	case FORM_BYTES:
	case FORM_JSON:
	case FORM_LITERAL:
	case FORM_ABSENT:
	case FORM_FORMS:
		add_bytes(out, form, cell.data, cell.length);
		break;
	}
}

void values_add_absent(struct buf *out)
{
	buf_addc(out, FORM_ABSENT);
}

bool values_of_tuple(struct slice tuple, size_t count, struct buf *out)
{
	OWNED(mem_drop) struct slice *parts = mem_alloc((count + 1) *
							sizeof(*parts));

	if (!literal_split(tuple, parts, count))
		return false;
	values_begin(out, count);
	for (size_t i = 0; i < count; i++)
		add_bytes(out, FORM_LITERAL, parts[i].data, parts[i].length);
	return true;
}

/* ------------------------------------------------------------------------
 * Reading
 * --------------------------------------------------------------------- */

bool values_open(struct values row, size_t *count_out, struct values *rest)
{
	uint32_t count = 0;

	if (row.length < sizeof(count))
		return false;
	memcpy(&count, row.data, sizeof(count));
	*count_out = count;
	*rest = (struct values){row.data + sizeof(count),
				row.length - sizeof(count)};
	return true;
}

/* Of a value behind its form; false: it would be longer than what is left. */
static bool find_bytes(enum value_form form, struct values left,
		       size_t *before_out, size_t *length_out)
{
	uint64_t length = 0;

	*before_out = 0;
	*length_out = wires[form].size;
	if (!has_bytes(form) || wires[form].wire == WIRE_FIXED)
		return *length_out <= left.length;
	if (left.length < sizeof(length))
		return false;
	memcpy(&length, left.data, sizeof(length));
	*before_out = sizeof(length);
	*length_out = (size_t)length;
	return length <= left.length - sizeof(length);
}

bool values_next(struct values *rest, struct one_value *out)
{
	size_t before = 0;
	size_t length = 0;

	if (!rest->length || (uint8_t)*rest->data >= FORM_FORMS)
		return false;
	const enum value_form form = (enum value_form) * rest->data;

	if (!find_bytes(form, (struct values){rest->data + 1, rest->length - 1},
			&before, &length))
		return false;
	const char *data = rest->data + 1 + before;

	*out = (struct one_value){
		.form = form,
		.wire = wires[form],
		.cell = {has_bytes(form) ? (const uint8_t *)data : NULL,
			 length}};
	rest->length -= 1 + before + length;
	rest->data = data + length;
	return true;
}

size_t values_tuple_most(struct values row)
{
	struct one_value value;
	struct values rest;
	size_t count = 0;
	size_t most = literal_most(0);

	if (!values_open(row, &count, &rest))
		return 0;
	while (values_next(&rest, &value))
		most += literal_most(value.cell.length);
	return most;
}
