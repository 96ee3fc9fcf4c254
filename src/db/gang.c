/* gang.c - see gang.h. */
#include "dbsync/db/gang.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/base/thread.h"
#include "dbsync/db/conn.h"

#include <stdatomic.h>
#include <string.h>

struct member {
	gang_work *work;
	void *item;
	pthread_t thread;
	bool has_thread;
};

/* Of the whole process: it is what is limited. */
static atomic_bool was_said;

static void *run(void *self)
{
	const struct member *member = self;

	member->work(member->item);
	conn_thread_end();
	return NULL;
}

static void say_refused(const struct talk *talk, size_t lacking, size_t count,
			int reason)
{
	char text[128];

	if (!lacking || !talk || atomic_exchange(&was_said, true))
		return;
	talk_note(talk,
		  "only %zu of %zu threads are to be had (%s): going on with "
		  "them, more slowly",
		  count - lacking, count,
		  strerror_r(reason, text, sizeof(text)));
}

static void start(struct member *members, size_t count, const struct talk *talk)
{
	size_t lacking = 0;
	int reason = 0;

	for (size_t i = 1; i < count; i++) {
		const int refused = thread_try(&members[i].thread, run,
					       &members[i]);

		members[i].has_thread = !refused;
		lacking += refused != 0;
		reason = refused ? refused : reason;
	}
	say_refused(talk, lacking, count, reason);
}

void gang_run(gang_work *work, void *items, size_t count, size_t size,
	      const struct talk *talk)
{
	OWNED(mem_drop) struct member *members = mem_zero(count,
							  sizeof(*members));

	for (size_t i = 0; i < count; i++)
		members[i] = (struct member){
			.work = work,
			.item = (char *)items + i * size,
		};
	start(members, count, talk);
	for (size_t i = 0; i < count; i++)
		if (!members[i].has_thread)
			work(members[i].item);
	for (size_t i = 0; i < count; i++)
		if (members[i].has_thread)
			(void)pthread_join(members[i].thread, NULL);
}
