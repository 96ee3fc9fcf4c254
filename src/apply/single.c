/* single.c - see single.h. */
#include "single.h"

#include "dbsync/base/own.h"

enum { MOST_REFUSED = 1000 };

bool single_may_help(enum dbs_rc rc, const struct dbs_error *err)
{
	static const unsigned numbers[] = {
		0 /* ours */,
		1048 /* NULL */,
		1264 /* range */,
		1265 /* cut */,
		1292 /* wrong value */,
		1364 /* no default */,
		1366 /* wrong text */,
		1406 /* too long */,
		1411 /* no date */,
		1416 /* no geometry */,
		1644 /* SIGNAL of a trigger */,
		1690 /* range */,
		3140 /* JSON */,
		3819 /* CHECK of MySQL */,
		4025 /* CHECK of MariaDB */,
	};

	if (rc == DBS_E_LIMIT)
		return true;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		if (rc == DBS_E_SERVER && err->server_errno == numbers[i])
			return true;
	return false;
}

static bool is_hopeless(const struct table_result *result)
{
	return result->refused > MOST_REFUSED &&
	       !result->written[CHANGE_INSERT] &&
	       !result->written[CHANGE_UPDATE] &&
	       !result->written[CHANGE_DELETE];
}

enum dbs_rc single_run(const struct batch *batch,
		       enum dbs_rc (*take)(void *self, struct batch *batch,
					   struct dbs_error *err),
		       void *self, struct table_result *result,
		       struct dbs_error *err)
{
	OWNED(batch_release) struct batch one;
	enum dbs_rc rc = DBS_OK;

	batch_init(&one, batch->table);
	for (size_t i = 0; i < batch->rows.count && !rc; i++) {
		const struct change_record record = batch_record(batch, i);

		batch_clear(&one);
		batch_add_key(&one, &record, batch_key(batch, i));
		one.checks_inserts = true;
		dbs_error_clear(err);
		rc = take(self, &one, err);
		if (!single_may_help(rc, err))
			continue;
		if (!result->refused++)
			result->refusal = *err;
		rc = is_hopeless(result) ? rc : DBS_OK;
	}
	if (!rc)
		dbs_error_clear(err);
	return rc;
}
