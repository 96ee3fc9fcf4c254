/*
 * json_value.c - one form for all JSON texts of one value; see json_value.h.
 *
 * One pass over the text writes the form; there is no tree.  The members of
 * an object are written as they come, and where each begins and ends is kept
 * on a stack that all open objects share.  When the object ends, its members
 * are the top of the stack: they are sorted, of equal keys the last stays, and
 * if that changes anything, they are put together again behind the old ones and
 * moved to their place.  Strings and numbers are in json_scalar.c.
 *
 *	out    {"b":1,"a":{"y":2,"x":3    ← written
 *	stack   b, y, x                   the inner object owns y and x
 *
 * (a comes on the stack when its value has ended and y and x are gone.)
 * Keys are compared as written in the form: one key has one spelling there, so
 * equal stays equal, and any fixed order does.
 */
#include "dbsync/data/json_value.h"

#include "dbsync/base/text.h"
#include "json_parser.h"

#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 200 };

/* "key":value in out; it ends where its value ends, before the comma. */
struct member {
	size_t start;
	size_t key_length; /* with the first quote, not with the last */
	size_t end;
	const char *text; /* out->data + start, while sorting */
};

static enum dbs_rc read_value(struct json_parser *parser);

static void skip_space(struct json_parser *parser)
{
	while (parser->at < parser->end &&
	       (*parser->at == ' ' || *parser->at == '\t' ||
		*parser->at == '\n' || *parser->at == '\r'))
		parser->at++;
}

static enum dbs_rc read_word(struct json_parser *parser, const char *word)
{
	size_t length = strlen(word);

	if ((size_t)(parser->end - parser->at) < length ||
	    memcmp(parser->at, word, length) != 0)
		return json_refuse(parser, "a value is missing");
	parser->at += length;
	buf_add(parser->out, word, length);
	return DBS_OK;
}

/* Items up to what closes them, which is taken, too. */
static enum dbs_rc read_items(struct json_parser *parser, char close,
			      enum dbs_rc (*read)(struct json_parser *parser),
			      const char *missing)
{
	skip_space(parser);
	if (json_take(parser, close))
		return DBS_OK;
	for (;;) {
		enum dbs_rc rc = read(parser);

		if (rc)
			return rc;
		skip_space(parser);
		if (json_take(parser, close))
			return DBS_OK;
		if (!json_take(parser, ','))
			return json_refuse(parser, missing);
		buf_addc(parser->out, ',');
	}
}

static enum dbs_rc read_array(struct json_parser *parser)
{
	buf_addc(parser->out, '[');
	enum dbs_rc rc = read_items(parser, ']', read_value,
				    "`,` or `]` is missing");

	if (!rc)
		buf_addc(parser->out, ']');
	return rc;
}

static enum dbs_rc read_member(struct json_parser *parser)
{
	struct buf *out = parser->out;
	struct member member = {.start = out->length};
	enum dbs_rc rc;

	skip_space(parser);
	rc = json_read_string(parser);
	if (rc)
		return rc;
	member.key_length = out->length - member.start - 1;
	skip_space(parser);
	if (!json_take(parser, ':'))
		return json_refuse(parser, "`:` is missing");
	buf_addc(out, ':');
	rc = read_value(parser);
	if (rc)
		return rc;
	member.end = out->length;
	*(struct member *)vec_push(&parser->members) = member;
	return DBS_OK;
}

static int compare_keys(const struct member *a, const struct member *b)
{
	size_t shorter = a->key_length < b->key_length ? a->key_length
						       : b->key_length;
	int order = memcmp(a->text, b->text, shorter);

	if (order)
		return order;
	return (a->key_length > b->key_length) -
	       (a->key_length < b->key_length);
}

/* Equal keys in the order of the text. */
static int by_key(const void *a_item, const void *b_item)
{
	const struct member *a = a_item;
	const struct member *b = b_item;
	int order = compare_keys(a, b);

	return order ? order : (a->start > b->start) - (a->start < b->start);
}

static bool is_in_order(const struct member *members, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (compare_keys(&members[i - 1], &members[i]) >= 0)
			return false;
	return true;
}

/* Puts the members from base on in order, and takes them off the stack. */
static void settle_members(struct json_parser *parser, size_t base)
{
	struct member *members = vec_at(&parser->members, base);
	size_t count = parser->members.count - base;
	struct buf *out = parser->out;
	size_t start = members[0].start;
	struct buf sorted = BUF_INIT;

	for (size_t i = 0; i < count; i++)
		members[i].text = out->data + members[i].start;
	if (!is_in_order(members, count)) {
		qsort(members, count, sizeof(*members), by_key);
		buf_reserve(&sorted, out->length - start);
		for (size_t i = 0; i < count; i++) {
			if (i + 1 < count &&
			    !compare_keys(&members[i], &members[i + 1]))
				continue;
			if (sorted.length)
				buf_addc(&sorted, ',');
			buf_add(&sorted, members[i].text,
				members[i].end - members[i].start);
		}
		buf_truncate(out, start);
		buf_add(out, sorted.data, sorted.length);
		buf_release(&sorted);
	}
	vec_truncate(&parser->members, base);
}

static enum dbs_rc read_object(struct json_parser *parser)
{
	size_t base = parser->members.count;

	buf_addc(parser->out, '{');
	enum dbs_rc rc = read_items(parser, '}', read_member,
				    "`,` or `}` is missing");

	if (rc)
		return rc;
	if (parser->members.count > base)
		settle_members(parser, base);
	buf_addc(parser->out, '}');
	return DBS_OK;
}

static enum dbs_rc read_nested(struct json_parser *parser)
{
	enum dbs_rc rc;

	if (parser->depth == DEPTH_MAX)
		return json_refuse(parser, "nested too deeply");
	parser->depth++;
	rc = json_take(parser, '{') ? read_object(parser)
				    : (parser->at++, read_array(parser));
	parser->depth--;
	return rc;
}

static enum dbs_rc read_value(struct json_parser *parser)
{
	skip_space(parser);
	switch (json_peek(parser)) {
	case '{':
	case '[':
		return read_nested(parser);
	case '"':
		return json_read_string(parser);
	case 't':
		return read_word(parser, "true");
	case 'f':
		return read_word(parser, "false");
	case 'n':
		return read_word(parser, "null");
	default:
		if (json_peek(parser) == '-' ||
		    (json_peek(parser) >= '0' && json_peek(parser) <= '9'))
			return json_read_number(parser);
		return json_refuse(parser, "a value is missing");
	}
}

static enum dbs_rc read_text(struct json_parser *parser)
{
	enum dbs_rc rc;

	if (!text_is_utf8(parser->start, (size_t)(parser->end - parser->start)))
		return json_refuse(parser, "not UTF-8");
	rc = read_value(parser);
	if (rc)
		return rc;
	skip_space(parser);
	if (parser->at != parser->end)
		return json_refuse(parser, "more text after the value");
	return DBS_OK;
}

enum dbs_rc json_canonical(const char *text, size_t length, struct buf *out,
			   struct dbs_error *err)
{
	size_t before = out->length;
	struct json_parser parser = {
		.start = text,
		.at = text,
		.end = text + length,
		.out = out,
		.members = VEC_INIT(struct member),
		.err = err,
	};
	enum dbs_rc rc = read_text(&parser);

	if (rc)
		buf_truncate(out, before);
	vec_release(&parser.members);
	return rc;
}

bool json_same(const char *a, size_t a_length, const char *b, size_t b_length)
{
	struct buf a_form = BUF_INIT;
	struct buf b_form = BUF_INIT;
	struct dbs_error ignored = {0};
	bool is_same;

	if (a_length == b_length && (!a_length || !memcmp(a, b, a_length)))
		return true;
	is_same = !json_canonical(a, a_length, &a_form, &ignored) &&
		  !json_canonical(b, b_length, &b_form, &ignored) &&
		  a_form.length == b_form.length &&
		  !memcmp(a_form.data, b_form.data, a_form.length);
	buf_release(&a_form);
	buf_release(&b_form);
	return is_same;
}
