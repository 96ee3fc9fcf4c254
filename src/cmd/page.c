/* page.c - see page.h. */
#include "page.h"

#include "dbsync/base/error.h"
#include "dbsync/base/text.h"
#include "dbsync/run/report_value.h"

#include <string.h>

enum { NAME_MAX_BYTES = 32 };

struct buf *page_place(struct page *page, const char *name)
{
	DBS_BUG(page->count == PAGE_PLACES, "no room for `%s`", name);
	page->places[page->count].name = name;
	page->places[page->count].text = (struct buf)BUF_INIT;
	return &page->places[page->count++].text;
}

static void escape(struct buf *out, char c)
{
	switch (c) {
	case '&':
		buf_adds(out, "&amp;");
		break;
	case '<':
		buf_adds(out, "&lt;");
		break;
	case '>':
		buf_adds(out, "&gt;");
		break;
	case '"':
		buf_adds(out, "&quot;");
		break;
	case '\'':
		buf_adds(out, "&#39;");
		break;
	default:
		buf_addc(out, c);
	}
}

/* A name may go on in the next line where a reader would pause. */
static void add_text(struct buf *out, char kind, const char *text)
{
	for (; *text; text++) {
		escape(out, *text);
		if (kind == '.' && (*text == '.' || *text == '_'))
			buf_adds(out, "<wbr>");
	}
}

uint64_t page_count(struct json_object *object, const char *name)
{
	return json_object_get_uint64(report_get(object, name));
}

static const char *given(const struct page *page, const char *name)
{
	for (size_t i = 0; i < page->count; i++)
		if (!strcmp(page->places[i].name, name))
			return page->places[i].text.data;
	return NULL;
}

/* kind: `#`, `=`, `.`, or 0.  An object gives no pieces. */
static void fill(struct buf *out, const struct page *page, char kind,
		 const char *name)
{
	const char *text = given(page, name);

	if (kind == '=')
		buf_adds(out, text ? text : "");
	else if (text)
		add_text(out, kind, text);
	else if (kind != '#')
		add_text(out, kind, report_get_text(page->object, name, ""));
	else if (report_get(page->object, name))
		text_count(out, page_count(page->object, name));
}

void page_add(struct buf *out, const char *piece, struct page *page)
{
	char name[NAME_MAX_BYTES];

	for (;;) {
		const size_t before = strcspn(piece, "{");

		buf_add(out, piece, before);
		if (!piece[before])
			break;
		const char *at = piece + before + 1;
		const char kind = *at && strchr("#=.", *at) ? *at++ : '\0';
		const size_t length = strcspn(at, "}");

		DBS_BUG(!at[length] || length >= sizeof(name), "`%s`", at);
		memcpy(name, at, length);
		name[length] = '\0';
		fill(out, page, kind, name);
		piece = at + length + 1;
	}
	while (page->count)
		buf_release(&page->places[--page->count].text);
}
