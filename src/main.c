/*
 * dbsync - makes one MySQL/MariaDB database equal another.
 *
 * The map of the program: folders of src/, each using only those before it.
 *
 *	base	errors, memory, text, time, cancelling, fault points, files, zstd;
 *		the sides by number (side), threads for many items (workers)
 *	db	one server: where it is (dsn), speaking to it (conn), several
 *		connections that see one moment (snapshot)
 *	schema	what a database consists of (model, relations), read from a
 *		server (load)
 *	data	what tables hold:
 *		pair	two tables: columns, identity, order, what digests mean
 *		projection, range, tile   the SQL, and the pieces to read
 *		row, value		  packets, and what is in them
 *		compare_*		  where do two sides differ in a range?
 *		job, crew, walk, views	  all tables, with several workers, in
 *					  which moments
 *		strip			  where in its keys a table differs
 *		values, recorder, change_file
 *					  differences, kept until written
 *		image, literal, row_sql	  values as SQL text
 *	binlog	what the binary log of a server has:
 *		place, event	where in it, and one event
 *		log_reader	events from a place on, unpacked and checked
 *		table_map, row_event, log_value   rows out of events
 *		log_book, log_table		  and the tables that they are of
 *		log_flow	transactions out of events
 *		log_touch	which tables a log names since a place
 *		log_tail	transactions as they are logged, on and on
 *	plan	what is to be done, in order, and the guards against it
 *	backup	backup points: manifest, writer, reader, catalogue; whose they
 *		are (key, seal), and may they be run (vet)
 *	apply	the only writer to a target: survey, target_lock, pump, writer,
 *		look, serial, exchange; window, which follow writes; undo, which
 *		makes a plan of a backup point
 *	run	what a command does, for whoever asks, several at once; it prints
 *		nothing and asks its audience alone:
 *		*_job			  verify, incremental and dry-run, full-sync,
 *					  rollback; what they share is run_base
 *		sync_run, full_write	  from a plan to a changed target
 *		state, interrupted	  which runs there were, what they left
 *		by_log, agreement	  tables that need not be read
 *		changes_job		  the stream of changes of a server
 *		follow_job, follow_session, follow_window
 *					  a target that stays equal
 *	serve	jobs that one process has for months: when they are due (cron),
 *		their threads (service, activity), what is known of them (board,
 *		job, status, metrics), and HTTP (http, routes)
 *	cmd	commands, options, reports, progress, signals
 *
 * The way of `dbsync verify`: cmd_main (main_command.c) → run (verify.c) →
 * verify_job_run → walk_run (walk.c) → crew_run → job_compare → compare_stream;
 * then back to verify.c, which prints walk_findings.
 *
 * The way of `dbsync incremental` (sync.c): sync_job_run → walk_run, which records
 * changes → plan_make → sync_run_write (sync_run.c): backup_write, then apply_run
 * (apply.c) → writer_apply → walk_again → result_print.  `dbsync rollback`
 * (rollback.c, undo_job.c) puts undo_collect in place of the walk.
 *
 * The way of `dbsync follow` (follow.c): follow_job_run → sync_job_run, then again and
 * again follow_session_step (follow_window.c) → log_tail_wait → follow_view →
 * touched_compare → window_write (window.c) → exchange_once.
 */
#include "dbsync/base/child.h"
#include "dbsync/cmd/command.h"

#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

/*
 * Large rows come and go.  By itself glibc would keep their memory, for each
 * thread, once the first of up to 32 MiB was freed.
 */
static void give_large_blocks_back(void)
{
#ifdef M_MMAP_THRESHOLD
	enum { LARGE = 1024 * 1024 };

	(void)mallopt(M_MMAP_THRESHOLD, LARGE);
#endif
}

/*
 * Where it is to trust nobody, libmariadb has OpenSSL read all CAs of the system,
 * with each connection: 15 ms of the processor, more than all else of a small run.
 * Where it is to trust somebody, it is always told whom (set_tls in db/conn.c).
 * So what the user has set is for commands of the user's alone.
 */
static void read_no_cas_in_vain(void)
{
	child_set_ours("SSL_CERT_FILE", "/dev/null");
}

/* Where one of these is closed, what is opened next would be written to. */
static void open_standard(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)!open("/dev/null", O_RDWR);
}

int main(int argc, char **argv)
{
	open_standard();
	give_large_blocks_back();
	read_no_cas_in_vain();
	return cmd_main(argc, argv);
}
