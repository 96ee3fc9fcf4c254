/* difference.c - see difference.h. */
#include "dbsync/data/difference.h"

#include "letters.h"

#include "dbsync/base/text.h"

#include <string.h>

enum {
	BEFORE = 24,       /* characters that are shown before the place … */
	BEFORE_BYTES = 8,  /* … and bytes */
	MIDDLE_DOT = 0xB7, /* what marks a blank */
};

#define MARK "·"

/* ------------------------------------------------------------------------
 * Finding
 * --------------------------------------------------------------------- */

static size_t common(struct cell a, struct cell b)
{
	const size_t shorter = a.length < b.length ? a.length : b.length;
	size_t at = 0;

	while (at < shorter && a.data[at] == b.data[at])
		at++;
	return at;
}

struct difference difference_of_bytes(struct cell source, struct cell target)
{
	struct difference found = {0};

	if (!source.data || !target.data)
		return found;
	found.byte = common(source, target);
	found.is_found = found.byte < source.length ||
			 found.byte < target.length;
	return found;
}

/* Bytes of the character that is there; at least 1. */
static size_t step(struct cell text, size_t at, uint32_t *code_out)
{
	const size_t bytes = text_decode((const char *)text.data + at,
					 text.length - at, code_out);

	return bytes ? bytes : 1;
}

struct difference difference_of_texts(struct cell source, struct cell target,
				      struct cell source_text,
				      struct cell target_text)
{
	struct difference found = difference_of_bytes(source, target);

	if (!found.is_found || !source_text.data || !target_text.data)
		return found;
	const size_t same = common(source_text, target_text);

	found.is_text = true;
	/* up to the character that the first differing byte is in */
	while (found.start < same) {
		uint32_t code = 0;
		const size_t here = step(source_text, found.start, &code);
		const size_t there = found.start < target_text.length
					     ? step(target_text, found.start,
						    &code)
					     : 0;

		if (here != there || found.start + here > same)
			break;
		found.start += here;
		found.character++;
	}
	return found;
}

/* ------------------------------------------------------------------------
 * Showing
 * --------------------------------------------------------------------- */

struct view {
	struct cell text;
	const struct difference *at; /* NULL: no place */
	bool marks;                  /* blanks */
	size_t blank_end;            /* from here on there are blanks only */
	uint32_t before;             /* the character before; 0: none */
};

static uint32_t code_at(const struct view *view, size_t at)
{
	uint32_t code = 0;

	if (at < view->text.length)
		(void)step(view->text, at, &code);
	return code;
}

static bool is_place(const struct view *view, size_t at)
{
	return view->at && view->at->is_found && view->at->start == at;
}

static bool is_marked(const struct view *view, size_t at)
{
	return view->marks &&
	       (!at || at >= view->blank_end || view->before == ' ' ||
		code_at(view, at + 1) == ' ' || is_place(view, at));
}

/* Whether it may be taken for another one where it stands. */
static bool is_doubtful(const struct view *view, size_t at, size_t bytes,
			uint32_t code)
{
	const uint32_t twin = letters_twin(code);

	if (letters_is_blank(code) || letters_is_unseen(code) ||
	    letters_is_mark(code) || (view->marks && code == MIDDLE_DOT))
		return true;
	if (is_place(view, at))
		return twin != 0;
	/* among letters of its own script it is what it looks like */
	return letters_is_ascii(twin) &&
	       (letters_is_ascii(view->before) ||
		letters_is_ascii(code_at(view, at + bytes)));
}

/* Appends one character, and says how many it became. */
static size_t show_one(struct view *view, size_t at, struct buf *out,
		       size_t *bytes_out)
{
	const size_t before = out->length;
	uint32_t code = 0;

	*bytes_out = step(view->text, at, &code);
	if (code == ' ' && is_marked(view, at)) {
		buf_adds(out, MARK);
	} else if (code > 0x7F && is_doubtful(view, at, *bytes_out, code)) {
		buf_addf(out, "\\u{%04X}", (unsigned)code);
	} else {
		text_show(out, (const char *)view->text.data + at, *bytes_out,
			  SIZE_MAX);
	}
	view->before = code;
	/* what is one character counts as one */
	return out->data[before] == '\\' ? out->length - before : 1;
}

static size_t blank_end(struct cell text)
{
	size_t end = text.length;

	while (end && text.data[end - 1] == ' ')
		end--;
	return end;
}

/* Where to begin, so that the place is seen. */
static size_t text_begin(struct cell text, const struct difference *at,
			 size_t limit)
{
	size_t begin = 0;
	size_t characters = 0;

	if (!at || !at->is_found || at->character <= limit / 2)
		return 0;
	while (characters + BEFORE < at->character && begin < text.length) {
		uint32_t code = 0;

		begin += step(text, begin, &code);
		characters++;
	}
	return begin;
}

static void show(struct buf *out, struct view *view, size_t limit)
{
	const struct cell text = view->text;
	size_t shown = 0;
	size_t bytes = 0;

	view->blank_end = blank_end(text);
	size_t at = text_begin(text, view->at, limit);

	if (at)
		buf_adds(out, "…");
	for (; at < text.length; at += bytes) {
		const size_t start = out->length;

		shown += show_one(view, at, out, &bytes);
		if (shown <= limit)
			continue;
		buf_truncate(out, start);
		buf_addf(out, "…(%zu bytes)", text.length);
		return;
	}
}

void difference_show_text(struct buf *out, struct cell text,
			  const struct difference *at, size_t limit)
{
	struct view view = {.text = text, .at = at, .marks = true};

	show(out, &view, limit);
}

void difference_show_key(struct buf *out, const char *text, size_t length,
			 size_t limit)
{
	struct view view = {.text = {(const uint8_t *)text, length}};

	show(out, &view, limit);
}

void difference_show_bytes(struct buf *out, struct cell bytes,
			   const struct difference *at, size_t limit)
{
	size_t begin = 0;

	if (at && at->is_found && at->byte > limit / 2)
		begin = at->byte > BEFORE_BYTES ? at->byte - BEFORE_BYTES : 0;
	if (begin > bytes.length)
		begin = bytes.length;
	const size_t left = bytes.length - begin;

	buf_adds(out, begin ? "0x…" : "0x");
	buf_addhex(out, bytes.data + begin, left < limit ? left : limit);
	if (left > limit)
		buf_addf(out, "…(%zu bytes)", bytes.length);
}

/* ------------------------------------------------------------------------
 * The place
 * --------------------------------------------------------------------- */

void difference_place(struct buf *out, const struct difference *at)
{
	if (at->is_text)
		buf_addf(out, "character %zu, byte %zu", at->character,
			 at->byte);
	else
		buf_addf(out, "byte %zu", at->byte);
}

void difference_found(struct buf *out, const struct difference *at,
		      struct cell bytes, struct cell text)
{
	uint32_t code = 0;

	if (at->is_text && at->start < text.length &&
	    text_decode((const char *)text.data + at->start,
			text.length - at->start, &code))
		buf_addf(out, "U+%04X", (unsigned)code);
	else if (at->byte < bytes.length)
		buf_addf(out, "0x%02x", (unsigned)bytes.data[at->byte]);
	else
		buf_adds(out, "the end");
}

void difference_codes(struct buf *out, struct cell text, size_t start,
		      size_t limit)
{
	size_t bytes = 0;

	for (size_t at = start; at < text.length && limit--; at += bytes) {
		uint32_t code = 0;

		bytes = text_decode((const char *)text.data + at,
				    text.length - at, &code);
		buf_adds(out, at == start ? "" : " ");
		if (bytes)
			buf_addf(out, "U+%04X", (unsigned)code);
		else
			buf_addf(out, "\\x%02x", (unsigned)text.data[at]);
		bytes = bytes ? bytes : 1;
	}
}
