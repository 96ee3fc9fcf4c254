/*
 * json_binary.c - objects and arrays of MySQL's binary JSON.
 *
 * A container is its entries, with offsets to the rest of it.  What keeps hostile
 * offsets from making a small document large: each key and each value has to be
 * paid for with as many bytes as it is made of, entries included, and there are
 * as many to spend as the document has.  One that a server wrote uses each of its
 * bytes once at most.
 */
#include "dbsync/binlog/json_binary.h"

#include "json_leaf.h"

enum { DEPTH_LIMIT = 100, KEY_LENGTH_SIZE = 2 };

/* The longest text per byte is that of a control character: \u0001. */
enum { TEXT_PER_BYTE = 6, TEXT_OF_NOTHING = 4 };

struct reading {
	struct buf *out;
	size_t left; /* bytes to spend */
	unsigned depth;
};

struct container {
	const uint8_t *data; /* from its count on */
	size_t size;
	size_t field; /* bytes of an offset, 2 or 4 */
	size_t count;
	size_t key_entry;   /* bytes; 0 in an array */
	size_t value_entry; /* bytes */
	size_t head;        /* bytes in front of the first key or value */
};

static bool write_value(struct reading *reading, uint8_t type,
			const uint8_t *data, size_t length);

static bool spend(struct reading *reading, size_t bytes)
{
	if (bytes > reading->left)
		return false;
	reading->left -= bytes;
	return true;
}

static bool is_object(uint8_t type)
{
	return type == JSON_SMALL_OBJECT || type == JSON_LARGE_OBJECT;
}

static bool is_container(uint8_t type)
{
	return is_object(type) || type == JSON_SMALL_ARRAY ||
	       type == JSON_LARGE_ARRAY;
}

/* False: it is longer than the bytes, or has no place for its entries. */
static bool open_container(uint8_t type, const uint8_t *data, size_t length,
			   struct container *out)
{
	const bool is_large = type == JSON_LARGE_OBJECT ||
			      type == JSON_LARGE_ARRAY;
	const size_t field = is_large ? 4 : 2;

	if (length < 2 * field)
		return false;
	*out = (struct container){
		.data = data,
		.size = json_number(data + field, field),
		.field = field,
		.count = json_number(data, field),
		.key_entry = is_object(type) ? field + KEY_LENGTH_SIZE : 0,
		.value_entry = 1 + field,
	};
	const size_t entry = out->key_entry + out->value_entry;

	if (out->size > length || out->size < 2 * field ||
	    out->count > (out->size - 2 * field) / entry)
		return false;
	out->head = 2 * field + out->count * entry;
	return true;
}

static bool write_key(struct reading *reading,
		      const struct container *container, size_t number)
{
	const uint8_t *entry = container->data + 2 * container->field +
			       number * container->key_entry;
	const size_t offset = json_number(entry, container->field);
	const size_t length = json_number(entry + container->field,
					  KEY_LENGTH_SIZE);

	if (offset < container->head || offset > container->size ||
	    length > container->size - offset || !spend(reading, length))
		return false;
	json_quote(reading->out, container->data + offset, length);
	buf_adds(reading->out, ": ");
	return true;
}

static bool write_element(struct reading *reading,
			  const struct container *container, size_t number)
{
	const uint8_t *entry = container->data + 2 * container->field +
			       container->count * container->key_entry +
			       number * container->value_entry;
	const size_t fixed = json_fixed_size(*entry);

	if (fixed && fixed <= container->field)
		return json_leaf_text(reading->out, *entry, entry + 1, fixed);

	const size_t offset = json_number(entry + 1, container->field);

	return offset >= container->head && offset < container->size &&
	       write_value(reading, *entry, container->data + offset,
			   container->size - offset);
}

static bool write_elements(struct reading *reading,
			   const struct container *container)
{
	for (size_t i = 0; i < container->count; i++) {
		if (i)
			buf_adds(reading->out, ", ");
		if (container->key_entry && !write_key(reading, container, i))
			return false;
		if (!write_element(reading, container, i))
			return false;
	}
	return true;
}

static bool write_container(struct reading *reading, uint8_t type,
			    const uint8_t *data, size_t length)
{
	struct container container;

	if (reading->depth == DEPTH_LIMIT ||
	    !open_container(type, data, length, &container) ||
	    !spend(reading, container.head))
		return false;
	reading->depth++;
	buf_addc(reading->out, is_object(type) ? '{' : '[');
	if (!write_elements(reading, &container))
		return false;
	buf_addc(reading->out, is_object(type) ? '}' : ']');
	reading->depth--;
	return true;
}

static bool write_value(struct reading *reading, uint8_t type,
			const uint8_t *data, size_t length)
{
	if (is_container(type))
		return write_container(reading, type, data, length);

	const size_t size = json_leaf_size(type, data, length);

	return size && spend(reading, size) &&
	       json_leaf_text(reading->out, type, data, size);
}

size_t json_binary_most(size_t length)
{
	return TEXT_PER_BYTE * length + TEXT_OF_NOTHING;
}

bool json_binary_text(struct buf *out, const uint8_t *data, size_t length)
{
	const size_t before = out->length;
	struct reading reading = {.out = out, .left = length};

	if (!length) {
		buf_adds(out, "null");
		return true;
	}
	if (write_value(&reading, data[0], data + 1, length - 1))
		return true;
	buf_truncate(out, before);
	return false;
}
