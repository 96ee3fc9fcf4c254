/*
 * pins.c - see pins.h.  docs/session.md has every session variable there is,
 * these and all others, with the reason of each.
 *
 * Some that carry an idea:
 *  - max_sort_length: a key that is sorted as bytes is sorted by all of them.
 *  - sql_mode has ALLOW_INVALID_DATES, so that 2024-02-31, once stored, can be
 *    compared with and written again.
 *  - lc_messages: the answer to a LOAD is a text, and is read.
 *  - what an expression of a column may depend on has its default, so that a
 *    generated value is the same on both sides.
 *
 * old_alter_table is a name of alter_algorithm on MariaDB, a switch on MySQL.
 */
#include "pins.h"

#include "dbsync/db/conn.h"

#include <stdlib.h>
#include <strings.h>

#define MOST "18446744073709551615"

/* clang-format off */
const struct pin pins[] = {
	/* transactions */
	{"autocommit", "1", "1", PIN_MUST},
	{"completion_type", "0", "NO_CHAIN", PIN_MUST},
	{"transaction_isolation", "'REPEATABLE-READ'", "REPEATABLE-READ",
	 PIN_MUST},
	{"tx_isolation", "'REPEATABLE-READ'", "REPEATABLE-READ", PIN_MUST},
	{"transaction_read_only", "0", "0", PIN_MUST},
	{"tx_read_only", "0", "0", PIN_MUST},
	{"innodb_snapshot_isolation", "0", "0", PIN_MUST},
	/* what values are, and become */
	{"sql_mode", "'" CONN_SQL_MODE "'", CONN_SQL_MODE, PIN_MUST},
	{"time_zone", "'+00:00'", "+00:00", PIN_MUST},
	{"character_set_collations", "''", "", PIN_MUST},
	{"default_collation_for_utf8mb4", "utf8mb4_0900_ai_ci",
	 "utf8mb4_0900_ai_ci", PIN_MAY},
	{"group_concat_max_len", "1048576", "1048576", PIN_MUST},
	{"max_sort_length", "16384", "16384", PIN_MUST},
	{"sql_auto_is_null", "0", "0", PIN_MUST},
	{"div_precision_increment", "4", "4", PIN_MUST},
	{"default_week_format", "0", "0", PIN_MUST},
	{"lc_time_names", "'en_US'", "en_US", PIN_MUST},
	{"block_encryption_mode", "'aes-128-ecb'", "aes-128-ecb", PIN_MUST},
	{"default_regex_flags", "''", "", PIN_MUST},
	{"system_versioning_asof", "DEFAULT", "DEFAULT", PIN_MUST},
	{"auto_increment_increment", "1", "1", PIN_MAY},
	{"auto_increment_offset", "1", "1", PIN_MAY},
	{"foreign_key_checks", "1", "1", PIN_MUST},
	{"unique_checks", "1", "1", PIN_MUST},
	{"check_constraint_checks", "1", "1", PIN_MUST},
	{"system_versioning_insert_history", "0", "0", PIN_MUST},
	{"query_cache_type", "0", "OFF", PIN_MUST},
	{"use_secondary_engine", "OFF", "OFF", PIN_MAY},
	{"wsrep_dirty_reads", "0", "0", PIN_MUST},
	/* what is refused, cut short, or given up */
	{"sql_safe_updates", "0", "0", PIN_MUST},
	{"sql_select_limit", MOST, MOST, PIN_MUST},
	{"sql_big_selects", "1", "1", PIN_MUST},
	{"sql_buffer_result", "0", "0", PIN_MUST},
	{"max_statement_time", "0", "0", PIN_MUST},
	{"max_execution_time", "0", "0", PIN_MUST},
	{"net_read_timeout", "3600", "3600", PIN_MUST},
	{"net_write_timeout", "3600", "3600", PIN_MUST},
	{"wait_timeout", "86400", "86400", PIN_MUST},
	{"idle_transaction_timeout", "0", "0", PIN_MUST},
	{"idle_readonly_transaction_timeout", "0", "0", PIN_MUST},
	{"idle_write_transaction_timeout", "0", "0", PIN_MUST},
	{"innodb_lock_wait_timeout", "20", "20", PIN_MUST},
	{"lock_wait_timeout", "60", "60", PIN_MUST},
	/* what is told */
	{"lc_messages", "'en_US'", "en_US", PIN_MUST},
	{"sql_notes", "1", "1", PIN_MUST},
	{"sql_quote_show_create", "1", "1", PIN_MUST},
	{"show_create_table_verbosity", "0", "0", PIN_MUST},
	{"show_create_table_skip_secondary_engine", "0", "0", PIN_MAY},
	{"show_gipk_in_create_table_and_information_schema", "1", "1",
	 PIN_MUST},
	{"show_old_temporals", "0", "0", PIN_MUST},
	{"information_schema_stats_expiry", "0", "0", PIN_MUST},
	{"default_master_connection", "''", "", PIN_MUST},
	/* what a CREATE or an ALTER means */
	{"alter_algorithm", "'DEFAULT'", "DEFAULT", PIN_MUST},
	{"old_alter_table", "0", "0", PIN_MYSQL},
	{"old_mode", "'UTF8_IS_UTF8MB3'", "UTF8_IS_UTF8MB3", PIN_UTF8MB3},
	{"old_mode", "''", "", PIN_NO_UTF8MB3},
	{"sql_if_exists", "0", "0", PIN_MUST},
	{"explicit_defaults_for_timestamp", "1", "1", PIN_MAY},
	{"innodb_strict_mode", "1", "1", PIN_MAY},
	{"innodb_compression_default", "0", "0", PIN_MUST},
	{"innodb_default_encryption_key_id", "1", "1", PIN_MUST},
	{"mhnsw_default_distance", "'euclidean'", "euclidean", PIN_MUST},
	{"mhnsw_default_m", "6", "6", PIN_MUST},
	{"restrict_fk_on_non_standard_key", "0", "0", PIN_MAY},
	{"sql_generate_invisible_primary_key", "0", "0", PIN_MAY},
	{"system_versioning_alter_history", "'ERROR'", "ERROR", PIN_MUST},
	{"wsrep_osu_method", "'TOI'", "TOI", PIN_MUST},
	/* what replicas are told */
	{"sql_log_bin", "1", "1", PIN_MAY},
	{"skip_replication", "0", "0", PIN_MAY},
};
/* clang-format on */

const size_t pin_count = sizeof(pins) / sizeof(*pins);

enum { UTF8MB3_SINCE = 100601 };

bool pin_applies(const struct pin *pin, const struct server *server)
{
	const bool is_mysql = server->family == SERVER_MYSQL;

	switch (pin->rule) {
	case PIN_MYSQL:
		return is_mysql;
	case PIN_UTF8MB3:
		return !is_mysql && server->version >= UTF8MB3_SINCE;
	case PIN_NO_UTF8MB3:
		return !is_mysql && server->version < UTF8MB3_SINCE;
	case PIN_MUST:
	case PIN_MAY:
		break;
	}
	return true;
}

static const char *without_words(const char *value)
{
	if (!strcasecmp(value, "ON") || !strcasecmp(value, "YES"))
		return "1";
	return !strcasecmp(value, "OFF") ? "0" : value;
}

bool pin_holds(const struct pin *pin, const char *is)
{
	if (!is)
		return false;
	const char *a = without_words(is);
	const char *b = without_words(pin->expected);
	char *end_a;
	char *end_b;

	if (!strcasecmp(a, b))
		return true;
	/* 0.000000 */
	const double x = strtod(a, &end_a);
	const double y = strtod(b, &end_b);

	return *a && *b && !*end_a && !*end_b && x <= y && x >= y;
}

/*
 * Versions within one statement: elsewhere none of it would be left.
 *
 * A client looks for the ends of names in its own character set, in which a
 * backquote may be half a character (gbk, gb18030, big5, sjis, cp932): what the
 * next name holds would be commands to it.  SET NAMES does not change that, its
 * command \C does, also within such a comment, which is none to any server.
 */
void pins_script(struct buf *out, const char *sql_mode)
{
	buf_addf(out,
		 "SET NAMES utf8mb4 /*!999999\\C utf8mb4 */;\n"
		 "SET SESSION sql_mode = '%s', time_zone = '+00:00', "
		 "foreign_key_checks = 0, unique_checks = 1, autocommit = 1, "
		 "completion_type = 0, sql_safe_updates = 0, "
		 "sql_select_limit = " MOST ", sql_big_selects = 1, "
		 "div_precision_increment = 4, default_week_format = 0, "
		 "/*M!100104 innodb_compression_default = 0, "
		 "innodb_default_encryption_key_id = 1, */ "
		 "/*M!100201 check_constraint_checks = 0, */ "
		 "/*M!100307 alter_algorithm = 'DEFAULT', */ "
		 "/*M!100502 sql_if_exists = 0, */ "
		 "/*M!100601 old_mode = 'UTF8_IS_UTF8MB3', */ "
		 "/*M!110701 mhnsw_default_distance = 'euclidean', "
		 "mhnsw_default_m = 6, */ "
		 "lc_time_names = 'en_US';\n"
		 "SET SESSION TRANSACTION READ WRITE;\n",
		 sql_mode);
}

/* In one line that begins with SET, which is no row to who reads the file. */
void pins_script_tables(struct buf *out)
{
	buf_adds(out,
		 "SET @dbsync = CONCAT('SET @dbsync = NULL'"
		 "/*!80030 , IF(@@sql_generate_invisible_primary_key, "
		 "', SESSION sql_generate_invisible_primary_key = 0', '') */"
		 "/*!80030 , IF(@@explicit_defaults_for_timestamp, '', "
		 "', SESSION explicit_defaults_for_timestamp = 1') */"
		 "/*M!101000 , IF(@@explicit_defaults_for_timestamp, '', "
		 "', SESSION explicit_defaults_for_timestamp = 1') */); "
		 "PREPARE dbsync FROM @dbsync; EXECUTE dbsync; "
		 "DEALLOCATE PREPARE dbsync;\n");
}
