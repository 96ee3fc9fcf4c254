/* moment.c - see moment.h. */
#include "moment.h"

#include <time.h>

static bool read_time(const char *word, uint64_t *out)
{
	static const char *const forms[] = {
		"%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S",
		"%Y-%m-%dT%H:%MZ",    "%Y-%m-%d %H:%M",    "%Y-%m-%d"};

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		struct tm date = {0};
		const char *end = strptime(word, forms[i], &date);

		if (end && !*end) {
			const time_t when = timegm(&date);

			*out = when > 0 ? (uint64_t)when : 0;
			return true;
		}
	}
	return false;
}

enum dbs_rc moment_read(const char *word, bool *is_time_out, uint64_t *time_out,
			struct log_place *place_out, struct dbs_error *err)
{
	*is_time_out = read_time(word, time_out);
	if (*is_time_out)
		return DBS_OK;
	enum dbs_rc rc = log_place_read(word, place_out, err);

	if (!rc && !*place_out->at.file)
		rc = dbs_fail(err, DBS_E_USAGE,
			      "give FILE:POSITION, not a set of transactions");
	return rc ? dbs_error_context(err, "--until") : DBS_OK;
}
