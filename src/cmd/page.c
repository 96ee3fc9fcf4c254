/* page.c - see page.h. */
#include "page.h"

#include "report_value.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"

void page_escape(struct buf *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
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
			buf_addc(out, *text);
		}
	}
}

void page_cell(struct buf *out, const char *text, bool is_number)
{
	buf_adds(out, is_number ? "<td class=\"n\">" : "<td>");
	page_escape(out, text);
	buf_adds(out, "</td>");
}

void page_number(struct buf *out, struct json_object *object, const char *name)
{
	OWNED(buf_release) struct buf text = BUF_INIT;
	struct json_object *value = report_get(object, name);

	if (value)
		text_count(&text, json_object_get_uint64(value));
	page_cell(out, text.data ? text.data : "", true);
}
