/*
 * http.c - see http.h.
 *
 * libmicrohttpd reads and writes, and has no thread of its own: ours waits for its
 * sockets (one epoll), lets it run, and looks after the clients between two runs.
 * So connections, requests and streams belong to that thread, and no lock is held
 * around anything that a client could delay.  Others touch only this:
 *
 *	http_push ──▶ event (mutex) ──▶ wake (eventfd) ──▶ our thread ──▶ streams
 *
 * The library knows only how long a connection has been silent, and only knows an
 * end by reading; http_client.h is the rest.  A stream is suspended while it has
 * nothing to send, and then nobody notices that its client has gone; a comment is
 * sent to each now and then.
 *
 * The order at the end: our thread ends; its streams are resumed, for the library
 * must not have suspended ones when it stops; it closes all connections.
 */
#include "dbsync/serve/http.h"

#ifdef DBSYNC_HTTP

#include "http_client.h"
#include "http_pem.h"
#include "http_place.h"
#include "http_stream.h"
#include "http_words.h"

#include "dbsync/base/clock.h"
#include "dbsync/base/mem.h"
#include "dbsync/base/open.h"
#include "dbsync/base/own.h"
#include "dbsync/base/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	MOST_CONNECTIONS = 2048,
	MOST_STREAMS = 32,
	MOST_UPLOAD = 64 * 1024,
	/* so much is read before it is refused, for who writes reads nothing */
	MOST_DRAINED = 1024 * 1024,
	/* a request of 32 KiB, what the library notes of it, and our headers */
	CONNECTION_BYTES = 64 * 1024,
	BLOCK_BYTES = 16 * 1024,
	STREAM_SOCKET_BYTES = 64 * 1024,
	TICK_MS = 250,
	COMMENT_S = 15,
};

/* Of answers that are being sent; another one is 503. */
static const size_t MOST_ANSWERS = (size_t)256 << 20;

#define TEXT "text/plain; charset=utf-8"

/* A connection whose answer is a stream. */
struct stream {
	struct stream *next;
	struct http *http;
	struct http_client *client;
	struct MHD_Connection *connection;
	struct http_stream events;
	bool is_suspended;
};

struct http {
	http_handler *handler;
	void *self;
	struct http_place place;
	bool has_tls;
	struct buf complaint; /* of the library, while it starts */
	bool has_started;
	struct MHD_Daemon *daemon;
	int epoll; /* the library's */
	int wake;  /* eventfd */
	pthread_t thread;
	bool has_thread;
	atomic_bool is_over;
	atomic_size_t stream_count;

	/* of our thread */
	struct http_clients clients;
	struct stream *streams;
	size_t answers; /* bytes */
	uint64_t event_ns;

	pthread_mutex_t mutex; /* guards what follows */
	struct buf event;      /* pushed, and not given to the streams yet */
};

/* ------------------------------------------------------------------------
 * Clients
 * --------------------------------------------------------------------- */

static void note_connection(void *self, struct MHD_Connection *connection,
			    void **context,
			    enum MHD_ConnectionNotificationCode code)
{
	struct http *http = self;
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct http_client *client = *context;

	if (code == MHD_CONNECTION_NOTIFY_STARTED && info)
		client = http_client_add(&http->clients, info->connect_fd,
					 clock_ns());
	else if (code == MHD_CONNECTION_NOTIFY_CLOSED)
		http_client_drop(&http->clients, &client);
	*context = client;
}

/* The first line of a request is there. */
static void *note_request(void *self, const char *uri,
			  struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct http_client *client = info ? info->socket_context : NULL;

	(void)self;
	(void)uri;
	/* of the first one, the time runs since the connection */
	if (client && client->phase == HTTP_IDLE)
		http_client_enter(client, HTTP_READING, clock_ns());
	return client;
}

static void note_end_of_request(void *self, struct MHD_Connection *connection,
				void **context,
				enum MHD_RequestTerminationCode code)
{
	struct http *http = self;
	struct http_client *client = *context;

	(void)connection;
	(void)code;
	if (!client)
		return;
	http->answers -= client->answer;
	client->answer = 0;
	client->upload = 0;
	client->has_headers = false;
	http_client_enter(client, HTTP_IDLE, clock_ns());
}

/* ------------------------------------------------------------------------
 * Streams
 * --------------------------------------------------------------------- */

static ssize_t stream_read(void *self, uint64_t position, char *out,
			   size_t most)
{
	struct stream *stream = self;
	const size_t count = http_stream_take(&stream->events, out, most);

	(void)position;
	/* when there is more, what was given before has been taken: it moves */
	http_client_enter(stream->client, count ? HTTP_STREAMING : HTTP_QUIET,
			  clock_ns());
	if (!count) {
		stream->is_suspended = true;
		MHD_suspend_connection(stream->connection);
	}
	return (ssize_t)count;
}

/* Its client may be gone already. */
static void stream_free(void *self)
{
	struct stream *stream = self;
	struct http *http = stream->http;
	struct stream **at = &http->streams;

	while (*at != stream)
		at = &(*at)->next;
	*at = stream->next;
	(void)atomic_fetch_sub(&http->stream_count, 1);
	http_stream_release(&stream->events);
	mem_drop(&stream);
}

/* Who does not read is to be noticed before the system has kept megabytes. */
static void limit_socket(int fd)
{
	const int bytes = STREAM_SOCKET_BYTES;

	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
}

static struct stream *stream_add(struct http *http,
				 struct MHD_Connection *connection,
				 struct http_client *client, const char *event)
{
	struct stream *stream = mem_zero(1, sizeof(*stream));

	*stream = (struct stream){
		.next = http->streams,
		.http = http,
		.client = client,
		.connection = connection,
		.events = HTTP_STREAM_INIT,
	};
	if (*event)
		http_event(event, &stream->events.newest);
	limit_socket(client->fd);
	http->streams = stream;
	(void)atomic_fetch_add(&http->stream_count, 1);
	return stream;
}

static void stream_resume(struct stream *stream)
{
	if (!stream->is_suspended)
		return;
	stream->is_suspended = false;
	http_client_enter(stream->client, HTTP_STREAMING, clock_ns());
	MHD_resume_connection(stream->connection);
}

static void take_event(struct http *http, struct buf *out)
{
	(void)pthread_mutex_lock(&http->mutex);
	*out = http->event;
	http->event = (struct buf)BUF_INIT;
	(void)pthread_mutex_unlock(&http->mutex);
}

/* To all streams, or only to those that have nothing else to send. */
static void give_event(struct http *http, const struct buf *event, bool to_all)
{
	http->event_ns = clock_ns();
	for (struct stream *s = http->streams; s; s = s->next) {
		if (!to_all && !s->is_suspended)
			continue;
		http_stream_give(&s->events, event);
		stream_resume(s);
	}
}

static void give_events(struct http *http)
{
	OWNED(buf_release) struct buf event = BUF_INIT;

	take_event(http, &event);
	if (event.length) {
		give_event(http, &event, true);
	} else if (clock_since(http->event_ns) > COMMENT_S) {
		buf_adds(&event, ":\n\n");
		give_event(http, &event, false);
	}
}

static void wake(const struct http *http)
{
	const uint64_t one = 1;

	/* full is awake */
	(void)!write(http->wake, &one, sizeof(one));
}

void http_push(struct http *http, const char *event)
{
	OWNED(buf_release) struct buf text = BUF_INIT;
	struct buf before;

	http_event(event, &text);
	(void)pthread_mutex_lock(&http->mutex);
	before = http->event;
	http->event = text;
	(void)pthread_mutex_unlock(&http->mutex);
	text = before;
	wake(http);
}

size_t http_streams(const struct http *http)
{
	return atomic_load(&http->stream_count);
}

/* ------------------------------------------------------------------------
 * Answers
 * --------------------------------------------------------------------- */

static void add_header(struct MHD_Response *response, const char *name,
		       const char *value)
{
	if (value)
		(void)MHD_add_response_header(response, name, value);
}

static void add_headers(const struct http *http, struct MHD_Response *response,
			const struct http_answer *answer)
{
	static const char policy[] =
		"default-src 'none'; script-src 'self'; style-src 'self'; "
		"connect-src 'self'; img-src 'self' data:; "
		"frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

	add_header(response, "Cache-Control", "no-store");
	add_header(response, "X-Content-Type-Options", "nosniff");
	add_header(response, "Referrer-Policy", "no-referrer");
	add_header(response, "Content-Security-Policy", policy);
	add_header(response, "Content-Type", answer->type);
	add_header(response, "Allow", answer->allow);
	add_header(response, "WWW-Authenticate", answer->challenge);
	if (http_clients_are_many(&http->clients))
		add_header(response, "Connection", "close");
}

/* It has the body from here on. */
static struct MHD_Response *plain_response(struct http_answer *answer)
{
	const size_t length = answer->body.length;

	return MHD_create_response_from_buffer(
		length, buf_detach(&answer->body), MHD_RESPMEM_MUST_FREE);
}

static struct MHD_Response *make_response(struct http *http,
					  struct MHD_Connection *connection,
					  struct http_client *client,
					  struct http_answer *answer)
{
	if (!answer->is_stream)
		return plain_response(answer);
	return MHD_create_response_from_callback(
		MHD_SIZE_UNKNOWN, BLOCK_BYTES, stream_read,
		stream_add(http, connection, client, answer->body.data),
		stream_free);
}

static enum MHD_Result send_answer(struct http *http,
				   struct MHD_Connection *connection,
				   struct http_client *client,
				   struct http_answer *answer)
{
	DBS_BUG(!answer->status, "an answer without a status");
	http_client_enter(client,
			  answer->is_stream ? HTTP_STREAMING : HTTP_WRITING,
			  clock_ns());
	client->answer = answer->is_stream ? 0 : answer->body.length;
	http->answers += client->answer;
	struct MHD_Response *response = make_response(http, connection, client,
						      answer);

	buf_release(&answer->body);
	if (!response)
		return MHD_NO;
	add_headers(http, response, answer);
	const enum MHD_Result result =
		MHD_queue_response(connection, answer->status, response);

	MHD_destroy_response(response);
	return result;
}

static void say(struct http_answer *answer, unsigned status, const char *text)
{
	answer->status = status;
	answer->type = TEXT;
	answer->is_stream = false;
	buf_clear(&answer->body);
	buf_addf(&answer->body, "%s\n", text);
}

/* ------------------------------------------------------------------------
 * Requests
 * --------------------------------------------------------------------- */

static const char *header(struct MHD_Connection *connection, const char *name)
{
	return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

/* What says where a request ends and whom it is for, counted. */
struct ambiguity {
	unsigned hosts;
	unsigned lengths; /* and encodings */
};

static enum MHD_Result count_header(void *self, enum MHD_ValueKind kind,
				    const char *name, const char *value)
{
	struct ambiguity *count = self;

	(void)kind;
	(void)value;
	count->hosts += !strcasecmp(name, "Host");
	count->lengths += !strcasecmp(name, "Content-Length") ||
			  !strcasecmp(name, "Transfer-Encoding");
	return MHD_YES;
}

/* A proxy may read it in another way than the library. */
static bool is_ambiguous(struct MHD_Connection *connection)
{
	struct ambiguity count = {0, 0};

	(void)MHD_get_connection_values(connection, MHD_HEADER_KIND,
					count_header, &count);
	return count.hosts > 1 || count.lengths > 1;
}

static bool is_passed_on(struct MHD_Connection *connection)
{
	static const char *const proxies[] = {"Forwarded", "X-Forwarded-For",
					      "X-Real-IP", "Via"};

	for (size_t i = 0; i < sizeof(proxies) / sizeof(*proxies); i++)
		if (header(connection, proxies[i]))
			return true;
	return false;
}

static bool is_local(const struct http *http, struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const bool is_ours = http->place.path ||
			     (info && http_is_loopback(info->client_addr));

	return is_ours && !is_passed_on(connection);
}

static void ask_handler(struct http *http, struct MHD_Connection *connection,
			const char *method, const char *path,
			struct http_answer *answer)
{
	const bool is_head = !strcmp(method, "HEAD");
	const struct http_request request = {
		.method = is_head ? "GET" : method,
		.path = path,
		.accept = header(connection, "Accept"),
		.authorization = header(connection, "Authorization"),
		.is_local = is_local(http, connection),
		.has_name = !http->place.path &&
			    http_is_name(header(connection, "Host")),
	};

	http->handler(http->self, &request, answer);
	if (is_head && answer->is_stream) {
		answer->is_stream = false;
		buf_clear(&answer->body);
	}
	if (answer->is_stream && http_streams(http) >= MOST_STREAMS)
		say(answer, MHD_HTTP_SERVICE_UNAVAILABLE,
		    "there are too many streams");
}

static bool is_known(const char *method)
{
	return !strcmp(method, "GET") || !strcmp(method, "HEAD") ||
	       !strcmp(method, "POST");
}

/* All of it is there. */
static void answer_request(struct http *http, struct MHD_Connection *connection,
			   const char *method, const char *raw_path,
			   const struct http_client *client,
			   struct http_answer *answer)
{
	OWNED(buf_release) struct buf path = BUF_INIT;

	if (!is_known(method)) {
		answer->allow = "GET, HEAD, POST";
		say(answer, MHD_HTTP_METHOD_NOT_ALLOWED,
		    "there is no such method here");
	} else if (client->upload > MOST_UPLOAD) {
		say(answer, MHD_HTTP_CONTENT_TOO_LARGE,
		    "the body is too large");
	} else if (!http_decode(raw_path, &path)) {
		say(answer, MHD_HTTP_BAD_REQUEST, "the path makes no sense");
	} else if (http->answers > MOST_ANSWERS) {
		say(answer, MHD_HTTP_SERVICE_UNAVAILABLE,
		    "too many answers are being sent");
	} else {
		ask_handler(http, connection, method, path.data, answer);
	}
}

/* Only what cannot be read to its end is answered before that. */
static enum MHD_Result begin_request(struct http *http,
				     struct MHD_Connection *connection,
				     struct http_client *client)
{
	struct http_answer answer = {.body = BUF_INIT};
	const char *length = header(connection, "Content-Length");

	client->has_headers = true;
	if (is_ambiguous(connection))
		say(&answer, MHD_HTTP_BAD_REQUEST,
		    "the headers contradict each other");
	else if (length && strtoull(length, NULL, 10) > MOST_DRAINED)
		say(&answer, MHD_HTTP_CONTENT_TOO_LARGE,
		    "the body is too large");
	return answer.status ? send_answer(http, connection, client, &answer)
			     : MHD_YES;
}

/* The library calls it with the headers, with pieces of a body, at the end. */
static enum MHD_Result handle(void *self, struct MHD_Connection *connection,
			      const char *url, const char *method,
			      const char *version, const char *upload,
			      size_t *upload_size, void **context)
{
	struct http *http = self;
	struct http_client *client = *context;
	struct http_answer answer = {.body = BUF_INIT};

	(void)version;
	(void)upload;
	if (!client)
		return MHD_NO;
	if (!client->has_headers)
		return begin_request(http, connection, client);
	if (*upload_size) {
		client->upload += *upload_size;
		*upload_size = 0;
		return client->upload > MOST_DRAINED ? MHD_NO : MHD_YES;
	}
	answer_request(http, connection, method, url, client, &answer);
	return send_answer(http, connection, client, &answer);
}

/* Paths are decoded by http_decode, which notices what is wrong. */
static size_t leave_as_it_is(void *self, struct MHD_Connection *connection,
			     char *text)
{
	(void)self;
	(void)connection;
	return strlen(text);
}

/* ------------------------------------------------------------------------
 * The thread
 * --------------------------------------------------------------------- */

/* The handlers of signals belong to other threads; SIGPIPE to nobody. */
static void block_signals(void)
{
	sigset_t all;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, NULL);
}

static void wait_for_something(const struct http *http)
{
	struct pollfd fds[] = {
		{.fd = http->epoll, .events = POLLIN},
		{.fd = http->wake, .events = POLLIN},
	};
	MHD_UNSIGNED_LONG_LONG ms = TICK_MS;
	uint64_t ignored;

	if (MHD_get_timeout(http->daemon, &ms) != MHD_YES || ms > TICK_MS)
		ms = TICK_MS;
	(void)poll(fds, 2, (int)ms);
	(void)!read(http->wake, &ignored, sizeof(ignored));
}

static void *run(void *self)
{
	struct http *http = self;

	block_signals();
	while (!atomic_load(&http->is_over)) {
		wait_for_something(http);
		give_events(http);
		(void)MHD_run(http->daemon);
		http_clients_tend(&http->clients, clock_ns());
	}
	return NULL;
}

/* ------------------------------------------------------------------------
 * Its life
 * --------------------------------------------------------------------- */

/* Of a client's mistakes nobody is told; of ours, while it starts. */
static void note_complaint(void *self, const char *fmt, va_list args)
	__attribute__((format(printf, 2, 0)));

static void note_complaint(void *self, const char *fmt, va_list args)
{
	struct http *http = self;

	if (!http->has_started)
		buf_addv(&http->complaint, fmt, args);
}

static _Noreturn void note_panic(void *self, const char *file, unsigned line,
				 const char *reason)
{
	(void)self;
	dbs_bug(file, (int)line, "libmicrohttpd: %s", reason ? reason : "");
}

/* The rest of what the process may open is for databases and files. */
static unsigned most_connections(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) ||
	    files.rlim_cur / 2 > MOST_CONNECTIONS)
		return MOST_CONNECTIONS;
	return (unsigned)files.rlim_cur / 2;
}

static struct MHD_Daemon *start_daemon(struct http *http, int fd,
				       const struct http_pem *pem)
{
	const unsigned tls = http->has_tls ? MHD_USE_TLS : 0;
	const unsigned six = http->place.family == AF_INET6 ? MHD_USE_IPv6 : 0;
	char priorities[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";
	struct MHD_OptionItem secrets[] = {
		{MHD_OPTION_HTTPS_PRIORITIES, 0, priorities},
		{MHD_OPTION_HTTPS_MEM_CERT, 0, pem->certificate.data},
		{MHD_OPTION_HTTPS_MEM_KEY, 0, pem->key.data},
		{MHD_OPTION_END, 0, NULL},
	};

	if (!http->has_tls)
		secrets[0].option = MHD_OPTION_END;
	return MHD_start_daemon(
		MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
			tls | six,
		0, NULL, NULL, handle, http,
		/* first, so that it has what the others say */
		MHD_OPTION_EXTERNAL_LOGGER, note_complaint, http,
		MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
		(unsigned)http->clients.most,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES,
		MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_CONNECTION,
		note_connection, http, MHD_OPTION_NOTIFY_COMPLETED,
		note_end_of_request, http, MHD_OPTION_URI_LOG_CALLBACK,
		note_request, http, MHD_OPTION_UNESCAPE_CALLBACK,
		leave_as_it_is, NULL, MHD_OPTION_ARRAY, secrets,
		MHD_OPTION_END);
}

static enum dbs_rc start(struct http *http, const struct http_pem *pem,
			 struct dbs_error *err)
{
	/* the library closes what it is given, and only sometimes if it fails */
	const int fd = fcntl(http->place.fd, F_DUPFD_CLOEXEC, 0);

	if (fd < 0)
		return dbs_fail_errno(err, errno, "cannot listen");
	http->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (http->wake < 0)
		return dbs_fail_errno(err, errno, "cannot make an eventfd");
	http->clients.most = most_connections();
	MHD_set_panic_func(note_panic, NULL);
	http->daemon = start_daemon(http, fd, pem);
	if (!http->daemon)
		return dbs_fail(err, DBS_E_IO, "HTTP cannot be started: %.*s",
				(int)strcspn(http->complaint.data, "\n"),
				http->complaint.data);
	http->epoll = MHD_get_daemon_info(http->daemon,
					  MHD_DAEMON_INFO_EPOLL_FD)
			      ->epoll_fd;
	http->event_ns = clock_ns();
	http->has_started = true;
	const enum dbs_rc rc = thread_start(&http->thread, run, http, err);

	http->has_thread = !rc;
	return rc;
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

	*http = (struct http){
		.handler = handler,
		.self = self,
		.place = HTTP_PLACE_INIT,
		.has_tls = options->key != NULL,
		.complaint = BUF_INIT,
		.wake = -1,
		.mutex = PTHREAD_MUTEX_INITIALIZER,
		.event = BUF_INIT,
	};
	enum dbs_rc rc = read_pem(options, &pem, err);

	if (!rc)
		rc = http_place_open(options->listen, &http->place, err);
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

bool http_is_in_clear(const struct http *http)
{
	struct sockaddr_storage at;
	socklen_t length = sizeof(at);

	if (http->place.path || http->has_tls)
		return false;
	return getsockname(http->place.fd, (struct sockaddr *)&at, &length) ||
	       !http_is_loopback((const struct sockaddr *)&at);
}

static void end_thread(struct http *http)
{
	if (!http->has_thread)
		return;
	atomic_store(&http->is_over, true);
	wake(http);
	(void)pthread_join(http->thread, NULL);
}

void http_close(struct http **http)
{
	struct http *gone = *http;

	if (!gone)
		return;
	end_thread(gone);
	for (struct stream *s = gone->streams; s; s = s->next)
		stream_resume(s);
	if (gone->daemon)
		MHD_stop_daemon(gone->daemon);
	http_place_close(&gone->place);
	open_drop(&gone->wake);
	buf_release(&gone->event);
	buf_release(&gone->complaint);
	(void)pthread_mutex_destroy(&gone->mutex);
	mem_drop(http);
}

#endif
