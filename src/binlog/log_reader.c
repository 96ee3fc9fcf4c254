/*
 * log_reader.c - see log_reader.h.
 *
 * A server begins with a ROTATE that is made for us (where it starts to read) and
 * the FORMAT of that file, and does so again with each further file.  By
 * transactions it starts at the beginning of a file and leaves out what is not
 * wanted: then the positions that events say jump forward, and so do ours.
 *
 *	ROTATE (made)  sets file and position
 *	FORMAT         how to read what follows; counts where it lies in the file,
 *	               and so does what an encrypted file has behind it
 *	HEARTBEAT      is passed over
 *	others         begin where the one before ended
 */
#include "dbsync/binlog/log_reader.h"

#include "dbsync/base/clock.h"
#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/binlog/unpack.h"

#include <stdio.h>
#include <string.h>

enum { FIRST = 4 }; /* behind the mark of the file */

struct log_reader {
	struct conn *conn;
	struct log_place from;
	struct log_point start;
	struct log_point end;
	struct log_format format;
	bool has_format;
	struct payload *payload;
	struct buf packet; /* the one that has the payload */
	uint64_t bytes;
	struct packet last; /* valid until the next one is read */
	size_t covered;     /* by its checksum */
};

/* ------------------------------------------------------------------------
 * Opening
 * --------------------------------------------------------------------- */

static const struct log_point *first_point(const struct log_place *from)
{
	return *from->held.file ? &from->held : &from->at;
}

static enum dbs_rc set_start(struct conn *conn, const struct log_place *from,
			     struct log_start *start, struct buf *set,
			     struct dbs_error *err)
{
	const struct log_point *at = first_point(from);

	if (*at->file) {
		/* the protocol has 32 bits: then from the file's beginning on */
		start->file = at->file;
		start->position = at->position > UINT32_MAX
					  ? FIRST
					  : (uint32_t)at->position;
		return DBS_OK;
	}
	enum dbs_rc rc = DBS_OK;

	if (conn_server(conn)->family == SERVER_MYSQL)
		rc = gtid_set_encode(from->gtids.data, set, err);
	else
		buf_adds(set, from->gtids.data);
	start->gtids = set->data;
	start->gtids_length = set->length;
	return rc;
}

uint32_t log_reader_any_id(void)
{
	enum { LEAST = 0x40000000, SPAN = 0x3ffffff0 };

	return LEAST + clock_jitter(SPAN);
}

enum dbs_rc log_reader_open(struct conn *conn, const struct log_reading *how,
			    struct log_reader **out, struct dbs_error *err)
{
	OWNED(buf_release) struct buf set = BUF_INIT;
	struct log_start start = {
		.server_id = how->server_id,
		.follows = how->follows,
		.heartbeat_ms = how->heartbeat_ms,
	};
	enum dbs_rc rc = set_start(conn, how->from, &start, &set, err);

	if (!rc)
		rc = conn_log_open(conn, &start, err);
	if (rc)
		return rc;
	struct log_reader *reader = mem_zero(1, sizeof(*reader));

	reader->conn = conn;
	reader->packet = (struct buf)BUF_INIT;
	reader->from = (struct log_place)LOG_PLACE_INIT;
	log_place_copy(how->from, &reader->from);
	*out = reader;
	return DBS_OK;
}

void log_reader_close(struct log_reader **reader)
{
	if (!*reader)
		return;
	conn_log_close((*reader)->conn);
	payload_drop(&(*reader)->payload);
	buf_release(&(*reader)->packet);
	log_place_release(&(*reader)->from);
	mem_drop(reader);
}

const struct log_point *log_reader_start(const struct log_reader *reader)
{
	return &reader->start;
}

const struct log_point *log_reader_end(const struct log_reader *reader)
{
	return &reader->end;
}

const struct log_format *log_reader_format(const struct log_reader *reader)
{
	return &reader->format;
}

uint32_t log_reader_checksum(const struct log_reader *reader)
{
	return log_checksum(reader->last.data, reader->covered);
}

uint64_t log_reader_bytes(const struct log_reader *reader)
{
	return reader->bytes;
}

/* ------------------------------------------------------------------------
 * Files and positions
 * --------------------------------------------------------------------- */

static enum dbs_rc damaged(const struct log_reader *reader, const char *what,
			   struct dbs_error *err)
{
	return dbs_fail(err, DBS_E_STRANGE,
			"the binary log %s is damaged at position %llu: %s",
			*reader->end.file ? reader->end.file : "(unknown)",
			(unsigned long long)reader->end.position, what);
}

/* Whether it is the file that the place is about. */
static enum dbs_rc check_birth(struct log_reader *reader, struct dbs_error *err)
{
	const struct log_place *from = &reader->from;

	/* from a prepared transaction on, it comes later */
	if (!from->birth || strcmp(from->at.file, reader->end.file) != 0 ||
	    from->birth == reader->format.birth)
		return DBS_OK;
	return dbs_fail(
		err, DBS_E_SERVER,
		"%s is not the binary log that the place is in: it was "
		"started again (RESET MASTER, or another server), and what "
		"was between is not known; begin with --from snapshot",
		from->at.file);
}

static enum dbs_rc take_format(struct log_reader *reader,
			       const struct packet *packet,
			       struct dbs_error *err)
{
	if (!log_format_read(packet->data, packet->length, &reader->format))
		return damaged(reader, "its first event cannot be read", err);
	reader->has_format = true;
	return check_birth(reader, err);
}

static enum dbs_rc set_file(struct log_reader *reader,
			    const struct log_event *event,
			    struct dbs_error *err)
{
	uint64_t position = 0;
	const char *name = NULL;
	size_t length = 0;

	if (!log_rotate_read(event, &position, &name, &length) ||
	    length > LOG_FILE_MOST || position < FIRST)
		return damaged(reader,
			       "the name of its next file cannot be "
			       "read",
			       err);
	const struct log_point *first = first_point(&reader->from);

	if (!*reader->end.file && *first->file &&
	    (strlen(first->file) != length ||
	     memcmp(first->file, name, length) != 0))
		return damaged(reader, "another file was sent", err);
	memcpy(reader->end.file, name, length);
	reader->end.file[length] = '\0';
	reader->end.position = position;
	return DBS_OK;
}

/*
 * Events have the lower half of their position: the number that has it and is
 * next.  A little back (an event was counted that is not in the file) is less
 * likely than far ahead (events were left out).
 */
static uint64_t widen(uint64_t counted, uint32_t said)
{
	const uint32_t back = 64 * 1024;
	const uint32_t ahead = said - (uint32_t)counted;

	return (uint32_t)-ahead > back ? counted + ahead
				       : counted - (uint32_t)-ahead;
}

/* What is not said (0) or made for us is where it is. */
static enum dbs_rc advance(struct log_reader *reader,
			   const struct log_event *event, struct dbs_error *err)
{
	struct log_point *end = &reader->end;
	const bool is_made = (event->flags & EVENT_FLAG_ARTIFICIAL) ||
			     (!event->next &&
			      (event->type == EVENT_FORMAT ||
			       event->type == EVENT_START_ENCRYPTION)) ||
			     event->type == EVENT_HEARTBEAT ||
			     event->type == EVENT_HEARTBEAT_2;

	reader->start = *end;
	if (is_made)
		return DBS_OK;
	end->position += event->size;
	if (!event->next || (uint32_t)end->position == event->next)
		return DBS_OK;
	/* something before it was left out, or it is the first of its file */
	end->position = widen(end->position, event->next);
	if (end->position < event->size + FIRST)
		return damaged(reader, "an event ends before it begins", err);
	reader->start.position = end->position - event->size;
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * Events
 * --------------------------------------------------------------------- */

/* What a server says is right, and leaves out what to do. */
static enum dbs_rc fail_to_read(struct dbs_error *err)
{
	enum { NO_SUCH_LOG = 1236, SAME_ID = 4052 };

	if (err->code == DBS_E_DENIED)
		return dbs_error_context(err,
					 "to read the binary log, the user "
					 "needs GRANT REPLICATION SLAVE "
					 "ON *.*");
	if (err->server_errno == SAME_ID || (err->server_errno == NO_SUCH_LOG &&
					     strstr(err->text, "same serv")))
		return dbs_error_context(err, "another replica has the same "
					      "server id; choose another one "
					      "with --server-id");
	return err->server_errno == NO_SUCH_LOG
		       ? dbs_error_context(
				 err,
				 "the binary log cannot be read from there "
				 "(begin with --from snapshot if it was "
				 "purged)")
		       : err->code;
}

/* The first ROTATE comes before anything says whether there are checksums. */
static bool has_checksum(const struct log_reader *reader,
			 const struct packet *packet)
{
	return reader->has_format
		       ? reader->format.has_checksums
		       : log_event_is_intact(packet->data, packet->length);
}

static enum dbs_rc take_packet(struct log_reader *reader,
			       const struct packet *packet,
			       struct log_event *out, struct dbs_error *err)
{
	const bool is_format = packet->length > 4 &&
			       packet->data[4] == EVENT_FORMAT;
	const bool is_checked = !is_format && has_checksum(reader, packet);
	enum dbs_rc rc = DBS_OK;

	reader->bytes += packet->length;
	reader->last = *packet;
	reader->covered = packet->length - (is_checked ? EVENT_CHECKSUM : 0);
	if (is_checked && !log_event_is_intact(packet->data, packet->length))
		return damaged(reader, "the checksum of an event is wrong",
			       err);
	if (!log_event_read(packet->data, packet->length, is_checked, out))
		return damaged(reader,
			       "an event has another length than it "
			       "says",
			       err);
	if (is_format)
		rc = take_format(reader, packet, err);
	if (!rc)
		rc = advance(reader, out, err);
	if (!rc && out->type == EVENT_ROTATE)
		rc = set_file(reader, out, err);
	return rc;
}

static enum dbs_rc open_payload(struct log_reader *reader,
				const struct log_event *event,
				struct dbs_error *err)
{
	enum dbs_rc rc;

	buf_clear(&reader->packet);
	rc = buf_try(&reader->packet, event->length + 1,
		     "a compressed transaction", err);
	if (rc)
		return rc;
	buf_add(&reader->packet, event->body, event->length);
	reader->payload = payload_open((const uint8_t *)reader->packet.data,
				       reader->packet.length);
	return reader->payload ? DBS_OK
			       : damaged(reader,
					 "a compressed transaction cannot be "
					 "read",
					 err);
}

/* *more_out false: the payload is at its end, and the log goes on. */
static enum dbs_rc next_of_payload(struct log_reader *reader,
				   struct log_event *out, bool *more_out,
				   struct dbs_error *err)
{
	const uint8_t *data = NULL;
	size_t length = 0;
	bool is_damaged = false;

	*more_out = payload_next(reader->payload, &data, &length, &is_damaged);
	if (is_damaged ||
	    (*more_out && !log_event_read(data, length, false, out)))
		return damaged(reader, "a compressed transaction is damaged",
			       err);
	if (!*more_out)
		payload_drop(&reader->payload);
	return DBS_OK;
}

/* Of a file above 4 GiB what is before the place is read, and passed over. */
static bool is_before_place(const struct log_reader *reader)
{
	const struct log_point *at = first_point(&reader->from);

	return *at->file && !strcmp(reader->start.file, at->file) &&
	       reader->start.position < at->position;
}

enum dbs_rc log_reader_next(struct log_reader *reader, struct log_event *out,
			    bool *more_out, struct dbs_error *err)
{
	struct packet packet;
	enum dbs_rc rc = DBS_OK;

	for (;;) {
		if (reader->payload) {
			rc = next_of_payload(reader, out, more_out, err);
			if (rc || *more_out)
				return rc;
		}
		rc = conn_log_next(reader->conn, &packet, more_out, err);
		if (rc)
			return fail_to_read(err);
		if (!*more_out)
			return DBS_OK;
		rc = take_packet(reader, &packet, out, err);
		if (rc)
			return rc;
		if (is_before_place(reader))
			continue;
		if (out->type != EVENT_PAYLOAD)
			return DBS_OK;
		rc = open_payload(reader, out, err);
		if (rc)
			return rc;
	}
}
