/*
 * http.c - see http.h.
 *
 * libmicrohttpd has one thread, which waits for all connections at once (epoll).
 * It knows only how long a connection has been silent, so one more thread looks,
 * once a second, at how long each has been in its phase:
 *
 *	READING ─▶ (handler) ─▶ WRITING ─▶ IDLE ─▶ READING …
 *	                   └──▶ STREAM
 *
 * and shuts the sockets of those that take too long; libmicrohttpd then ends them.
 * Streams are suspended while they have nothing to send.
 */
#include "dbsync/serve/http.h"

#include "http_pem.h"
#include "http_place.h"
#include "http_words.h"

#ifdef DBSYNC_HTTP

#include "dbsync/base/clock.h"
#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/base/thread.h"

#include <limits.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum {
	MOST_BODY = 64 * 1024,
	MOST_HEAD = 32 * 1024,
	MOST_CONNECTIONS = 2048,
	MOST_STREAMS = 32,
	READ_S = 10,
	WRITE_S = 30,
	IDLE_S = 15,
	STREAM_BLOCK = 16 * 1024,
};

enum phase { READING, WRITING, IDLE, STREAM, SUSPENDED, ENDED };

/* A connection; in the list from its first to its last moment. */
struct client {
	struct client *next;
	struct client *before;
	struct http *http;
	int fd;
	enum phase phase;
	uint64_t since_ns;
};

/* Whose answer is a stream of events. */
struct stream {
	struct stream *next;
	struct http *http;
	struct client *client;
	struct MHD_Connection *connection;
	struct buf now; /* what is being sent, from offset on */
	size_t offset;
	struct buf then; /* the newest event behind it; length 0: none */
	bool is_suspended;
};

struct http {
	struct http_place place;
	bool has_tls;
	http_handler *handler;
	void *self;
	struct MHD_Daemon *daemon;
	unsigned most; /* connections */
	pthread_t reaper;
	bool has_reaper;

	pthread_mutex_t mutex; /* guards what follows */
	pthread_cond_t wake;
	struct client *clients; /* the newest first */
	unsigned client_count;
	struct stream *streams;
	unsigned stream_count;
	bool is_over;
};

/* ------------------------------------------------------------------------
 * Connections
 * --------------------------------------------------------------------- */

/* With the mutex; one that was ended stays so. */
static void enter(struct client *client, enum phase phase)
{
	if (client->phase == ENDED)
		return;
	client->phase = phase;
	client->since_ns = clock_ns();
}

static void end(struct client *client)
{
	(void)shutdown(client->fd, SHUT_RDWR);
	enter(client, ENDED);
}

static bool is_late(const struct client *client)
{
	const double seconds = clock_since(client->since_ns);

	switch (client->phase) {
	case READING:
		return seconds > READ_S;
	case WRITING:
	case STREAM:
		return seconds > WRITE_S;
	case IDLE:
		return seconds > IDLE_S;
	case SUSPENDED:
	case ENDED:
		break;
	}
	return false;
}

static bool may_go(const struct client *client)
{
	return client->phase == READING || client->phase == IDLE;
}

/* The oldest is the last of the list. */
static void make_room(struct http *http)
{
	struct client *oldest = NULL;

	if (http->client_count < http->most / 4 * 3)
		return;
	for (struct client *c = http->clients; c; c = c->next)
		oldest = may_go(c) ? c : oldest;
	if (oldest)
		end(oldest);
}

static void *reap(void *self)
{
	struct http *http = self;

	(void)pthread_mutex_lock(&http->mutex);
	while (!http->is_over) {
		const struct timespec at = clock_in_ms(1000);

		for (struct client *c = http->clients; c; c = c->next)
			if (is_late(c))
				end(c);
		(void)pthread_cond_clockwait(&http->wake, &http->mutex,
					     CLOCK_MONOTONIC, &at);
	}
	(void)pthread_mutex_unlock(&http->mutex);
	return NULL;
}

static void add_client(struct http *http, int fd, void **context)
{
	struct client *client = mem_zero(1, sizeof(*client));

	client->http = http;
	client->fd = fd;
	enter(client, READING);
	(void)pthread_mutex_lock(&http->mutex);
	make_room(http);
	client->next = http->clients;
	if (client->next)
		client->next->before = client;
	http->clients = client;
	http->client_count++;
	(void)pthread_mutex_unlock(&http->mutex);
	*context = client;
}

static void drop_client(struct http *http, struct client *client)
{
	(void)pthread_mutex_lock(&http->mutex);
	if (client->before)
		client->before->next = client->next;
	else
		http->clients = client->next;
	if (client->next)
		client->next->before = client->before;
	http->client_count--;
	(void)pthread_mutex_unlock(&http->mutex);
	mem_drop(&client);
}

static void connected(void *self, struct MHD_Connection *connection,
		      void **context, enum MHD_ConnectionNotificationCode code)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	if (code == MHD_CONNECTION_NOTIFY_STARTED && info)
		add_client(self, info->connect_fd, context);
	else if (code == MHD_CONNECTION_NOTIFY_CLOSED && *context)
		drop_client(self, *context);
}

static struct client *client_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

static void set_phase(struct http *http, struct client *client,
		      enum phase phase)
{
	(void)pthread_mutex_lock(&http->mutex);
	if (client)
		enter(client, phase);
	(void)pthread_mutex_unlock(&http->mutex);
}

/* ------------------------------------------------------------------------
 * Streams
 * --------------------------------------------------------------------- */

static void set_event(struct buf *out, const char *event)
{
	buf_clear(out);
	buf_addf(out, "data: %.*s\n\n", (int)strcspn(event, "\n"), event);
}

/* With the mutex: whether there is something to send. */
static bool has_more(struct stream *stream)
{
	struct buf sent;

	if (stream->offset < stream->now.length)
		return true;
	if (!stream->then.length)
		return false;
	sent = stream->now;
	stream->now = stream->then;
	stream->then = sent;
	buf_clear(&stream->then);
	stream->offset = 0;
	return true;
}

static ssize_t read_stream(void *self, uint64_t position, char *out,
			   size_t most)
{
	struct stream *stream = self;
	struct http *http = stream->http;
	ssize_t count = 0;

	(void)position;
	(void)pthread_mutex_lock(&http->mutex);
	if (http->is_over) {
		count = MHD_CONTENT_READER_END_OF_STREAM;
	} else if (has_more(stream)) {
		const size_t left = stream->now.length - stream->offset;

		count = (ssize_t)(left < most ? left : most);
		memcpy(out, stream->now.data + stream->offset, (size_t)count);
		stream->offset += (size_t)count;
		/* who takes something is not stuck */
		enter(stream->client, STREAM);
	} else {
		stream->is_suspended = true;
		enter(stream->client, SUSPENDED);
		MHD_suspend_connection(stream->connection);
	}
	(void)pthread_mutex_unlock(&http->mutex);
	return count;
}

static void free_stream(void *self)
{
	struct stream *stream = self;
	struct http *http = stream->http;

	(void)pthread_mutex_lock(&http->mutex);
	for (struct stream **s = &http->streams; *s; s = &(*s)->next)
		if (*s == stream) {
			*s = stream->next;
			http->stream_count--;
			break;
		}
	(void)pthread_mutex_unlock(&http->mutex);
	buf_release(&stream->now);
	buf_release(&stream->then);
	mem_drop(&stream);
}

/* NULL: there are too many. */
static struct stream *add_stream(struct http *http,
				 struct MHD_Connection *connection,
				 struct client *client, const char *event)
{
	struct stream *stream = NULL;

	(void)pthread_mutex_lock(&http->mutex);
	if (client && http->stream_count < MOST_STREAMS) {
		stream = mem_zero(1, sizeof(*stream));
		*stream = (struct stream){
			.next = http->streams,
			.http = http,
			.client = client,
			.connection = connection,
			.now = BUF_INIT,
			.then = BUF_INIT,
		};
		set_event(&stream->now, event);
		http->streams = stream;
		http->stream_count++;
	}
	(void)pthread_mutex_unlock(&http->mutex);
	return stream;
}

/* With the mutex. */
static void resume(struct stream *stream)
{
	if (!stream->is_suspended)
		return;
	stream->is_suspended = false;
	enter(stream->client, STREAM);
	MHD_resume_connection(stream->connection);
}

void http_push(struct http *http, const char *event)
{
	(void)pthread_mutex_lock(&http->mutex);
	for (struct stream *s = http->streams; s; s = s->next) {
		set_event(&s->then, event);
		resume(s);
	}
	(void)pthread_mutex_unlock(&http->mutex);
}

size_t http_streams(struct http *http)
{
	(void)pthread_mutex_lock(&http->mutex);
	const size_t count = http->stream_count;

	(void)pthread_mutex_unlock(&http->mutex);
	return count;
}

/* ------------------------------------------------------------------------
 * Answers
 * --------------------------------------------------------------------- */

static void add_headers(struct MHD_Response *response,
			const struct http_answer *answer)
{
	static const char *const always[][2] = {
		{"Cache-Control", "no-store"},
		{"X-Content-Type-Options", "nosniff"},
		{"Referrer-Policy", "no-referrer"},
		{"Content-Security-Policy",
		 "default-src 'none'; script-src 'self'; style-src 'self'; "
		 "connect-src 'self'; img-src 'self' data:; "
		 "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"},
	};

	for (size_t i = 0; i < sizeof(always) / sizeof(*always); i++)
		(void)MHD_add_response_header(response, always[i][0],
					      always[i][1]);
	if (answer->type)
		(void)MHD_add_response_header(response, "Content-Type",
					      answer->type);
	if (answer->allow)
		(void)MHD_add_response_header(response, "Allow", answer->allow);
	if (answer->challenge)
		(void)MHD_add_response_header(response, "WWW-Authenticate",
					      answer->challenge);
}

/* The response has the body from here on. */
static struct MHD_Response *plain_response(struct http_answer *answer)
{
	const size_t length = answer->body.length;
	char *body = buf_detach(&answer->body);

	return MHD_create_response_from_buffer(length, body,
					       MHD_RESPMEM_MUST_FREE);
}

static struct MHD_Response *stream_response(struct http *http,
					    struct MHD_Connection *connection,
					    struct client *client,
					    struct http_answer *answer)
{
	struct stream *stream = add_stream(http, connection, client,
					   answer->body.data);

	if (!stream) {
		answer->status = MHD_HTTP_SERVICE_UNAVAILABLE;
		answer->is_stream = false;
		answer->type = "text/plain; charset=utf-8";
		buf_clear(&answer->body);
		buf_adds(&answer->body, "there are too many streams\n");
		return plain_response(answer);
	}
	return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK,
						 read_stream, stream,
						 free_stream);
}

static enum MHD_Result send_answer(struct http *http,
				   struct MHD_Connection *connection,
				   struct http_answer *answer)
{
	struct client *client = client_of(connection);
	struct MHD_Response *response =
		answer->is_stream
			? stream_response(http, connection, client, answer)
			: plain_response(answer);

	buf_release(&answer->body);
	if (!response)
		return MHD_NO;
	set_phase(http, client, answer->is_stream ? STREAM : WRITING);
	add_headers(response, answer);
	const enum MHD_Result result =
		MHD_queue_response(connection, answer->status, response);

	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result refuse(struct http *http,
			      struct MHD_Connection *connection,
			      unsigned status, const char *allow,
			      const char *text)
{
	struct http_answer answer = {
		.status = status,
		.type = "text/plain; charset=utf-8",
		.body = BUF_INIT,
		.allow = allow,
	};

	buf_adds(&answer.body, text);
	return send_answer(http, connection, &answer);
}

/* ------------------------------------------------------------------------
 * Requests
 * --------------------------------------------------------------------- */

/* What is known of a request while its body comes. */
struct arrival {
	size_t bytes;
};

static const char *header(struct MHD_Connection *connection, const char *name)
{
	return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static bool is_local(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

	return info && http_is_loopback(info->client_addr);
}

static enum MHD_Result answer(struct http *http,
			      struct MHD_Connection *connection,
			      const char *method, const char *url)
{
	OWNED(buf_release) struct buf path = BUF_INIT;
	struct http_answer answer = {.body = BUF_INIT};

	if (!http_decode(url, &path))
		return refuse(http, connection, MHD_HTTP_BAD_REQUEST, NULL,
			      "the path cannot be read\n");
	const struct http_request request = {
		.method = strcmp(method, "HEAD") ? method : "GET",
		.path = path.data,
		.accept = header(connection, "Accept"),
		.authorization = header(connection, "Authorization"),
		.is_local = http->place.path || is_local(connection),
		.has_name = http_is_name(header(connection, "Host")),
	};

	http->handler(http->self, &request, &answer);
	/* there is nothing that a stream could be read from */
	if (!strcmp(method, "HEAD"))
		answer.is_stream = false;
	return send_answer(http, connection, &answer);
}

static bool is_known(const char *method)
{
	return !strcmp(method, "GET") || !strcmp(method, "HEAD") ||
	       !strcmp(method, "POST");
}

static bool is_large(struct MHD_Connection *connection)
{
	const char *length = header(connection, "Content-Length");

	return length && strtoull(length, NULL, 10) > MOST_BODY;
}

/* The headers are there; the body may follow. */
static enum MHD_Result begin(struct http *http,
			     struct MHD_Connection *connection,
			     const char *method, void **context)
{
	if (!is_known(method))
		return refuse(http, connection, MHD_HTTP_METHOD_NOT_ALLOWED,
			      "GET, HEAD, POST", "the method is not known\n");
	if (is_large(connection))
		return refuse(http, connection, MHD_HTTP_CONTENT_TOO_LARGE,
			      NULL, "the body is too large\n");
	*context = mem_zero(1, sizeof(struct arrival));
	return MHD_YES;
}

static enum MHD_Result handle(void *self, struct MHD_Connection *connection,
			      const char *url, const char *method,
			      const char *version, const char *upload,
			      size_t *upload_size, void **context)
{
	struct arrival *arrival = *context;

	(void)version;
	(void)upload;
	if (!arrival)
		return begin(self, connection, method, context);
	if (!*upload_size)
		return answer(self, connection, method, url);
	/* a body is not looked at, whatever is in it */
	arrival->bytes += *upload_size;
	*upload_size = 0;
	return arrival->bytes > MOST_BODY ? MHD_NO : MHD_YES;
}

static void completed(void *self, struct MHD_Connection *connection,
		      void **context, enum MHD_RequestTerminationCode code)
{
	struct arrival *arrival = *context;

	(void)code;
	mem_drop(&arrival);
	*context = NULL;
	set_phase(self, client_of(connection), IDLE);
}

/* The first line of a request is there. */
static void *begun(void *self, const char *uri,
		   struct MHD_Connection *connection)
{
	(void)uri;
	set_phase(self, client_of(connection), READING);
	return NULL;
}

/* http_decode does it. */
static size_t leave_escaped(void *self, struct MHD_Connection *connection,
			    char *text)
{
	(void)self;
	(void)connection;
	return strlen(text);
}

static void say_nothing(void *self, const char *format, va_list args)
{
	(void)self;
	(void)format;
	(void)args;
}

/* ------------------------------------------------------------------------
 * Opening and closing
 * --------------------------------------------------------------------- */

static unsigned most_connections(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) ||
	    limit.rlim_cur / 2 > MOST_CONNECTIONS)
		return MOST_CONNECTIONS;
	return (unsigned)limit.rlim_cur / 2;
}

static enum dbs_rc start(struct http *http, const struct http_pem *pem,
			 struct dbs_error *err)
{
	const struct MHD_OptionItem tls[] = {
		{MHD_OPTION_HTTPS_MEM_CERT, 0, pem->certificate.data},
		{MHD_OPTION_HTTPS_MEM_KEY, 0, pem->key.data},
		{MHD_OPTION_HTTPS_PRIORITIES, 0,
		 (void *)(uintptr_t) "NORMAL:-VERS-TLS1.0:-VERS-TLS1.1"},
		{MHD_OPTION_END, 0, NULL},
	};
	const struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
	const unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD |
			       MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
			       (http->has_tls ? MHD_USE_TLS : 0);

	http->daemon = MHD_start_daemon(
		flags, 0, NULL, NULL, handle, http, MHD_OPTION_EXTERNAL_LOGGER,
		say_nothing, NULL, MHD_OPTION_LISTEN_SOCKET, http->place.fd,
		MHD_OPTION_CONNECTION_LIMIT, http->most,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)WRITE_S,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MOST_HEAD,
		MHD_OPTION_NOTIFY_CONNECTION, connected, http,
		MHD_OPTION_NOTIFY_COMPLETED, completed, http,
		MHD_OPTION_URI_LOG_CALLBACK, begun, http,
		MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL,
		MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_ARRAY,
		http->has_tls ? tls : none, MHD_OPTION_END);
	if (http->daemon)
		return DBS_OK;
	return dbs_fail(err, DBS_E_RESOURCE,
			"HTTP cannot be started: there is no memory, or no "
			"thread can be made");
}

static enum dbs_rc read_pem(const struct http_options *options,
			    struct http_pem *pem, struct dbs_error *err)
{
	if (!options->certificate != !options->key)
		return dbs_fail(err, DBS_E_USAGE,
				"a certificate needs its key, and a key its "
				"certificate");
	if (!options->key)
		return DBS_OK;
	if (MHD_is_feature_supported(MHD_FEATURE_TLS) != MHD_YES)
		return dbs_fail(err, DBS_E_USAGE,
				"this libmicrohttpd was built without TLS");
	return http_pem_read(options->certificate, options->key, pem, err);
}

enum dbs_rc http_open(const struct http_options *options, http_handler *handler,
		      void *self, struct http **out, struct dbs_error *err)
{
	OWNED(http_pem_release) struct http_pem pem = HTTP_PEM_INIT;
	OWNED(http_close) struct http *http = mem_zero(1, sizeof(*http));

	http->place = (struct http_place)HTTP_PLACE_INIT;
	http->handler = handler;
	http->self = self;
	http->most = most_connections();
	http->has_tls = options->certificate != NULL;
	DBS_BUG(pthread_mutex_init(&http->mutex, NULL) ||
			pthread_cond_init(&http->wake, NULL),
		"no mutex");
	enum dbs_rc rc = read_pem(options, &pem, err);

	if (!rc)
		rc = http_place_open(options->listen, &http->place, err);
	if (!rc)
		rc = thread_start(&http->reaper, reap, http, err);
	http->has_reaper = !rc;
	if (!rc)
		rc = start(http, &pem, err);
	if (!rc)
		*out = own_take(&http);
	return rc;
}

void http_name(const struct http *http, struct buf *out)
{
	if (!http->place.path)
		buf_adds(out, http->has_tls ? "https://" : "http://");
	buf_adds(out, http->place.name);
}

void http_close(struct http **http)
{
	struct http *self = *http;

	if (!self)
		return;
	(void)pthread_mutex_lock(&self->mutex);
	self->is_over = true;
	for (struct stream *s = self->streams; s; s = s->next)
		resume(s);
	(void)pthread_cond_signal(&self->wake);
	(void)pthread_mutex_unlock(&self->mutex);
	/* this closes the socket that listens, too */
	if (self->daemon) {
		MHD_stop_daemon(self->daemon);
		self->place.fd = -1;
	}
	if (self->has_reaper)
		(void)pthread_join(self->reaper, NULL);
	http_place_close(&self->place);
	(void)pthread_cond_destroy(&self->wake);
	(void)pthread_mutex_destroy(&self->mutex);
	mem_drop(http);
}

#else

enum dbs_rc http_open(const struct http_options *options, http_handler *handler,
		      void *self, struct http **out, struct dbs_error *err)
{
	(void)options;
	(void)handler;
	(void)self;
	(void)out;
	return dbs_fail(err, DBS_E_USAGE,
			"this dbsync was built without libmicrohttpd, and has "
			"no HTTP: --listen none does without");
}

void http_push(struct http *http, const char *event)
{
	(void)http;
	(void)event;
}

size_t http_streams(struct http *http)
{
	(void)http;
	return 0;
}

void http_name(const struct http *http, struct buf *out)
{
	(void)http;
	(void)out;
}

void http_close(struct http **http)
{
	*http = NULL;
}

#endif
