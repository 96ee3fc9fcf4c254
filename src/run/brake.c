/* brake.c - see brake.h. */
#include "dbsync/run/brake.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void brake_options_defaults(struct brake_options *options)
{
	*options = (struct brake_options){
		.replicas = VEC_INIT(char *),
		.max_load = VEC_INIT(char *),
	};
}

static const char *word_at(const struct vec *words, size_t i)
{
	return *(const char *const *)vec_at(words, i);
}

/* ------------------------------------------------------------------------
 * What the options say
 * --------------------------------------------------------------------- */

static bool is_variable(const char *name, size_t length)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_";

	return length && strspn(name, letters) == length;
}

static enum dbs_rc read_load(const char *word, struct watch_load *out,
			     struct dbs_error *err)
{
	const char *sign = strchr(word, '=');
	char *end = NULL;

	errno = 0;
	if (sign)
		out->limit = strtoull(sign + 1, &end, 10);
	if (!sign || !is_variable(word, (size_t)(sign - word)) ||
	    strspn(sign + 1, "0123456789") == 0 || *end || errno)
		return dbs_fail(err, DBS_E_USAGE,
				"--max-load takes VARIABLE=N, such as "
				"Threads_running=50, not `%s`",
				word);
	out->variable = mem_strndup(word, (size_t)(sign - word));
	return DBS_OK;
}

static enum dbs_rc read_loads(struct brake *brake, const struct vec *words,
			      struct dbs_error *err)
{
	brake->loads = mem_zero(words->count + 1, sizeof(*brake->loads));
	brake->wish.loads = brake->loads;
	for (size_t i = 0; i < words->count; i++) {
		enum dbs_rc rc = read_load(word_at(words, i), &brake->loads[i],
					   err);

		if (rc)
			return rc;
		brake->wish.load_count++;
	}
	return DBS_OK;
}

/* No user and no password: what stands here is shown and listed. */
static enum dbs_rc read_replica(const char *word, struct dsn *out,
				struct dbs_error *err)
{
	OWNED(buf_release) struct buf url = BUF_INIT;

	if (strpbrk(word, "@/?"))
		return dbs_fail(err, DBS_E_USAGE,
				"--replicas takes HOST[:PORT]; user and "
				"password are those of the target");
	buf_addf(&url, "mysql://%s", word);
	enum dbs_rc rc = dsn_parse(out, url.data, err);

	return rc ? dbs_error_context(err, "--replicas: `%s`", word) : rc;
}

static enum dbs_rc read_replicas(struct brake *brake, const struct vec *words,
				 struct dbs_error *err)
{
	brake->replicas = mem_zero(words->count + 1, sizeof(*brake->replicas));
	brake->setups = mem_zero(words->count + 1, sizeof(*brake->setups));
	brake->wish.replicas = brake->setups;
	for (size_t i = 0; i < words->count; i++) {
		enum dbs_rc rc = read_replica(word_at(words, i),
					      &brake->replicas[i], err);

		if (rc)
			return rc;
		brake->wish.replica_count++;
	}
	return DBS_OK;
}

static enum dbs_rc check(const struct brake_options *options,
			 struct dbs_error *err)
{
	if (options->max_lag_s && !options->replicas.count)
		return dbs_fail(err, DBS_E_USAGE,
				"--max-lag requires --replicas: which servers "
				"should be checked?");
	if (options->replicas.count && !options->max_lag_s)
		return dbs_fail(err, DBS_E_USAGE,
				"--replicas requires --max-lag: by how much "
				"may they lag?");
	return DBS_OK;
}

/*
 * By so much more than who started us: else this would take back what `nice` has
 * given to others.  Threads that are made from here on are as nice.
 */
static enum dbs_rc be_nice(unsigned by, struct dbs_error *err)
{
	errno = 0;
	if (nice((int)by) != -1 || !errno)
		return DBS_OK;
	return dbs_fail_errno(err, errno, "--nice %u", by);
}

static bool has_to_look(const struct watch_wish *wish)
{
	return wish->pause_file || wish->load_count || wish->replica_count;
}

enum dbs_rc brake_open(const struct brake_options *options,
		       const struct audience *audience, struct brake *out,
		       struct dbs_error *err)
{
	*out = (struct brake){.audience = audience};
	out->wish.max_lag_s = options->max_lag_s;
	out->wish.pause_file = options->pause_file;
	enum dbs_rc rc = check(options, err);

	if (!rc)
		rc = read_loads(out, &options->max_load, err);
	if (!rc)
		rc = read_replicas(out, &options->replicas, err);
	if (!rc)
		rc = be_nice(options->nice, err);
	if (rc)
		return rc;
	if (options->rate_kb || has_to_look(&out->wish))
		out->throttle = throttle_new((uint64_t)options->rate_kb * 1000);
	audience_waits(audience, out->throttle);
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * Looking
 * --------------------------------------------------------------------- */

static void add_side(struct brake *brake, const struct conn_setup *setup)
{
	brake->sides[brake->wish.side_count++] = *setup;
}

static enum dbs_rc set_up_replica(struct brake *brake, size_t number,
				  const struct conn_setup *target,
				  struct dbs_error *err)
{
	struct dsn *dsn = &brake->replicas[number];

	dsn_lend(dsn, target->dsn);
	brake->setups[number] = *target;
	brake->setups[number].dsn = dsn;
	return dsn_complete(dsn, err);
}

enum dbs_rc brake_watch(struct brake *brake, const struct conn_setup *source,
			const struct conn_setup *target, struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	if (!has_to_look(&brake->wish))
		return DBS_OK;
	if (source)
		add_side(brake, source);
	add_side(brake, target);
	for (size_t i = 0; i < brake->wish.replica_count && !rc; i++)
		rc = set_up_replica(brake, i, target, err);
	if (rc)
		return rc;
	brake->wish.throttle = brake->throttle;
	brake->wish.talk = target->talk;
	brake->wish.sides = brake->sides;
	return watch_begin(&brake->wish, &brake->watch, err);
}

void brake_quiet(struct brake *brake)
{
	watch_end(&brake->watch);
	audience_waits(brake->audience, NULL);
	brake->audience = NULL;
}

void brake_release(struct brake *brake)
{
	brake_quiet(brake);
	throttle_drop(&brake->throttle);
	for (size_t i = 0; i < brake->wish.load_count; i++)
		mem_drop(&brake->loads[i].variable);
	for (size_t i = 0; i < brake->wish.replica_count; i++)
		dsn_clear(&brake->replicas[i]);
	mem_drop(&brake->loads);
	mem_drop(&brake->replicas);
	mem_drop(&brake->setups);
}
