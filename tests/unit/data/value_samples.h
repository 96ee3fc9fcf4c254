/*
 * value_samples.h - values as they come in rows of the binary protocol, each
 * in a line, for unit tests.  They live in the arena.
 */
#ifndef DBSYNC_TESTS_VALUE_SAMPLES_H
#define DBSYNC_TESTS_VALUE_SAMPLES_H

#include "dbsync/base/mem.h"
#include "dbsync/data/value.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static inline struct value sample_value(struct arena *arena, enum type type,
					struct wire_column wire,
					const void *bytes, size_t length)
{
	struct wire_column *kept = arena_alloc(arena, sizeof(*kept));
	uint8_t *data = arena_alloc(arena, length + 1);

	*kept = wire;
	if (length)
		memcpy(data, bytes, length);
	return (struct value){type, kept, {data, length}};
}

static inline struct value sample_null(struct arena *arena, enum type type)
{
	struct value value = sample_value(
		arena, type, (struct wire_column){.wire = WIRE_STRING}, "", 0);

	value.cell.data = NULL;
	return value;
}

/* The lowest size bytes of bits, so that a negative number is one, too. */
static inline struct value sample_integer(struct arena *arena, size_t size,
					  bool is_unsigned, uint64_t bits)
{
	uint8_t bytes[8];
	const struct wire_column wire = {.wire = WIRE_FIXED,
					 .size = (uint8_t)size,
					 .is_unsigned = is_unsigned};

	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(bits >> (8 * i));
	return sample_value(arena, TYPE_INTEGER, wire, bytes, size);
}

static inline struct value sample_bytes(struct arena *arena, enum type type,
					const char *bytes, size_t length)
{
	return sample_value(arena, type,
			    (struct wire_column){.wire = WIRE_STRING}, bytes,
			    length);
}

static inline struct value sample_text(struct arena *arena, enum type type,
				       const char *text)
{
	return sample_bytes(arena, type, text, strlen(text));
}

static inline struct value sample_double(struct arena *arena, double number)
{
	const struct wire_column wire = {
		.wire = WIRE_FIXED, .size = 8, .is_double = true};

	return sample_value(arena, TYPE_DOUBLE, wire, &number, sizeof(number));
}

static inline struct value sample_float(struct arena *arena, float number)
{
	const struct wire_column wire = {
		.wire = WIRE_FIXED, .size = 4, .is_double = true};

	return sample_value(arena, TYPE_FLOAT, wire, &number, sizeof(number));
}

/* `2024-01-02 03:04:05.000006`, of which a server may send 0, 4, 7 or 11. */
static inline struct value sample_moment(struct arena *arena, enum type type,
					 const char *text, size_t length)
{
	unsigned part[7] = {0};
	const struct wire_column wire = {.wire = WIRE_SHORT};

	ck_assert_int_ge(sscanf(text, "%u-%u-%u %u:%u:%u.%u", &part[0],
				&part[1], &part[2], &part[3], &part[4],
				&part[5], &part[6]),
			 3);
	const uint8_t bytes[11] = {
		(uint8_t)part[0],         (uint8_t)(part[0] >> 8),
		(uint8_t)part[1],         (uint8_t)part[2],
		(uint8_t)part[3],         (uint8_t)part[4],
		(uint8_t)part[5],         (uint8_t)part[6],
		(uint8_t)(part[6] >> 8),  (uint8_t)(part[6] >> 16),
		(uint8_t)(part[6] >> 24),
	};

	return sample_value(arena, type, wire, bytes, length);
}

/* `-838:59:59.000006`, of which a server may send 0, 8 or 12 bytes. */
static inline struct value sample_time(struct arena *arena, const char *text,
				       size_t length)
{
	unsigned hour = 0;
	unsigned minute = 0;
	unsigned second = 0;
	unsigned micro = 0;
	const bool is_negative = *text == '-';
	const struct wire_column wire = {.wire = WIRE_SHORT, .is_time = true};

	ck_assert_int_ge(sscanf(text + is_negative, "%u:%u:%u.%u", &hour,
				&minute, &second, &micro),
			 3);
	const unsigned days = hour / 24;
	const uint8_t bytes[12] = {
		is_negative,
		(uint8_t)days,
		(uint8_t)(days >> 8),
		(uint8_t)(days >> 16),
		(uint8_t)(days >> 24),
		(uint8_t)(hour % 24),
		(uint8_t)minute,
		(uint8_t)second,
		(uint8_t)micro,
		(uint8_t)(micro >> 8),
		(uint8_t)(micro >> 16),
		(uint8_t)(micro >> 24),
	};

	return sample_value(arena, TYPE_TIME, wire, bytes, length);
}
#endif
