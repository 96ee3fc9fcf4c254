/* write_rows.c - see write_rows.h. */
#include "write_rows.h"

const char *const binlog_words[] = {"on", "off", NULL};

/* Without those that --allow-unsafe and --allow-unproven are about. */
const char *const allow_words[] = {
	"read-only",         "replica",     "triggers",   "cascade",
	"non-transactional", "no-key",      "versioned",  "where",
	"foreign-data",      "definers",    "privileges", "empty-source",
	"delete-percent",    "max-changes", NULL};
const char *const unsafe_words[] = {"all",
				    "drop-column",
				    "drop-partition",
				    "narrow",
				    "sign",
				    "type",
				    "charset",
				    "collation",
				    "enum-reorder",
				    "not-null",
				    "unique-on-duplicates",
				    "check",
				    "engine",
				    "generated",
				    "srid",
				    NULL};

enum dbs_rc write_options_check(const struct write_options *options,
				struct dbs_error *err)
{
	const char *words[GUARD_KINDS];

	for (int i = 0; i < GUARD_KINDS; i++)
		words[i] = guard_word((enum guard_kind)i);
	enum dbs_rc rc = options_check_words("allow", &options->allow, words,
					     GUARD_KINDS, err);

	if (rc)
		return rc;
	if (options->no_backup && !options->yes)
		return dbs_fail(err, DBS_E_REFUSED,
				"without a backup point nothing can be undone: "
				"--no-backup needs --yes");
	return DBS_OK;
}

enum dbs_rc shape_options_check(const struct shape_options *options,
				struct dbs_error *err)
{
	const char *words[HAZARD_KINDS];

	words[0] = "all";
	for (int i = 1; i < HAZARD_KINDS; i++)
		words[i] = hazard_word((enum hazard)i);
	return options_check_words("allow-unsafe", &options->allow_unsafe,
				   words, HAZARD_KINDS, err);
}
