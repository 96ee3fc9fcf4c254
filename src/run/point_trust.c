/* point_trust.c - see point_trust.h. */
#include "dbsync/run/point_trust.h"

#include "dbsync/base/own.h"

static enum dbs_rc refuse_stranger(const struct backup_reader *reader,
				   enum backup_trust trust,
				   struct dbs_error *err)
{
	const char *path = backup_path(reader);

	if (trust == BACKUP_LOST)
		return backup_lost(reader, err);
	if (trust == BACKUP_UNSIGNED)
		return dbs_fail(err, DBS_E_REFUSED,
				"`%s` has no MAC: an older dbsync wrote it, or "
				"one without a key, or somebody else; "
				"--trust-file accepts it (dbsync backups show "
				"shows what it would run)",
				path);
	return dbs_fail(err, DBS_E_REFUSED,
			"`%s` has a MAC by the key %s, which is not this "
			"installation's: dbsync key import adds that key, "
			"--trust-file accepts only this file (dbsync backups "
			"show shows what it would run)",
			path, backup_key_id(reader));
}

enum dbs_rc point_trust(const struct backup_reader *reader,
			const struct point_trust_wish *wish,
			struct dbs_error *err)
{
	OWNED(keys_drop) struct keys *keys = NULL;
	enum backup_trust whose = BACKUP_UNSIGNED;
	enum dbs_rc rc = backup_check_owner(reader, err);

	if (!rc)
		rc = keys_load(&keys, err);
	if (!rc && *keys->lack)
		talk_note(wish->talk, "%s", keys->lack);
	if (!rc)
		rc = backup_judge(reader, keys, &whose, err);
	if (!rc && whose != BACKUP_OURS && !wish->takes_unsigned)
		rc = refuse_stranger(reader, whose, err);
	if (!rc && whose != BACKUP_OURS)
		audience_trusts(wish->audience, backup_manifest(reader));
	return rc ? rc : backup_vet(backup_manifest(reader), err);
}
