/*
 * fuzz_option_file.c - any bytes as an option file of MySQL, as a file of
 * variables, and as a URL: read, or refused with a reason.
 */
#include "dbsync/db/dsn.h"

#include "one_file.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(enum dbs_rc rc, const struct dbs_error *err)
{
	if (rc && (rc != err->code || !*err->text))
		abort();
}

static void read_url(const uint8_t *data, size_t size)
{
	struct dsn dsn = {0};
	struct dbs_error err = {0};
	char *text = strndup((const char *)data, size);

	check(dsn_parse(&dsn, text, &err), &err);
	dsn_clear(&dsn);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = one_file("options.cnf", data, size);
	struct dsn dsn = {0};
	struct dbs_error err = {0};
	int found = 0;

	check(dsn_from_option_file(&dsn, path, "group", &err), &err);
	dsn_clear(&dsn);
	dsn = (struct dsn){0};
	err = (struct dbs_error){0};
	check(dsn_from_env_file(&dsn, path, "DB_", &found, &err), &err);
	dsn_clear(&dsn);
	read_url(data, size);
	return 0;
}
