/* workers.c - see workers.h. */
#include "dbsync/base/workers.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/base/thread.h"

#include <string.h>

struct member {
	const struct workers *workers;
	workers_do *work;
	void *item;
	pthread_t thread;
	bool has_thread;
};

static void *run(void *self)
{
	const struct member *member = self;

	member->work(member->item);
	if (member->workers->leave)
		member->workers->leave();
	return NULL;
}

static void note_refused(struct workers *workers, size_t lacking, size_t count,
			 int reason)
{
	char text[128];

	if (!lacking || atomic_exchange(&workers->has_noted, true))
		return;
	talk_note(workers->talk,
		  "only %zu of %zu threads are available (%s): continuing with "
		  "them, but slower",
		  count - lacking, count,
		  strerror_r(reason, text, sizeof(text)));
}

static void start(struct workers *workers, struct member *members, size_t count)
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
	note_refused(workers, lacking, count, reason);
}

void workers_init(struct workers *workers, const struct talk *talk,
		  void (*leave)(void))
{
	*workers = (struct workers){
		.talk = talk,
		.leave = leave,
		.large_rows = GATE_INIT,
	};
}

void workers_run(struct workers *workers, workers_do *work, void *items,
		 size_t count, size_t size)
{
	OWNED(mem_drop) struct member *members = mem_zero(count,
							  sizeof(*members));

	for (size_t i = 0; i < count; i++)
		members[i] = (struct member){
			.workers = workers,
			.work = work,
			.item = (char *)items + i * size,
		};
	start(workers, members, count);
	for (size_t i = 0; i < count; i++)
		if (!members[i].has_thread)
			work(members[i].item);
	for (size_t i = 0; i < count; i++)
		if (members[i].has_thread)
			(void)pthread_join(members[i].thread, NULL);
}
