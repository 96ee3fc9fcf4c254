/*
 * diff.c - see diff.h.
 *
 * What both texts begin and end with is passed over; between, the longest
 * common subsequence is found by the table of lengths.  Where that table would
 * be too large (both thousands of lines with nothing in common at the ends) the
 * middle is shown as removed and added as a whole: right, if not the shortest.
 */
#include "dbsync/base/diff.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/base/vec.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { AROUND = 3 };

static const size_t MOST_CELLS = (size_t)4 << 20;

struct line {
	const char *text;
	size_t length;
};

/* A line of the result: ' ', '-' or '+'. */
struct edit {
	char mark;
	const struct line *line;
};

static void cut(const char *text, struct vec *lines)
{
	while (*text) {
		const size_t length = strcspn(text, "\n");

		*(struct line *)vec_push(lines) = (struct line){text, length};
		text += length + (text[length] == '\n');
	}
}

static bool same(const struct line *a, const struct line *b)
{
	return a->length == b->length && !memcmp(a->text, b->text, a->length);
}

static void push(struct vec *edits, char mark, const struct line *line)
{
	*(struct edit *)vec_push(edits) = (struct edit){mark, line};
}

/* lengths[i][k]: of the common subsequence of a from i and b from k. */
static void fill(uint32_t *lengths, const struct line *a, size_t a_count,
		 const struct line *b, size_t b_count)
{
	const size_t width = b_count + 1;

	for (size_t i = a_count; i-- > 0;) {
		for (size_t k = b_count; k-- > 0;) {
			const uint32_t down = lengths[(i + 1) * width + k];
			const uint32_t right = lengths[i * width + k + 1];

			lengths[i * width + k] =
				same(&a[i], &b[k])
					? lengths[(i + 1) * width + k + 1] + 1
				: down > right ? down
					       : right;
		}
	}
}

static void compare_middle(const struct line *a, size_t a_count,
			   const struct line *b, size_t b_count,
			   struct vec *edits)
{
	const size_t width = b_count + 1;
	const bool is_small = (a_count + 1) <= MOST_CELLS / width;
	OWNED(mem_drop) uint32_t *lengths =
		is_small ? mem_zero((a_count + 1) * width, sizeof(*lengths))
			 : NULL;
	size_t i = 0;
	size_t k = 0;

	if (is_small)
		fill(lengths, a, a_count, b, b_count);
	while (i < a_count || k < b_count) {
		if (is_small && i < a_count && k < b_count &&
		    same(&a[i], &b[k])) {
			push(edits, ' ', &a[i++]);
			k++;
		} else if (i < a_count &&
			   (k == b_count || !is_small ||
			    lengths[(i + 1) * width + k] >=
				    lengths[i * width + k + 1])) {
			push(edits, '-', &a[i++]);
		} else {
			push(edits, '+', &b[k++]);
		}
	}
}

static void compare(const struct vec *before, const struct vec *after,
		    struct vec *edits)
{
	const struct line *a = before->items;
	const struct line *b = after->items;
	const size_t least = before->count < after->count ? before->count
							  : after->count;
	size_t head = 0;
	size_t tail = 0;

	while (head < least && same(&a[head], &b[head]))
		head++;
	while (tail < least - head &&
	       same(&a[before->count - 1 - tail], &b[after->count - 1 - tail]))
		tail++;
	for (size_t i = 0; i < head; i++)
		push(edits, ' ', &a[i]);
	compare_middle(a + head, before->count - head - tail, b + head,
		       after->count - head - tail, edits);
	for (size_t i = before->count - tail; i < before->count; i++)
		push(edits, ' ', &a[i]);
}

/* Where the hunk that begins at from ends: before AROUND * 2 equal lines. */
static size_t end_of_hunk(const struct edit *edits, size_t count, size_t from)
{
	size_t last = from;

	for (size_t i = from; i < count && i <= last + 2 * AROUND + 1; i++)
		if (edits[i].mark != ' ')
			last = i;
	return last + 1;
}

static void print_hunk(struct buf *out, const struct edit *edits, size_t from,
		       size_t to, const size_t first[2])
{
	size_t lines[2] = {0, 0};

	for (size_t i = from; i < to; i++) {
		lines[0] += edits[i].mark != '+';
		lines[1] += edits[i].mark != '-';
	}
	buf_addf(out, "@@ -%zu,%zu +%zu,%zu @@\n", first[0] + (lines[0] > 0),
		 lines[0], first[1] + (lines[1] > 0), lines[1]);
	for (size_t i = from; i < to; i++) {
		buf_addc(out, edits[i].mark);
		buf_add(out, edits[i].line->text, edits[i].line->length);
		buf_addc(out, '\n');
	}
}

static void print_all(struct buf *out, const struct edit *edits, size_t count)
{
	size_t done[2] = {0, 0}; /* lines of each text before edits[at] */
	size_t at = 0;

	for (size_t i = 0; i < count; i++) {
		if (edits[i].mark == ' ')
			continue;
		const size_t from = i - at > AROUND ? i - AROUND : at;
		const size_t stop = end_of_hunk(edits, count, i);
		const size_t to = count - stop > AROUND ? stop + AROUND : count;

		for (; at < from; at++) {
			done[0]++;
			done[1]++;
		}
		print_hunk(out, edits, from, to, done);
		for (; at < to; at++) {
			done[0] += edits[at].mark != '+';
			done[1] += edits[at].mark != '-';
		}
		i = to - 1;
	}
}

void diff_unified(struct buf *out, const char *before, const char *after)
{
	OWNED(vec_release) struct vec a = VEC_INIT(struct line);
	OWNED(vec_release) struct vec b = VEC_INIT(struct line);
	OWNED(vec_release) struct vec edits = VEC_INIT(struct edit);

	cut(before, &a);
	cut(after, &b);
	compare(&a, &b, &edits);
	print_all(out, edits.items, edits.count);
}
