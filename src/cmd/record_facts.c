/* record_facts.c - what the parts of record.h share. */
#include "record.h"

#include "journal.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/cmd/failure.h"

#include <stdio.h>
#include <string.h>

bool record_is_success(const struct record *record)
{
	return record->status == EXIT_EQUAL ||
	       (record->status == EXIT_DIFFERENT &&
		!strcmp(record->command, "dry-run"));
}

bool record_is_sync(const struct record *record)
{
	return !strcmp(record->command, "incremental") ||
	       !strcmp(record->command, "full-sync") ||
	       !strcmp(record->command, "rollback");
}

/* A URL in the place of a file's name has a password, perhaps. */
void record_note(const struct record *record, const char *part,
		 const struct dbs_error *err)
{
	OWNED(buf_release) struct buf safe = BUF_INIT;
	struct dbs_error masked = *err;

	mask_secrets(&masked);
	text_show(&safe, masked.text, strlen(masked.text), sizeof(masked.text));
	(void)fprintf(stderr, "dbsync: note: %s: %s\n", part, safe.data);
	journal_text(record->journal, JOURNAL_WARNING, part, masked.text);
}
