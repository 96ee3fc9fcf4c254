/*
 * structures.c - see structures.h.
 *
 * Each table is one question to each server, and the answer is worth nothing
 * but its time on the way.  So all links of the walk ask at once, each for the
 * next table of a list, and each with an arena of its own.
 */
#include "structures.h"

#include "dbsync/schema/structure.h"

#include <stdatomic.h>

struct task {
	struct structure_wish wish;
	struct finding *finding;
};

struct team {
	struct inventory *inventory;
	const struct task *tasks;
	size_t count;
	atomic_size_t next;
	atomic_bool is_stopped;
};

struct reader {
	struct team *team;
	const struct link *link;
	struct arena *arena;
	struct dbs_error error; /* code DBS_OK: none */
};

static enum dbs_rc read_one(struct reader *reader,
			    struct structure_reader *from,
			    const struct task *task, struct dbs_error *err)
{
	struct structure *structure = arena_alloc(reader->arena,
						  sizeof(*structure));
	enum dbs_rc rc = cancel_check(reader->team->inventory->request->cancel,
				      err);

	if (!rc)
		rc = structure_read(from, &task->wish, structure, err);
	if (!rc)
		task->finding->structure = structure;
	return rc;
}

static enum dbs_rc read_all(struct reader *reader, struct dbs_error *err)
{
	struct team *team = reader->team;
	struct structure_reader *from = NULL;
	enum dbs_rc rc = structure_reader_new(reader->link->conn[SOURCE],
					      reader->link->conn[TARGET],
					      reader->arena, &from, err);

	while (!rc && !atomic_load(&team->is_stopped)) {
		const size_t next = atomic_fetch_add(&team->next, 1);

		if (next >= team->count)
			break;
		rc = read_one(reader, from, &team->tasks[next], err);
	}
	return rc;
}

static void work(void *self)
{
	struct reader *reader = self;
	struct dbs_error err = {0};

	if (read_all(reader, &err)) {
		reader->error = err;
		atomic_store(&reader->team->is_stopped, true);
	}
}

static enum dbs_rc run(struct inventory *inventory, const struct links *links,
		       const struct vec *tasks, struct dbs_error *err)
{
	struct team team = {
		.inventory = inventory,
		.tasks = tasks->items,
		.count = tasks->count,
	};
	const size_t count = tasks->count < links->count ? tasks->count
							 : links->count;
	struct reader *readers = mem_zero(count + 1, sizeof(*readers));
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < count; i++)
		readers[i] = (struct reader){
			.team = &team,
			.link = &links->items[i],
			.arena = inventory_new_arena(inventory),
		};
	workers_run(inventory->request->workers, work, readers, count,
		    sizeof(*readers));
	for (size_t i = 0; i < count && !rc; i++)
		if (readers[i].error.code) {
			*err = readers[i].error;
			rc = err->code;
		}
	mem_drop(&readers);
	return rc;
}

static void add_task(struct vec *tasks, const struct structure_wish *wish,
		     struct finding *finding)
{
	*(struct task *)vec_push(tasks) = (struct task){*wish, finding};
}

enum dbs_rc structures_of_jobs(struct inventory *inventory,
			       const struct links *links, struct dbs_error *err)
{
	struct vec tasks = VEC_INIT(struct task);

	for (size_t i = 0; i < inventory->jobs.count; i++) {
		struct job *job = *(struct job **)vec_at(&inventory->jobs, i);
		const struct pair *pair = job->subject.pair;
		const struct structure_wish wish = {
			.database[SOURCE] = pair->database[SOURCE],
			.database[TARGET] = pair->database[TARGET],
			.table[SOURCE] = pair->table[SOURCE]->name,
			.table[TARGET] = pair->table[TARGET]->name,
			.renames = &pair->renames,
		};

		add_task(&tasks, &wish, &job->finding);
	}
	enum dbs_rc rc = run(inventory, links, &tasks, err);

	vec_release(&tasks);
	return rc;
}

enum dbs_rc structures_of_missing(struct inventory *inventory,
				  const struct links *links,
				  struct dbs_error *err)
{
	struct vec tasks = VEC_INIT(struct task);

	for (size_t i = 0; i < inventory->findings.count; i++) {
		struct finding *finding = vec_at(&inventory->findings, i);
		const bool is_new = finding->verdict ==
				    VERDICT_MISSING_ON_TARGET;
		const struct structure_wish wish = {
			.database[SOURCE] = finding->database[SOURCE],
			.database[TARGET] = finding->database[TARGET],
			.table[SOURCE] = is_new ? finding->table : NULL,
			.table[TARGET] = is_new ? NULL : finding->table,
		};

		if (is_new || finding->verdict == VERDICT_MISSING_ON_SOURCE)
			add_task(&tasks, &wish, finding);
	}
	enum dbs_rc rc = run(inventory, links, &tasks, err);

	vec_release(&tasks);
	return rc;
}

uint64_t finding_rows(const struct finding *finding, enum side side)
{
	return finding->rows.seen[side] + finding->rows_unread;
}

const char *finding_target_name(const struct finding *finding)
{
	if (finding->structure && finding->structure->name)
		return finding->structure->name;
	return finding->subject ? finding->subject->pair->table[TARGET]->name
				: finding->table;
}

void structure_judge(struct finding *finding, struct arena *arena)
{
	const struct structure *structure = finding->structure;

	if (!structure || finding->verdict != VERDICT_EQUAL)
		return;
	if (structure->unknown) {
		finding->verdict = VERDICT_INCOMPLETE;
		finding->lacks_structure = true;
		finding->skipped = arena_printf(arena, "its structure: %s",
						structure->unknown);
	} else if (structure_differs(structure)) {
		finding->verdict = VERDICT_DIFFERENT;
	}
}
