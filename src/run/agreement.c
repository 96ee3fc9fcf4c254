/*
 * agreement.c - see agreement.h.
 *
 *	{"format":1, "checksum":"…", "body":{"scope":…, "scanned":…, "agreed":…,
 *	 "source":{"server":…, "place":…, "witness":{…}}, "target":{…},
 *	 "tables":[{"database":…, "table":…, "rows":…}]}}
 *
 * The checksum is of the body as json-c writes it: it shows damage, not malice.
 * Who may write to the folder may as well change the state.
 */
#include "dbsync/run/agreement.h"

#include "dbsync/base/clock.h"
#include "dbsync/base/fault.h"
#include "dbsync/base/file.h"
#include "dbsync/base/own.h"
#include "dbsync/base/text.h"

#include <dirent.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { FORMAT = 1, MOST = 256 * 1024 * 1024, GENERATION_MOST = 1024 };

#define FOLDER "agreements"
#define SUFFIX ".json"
#define GENERATION "generation"

static void drop_object(struct json_object **object)
{
	(void)json_object_put(*object);
}

/* ------------------------------------------------------------------------
 * The scope
 * --------------------------------------------------------------------- */

/* Each text with its length, so that no two lists are one text. */
static void add_text(struct buf *out, const char *text)
{
	buf_addf(out, "%zu:%s,", text ? strlen(text) : 0, text ? text : "");
}

static void add_texts(struct buf *out, const char *name,
		      const struct text_list *list)
{
	buf_addf(out, " %s=", name);
	for (size_t i = 0; i < list->count; i++)
		add_text(out, list->items[i]);
}

static void add_options(struct buf *out, const char *name,
			const struct option_list *list)
{
	buf_addf(out, " %s=", name);
	for (size_t i = 0; i < list->count; i++) {
		add_text(out, list->items[i].pattern);
		add_text(out, list->items[i].value);
	}
}

void agreement_scope(const struct walk_request *request, struct buf *out)
{
	for (enum side side = SOURCE; side < SIDES; side++) {
		const struct dsn *dsn = request->dsn[side];

		buf_adds(out, side == SOURCE ? "" : " ");
		dsn_show(dsn, out);
		buf_adds(out, "/");
		add_text(out, dsn->database);
	}
	add_texts(out, "databases", &request->databases);
	add_texts(out, "tables", &request->tables);
	add_texts(out, "exclude", &request->exclude);
	add_options(out, "where", &request->where);
	add_options(out, "ignore", &request->ignore);
	add_options(out, "renames", &request->renames);
}

static void write_path(const char *state_dir, const char *scope,
		       struct buf *out)
{
	buf_addf(out, "%s/" FOLDER "/", state_dir);
	text_fingerprint(out, scope, strlen(scope));
	buf_adds(out, SUFFIX);
}

/* ------------------------------------------------------------------------
 * Writing
 * --------------------------------------------------------------------- */

static void add(struct json_object *to, const char *key,
		struct json_object *value)
{
	(void)json_object_object_add(to, key, value);
}

static struct json_object *text_object(const char *text)
{
	return json_object_new_string(text ? text : "");
}

static struct json_object *number_object(uint64_t number)
{
	return json_object_new_uint64(number);
}

static struct json_object *side_object(const struct agreed_side *side)
{
	struct json_object *object = json_object_new_object();
	struct json_object *witness = json_object_new_object();

	add(object, "server", text_object(side->server));
	add(object, "place", text_object(side->place));
	add(object, "log", text_object(side->log));
	add(object, "hides", json_object_new_boolean(side->hides));
	add(witness, "file", text_object(side->witness.at.file));
	add(witness, "position", number_object(side->witness.at.position));
	add(witness, "birth", number_object(side->witness.birth));
	add(witness, "checksum", number_object(side->witness.checksum));
	add(object, "witness", witness);
	return object;
}

static struct json_object *body_object(const char *scope,
				       const struct agreement *agreement)
{
	struct json_object *body = json_object_new_object();
	struct json_object *tables = json_object_new_array();

	add(body, "scope", text_object(scope));
	add(body, "scanned", number_object(agreement->scanned));
	add(body, "agreed", number_object(agreement->agreed));
	for (enum side side = SOURCE; side < SIDES; side++)
		add(body, side_name(side), side_object(&agreement->side[side]));
	for (size_t i = 0; i < agreement->table_count; i++) {
		const struct agreed_table *table = &agreement->tables[i];
		struct json_object *object = json_object_new_object();

		add(object, "database", text_object(table->database));
		add(object, "table", text_object(table->table));
		add(object, "rows", number_object(table->rows));
		(void)json_object_array_add(tables, object);
	}
	add(body, "tables", tables);
	return body;
}

static void write_checksum(struct json_object *body, struct buf *out)
{
	const char *text =
		json_object_to_json_string_ext(body, JSON_C_TO_STRING_PLAIN);

	text_fingerprint(out, text, strlen(text));
}

void agreement_generation(const char *state_dir, struct buf *out)
{
	OWNED(buf_release) struct buf path = BUF_INIT;
	struct dbs_error ignored = {0};
	bool is_there = false;

	buf_addf(&path, "%s/" FOLDER "/" GENERATION, state_dir);
	(void)file_read(path.data, GENERATION_MOST, out, &is_there, &ignored);
}

static bool is_forgotten(const char *state_dir,
			 const struct agreement *agreement)
{
	OWNED(buf_release) struct buf now = BUF_INIT;

	if (!agreement->generation)
		return false;
	agreement_generation(state_dir, &now);
	return strcmp(now.data, agreement->generation) != 0;
}

enum dbs_rc agreement_save(const char *state_dir, const char *scope,
			   const struct agreement *agreement,
			   struct dbs_error *err)
{
	OWNED(drop_object) struct json_object *whole = json_object_new_object();
	OWNED(buf_release) struct buf path = BUF_INIT;
	OWNED(buf_release) struct buf checksum = BUF_INIT;
	struct json_object *body = body_object(scope, agreement);

	write_checksum(body, &checksum);
	add(whole, "format", json_object_new_int(FORMAT));
	add(whole, "checksum", text_object(checksum.data));
	add(whole, "body", body);
	buf_addf(&path, "%s/" FOLDER, state_dir);
	enum dbs_rc rc = file_make_folders(path.data, err);

	if (rc)
		return rc;
	buf_clear(&path);
	write_path(state_dir, scope, &path);
	const char *text =
		json_object_to_json_string_ext(whole, JSON_C_TO_STRING_PLAIN);

	fault_here(FAULT_AGREEMENT_SAVE);
	rc = file_replace(path.data, text, strlen(text), err);
	/* looked at only now: what is forgotten from here on is found there */
	if (!rc && is_forgotten(state_dir, agreement))
		(void)unlink(path.data);
	fault_here(FAULT_AGREEMENT_SAVED);
	return rc;
}

/* ------------------------------------------------------------------------
 * Reading
 * --------------------------------------------------------------------- */

static struct json_object *part(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	(void)json_object_object_get_ex(object, key, &value);
	return value;
}

static const char *text_of(struct json_object *object, const char *key)
{
	struct json_object *value = part(object, key);

	return json_object_is_type(value, json_type_string)
		       ? json_object_get_string(value)
		       : "";
}

static uint64_t number_of(struct json_object *object, const char *key)
{
	return json_object_get_uint64(part(object, key));
}

static struct agreed_side read_side(struct json_object *object,
				    struct arena *arena)
{
	struct json_object *witness = part(object, "witness");
	struct agreed_side side = {
		.server = arena_strdup(arena, text_of(object, "server")),
		.place = arena_strdup(arena, text_of(object, "place")),
		.log = arena_strdup(arena, text_of(object, "log")),
		.hides = json_object_get_boolean(part(object, "hides")),
		.witness =
			{
				.at.position = number_of(witness, "position"),
				.birth = (uint32_t)number_of(witness, "birth"),
				.checksum = (uint32_t)number_of(witness,
								"checksum"),
			},
	};

	(void)snprintf(side.witness.at.file, sizeof(side.witness.at.file), "%s",
		       text_of(witness, "file"));
	return side;
}

static struct agreement *read_body(struct json_object *body,
				   struct arena *arena)
{
	struct agreement *agreement = arena_alloc(arena, sizeof(*agreement));
	struct json_object *tables = part(body, "tables");
	const size_t count = json_object_is_type(tables, json_type_array)
				     ? json_object_array_length(tables)
				     : 0;
	struct agreed_table *items = arena_alloc(arena,
						 (count + 1) * sizeof(*items));

	*agreement = (struct agreement){
		.scanned = number_of(body, "scanned"),
		.agreed = number_of(body, "agreed"),
		.tables = items,
		.table_count = count,
	};
	for (enum side side = SOURCE; side < SIDES; side++)
		agreement->side[side] = read_side(part(body, side_name(side)),
						  arena);
	for (size_t i = 0; i < count; i++) {
		struct json_object *table = json_object_array_get_idx(tables,
								      i);

		items[i] = (struct agreed_table){
			arena_strdup(arena, text_of(table, "database")),
			arena_strdup(arena, text_of(table, "table")),
			number_of(table, "rows")};
	}
	return agreement;
}

/* The body of a whole file; NULL: it is none, or not as it was written. */
static struct json_object *checked_body(struct json_object *whole)
{
	OWNED(buf_release) struct buf checksum = BUF_INIT;
	struct json_object *body = part(whole, "body");

	if (!json_object_is_type(whole, json_type_object) ||
	    number_of(whole, "format") != FORMAT ||
	    !json_object_is_type(body, json_type_object))
		return NULL;
	write_checksum(body, &checksum);
	return strcmp(checksum.data, text_of(whole, "checksum")) ? NULL : body;
}

static enum dbs_rc read_file(const char *path, struct json_object **whole_out,
			     bool *is_there_out, struct dbs_error *err)
{
	OWNED(buf_release) struct buf text = BUF_INIT;
	enum dbs_rc rc = file_read(path, MOST, &text, is_there_out, err);

	*whole_out = rc || !*is_there_out ? NULL
					  : json_tokener_parse(text.data);
	return rc;
}

enum dbs_rc agreement_load(const char *state_dir, const char *scope,
			   struct arena *arena, const struct agreement **out,
			   const char **why_out, struct dbs_error *err)
{
	OWNED(buf_release) struct buf path = BUF_INIT;
	OWNED(drop_object) struct json_object *whole = NULL;
	bool is_there = false;

	*out = NULL;
	*why_out = NULL;
	write_path(state_dir, scope, &path);
	enum dbs_rc rc = read_file(path.data, &whole, &is_there, err);

	if (rc)
		return rc;
	struct json_object *body = whole ? checked_body(whole) : NULL;

	if (!is_there)
		*why_out = "no earlier run of this scope has found both sides "
			   "equal and kept where their logs were";
	else if (!body)
		*why_out = arena_printf(arena,
					"%s is damaged, or of another version",
					path.data);
	else if (strcmp(text_of(body, "scope"), scope) != 0)
		*why_out = arena_printf(arena, "%s is of another scope",
					path.data);
	else
		*out = read_body(body, arena);
	return DBS_OK;
}

static int order_tables(const void *a, const void *b)
{
	const struct agreed_table *left = a;
	const struct agreed_table *right = b;
	const int databases = strcmp(left->database, right->database);

	return databases ? databases : strcmp(left->table, right->table);
}

/* They are in the order of findings. */
const struct agreed_table *agreement_table(const struct agreement *agreement,
					   const char *database,
					   const char *table)
{
	const struct agreed_table key = {database, table, 0};

	return agreement->table_count ? bsearch(&key, agreement->tables,
						agreement->table_count,
						sizeof(key), order_tables)
				      : NULL;
}

/* ------------------------------------------------------------------------
 * All of them
 * --------------------------------------------------------------------- */

static void close_folder(DIR **folder)
{
	if (*folder)
		(void)closedir(*folder);
}

static bool is_ours(const char *name)
{
	const size_t length = strlen(name);

	return length > sizeof(SUFFIX) - 1 &&
	       !strcmp(name + length - (sizeof(SUFFIX) - 1), SUFFIX);
}

/* Calls visit with the path of each file; its errors end it. */
static enum dbs_rc each_file(const char *state_dir,
			     enum dbs_rc (*visit)(void *self, const char *path,
						  struct dbs_error *err),
			     void *self, struct dbs_error *err)
{
	OWNED(buf_release) struct buf path = BUF_INIT;
	enum dbs_rc rc = DBS_OK;

	buf_addf(&path, "%s/" FOLDER, state_dir);
	OWNED(close_folder) DIR *folder = opendir(path.data);

	if (!folder)
		return errno == ENOENT
			       ? DBS_OK
			       : dbs_fail_errno(err, errno, "cannot read `%s`",
						path.data);
	buf_addc(&path, '/');
	const size_t before = path.length;

	for (struct dirent *entry = readdir(folder); entry && !rc;
	     entry = readdir(folder)) {
		if (!is_ours(entry->d_name))
			continue;
		buf_truncate(&path, before);
		buf_adds(&path, entry->d_name);
		rc = visit(self, path.data, err);
	}
	return rc;
}

struct listing {
	void (*take)(void *self, const struct agreement_entry *entry);
	void *self;
};

static enum dbs_rc list_one(void *self, const char *path, struct dbs_error *err)
{
	const struct listing *listing = self;
	OWNED(arena_drop) struct arena *arena = arena_new();
	OWNED(drop_object) struct json_object *whole = NULL;
	bool is_there = false;
	enum dbs_rc rc = read_file(path, &whole, &is_there, err);
	struct json_object *body = whole ? checked_body(whole) : NULL;

	if (rc || !body)
		return rc;
	const struct agreement_entry entry = {text_of(body, "scope"),
					      read_body(body, arena)};

	listing->take(listing->self, &entry);
	return DBS_OK;
}

enum dbs_rc agreement_each(const char *state_dir,
			   void (*take)(void *self,
					const struct agreement_entry *entry),
			   void *self, struct dbs_error *err)
{
	struct listing listing = {take, self};

	return each_file(state_dir, list_one, &listing, err);
}

static enum dbs_rc remove_one(void *self, const char *path,
			      struct dbs_error *err)
{
	size_t *count = self;

	if (unlink(path) && errno != ENOENT)
		return dbs_fail_errno(err, errno, "cannot remove `%s`", path);
	++*count;
	fault_here(FAULT_AGREEMENT_REMOVED);
	return DBS_OK;
}

static enum dbs_rc begin_generation(const char *state_dir,
				    struct dbs_error *err)
{
	OWNED(buf_release) struct buf path = BUF_INIT;
	OWNED(buf_release) struct buf word = BUF_INIT;

	buf_addf(&path, "%s/" FOLDER, state_dir);
	enum dbs_rc rc = file_make_folders(path.data, err);

	buf_addf(&path, "/" GENERATION);
	buf_addf(&word, "%llu-%08x\n", (unsigned long long)time(NULL),
		 clock_jitter(UINT32_MAX));
	return rc ? rc : file_replace(path.data, word.data, word.length, err);
}

enum dbs_rc agreement_forget(const char *state_dir, const char *scope,
			     size_t *count_out, struct dbs_error *err)
{
	OWNED(buf_release) struct buf path = BUF_INIT;

	*count_out = 0;
	if (!scope) {
		enum dbs_rc rc = begin_generation(state_dir, err);

		fault_here(FAULT_AGREEMENT_GENERATION);
		return rc ? rc
			  : each_file(state_dir, remove_one, count_out, err);
	}
	write_path(state_dir, scope, &path);
	return access(path.data, F_OK) ? DBS_OK
				       : remove_one(count_out, path.data, err);
}
