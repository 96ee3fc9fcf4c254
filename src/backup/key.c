/* key.c - see key.h. */
#include "dbsync/backup/key.h"

#include "dbsync/base/file.h"
#include "dbsync/base/mem.h"
#include "dbsync/base/open.h"
#include "dbsync/base/own.h"
#include "dbsync/base/owner.h"
#include "dbsync/base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define OF_SERVICE "/var/lib/dbsync"
#define SECRETS "/run/secrets/"
#define WORD "dbsync-key-1 "

enum { DIGITS = 2 * MAC_KEY_BYTES, MOST_BYTES = 64 * 1024, TRIES = 3 };

static const char heading[] =
	"# Keys of dbsync: whoever has them can create backup points that "
	"`dbsync rollback`\n"
	"# trusts.  The first one signs.\n";

void keys_drop(struct keys **keys)
{
	if (!*keys)
		return;
	mem_drop(&(*keys)->path);
	mem_wipe(*keys, sizeof(**keys));
	mem_drop(keys);
}

const struct signing_key *keys_find(const struct keys *keys, const char *id)
{
	for (size_t i = 0; keys && i < keys->count; i++)
		if (!strcmp(keys->items[i].id, id))
			return &keys->items[i];
	return NULL;
}

/* ------------------------------------------------------------------------
 * Where they are
 * --------------------------------------------------------------------- */

static char *join(const char *folder, const char *rest)
{
	struct buf path = BUF_INIT;

	buf_addf(&path, "%s%s", folder, rest);
	return buf_detach(&path);
}

static bool is_absolute(const char *path)
{
	return path && *path == '/';
}

/* NULL: nobody says where this user's files are. */
static char *place(bool *is_named_out)
{
	const char *named = getenv("DBSYNC_KEY_FILE");
	const char *home = file_home();
	const char *state = getenv("XDG_STATE_HOME");

	*is_named_out = named && *named;
	if (*is_named_out)
		return mem_strdup(named);
	if (home && !strcmp(home, OF_SERVICE))
		return mem_strdup(OF_SERVICE "/key");
	if (is_absolute(state))
		return join(state, "/dbsync/key");
	return home ? join(home, "/.local/state/dbsync/key") : NULL;
}

/* ------------------------------------------------------------------------
 * Text
 * --------------------------------------------------------------------- */

static void name_key(struct signing_key *key)
{
	static const char text[] = "dbsync key\n";
	OWNED(mac_drop) struct mac *mac = mac_new(key->bytes);
	unsigned char code[MAC_BYTES];
	OWNED(buf_release) struct buf hex = BUF_INIT;

	mac_add(mac, text, sizeof(text) - 1);
	mac_end(mac, code);
	buf_addhex(&hex, code, KEY_ID / 2);
	memcpy(key->id, hex.data, KEY_ID);
	key->id[KEY_ID] = '\0';
}

static bool parse_key(const char *line, size_t length, struct signing_key *out)
{
	const size_t word = sizeof(WORD) - 1;
	OWNED(buf_wipe) struct buf digits = BUF_INIT;
	OWNED(buf_wipe) struct buf bytes = BUF_INIT;

	if (length != word + DIGITS || memcmp(line, WORD, word) != 0)
		return false;
	buf_add(&digits, line + word, DIGITS);
	if (!text_unhex(&bytes, digits.data) || bytes.length != MAC_KEY_BYTES)
		return false;
	memcpy(out->bytes, bytes.data, MAC_KEY_BYTES);
	name_key(out);
	return true;
}

/* What is wrong with a line is not shown: it may be a secret. */
static enum dbs_rc parse(struct keys *keys, const struct buf *text,
			 struct dbs_error *err)
{
	size_t line = 0;

	for (size_t at = 0; at < text->length;) {
		const char *from = text->data + at;
		const size_t length = strcspn(from, "\n");
		struct signing_key key = {{0}, ""};

		at += length + 1;
		line++;
		if (!length || *from == '#')
			continue;
		if (!parse_key(from, length, &key))
			return dbs_fail(err, DBS_E_FORMAT,
					"line %zu is not a key of dbsync",
					line);
		if (keys->count == KEY_MOST)
			return dbs_fail(err, DBS_E_FORMAT,
					"it has more than %d keys",
					(int)KEY_MOST);
		if (!keys_find(keys, key.id))
			keys->items[keys->count++] = key;
		mem_wipe(&key, sizeof(key));
	}
	return DBS_OK;
}

void keys_write(const struct keys *keys, struct buf *out)
{
	/* it is wiped by the caller: nothing of it may stay where it grew */
	buf_reserve(out, sizeof(heading) +
				 keys->count * (sizeof(WORD) + DIGITS + 1));
	buf_adds(out, heading);
	for (size_t i = 0; i < keys->count; i++) {
		buf_adds(out, WORD);
		buf_addhex(out, keys->items[i].bytes, MAC_KEY_BYTES);
		buf_addc(out, '\n');
	}
}

/* ------------------------------------------------------------------------
 * The file
 * --------------------------------------------------------------------- */

static enum dbs_rc read_all(int fd, struct buf *out, struct dbs_error *err)
{
	char block[1024];
	ssize_t count = 0;

	/* where it grew nothing is to be left */
	buf_reserve(out, MOST_BYTES + sizeof(block));
	while (out->length <= MOST_BYTES &&
	       (count = read(fd, block, sizeof(block))) > 0)
		buf_add(out, block, (size_t)count);
	mem_wipe(block, sizeof(block));
	if (count < 0)
		return dbs_fail_errno(err, errno, "cannot read it");
	return out->length > MOST_BYTES
		       ? dbs_fail(err, DBS_E_FORMAT,
				  "it is larger than %d bytes", (int)MOST_BYTES)
		       : DBS_OK;
}

/*
 * Whether a container was given it, so that no chmod in there helps: it is
 * somebody else's, or a link into the ..data of a volume, or where Docker puts
 * secrets.
 */
static bool is_given(const char *path, const struct stat *info)
{
	struct stat named;

	return info->st_uid != geteuid() ||
	       !strncmp(path, SECRETS, sizeof(SECRETS) - 1) ||
	       (!lstat(path, &named) && S_ISLNK(named.st_mode));
}

/*
 * "its mode is 0444, and its owner root: REASON: chmod 600 it", or what else
 * makes it one that this user may read, and nobody else.
 */
static void explain(const char *path, const struct stat *info,
		    const char *reason, struct buf *out)
{
	buf_addf(out, "its mode is %04o, and its owner ",
		 (unsigned)info->st_mode & 07777);
	owner_name(info->st_uid, out);
	buf_addf(out, ": %s: ", reason);
	if (info->st_uid != geteuid()) {
		buf_adds(out, "chown ");
		owner_name(geteuid(), out);
		buf_adds(out, " and ");
	}
	buf_adds(out, "chmod 600 it");
	if (is_given(path, info))
		buf_addf(out,
			 "; a secret of Docker takes mode: 0400 and uid: "
			 "\"%u\", one of Kubernetes defaultMode: 0400 and "
			 "fsGroup: %u",
			 (unsigned)geteuid(), (unsigned)getegid());
}

static enum dbs_rc check_owner(const char *path, int fd, struct dbs_error *err)
{
	OWNED(buf_release) struct buf text = BUF_INIT;
	struct stat info;

	if (fstat(fd, &info))
		return dbs_fail_errno(err, errno, "cannot read it");
	/* who can read it can sign */
	const char *reason = owner_doubt_of_secret(&info);

	if (!reason)
		return DBS_OK;
	explain(path, &info, reason, &text);
	return dbs_fail(err, DBS_E_REFUSED, "%s", text.data);
}

static enum dbs_rc read_file(struct keys *keys, int fd, struct dbs_error *err)
{
	OWNED(buf_wipe) struct buf text = BUF_INIT;
	enum dbs_rc rc = check_owner(keys->path, fd, err);

	if (rc)
		return rc;
	rc = read_all(fd, &text, err);
	if (!rc)
		rc = parse(keys, &text, err);
	if (!rc && !keys->count)
		return dbs_fail(err, DBS_E_FORMAT, "it has no key");
	return rc;
}

static void explain_denial(const char *path, struct dbs_error *err)
{
	OWNED(buf_release) struct buf text = BUF_INIT;
	struct stat info;

	if (err->sys_errno != EACCES || stat(path, &info))
		return;
	explain(path, &info, "this user may not read it", &text);
	(void)dbs_fail_errno(err, EACCES, "%s", text.data);
}

/* *found_out false: there is no such file, or it is out of reach (rc). */
static enum dbs_rc load(struct keys *keys, bool *found_out,
			struct dbs_error *err)
{
	OWNED(open_drop) int fd = -1;
	enum dbs_rc rc = open_to_read(keys->path, OPEN_FILE, &fd, NULL, err);

	*found_out = fd >= 0;
	if (rc)
		explain_denial(keys->path, err);
	else if (fd >= 0)
		rc = read_file(keys, fd, err);
	return rc ? dbs_error_context(err, "the key `%s`", keys->path) : DBS_OK;
}

static struct keys *keys_new(bool *is_named_out)
{
	struct keys *keys = mem_zero(1, sizeof(*keys));

	keys->path = place(is_named_out);
	return keys;
}

/*
 * A file that nobody named, and that this user has no way to: then there is no
 * key.  HOME may well be that of somebody else (a container, sudo -E).
 */
static bool is_lack(const struct dbs_error *err)
{
	return err->code == DBS_E_IO &&
	       (err->sys_errno == EACCES || err->sys_errno == EPERM ||
		err->sys_errno == EROFS || err->sys_errno == ENOENT ||
		err->sys_errno == ENOTDIR);
}

static void note_lack(struct keys *keys, struct dbs_error *err)
{
	(void)snprintf(keys->lack, sizeof(keys->lack), "%s", err->text);
	dbs_error_clear(err);
}

enum dbs_rc keys_load(struct keys **out, struct dbs_error *err)
{
	bool is_named = false;
	bool is_there = false;
	OWNED(keys_drop) struct keys *keys = keys_new(&is_named);
	enum dbs_rc rc = keys->path ? load(keys, &is_there, err) : DBS_OK;

	if (rc && !is_there && !is_named && is_lack(err)) {
		note_lack(keys, err);
		rc = DBS_OK;
	}
	if (!rc)
		*out = own_take(&keys);
	return rc;
}

/* is_new: one that is there stays, and is DBS_E_IO with EEXIST. */
static enum dbs_rc save(const struct keys *keys, bool is_new,
			struct dbs_error *err)
{
	OWNED(buf_wipe) struct buf text = BUF_INIT;
	OWNED(file_draft_drop) struct file_draft draft = FILE_DRAFT_INIT;
	OWNED(mem_drop) char *folder = mem_strdup(keys->path);
	enum dbs_rc rc = file_make_folders(dirname(folder), err);

	keys_write(keys, &text);
	if (!rc)
		rc = file_draft_open(&draft, keys->path, err);
	if (!rc)
		rc = file_draft_write(&draft, text.data, text.length, err);
	if (!rc)
		rc = file_draft_sync(&draft, err);
	return rc ? rc : file_draft_keep(&draft, is_new, err);
}

static enum dbs_rc make_first(struct keys *keys, struct dbs_error *err)
{
	bool is_there = false;

	if (!mac_random(keys->items[0].bytes))
		return dbs_fail_errno(err, errno, "cannot make a key");
	name_key(&keys->items[0]);
	keys->count = 1;
	enum dbs_rc rc = save(keys, true, err);

	if (!rc)
		return DBS_OK;
	keys->count = 0;
	mem_wipe(keys->items[0].bytes, sizeof(keys->items[0].bytes));
	if (rc != DBS_E_IO || err->sys_errno != EEXIST)
		return rc;
	/* another run was a moment earlier */
	dbs_error_clear(err);
	return load(keys, &is_there, err);
}

enum dbs_rc keys_make(struct keys **out, struct dbs_error *err)
{
	bool is_named = false;
	bool is_there = false;
	OWNED(keys_drop) struct keys *keys = keys_new(&is_named);
	enum dbs_rc rc = keys->path ? load(keys, &is_there, err) : DBS_OK;

	if (!keys->path)
		(void)snprintf(keys->lack, sizeof(keys->lack),
			       "HOME names no existing folder");
	if (!rc && keys->path && !is_there)
		rc = make_first(keys, err);
	if (rc && !is_there && !is_named && is_lack(err)) {
		note_lack(keys, err);
		rc = DBS_OK;
	}
	if (!rc)
		*out = own_take(&keys);
	return rc;
}

/* ------------------------------------------------------------------------
 * Those of another
 * --------------------------------------------------------------------- */

static enum dbs_rc no_place(struct dbs_error *err)
{
	return dbs_fail(err, DBS_E_IO,
			"there is no place for a key: HOME names no existing "
			"folder; set DBSYNC_KEY_FILE");
}

/* Behind those that are new, in their order. */
static enum dbs_rc add_known(struct keys *keys, const struct keys *known,
			     struct dbs_error *err)
{
	for (size_t i = 0; i < known->count; i++) {
		if (keys_find(keys, known->items[i].id))
			continue;
		if (keys->count == KEY_MOST)
			return dbs_fail(err, DBS_E_FORMAT,
					"it has more than %d keys",
					(int)KEY_MOST);
		keys->items[keys->count++] = known->items[i];
	}
	return DBS_OK;
}

/*
 * Locks the file that has the name now; -1: there is none.  Who waits for a lock
 * gets that of a file which was replaced meanwhile, so the name is looked up
 * again.  Only imports replace files: a first use makes one where there is none.
 * (Where locks are not available, as on some file systems, imports are by
 * themselves what they were.)
 */
static int hold(const char *path)
{
	struct stat held;
	struct stat named;

	for (;;) {
		OWNED(open_drop) int fd = open(path, O_RDONLY | O_CLOEXEC |
							     O_NONBLOCK);

		if (fd < 0)
			return -1;
		while (flock(fd, LOCK_EX) && errno == EINTR)
			;
		if (fstat(fd, &held) || stat(path, &named) ||
		    held.st_dev != named.st_dev || held.st_ino != named.st_ino)
			continue;
		const int mine = fd;

		fd = -1;
		return mine;
	}
}

/* DBS_E_IO with EEXIST: a first use was a moment earlier. */
static enum dbs_rc import_once(const struct keys *news, struct keys **out,
			       size_t *added_out, struct dbs_error *err)
{
	bool is_there = false;
	OWNED(keys_drop) struct keys *known = keys_new(&is_there);
	OWNED(keys_drop) struct keys *keys = keys_new(&is_there);
	OWNED(open_drop) int held = hold(known->path);
	enum dbs_rc rc = load(known, &is_there, err);

	if (rc)
		return rc;
	*added_out = 0;
	for (size_t i = 0; i < news->count; i++)
		*added_out += !keys_find(known, news->items[i].id);
	memcpy(keys->items, news->items, sizeof(keys->items));
	keys->count = news->count;
	rc = add_known(keys, known, err);
	if (!rc)
		rc = save(keys, !is_there, err);
	if (!rc)
		*out = own_take(&keys);
	return rc;
}

enum dbs_rc keys_import(const struct buf *text, struct keys **out,
			size_t *added_out, struct dbs_error *err)
{
	bool ignored = false;
	OWNED(keys_drop) struct keys *news = keys_new(&ignored);
	enum dbs_rc rc = parse(news, text, err);

	if (!rc && !news->count)
		rc = dbs_fail(err, DBS_E_FORMAT, "it has no key");
	if (rc)
		return dbs_error_context(err, "the key to import");
	if (!news->path)
		return no_place(err);
	rc = import_once(news, out, added_out, err);
	for (int i = 0; i < TRIES && rc == DBS_E_IO && err->sys_errno == EEXIST;
	     i++) {
		dbs_error_clear(err);
		rc = import_once(news, out, added_out, err);
	}
	return rc;
}
