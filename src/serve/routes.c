/* routes.c - see routes.h. */
#include "routes.h"

#include "serve_pieces.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/run/report_value.h"

#include <json-c/json.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#define JSON "application/json; charset=utf-8"

enum {
	OK = 200,
	ACCEPTED = 202,
	UNAUTHORIZED = 401,
	FORBIDDEN = 403,
	NOT_FOUND = 404,
	NOT_ALLOWED = 405,
	CONFLICT = 409,
	UNAVAILABLE = 503,
};

/* ------------------------------------------------------------------------
 * Answers
 * --------------------------------------------------------------------- */

static void say(struct http_answer *answer, unsigned status, const char *name,
		const char *text)
{
	struct json_object *object = json_object_new_object();

	report_add(object, name, report_string(text));
	answer->status = status;
	answer->type = JSON;
	buf_adds(&answer->body,
		 json_object_to_json_string_ext(
			 object, JSON_C_TO_STRING_PLAIN |
					 JSON_C_TO_STRING_NOSLASHESCAPE));
	buf_addc(&answer->body, '\n');
	(void)json_object_put(object);
}

/* ------------------------------------------------------------------------
 * Who may
 * --------------------------------------------------------------------- */

/* It takes as long wherever they differ, for tokens of one length. */
static bool is_equal(const char *a, const char *b)
{
	const size_t length = strlen(a);
	unsigned char differs = 0;

	if (strlen(b) != length)
		return false;
	for (size_t i = 0; i < length; i++)
		differs |= (unsigned char)(a[i] ^ b[i]);
	return !differs;
}

static bool has_token(const struct routes *routes,
		      const struct http_request *request)
{
	static const char scheme[] = "Bearer ";
	const size_t length = sizeof(scheme) - 1;
	const char *given = request->authorization;

	return routes->token && given && !strncasecmp(given, scheme, length) &&
	       is_equal(given + length, routes->token);
}

static bool may_look(const struct routes *routes,
		     const struct http_request *request,
		     struct http_answer *answer)
{
	if (has_token(routes, request) ||
	    (request->is_local && !request->has_name))
		return true;
	answer->challenge = "Bearer realm=\"dbsync\"";
	say(answer, UNAUTHORIZED, "error",
	    request->is_local
		    ? "the token is needed where this service is called by a "
		      "name: use its address, or localhost"
		    : "the token is needed from another machine (Authorization: "
		      "Bearer …)");
	return false;
}

static bool may_ask(const struct routes *routes,
		    const struct http_request *request,
		    struct http_answer *answer)
{
	if (has_token(routes, request))
		return true;
	say(answer, FORBIDDEN, "error",
	    routes->token ? "the token is needed (Authorization: Bearer …)"
			  : "this service takes no requests: start it with "
			    "--token-file");
	return false;
}

/* ------------------------------------------------------------------------
 * Those who look
 * --------------------------------------------------------------------- */

/* Whoever may not look learns how it is, and no names. */
static void answer_health(const struct routes *routes,
			  const struct http_request *request,
			  struct http_answer *answer)
{
	struct http_answer refused = {.body = BUF_INIT};
	OWNED(buf_release) struct buf whole = BUF_INIT;
	const enum job_state state = board_health(routes->board, &whole);

	if (may_look(routes, request, &refused))
		buf_add(&answer->body, whole.data, whole.length);
	else
		buf_addf(&answer->body, "{\"status\":\"%s\"}\n",
			 job_state_names[state]);
	buf_release(&refused.body);
	answer->status = state == JOB_OK ? OK : UNAVAILABLE;
	answer->type = JSON;
}

static void answer_ready(const struct routes *routes,
			 const struct http_request *request,
			 struct http_answer *answer)
{
	(void)request;
	const bool is_ready = board_is_ready(routes->board);

	answer->status = is_ready ? OK : UNAVAILABLE;
	answer->type = JSON;
	buf_addf(&answer->body, "{\"ready\":%s}\n",
		 is_ready ? "true" : "false");
}

static void answer_metrics(const struct routes *routes,
			   const struct http_request *request,
			   struct http_answer *answer)
{
	(void)request;
	answer->status = OK;
	answer->type = "text/plain; version=0.0.4; charset=utf-8";
	board_metrics(routes->board, &answer->body);
}

static void answer_status(const struct routes *routes,
			  const struct http_request *request,
			  struct http_answer *answer)
{
	answer->status = OK;
	answer->is_stream = request->accept &&
			    strstr(request->accept, "text/event-stream");
	answer->type = answer->is_stream ? "text/event-stream" : JSON;
	board_status(routes->board, &answer->body);
}

static void answer_page(const struct routes *routes,
			const struct http_request *request,
			struct http_answer *answer)
{
	const char *path = request->path;

	(void)routes;
	answer->status = OK;
	if (!strcmp(path, "/page.css")) {
		answer->type = "text/css; charset=utf-8";
		buf_adds(&answer->body, css_service);
	} else if (!strcmp(path, "/page.js")) {
		answer->type = "text/javascript; charset=utf-8";
		buf_adds(&answer->body, js_service);
	} else {
		answer->type = "text/html; charset=utf-8";
		buf_adds(&answer->body, html_service);
	}
}

static const struct {
	const char *path;
	bool is_open; /* it looks itself at who may */
	void (*answer)(const struct routes *routes,
		       const struct http_request *request,
		       struct http_answer *answer);
} pages[] = {
	/* it has nothing of its own, and asks for the token */
	{"/", true, answer_page},          {"/page.css", true, answer_page},
	{"/page.js", true, answer_page},   {"/health", true, answer_health},
	{"/ready", true, answer_ready},    {"/metrics", false, answer_metrics},
	{"/status", false, answer_status},
};

/* ------------------------------------------------------------------------
 * Those who ask
 * --------------------------------------------------------------------- */

static const struct {
	const char *name;
	enum board_wish wish;
} wishes[] = {
	{"run", WISH_RUN},
	{"pause", WISH_PAUSE},
	{"resume", WISH_RESUME},
	{"restart", WISH_RESTART},
};

static void answer_wish(const struct routes *routes, const char *job,
			enum board_wish wish, struct http_answer *answer)
{
	switch (board_ask(routes->board, job, wish)) {
	case ANSWER_TAKEN:
		say(answer, ACCEPTED, "accepted", wishes[wish].name);
		break;
	case ANSWER_NO_JOB:
		say(answer, NOT_FOUND, "error", "there is no such job");
		break;
	case ANSWER_BUSY:
		say(answer, CONFLICT, "error", "it runs already");
		break;
	case ANSWER_USELESS:
		say(answer, CONFLICT, "error",
		    "nothing is followed that could be restarted");
		break;
	}
}

/* Of "/jobs/NAME/WISH"; name is mem_drop'ed by the caller. */
static bool read_wish(const char *path, char **name, enum board_wish *wish)
{
	static const char begin[] = "/jobs/";
	const size_t length = sizeof(begin) - 1;
	const char *last = strrchr(path, '/');

	if (strncmp(path, begin, length) != 0 || last <= path + length)
		return false;
	for (size_t i = 0; i < sizeof(wishes) / sizeof(*wishes); i++) {
		if (strcmp(last + 1, wishes[i].name) != 0)
			continue;
		*wish = wishes[i].wish;
		*name = mem_strdup(path + length);
		(*name)[last - path - (ptrdiff_t)length] = '\0';
		return true;
	}
	return false;
}

static bool is_wish(const char *path, char **name, enum board_wish *wish)
{
	*name = NULL;
	*wish = WISH_RESTART;
	return !strcmp(path, "/restart_replication") ||
	       read_wish(path, name, wish);
}

/* ------------------------------------------------------------------------
 * All of it
 * --------------------------------------------------------------------- */

static bool is_post(const struct http_request *request)
{
	return !strcmp(request->method, "POST");
}

static void refuse_method(const char *allow, struct http_answer *answer)
{
	answer->allow = allow;
	say(answer, NOT_ALLOWED, "error", "another method is needed");
}

static void answer_look(const struct routes *routes,
			const struct http_request *request, size_t page,
			struct http_answer *answer)
{
	if (is_post(request))
		refuse_method("GET, HEAD", answer);
	else if (pages[page].is_open || may_look(routes, request, answer))
		pages[page].answer(routes, request, answer);
}

void routes_answer(void *self, const struct http_request *request,
		   struct http_answer *answer)
{
	const struct routes *routes = self;
	OWNED(mem_drop) char *name = NULL;
	enum board_wish wish;

	for (size_t i = 0; i < sizeof(pages) / sizeof(*pages); i++)
		if (!strcmp(request->path, pages[i].path)) {
			answer_look(routes, request, i, answer);
			return;
		}
	if (!is_wish(request->path, &name, &wish))
		say(answer, NOT_FOUND, "error", "there is nothing here");
	else if (!is_post(request))
		refuse_method("POST", answer);
	else if (may_ask(routes, request, answer))
		answer_wish(routes, name, wish, answer);
}
