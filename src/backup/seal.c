/* seal.c - see seal.h. */
#include "seal.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/base/text.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BEFORE_KEY "-- mac {\"key\":\""
#define BEFORE_CODE "\",\"hmac-sha256\":\""
#define BEHIND "\"}\n"
#define HEX "0123456789abcdef"

enum {
	BLOCK = 256 * 1024,
	HEAD = 8,
	TEXT = sizeof(BEFORE_KEY BEFORE_CODE BEHIND) - 1 + KEY_ID +
	       2 * MAC_BYTES,
};

/* As zstd skips it. */
static const unsigned char head[HEAD] = {0x5d, 0x2a, 0x4d, 0x18, TEXT};

/* So that it is no code of anything else. */
static const char purpose[] = "dbsync backup point\n";

static enum dbs_rc code_of(int fd, const char *name,
			   const struct signing_key *key, uint64_t end,
			   unsigned char out[MAC_BYTES], struct dbs_error *err)
{
	OWNED(mac_drop) struct mac *mac = mac_new(key->bytes);
	OWNED(mem_drop) char *block = mem_alloc(BLOCK);
	enum dbs_rc rc = DBS_OK;

	mac_add(mac, purpose, sizeof(purpose) - 1);
	for (uint64_t at = 0; at < end && !rc;) {
		const size_t count = end - at < BLOCK ? (size_t)(end - at)
						      : BLOCK;

		rc = file_read_at(fd, block, count, at, err);
		if (!rc)
			mac_add(mac, block, count);
		at += count;
	}
	if (rc)
		return dbs_error_context(err, "`%s`", name);
	mac_end(mac, out);
	return DBS_OK;
}

enum dbs_rc seal_add(struct file_draft *draft, const struct signing_key *key,
		     struct dbs_error *err)
{
	unsigned char code[MAC_BYTES];
	OWNED(buf_release) struct buf frame = BUF_INIT;
	const off_t end = lseek(draft->fd, 0, SEEK_END);

	if (end < 0)
		return dbs_fail_errno(err, errno, "cannot read `%s`",
				      draft->part);
	enum dbs_rc rc = code_of(draft->fd, draft->part, key, (uint64_t)end,
				 code, err);

	if (rc)
		return rc;
	buf_add(&frame, head, sizeof(head));
	buf_addf(&frame, BEFORE_KEY "%s" BEFORE_CODE, key->id);
	buf_addhex(&frame, code, sizeof(code));
	buf_adds(&frame, BEHIND);
	return file_draft_write(draft, frame.data, frame.length, err);
}

/* Steps over a text that has to stand here. */
static bool take(const char **at, const char *text)
{
	const size_t length = strlen(text);
	const bool is_there = !memcmp(*at, text, length);

	*at += length;
	return is_there;
}

static bool parse(const char *frame, struct seal *out)
{
	const char *at = frame + HEAD;
	OWNED(buf_release) struct buf digits = BUF_INIT;
	OWNED(buf_release) struct buf code = BUF_INIT;

	if (memcmp(frame, head, HEAD) != 0 || !take(&at, BEFORE_KEY))
		return false;
	memcpy(out->key, at, KEY_ID);
	out->key[KEY_ID] = '\0';
	if (strspn(out->key, HEX) != KEY_ID)
		return false;
	at += KEY_ID;
	if (!take(&at, BEFORE_CODE))
		return false;
	buf_add(&digits, at, 2 * (size_t)MAC_BYTES);
	at += 2 * (size_t)MAC_BYTES;
	if (!take(&at, BEHIND) ||
	    strspn(digits.data, HEX) != 2 * (size_t)MAC_BYTES ||
	    !text_unhex(&code, digits.data))
		return false;
	memcpy(out->code, code.data, MAC_BYTES);
	return true;
}

enum dbs_rc seal_read(int fd, const char *name, struct seal *out,
		      bool *found_out, struct dbs_error *err)
{
	char frame[HEAD + TEXT];
	struct stat info;

	*found_out = false;
	if (fstat(fd, &info))
		return dbs_fail_errno(err, errno, "cannot read `%s`", name);
	*out = (struct seal){.end = (uint64_t)info.st_size};
	if (info.st_size < (off_t)sizeof(frame))
		return DBS_OK;
	out->end -= sizeof(frame);
	enum dbs_rc rc = file_read_at(fd, frame, sizeof(frame), out->end, err);

	if (rc)
		return dbs_error_context(err, "`%s`", name);
	*found_out = parse(frame, out);
	return DBS_OK;
}

enum dbs_rc seal_fits(int fd, const char *name, const struct seal *seal,
		      const struct signing_key *key, bool *fits_out,
		      struct dbs_error *err)
{
	unsigned char code[MAC_BYTES];
	enum dbs_rc rc = code_of(fd, name, key, seal->end, code, err);

	*fits_out = !rc && mac_equal(code, seal->code);
	return rc;
}
