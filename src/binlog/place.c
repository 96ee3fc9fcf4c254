/* place.c - see place.h. */
#include "dbsync/binlog/place.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

void log_place_release(struct log_place *place)
{
	buf_release(&place->gtids);
}

void log_place_copy(const struct log_place *from, struct log_place *to)
{
	struct buf gtids = to->gtids;

	buf_clear(&gtids);
	buf_add(&gtids, from->gtids.data, from->gtids.length);
	*to = *from;
	to->gtids = gtids;
}

bool log_point_read(const char *text, struct log_point *out)
{
	const char *colon = strrchr(text, ':');
	const size_t length = colon ? (size_t)(colon - text) : 0;

	if (!length || length > LOG_FILE_MOST)
		return false;
	*out = (struct log_point){.position = strtoull(colon + 1, NULL, 10)};
	memcpy(out->file, text, length);
	return true;
}

/* The longer number is the later one: names end in a number that only grows. */
int log_point_order(const struct log_point *a, const struct log_point *b)
{
	const size_t a_length = strlen(a->file);
	const size_t b_length = strlen(b->file);

	if (a_length != b_length)
		return a_length < b_length ? -1 : 1;
	const int files = strcmp(a->file, b->file);

	if (files)
		return files;
	return a->position < b->position ? -1 : a->position > b->position;
}

/* ------------------------------------------------------------------------
 * Written
 * --------------------------------------------------------------------- */

#define GTID_MARK "gtid:"

static void write_point(const struct log_point *point, struct buf *out)
{
	for (const char *at = point->file; *at; at++)
		if (isalnum((unsigned char)*at) || strchr("._-", *at))
			buf_addc(out, *at);
		else
			buf_addf(out, "%%%02X", (unsigned)(unsigned char)*at);
	buf_addf(out, ":%llu", (unsigned long long)point->position);
}

void log_place_write(const struct log_place *place, struct buf *out)
{
	if (!*place->at.file) {
		buf_adds(out, GTID_MARK);
		buf_add(out, place->gtids.data, place->gtids.length);
		return;
	}
	write_point(&place->at, out);
	if (place->rows)
		buf_addf(out, "+%llu", (unsigned long long)place->rows);
	if (*place->server)
		buf_addf(out, "@%x.%s", place->birth, place->server);
	if (*place->held.file) {
		buf_addc(out, '~');
		write_point(&place->held, out);
	}
}

/* ------------------------------------------------------------------------
 * Read
 * --------------------------------------------------------------------- */

static enum dbs_rc no_place(const char *word, struct dbs_error *err)
{
	OWNED(buf_release) struct buf shown = BUF_INIT;

	text_show(&shown, word, strlen(word), 80);
	return dbs_fail(
		err, DBS_E_USAGE,
		"`%s` is not a place in a binary log: give FILE:POSITION, "
		"or a \"place\" that dbsync has printed",
		shown.data);
}

static bool take_number(const char **at, int base, uint64_t *out)
{
	char *end = NULL;

	if (!isxdigit((unsigned char)**at))
		return false;
	*out = strtoull(*at, &end, base);
	if (end == *at || *out == UINT64_MAX)
		return false;
	*at = end;
	return true;
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789ABCDEF";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* FILE:POSITION, where the file is up to the last colon before a sign. */
static bool take_point(const char **at, struct log_point *out)
{
	const char *colon = strchr(*at, ':');
	size_t length = 0;

	if (!colon || colon == *at)
		return false;
	for (const char *from = *at; from < colon; from++) {
		int byte = (unsigned char)*from;

		if (*from == '%') {
			const int high = hex_digit(from[1]);
			const int low = high < 0 ? -1 : hex_digit(from[2]);

			if (low < 0)
				return false;
			byte = high * 16 + low;
			from += 2;
		}
		if (!byte || length >= LOG_FILE_MOST)
			return false;
		out->file[length++] = (char)byte;
	}
	out->file[length] = '\0';
	*at = colon + 1;
	return take_number(at, 10, &out->position) && out->position >= 4;
}

static bool take_server(const char **at, struct log_place *out)
{
	uint64_t birth = 0;
	const char *from = *at;

	if (!take_number(&from, 16, &birth) || birth > UINT32_MAX ||
	    *from != '.')
		return false;
	from++;
	const size_t length = strspn(from, "0123456789abcdefABCDEF-");

	if (!length || length > LOG_SERVER_MOST)
		return false;
	out->birth = (uint32_t)birth;
	memcpy(out->server, from, length);
	*at = from + length;
	return true;
}

static bool take_place(const char *at, struct log_place *out)
{
	if (!take_point(&at, &out->at))
		return false;
	if (*at == '+') {
		at++;
		if (!take_number(&at, 10, &out->rows))
			return false;
	}
	if (*at == '@') {
		at++;
		if (!take_server(&at, out))
			return false;
	}
	if (*at == '~') {
		at++;
		if (!take_point(&at, &out->held))
			return false;
	}
	return !*at;
}

/* Of MySQL, or of MariaDB: 0-1-17,1-1-5 */
static bool is_set(const char *text)
{
	OWNED(buf_release) struct buf ignored = BUF_INIT;
	struct dbs_error no = {0};

	return strspn(text, "0123456789-,") == strlen(text) ||
	       !gtid_set_encode(text, &ignored, &no);
}

enum dbs_rc log_place_read(const char *word, struct log_place *out,
			   struct dbs_error *err)
{
	const size_t mark = sizeof(GTID_MARK) - 1;
	struct buf gtids = out->gtids;

	buf_clear(&gtids);
	*out = (struct log_place){.gtids = gtids};
	if (strncmp(word, GTID_MARK, mark) != 0)
		return take_place(word, out) ? DBS_OK : no_place(word, err);
	const char *set = word + mark;

	if (!is_set(set))
		return no_place(word, err);
	buf_adds(&out->gtids, set);
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * Sets of transactions
 * --------------------------------------------------------------------- */

enum { SID = 16 };

static void add_number(struct buf *out, uint64_t number)
{
	for (unsigned i = 0; i < 8; i++)
		buf_addc(out, (char)(number >> (8 * i)));
}

static bool take_sid(const char **at, struct buf *out)
{
	char digits[2 * SID + 1] = "";
	size_t count = 0;

	for (; **at && **at != ':'; ++*at)
		if (**at != '-') {
			if (count >= 2 * SID)
				return false;
			digits[count++] = **at;
		}
	digits[count] = '\0';
	return count == 2 * SID && text_unhex(out, digits);
}

/* :FROM[-TO] …, as half-open ranges behind their number; a tag may follow. */
static bool take_ranges(const char **at, struct buf *out)
{
	OWNED(buf_release) struct buf ranges = BUF_INIT;
	uint64_t count = 0;

	while (**at == ':' && (*at)[1] >= '0' && (*at)[1] <= '9') {
		uint64_t from = 0;
		uint64_t to = 0;

		++*at;
		if (!take_number(at, 10, &from))
			return false;
		to = from;
		if (**at == '-') {
			++*at;
			if (!take_number(at, 10, &to))
				return false;
		}
		if (!from || to < from)
			return false;
		add_number(&ranges, from);
		add_number(&ranges, to + 1);
		count++;
	}
	add_number(out, count);
	buf_add(out, ranges.data, ranges.length);
	return count;
}

/*
 * Behind ":" a name and ":", or nothing: then it is the empty one.  Letters of tags
 * are small to the server.
 */
static bool take_tag(const char **at, struct buf *out)
{
	enum { TAG_MOST = 32 };
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
	const char *from = *at + 1;

	if (**at != ':' || (*from >= '0' && *from <= '9'))
		return true;
	const size_t length = strspn(from, letters);

	if (!length || length > TAG_MOST || from[length] != ':')
		return false;
	for (size_t i = 0; i < length; i++)
		buf_addc(out, (char)tolower((unsigned char)from[i]));
	*at = from + length;
	return true;
}

/* All of one server: an entry for each tag. */
static bool take_server_set(const char **at, bool with_tags, struct buf *out,
			    uint64_t *count)
{
	OWNED(buf_release) struct buf sid = BUF_INIT;
	OWNED(buf_release) struct buf tag = BUF_INIT;

	if (!take_sid(at, &sid))
		return false;
	do {
		buf_clear(&tag);
		if (!take_tag(at, &tag) || (tag.length && !with_tags))
			return false;
		buf_add(out, sid.data, sid.length);
		if (with_tags)
			buf_addc(out, (char)(tag.length << 1));
		buf_add(out, tag.data, tag.length);
		if (!take_ranges(at, out))
			return false;
		++*count;
	} while (**at == ':');
	return !**at || strchr(", \n", **at);
}

/*
 * The number of entries, and entries of sid, tag, number of ranges, ranges.  Servers
 * without tags know no format, which is in the first byte and the last one.
 */
static bool encode_set(const char *text, bool with_tags, struct buf *out)
{
	OWNED(buf_release) struct buf entries = BUF_INIT;
	const uint64_t tagged = 1;
	uint64_t count = 0;

	for (;;) {
		text += strspn(text, ", \n");
		if (!*text)
			break;
		if (!take_server_set(&text, with_tags, &entries, &count))
			return false;
	}
	add_number(out, with_tags ? tagged << 56 | count << 8 | tagged : count);
	buf_add(out, entries.data, entries.length);
	return true;
}

enum dbs_rc gtid_set_encode(const char *text, struct buf *out,
			    struct dbs_error *err)
{
	if (encode_set(text, false, out) || encode_set(text, true, out))
		return DBS_OK;
	return dbs_fail(err, DBS_E_UNKNOWN,
			"`%s` is not a set of transactions of MySQL", text);
}
