/*
 * changes_state.c - see changes_state.h.
 *
 *	{"format": 1, "command": "changes", "place": "binlog.000001:4…"}
 *
 * The file is replaced as a whole: a process that dies leaves the one before.  A link
 * stays a link, and two processes that use a link and its file see one lock.
 */
#include "changes_state.h"

#include "dbsync/base/file.h"
#include "dbsync/base/own.h"

#include <json-c/json.h>
#include <string.h>
#include <unistd.h>

enum { FORMAT = 1, MOST = 1024 * 1024 };
#define COMMAND "changes"

static void drop_object(struct json_object **object)
{
	(void)json_object_put(*object);
}

static const char *text_of(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	return json_object_object_get_ex(object, key, &value) &&
			       json_object_is_type(value, json_type_string)
		       ? json_object_get_string(value)
		       : "";
}

static enum dbs_rc parse(struct changes_state *state, const struct buf *text,
			 struct dbs_error *err)
{
	OWNED(drop_object) struct json_object *object = json_tokener_parse(
		text->data);
	struct json_object *format = NULL;

	if (!json_object_is_type(object, json_type_object) ||
	    !json_object_object_get_ex(object, "format", &format) ||
	    json_object_get_int(format) != FORMAT ||
	    strcmp(text_of(object, "command"), COMMAND) != 0 ||
	    !*text_of(object, "place"))
		return dbs_fail(
			err, DBS_E_FORMAT,
			"`%s` is not a state of `dbsync changes`, or it "
			"is of another version; it was left as it is",
			state->path.data);
	buf_adds(&state->place, text_of(object, "place"));
	return DBS_OK;
}

static enum dbs_rc take_lock(struct changes_state *state, struct dbs_error *err)
{
	OWNED(buf_release) struct buf path = BUF_INIT;
	OWNED(buf_release) struct buf text = BUF_INIT;
	OWNED(buf_release) struct buf holder = BUF_INIT;

	buf_addf(&path, "%s.lock", state->path.data);
	buf_addf(&text, "dbsync changes, process %ld\n", (long)getpid());
	enum dbs_rc rc = file_lock(path.data, text.data, &state->lock, &holder,
				   err);

	if (!rc && state->lock < 0)
		rc = dbs_fail(err, DBS_E_REFUSED,
			      "`%s` is in use by another process (%.*s)",
			      state->path.data, (int)strcspn(holder.data, "\n"),
			      holder.data);
	return rc;
}

enum dbs_rc changes_state_open(struct changes_state *state, const char *path,
			       struct dbs_error *err)
{
	OWNED(buf_release) struct buf text = BUF_INIT;
	bool is_there = false;

	if (!path)
		return DBS_OK;
	enum dbs_rc rc = file_follow_links(path, &state->path, err);

	if (!rc)
		rc = take_lock(state, err);
	if (!rc)
		rc = file_read(state->path.data, MOST, &text, &is_there, err);
	return rc || !is_there ? rc : parse(state, &text, err);
}

enum dbs_rc changes_state_write(const struct changes_state *state,
				const char *place, struct dbs_error *err)
{
	OWNED(drop_object) struct json_object *object =
		json_object_new_object();

	if (!state->path.length)
		return DBS_OK;
	(void)json_object_object_add(object, "format",
				     json_object_new_int(FORMAT));
	(void)json_object_object_add(object, "command",
				     json_object_new_string(COMMAND));
	(void)json_object_object_add(object, "place",
				     json_object_new_string(place));
	const char *text = json_object_to_json_string_ext(
		object,
		JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);

	OWNED(buf_release) struct buf file = BUF_INIT;

	buf_addf(&file, "%s\n", text);
	return file_replace(state->path.data, file.data, file.length, err);
}

void changes_state_close(struct changes_state *state)
{
	file_unlock(&state->lock);
	buf_release(&state->path);
	buf_release(&state->place);
}
