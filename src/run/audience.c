/* audience.c - see audience.h. */
#include "dbsync/run/audience.h"

void audience_walks(const struct audience *audience, const struct walk *walk)
{
	if (audience && audience->walks)
		audience->walks(audience->self, walk);
}

void audience_writes(const struct audience *audience, const char *words,
		     const struct meter *meter, uint64_t total)
{
	if (audience && audience->writes)
		audience->writes(audience->self, words, meter, total);
}

void audience_waits(const struct audience *audience, struct throttle *throttle)
{
	if (audience && audience->waits)
		audience->waits(audience->self, throttle);
}

void audience_sees(const struct audience *audience, const struct sync_run *run)
{
	if (audience && audience->sees)
		audience->sees(audience->self, run);
}

bool audience_is_there(const struct audience *audience)
{
	return audience && audience->is_there &&
	       audience->is_there(audience->self);
}

bool audience_agrees(const struct audience *audience,
		     const struct sync_run *run)
{
	return audience && audience->agrees &&
	       audience->agrees(audience->self, run);
}

void audience_trusts(const struct audience *audience,
		     const struct manifest *manifest)
{
	if (audience && audience->trusts)
		audience->trusts(audience->self, manifest);
}

void audience_names_target(const struct audience *audience, bool is_anywhere,
			   struct buf *out)
{
	if (audience && audience->names_target)
		audience->names_target(audience->self, is_anywhere, out);
}
