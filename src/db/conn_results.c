/*
 * conn_results.c - see conn_results.h.
 *
 * The library reads results for as long as the server's last status says that
 * there are more, whatever became of the last read: a server that said so and
 * then says nothing that can be read (or is gone) is asked forever, in a loop
 * without a wait.  So a read that fails takes the announcement back.
 *
 * The library lets plugins of databases exchange its table of methods; this one
 * is the library's own, with some of them behind ours.
 */
#include "conn_results.h"

#include <pthread.h>

static struct st_mariadb_methods methods;
static const struct st_mariadb_methods *library;

/* The same for all connections: the first one shows it. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static int settle(MYSQL *mysql, int failed)
{
	/* either means more, to mysql_stmt_more_results */
	if (failed)
		mysql->server_status &= ~(unsigned)(SERVER_MORE_RESULTS_EXIST |
						    SERVER_PS_OUT_PARAMS);
	return failed;
}

static int read_query_result(MYSQL *mysql)
{
	return settle(mysql, library->db_read_query_result(mysql));
}

static int read_stmt_result(MYSQL *mysql)
{
	return settle(mysql, library->db_read_stmt_result(mysql));
}

/* It says of no failure but by the connection's error. */
static void flush_unbuffered(MYSQL_STMT *stmt)
{
	MYSQL *mysql = stmt->mysql;
	const unsigned before = mysql->net.last_errno;

	mysql->net.last_errno = 0;
	library->db_stmt_flush_unbuffered(stmt);
	if (!settle(mysql, mysql->net.last_errno != 0))
		mysql->net.last_errno = before;
}

void conn_results_guard(MYSQL *mysql)
{
	(void)pthread_mutex_lock(&mutex);
	if (!library) {
		library = mysql->methods;
		methods = *library;
		methods.db_read_query_result = read_query_result;
		methods.db_read_stmt_result = read_stmt_result;
		methods.db_stmt_flush_unbuffered = flush_unbuffered;
	}
	(void)pthread_mutex_unlock(&mutex);
	/* another one would be of a plugin, which nobody asked for */
	if (mysql->methods == library)
		mysql->methods = &methods;
}
