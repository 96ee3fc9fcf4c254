/*
 * page_strip.c - where in its key space a table differs; see page.h.
 *
 *	▂▂▂▂▂▂█▂▂▂▂▂▂▂▂▂▂▂▂▂▂┆▂▂┆▂▂▂▂▂▂▂▅▂▂▂▂▂
 *
 * The cells of the result (include/dbsync/data/strip.h) side by side in the
 * order of keys, each as wide as it has rows.  What differs stands out by its
 * height and not by its colour alone, and the same is said below in words: a
 * phone has no pointer to rest on a cell, and a screen reader no eyes.
 */
#include "page.h"

#include "report_value.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"

enum {
	WIDTH = 1000, /* units of the drawing, whatever it is on the screen */
	HEIGHT = 35,
	EQUAL = 8,       /* how high a cell is of which nothing differs */
	LEAST = 14,      /* and one of which a row does */
	STEP = 7,        /* from 1 row of 1,000 on, of 100 and of 10 */
	NARROWEST = 100, /* cells of fewer than 1/100 of all rows are wider */
	FEW = 8          /* places that are named without being asked */
};

const char page_strip_style[] =
	"figure{margin:.6rem 0}"
	".strip{display:block;width:100%;height:2.6rem}"
	".strip rect{stroke:Canvas;stroke-width:1px;"
	"vector-effect:non-scaling-stroke}"
	".strip .undone{fill:none;stroke:var(--doubt);stroke-width:2px;"
	"stroke-dasharray:4 3}"
	".same{fill:var(--same);background:var(--same)}"
	".diff{fill:var(--bad);background:var(--bad)}"
	".legend span{display:inline-block;width:.9em;height:.9em;"
	"margin:0 .3em 0 .8em;vertical-align:-.1em}"
	".legend span:first-child{margin-left:0}"
	".legend .same{height:.35em;vertical-align:.1em}"
	".legend .undone{border:2px dashed var(--doubt);box-sizing:border-box}"
	"figcaption,.legend{font-size:.85rem;opacity:.85}"
	".ends{display:flex;justify-content:space-between}";

static uint64_t count_of(struct json_object *cell, const char *name)
{
	return json_object_get_uint64(report_get(cell, name));
}

static uint64_t changes_of(struct json_object *cell)
{
	return count_of(cell, "insert") + count_of(cell, "update") +
	       count_of(cell, "delete");
}

static uint64_t rows_of(struct json_object *cell)
{
	const uint64_t source = count_of(cell, "rows_source");
	const uint64_t target = count_of(cell, "rows_target");

	return (source > target ? source : target) +
	       count_of(cell, "undone_rows");
}

static struct json_object *cell_at(struct json_object *strip, size_t i)
{
	return json_object_array_get_idx(strip, i);
}

static bool differs(struct json_object *cell)
{
	return changes_of(cell) != 0;
}

static bool is_undone(struct json_object *cell)
{
	return count_of(cell, "undone") != 0;
}

static bool is_marked(struct json_object *cell)
{
	return differs(cell) || is_undone(cell);
}

static size_t count_cells(struct json_object *strip,
			  bool (*is_one)(struct json_object *cell))
{
	size_t count = 0;

	for (size_t i = 0; i < report_length(strip); i++)
		count += is_one(cell_at(strip, i));
	return count;
}

/* The last cell has no next one, the first no bound. */
static const char *end_text(struct json_object *strip, size_t i,
			    const char *otherwise)
{
	return i < report_length(strip)
		       ? report_get_text(cell_at(strip, i), "from", otherwise)
		       : otherwise;
}

static const char *low_text(struct json_object *strip, size_t i)
{
	return end_text(strip, i, "the first key");
}

static const char *high_text(struct json_object *strip, size_t i)
{
	return end_text(strip, i + 1, "the last key");
}

/* ------------------------------------------------------------------------
 * The drawing
 * --------------------------------------------------------------------- */

static void add_count(struct buf *out, struct json_object *cell,
		      const char *name, const char *word)
{
	const uint64_t count = count_of(cell, name);

	if (!count)
		return;
	buf_adds(out, ", ");
	text_count(out, count);
	buf_addf(out, " %s", word);
}

static void add_title(struct buf *out, struct json_object *strip, size_t i)
{
	struct json_object *cell = cell_at(strip, i);

	buf_adds(out, "<title>");
	page_escape(out, low_text(strip, i));
	buf_adds(out, " … ");
	page_escape(out, high_text(strip, i));
	buf_adds(out, ": ");
	text_count(out, rows_of(cell));
	buf_adds(out, " rows");
	add_count(out, cell, "insert", "to insert");
	add_count(out, cell, "update", "to update");
	add_count(out, cell, "delete", "to delete");
	buf_adds(out, is_undone(cell) ? ", not compared to the end"
		      : differs(cell) ? ""
				      : ", equal");
	buf_adds(out, "</title>");
}

static int height_of(struct json_object *cell)
{
	const double changes = (double)changes_of(cell);
	const double rows = (double)rows_of(cell);
	int height = LEAST;

	if (!differs(cell))
		return EQUAL;
	for (int among = 1000; among >= 10; among /= 10)
		if (changes * among >= rows)
			height += STEP;
	return height;
}

static void add_rect(struct buf *out, const char *class, double x, double width,
		     int height)
{
	buf_addf(out,
		 "<rect class=\"%s\" x=\"%.2f\" y=\"%d\" width=\"%.2f\" "
		 "height=\"%d\"/>",
		 class, x, HEIGHT - height, width, height);
}

static void add_drawn(struct buf *out, struct json_object *strip, size_t i,
		      double x, double width)
{
	struct json_object *cell = cell_at(strip, i);

	buf_adds(out, "<g>");
	add_title(out, strip, i);
	/* what was not compared at all is not equal */
	if (count_of(cell, "undone") < count_of(cell, "ranges"))
		add_rect(out, differs(cell) ? "diff" : "same", x, width,
			 height_of(cell));
	if (is_undone(cell))
		add_rect(out, "undone", x, width, HEIGHT);
	buf_adds(out, "</g>\n");
}

static double total_of(struct json_object *strip)
{
	double total = 1;

	for (size_t i = 0; i < report_length(strip); i++)
		total += (double)rows_of(cell_at(strip, i));
	return total;
}

/* One that is too narrow is not seen, and cannot be pointed at. */
static double width_of(struct json_object *cell, double total)
{
	const double share = (double)rows_of(cell) / total;

	return share < 1.0 / NARROWEST ? 1.0 / NARROWEST : share;
}

static void add_sum(struct buf *out, struct json_object *strip)
{
	const size_t undone = count_cells(strip, is_undone);

	buf_addf(out, "%zu of %zu parts of the key space differ",
		 count_cells(strip, differs), report_length(strip));
	if (undone)
		buf_addf(out, "; not compared to the end: %zu", undone);
}

static void add_drawing(struct buf *out, struct json_object *strip)
{
	const size_t count = report_length(strip);
	const double total = total_of(strip);
	double all = 0;
	double x = 0;

	for (size_t i = 0; i < count; i++)
		all += width_of(cell_at(strip, i), total);
	buf_addf(out,
		 "<svg class=\"strip\" viewBox=\"0 0 %d %d\" "
		 "preserveAspectRatio=\"none\" role=\"img\" aria-label=\"",
		 WIDTH, HEIGHT);
	add_sum(out, strip);
	buf_adds(out, "\">\n");
	for (size_t i = 0; i < count; i++) {
		const double width = width_of(cell_at(strip, i), total) / all *
				     WIDTH;

		add_drawn(out, strip, i, x, width);
		x += width;
	}
	buf_adds(out, "</svg>\n");
}

/* ------------------------------------------------------------------------
 * The words
 * --------------------------------------------------------------------- */

static void add_place(struct buf *out, struct json_object *strip, size_t i)
{
	struct json_object *cell = cell_at(strip, i);

	buf_adds(out, "<tr><td><code>");
	page_escape(out, low_text(strip, i));
	buf_adds(out, "</code></td><td><code>");
	page_escape(out, high_text(strip, i));
	buf_adds(out, "</code></td>");
	page_number(out, cell, "rows_source");
	page_number(out, cell, "rows_target");
	page_number(out, cell, "insert");
	page_number(out, cell, "update");
	page_number(out, cell, "delete");
	page_number(out, cell, "undone");
	buf_adds(out, "</tr>\n");
}

static void add_places(struct buf *out, struct json_object *strip)
{
	buf_addf(out, "<details%s><summary>",
		 count_cells(strip, is_marked) <= FEW ? " open" : "");
	add_sum(out, strip);
	buf_adds(out,
		 "</summary>\n<div "
		 "class=\"wide\"><table>\n<tr><th>from</th><th>below</th><th "
		 "class=\"n\">rows of the source</th><th class=\"n\">of the "
		 "target</th><th class=\"n\">insert</th><th class=\"n\">update"
		 "</th><th class=\"n\">delete</th><th class=\"n\">without a "
		 "verdict</th></tr>\n");
	for (size_t i = 0; i < report_length(strip); i++)
		if (is_marked(cell_at(strip, i)))
			add_place(out, strip, i);
	buf_adds(out, "</table></div></details>\n");
}

static void add_legend(struct buf *out)
{
	buf_adds(out, "<p class=\"legend\"><span class=\"same\"></span>equal"
		      "<span class=\"diff\"></span>rows differ, the higher the "
		      "more of them<span class=\"undone\"></span>not compared "
		      "to the end. All keys from the first to the last, each "
		      "part as wide as it has rows.</p>\n");
}

bool page_has_strip(struct json_object *table)
{
	return report_length(report_get(table, "strip")) > 1;
}

void page_strip(struct buf *out, struct json_object *table, bool has_legend)
{
	struct json_object *strip = report_get(table, "strip");

	if (!page_has_strip(table))
		return;
	buf_adds(out, "<figure>\n");
	add_drawing(out, strip);
	buf_adds(out, "<figcaption class=\"ends\"><span>first key</span><span>"
		      "last key</span></figcaption>\n</figure>\n");
	if (has_legend)
		add_legend(out);
	add_places(out, strip);
}
