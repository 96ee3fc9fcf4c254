/*
 * dbsync - makes one MySQL/MariaDB database equal another.
 *
 * The map of the program: folders of src/, each using only those before it.
 *
 *	base	errors, memory, text, time, cancelling, fault points
 *	db	one server: where it is (dsn), speaking to it (conn), several
 *		connections that see one moment (snapshot)
 *	schema	what a database consists of (model), read from a server (load)
 *	data	what tables hold:
 *		pair	two tables: columns, identity, order, what digests mean
 *		projection, range, tile   the SQL, and the pieces to read
 *		row, value		  packets, and what is in them
 *		compare_*		  where do two sides differ in a range?
 *		job, crew, walk		  all tables, with several workers
 *	cmd	commands, options, reports, progress, signals
 *
 * The way of `dbsync verify`: cmd_main (main_command.c) → run (verify.c) →
 * walk_run (walk.c) → crew_run → job_compare → compare_stream; then back to
 * verify.c, which prints walk_findings.
 */
#include "dbsync/cmd/command.h"

int main(int argc, char **argv)
{
	return cmd_main(argc, argv);
}
