/*
 * The promise under test: .env and option files are read as their other
 * readers read them, a file that others can touch is not trusted, and no
 * error shows what is in a file.
 */
#include "dbsync/db/dsn.h"

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];
static struct dsn dsn;
static struct dbs_error err;

static void begin(void)
{
	(void)snprintf(folder, sizeof(folder), "/tmp/dbsync_dsn_XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	dsn = (struct dsn)DSN_INIT;
	err = (struct dbs_error){0};
}

static void end(void)
{
	char command[128];

	dsn_clear(&dsn);
	(void)snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

/* The path of a file in the folder; valid until the next call but three. */
static const char *path_of(const char *name)
{
	static char paths[4][128];
	static unsigned turn;
	char *path = paths[turn++ % 4];

	(void)snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	return path;
}

static const char *write_bytes(const char *name, const char *text,
			       size_t length)
{
	const char *path = path_of(name);
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(text, 1, length, file), length);
	ck_assert_int_eq(fclose(file), 0);
	ck_assert_int_eq(chmod(path, 0600), 0);
	return path;
}

static const char *write_file(const char *name, const char *text)
{
	return write_bytes(name, text, strlen(text));
}

/* Writes a file whose text may have one %s, the folder. */
static const char *write_in_folder(const char *name, const char *before,
				   const char *after)
{
	char text[512];

	(void)snprintf(text, sizeof(text), "%s%s%s", before, folder, after);
	return write_file(name, text);
}

static int read_env(const char *text)
{
	int has_found = -1;

	dsn_clear(&dsn);
	ck_assert_msg(dsn_from_env_file(&dsn, write_file(".env", text), "DB_",
					&has_found, &err) == DBS_OK,
		      "%s", err.text);
	return has_found;
}

static void check_env_password(const char *value, const char *expected)
{
	char text[256];

	(void)snprintf(text, sizeof(text), "A=1\nDB_PASSWORD=%s\nB=2\n", value);
	ck_assert_int_eq(read_env(text), 1);
	ck_assert_pstr_eq(dsn.password, expected);
}

static void refuse_env(const char *text, const char *words)
{
	static const struct dsn untouched = DSN_INIT;
	int has_found = -1;

	dsn_clear(&dsn);
	ck_assert_int_eq(dsn_from_env_file(&dsn, write_file(".env", text),
					   "DB_", &has_found, &err),
			 DBS_E_USAGE);
	ck_assert_msg(strstr(err.text, words), "%s", err.text);
	ck_assert_msg(!strstr(err.text, "hunter2"), "%s", err.text);
	ck_assert_int_eq(has_found, -1);
	ck_assert_mem_eq(&dsn, &untouched, sizeof(dsn));
}

START_TEST(env_keys_with_the_prefix_are_read_and_no_others)
{
	ck_assert_int_eq(read_env("DB_HOST=h1\nDB_PORT=3307\nDB_NAME=shop\n"
				  "DB_USER=u\nDB_PASSWORD=p\n"
				  "BACKUP_DB_HOST=h2\nDB_HOSTNAME=h3\n"
				  "db_host=h4\nXDB_USER=x\nDB_=y\n"),
			 1);
	ck_assert_pstr_eq(dsn.host, "h1");
	ck_assert_uint_eq(dsn.port, 3307);
	ck_assert_pstr_eq(dsn.database, "shop");
	ck_assert_pstr_eq(dsn.user, "u");
	ck_assert_pstr_eq(dsn.password, "p");
}
END_TEST

START_TEST(env_prefixes_tell_source_from_target)
{
	int has_found = -1;
	const char *path = write_file(
		".env", "DB_HOST=h1\nDB_USER=u\nBACKUP_DB_HOST=h2\n");

	ck_assert_int_eq(dsn_from_env_file(&dsn, path, "BACKUP_DB_", &has_found,
					   &err),
			 DBS_OK);
	ck_assert_int_eq(has_found, 1);
	ck_assert_pstr_eq(dsn.host, "h2");
	ck_assert_ptr_null(dsn.user);
}
END_TEST

START_TEST(an_env_file_without_the_keys_says_so)
{
	ck_assert_int_eq(read_env("APP=1\n# DB_HOST=x\n"), 0);
	ck_assert_int_eq(read_env(""), 0);
	ck_assert_int_eq(read_env("DB_HOST=\n"), 1);
	ck_assert_ptr_null(dsn.host);
}
END_TEST

START_TEST(env_values_end_at_a_comment_after_white_space)
{
	check_env_password("abc # comment", "abc");
	check_env_password("abc\t#comment", "abc");
	check_env_password("abc#def", "abc#def");
	check_env_password("#abc", "#abc");
	check_env_password(" # comment", "");
	check_env_password("", "");
	check_env_password("  a b  ", "a b");
}
END_TEST

START_TEST(env_values_in_single_quotes_are_literal)
{
	check_env_password("'a\\n$b\"#c '", "a\\n$b\"#c ");
	check_env_password("'a'  # comment", "a");
	check_env_password("''", "");
}
END_TEST

START_TEST(env_values_in_double_quotes_have_escapes)
{
	check_env_password("\"a\\n\\t\\\"\\\\\\$b\"", "a\n\t\"\\$b");
	check_env_password("\"a\\xb\"", "a\\xb");
	check_env_password("\"it's # here\"", "it's # here");
	check_env_password("\"\\\\\"", "\\");
	check_env_password("\"\\r\\b\\s\\'\\\\n\"", "\\r\\b\\s\\'\\n");
	check_env_password("'\\n\\\\'", "\\n\\\\");
}
END_TEST

START_TEST(env_values_are_not_expanded)
{
	check_env_password("$HOME`id`${X}", "$HOME`id`${X}");
	check_env_password("\"$HOME\"", "$HOME");
	check_env_password("a\\nb", "a\\nb");
}
END_TEST

START_TEST(env_passwords_may_have_any_character)
{
	check_env_password("p,a@s:s/w%o?r=d&'\"", "p,a@s:s/w%o?r=d&'\"");
	check_env_password("=", "=");
	check_env_password("\xC3\xA9", "\xC3\xA9");
}
END_TEST

START_TEST(env_lines_come_in_many_shapes)
{
	read_env("\xEF\xBB\xBF"
		 "DB_HOST=h\r\n"
		 "  export DB_USER = u \r\n"
		 "export\tDB_PASSWORD='p'\r\n"
		 "exportDB_NAME=x\r\n"
		 "DB_NAME\r\n"
		 "DB_PORT=3307");
	ck_assert_pstr_eq(dsn.host, "h");
	ck_assert_pstr_eq(dsn.user, "u");
	ck_assert_pstr_eq(dsn.password, "p");
	ck_assert_ptr_null(dsn.database);
	ck_assert_uint_eq(dsn.port, 3307);
}
END_TEST

START_TEST(the_last_of_equal_env_keys_wins)
{
	read_env("DB_USER=a\nDB_USER=b\nDB_HOST=h\nDB_HOST=/run/s\n");
	ck_assert_pstr_eq(dsn.user, "b");
	ck_assert_pstr_eq(dsn.socket, "/run/s");
	ck_assert_ptr_null(dsn.host);
}
END_TEST

START_TEST(env_hosts_may_be_addresses_and_sockets)
{
	read_env("DB_HOST=::1\n");
	ck_assert_pstr_eq(dsn.host, "::1");
	read_env("DB_HOST=[::1]\n");
	ck_assert_pstr_eq(dsn.host, "::1");
	read_env("DB_HOST=/run/s.sock\n");
	ck_assert_pstr_eq(dsn.socket, "/run/s.sock");
	refuse_env("DB_HOST=h:3306\n", "not an IPv6 address");
}
END_TEST

START_TEST(keys_inside_the_quotes_of_others_are_not_keys)
{
	ck_assert_int_eq(read_env("KEY=\"-----BEGIN\nDB_HOST=evil\n-----\"\n"
				  "DB_USER=u\n"),
			 1);
	ck_assert_ptr_null(dsn.host);
	ck_assert_pstr_eq(dsn.user, "u");
}
END_TEST

START_TEST(broken_quotes_of_other_keys_do_no_harm)
{
	read_env("MOTD='it\nDB_USER=u\nX=\"a\" b\nDB_HOST=h\n");
	ck_assert_pstr_eq(dsn.user, "u");
	ck_assert_pstr_eq(dsn.host, "h");
}
END_TEST

START_TEST(broken_env_values_are_named_by_line_only)
{
	refuse_env("A=1\n\nDB_PASSWORD='hunter2\n", "line 3: the quote");
	refuse_env("DB_PASSWORD=\"hunter2\\\"\n", "line 1: the quote");
	refuse_env("DB_PASSWORD='hunter2'x\n", "line 1: the quote");
	refuse_env("DB_PASSWORD='hunter2'#x\n", "line 1: the quote");
	refuse_env("DB_PASSWORD='hunter2\nX=y'\n", "line 1: the quote");
	refuse_env("K=\"a\nb\"\nDB_PORT=hunter2\n", "line 3: the port");
	refuse_env("DB_PORT=65536\n", "above 65535");
	refuse_env("DB_HOST=hunter2!\n", "no host name");
}
END_TEST

START_TEST(an_earlier_source_is_not_replaced_by_an_env_file)
{
	int has_found = -1;

	ck_assert_int_eq(dsn_parse(&dsn, "mysql://u1@h1/x", &err), DBS_OK);
	ck_assert_int_eq(
		dsn_from_env_file(&dsn,
				  write_file(".env",
					     "DB_HOST=h2\nDB_PORT=3307\n"
					     "DB_USER=u2\nDB_PASSWORD=p2\n"
					     "DB_NAME=y\n"),
				  "DB_", &has_found, &err),
		DBS_OK);
	ck_assert_pstr_eq(dsn.host, "h1");
	ck_assert_uint_eq(dsn.port, 0);
	ck_assert_pstr_eq(dsn.user, "u1");
	ck_assert_ptr_null(dsn.password);
	ck_assert_pstr_eq(dsn.database, "x");
}
END_TEST

START_TEST(files_that_cannot_be_read_are_named)
{
	int has_found = -1;

	ck_assert_int_eq(dsn_from_env_file(&dsn, path_of("none"), "DB_",
					   &has_found, &err),
			 DBS_E_IO);
	ck_assert_int_eq(err.sys_errno, 2);
	ck_assert_ptr_nonnull(strstr(err.text, "none`: cannot open"));
	ck_assert_int_eq(dsn_from_option_file(&dsn, path_of("none"), NULL,
					      &err),
			 DBS_E_IO);
	ck_assert_int_eq(dsn_from_env_file(&dsn, folder, "DB_", &has_found,
					   &err),
			 DBS_E_USAGE);
	ck_assert_int_eq(dsn_from_option_file(&dsn, "/dev/null", NULL, &err),
			 DBS_E_USAGE);
}
END_TEST

START_TEST(files_with_zero_bytes_are_refused)
{
	int has_found = -1;
	const char *path = write_bytes("z", "DB_USER=a\0b\n", 12);

	ck_assert_int_eq(dsn_from_env_file(&dsn, path, "DB_", &has_found, &err),
			 DBS_E_USAGE);
	path = write_bytes("z", "[client]\nuser=a\0b\n", 18);
	ck_assert_int_eq(dsn_from_option_file(&dsn, path, NULL, &err),
			 DBS_E_USAGE);
}
END_TEST

START_TEST(files_above_a_mebibyte_are_refused)
{
	size_t length = 1024 * 1024 + 1;
	char *text = malloc(length);
	int has_found = -1;

	ck_assert_ptr_nonnull(text);
	memset(text, '\n', length);
	ck_assert_int_eq(dsn_from_env_file(&dsn, write_bytes("l", text, length),
					   "DB_", &has_found, &err),
			 DBS_E_USAGE);
	ck_assert_int_eq(dsn_from_env_file(&dsn,
					   write_bytes("l", text, length - 1),
					   "DB_", &has_found, &err),
			 DBS_OK);
	free(text);
}
END_TEST

START_TEST(paths_are_shown_safely)
{
	int has_found = -1;

	ck_assert_int_eq(dsn_from_env_file(&dsn, "/no/\x1B[31m", "DB_",
					   &has_found, &err),
			 DBS_E_IO);
	ck_assert_ptr_nonnull(strstr(err.text, "`/no/\\x1b[31m`"));
}
END_TEST

static void read_options(const char *text)
{
	dsn_clear(&dsn);
	ck_assert_msg(dsn_from_option_file(&dsn, write_file("my.cnf", text),
					   "dbsync_source", &err) == DBS_OK,
		      "%s", err.text);
}

static void check_option_password(const char *value, const char *expected)
{
	char text[256];

	(void)snprintf(text, sizeof(text), "[client]\npassword%s\n", value);
	read_options(text);
	ck_assert_pstr_eq(dsn.password, expected);
}

static void refuse_options(const char *text, const char *words)
{
	static const struct dsn untouched = DSN_INIT;

	dsn_clear(&dsn);
	ck_assert_msg(dsn_from_option_file(&dsn, write_file("my.cnf", text),
					   NULL, &err) == DBS_E_USAGE,
		      "%s", text);
	ck_assert_msg(strstr(err.text, words), "%s", err.text);
	ck_assert_msg(!strstr(err.text, "hunter2"), "%s", err.text);
	ck_assert_mem_eq(&dsn, &untouched, sizeof(dsn));
}

START_TEST(options_of_our_sections_are_read)
{
	read_options("[client]\nuser=u\nhost=h\nport=3307\n"
		     "connect_timeout=5\n"
		     "[client-server]\npassword=p\ndatabase=shop\n"
		     "[dbsync_source]\nssl-ca=ca\nssl_capath=cp\n"
		     "ssl-cert=c\nssl-key=k\nloose-ssl-cipher=x\n"
		     "ssl-mode=VERIFY_CA\n");
	ck_assert_pstr_eq(dsn.user, "u");
	ck_assert_pstr_eq(dsn.host, "h");
	ck_assert_uint_eq(dsn.port, 3307);
	ck_assert_uint_eq(dsn.connect_timeout_s, 5);
	ck_assert_pstr_eq(dsn.password, "p");
	ck_assert_pstr_eq(dsn.database, "shop");
	ck_assert_pstr_eq(dsn.ssl_ca, "ca");
	ck_assert_pstr_eq(dsn.ssl_capath, "cp");
	ck_assert_pstr_eq(dsn.ssl_cert, "c");
	ck_assert_pstr_eq(dsn.ssl_key, "k");
	ck_assert_pstr_eq(dsn.ssl_cipher, "x");
	ck_assert_int_eq(dsn.tls, DSN_TLS_VERIFY_CA);
}
END_TEST

START_TEST(options_of_other_sections_are_left_alone)
{
	read_options("[mysqld]\nuser=mysql\nport=bad\n[mysql]\nhost=x\n"
		     "[client2]\nhost=y\n[Client]\nhost=z\n"
		     "[client]\nno-auto-rehash\nprompt=\\u\n");
	ck_assert_ptr_null(dsn.user);
	ck_assert_ptr_null(dsn.host);
	ck_assert_uint_eq(dsn.port, 0);
}
END_TEST

START_TEST(a_group_is_read_only_when_asked_for)
{
	const char *path = write_file("my.cnf", "[dbsync_source]\nuser=u\n");

	ck_assert_int_eq(dsn_from_option_file(&dsn, path, NULL, &err), DBS_OK);
	ck_assert_ptr_null(dsn.user);
}
END_TEST

START_TEST(the_later_option_wins_whatever_its_section)
{
	read_options("[client]\nuser=a\n[dbsync_source]\nuser=b\n");
	ck_assert_pstr_eq(dsn.user, "b");
	read_options("[dbsync_source]\nuser=b\n[client]\nuser=a\n");
	ck_assert_pstr_eq(dsn.user, "a");
}
END_TEST

START_TEST(option_values_are_read_as_the_clients_do)
{
	check_option_password("=abc", "abc");
	check_option_password(" =  a b  ", "a b");
	check_option_password("=abc#def", "abc");
	check_option_password("=\"abc#def\" # comment", "abc#def");
	check_option_password("='a\"b'", "a\"b");
	check_option_password("=\"a\\\"#b\"", "a\"#b");
	check_option_password("=a;b", "a;b");
	check_option_password("=a=b", "a=b");
	check_option_password("=\"a", "\"a");
	check_option_password("=a\\sb\\tc\\nd\\\\e\\q", "a b\tc\nd\\e\\q");
	check_option_password("=\"\"", "");
	check_option_password("=", "");
	check_option_password("=a\\", "a\\");
	check_option_password("='\\r\\b\\'\\\"\\\\n'", "\r\b'\"\\n");
	check_option_password("=\\$\\0\\_", "\\$\\0\\_");
	check_option_password("='a\"", "'a\"");
	check_option_password("=\xC3\xA0", "\xC3\xA0");
	check_option_password("=p,a@s:s/w%o?r", "p,a@s:s/w%o?r");
}
END_TEST

START_TEST(a_password_option_without_value_is_no_password)
{
	check_option_password("", NULL);
	check_option_password("  # ask", NULL);
}
END_TEST

START_TEST(option_lines_come_in_many_shapes)
{
	read_options("\xEF\xBB\xBF# comment\r\n; comment\r\n\r\n"
		     "\t[client ] junk\r\n  user = u\r\n#user=x\r\n;user=y");
	ck_assert_pstr_eq(dsn.user, "u");
}
END_TEST

START_TEST(broken_option_files_are_named_by_line_only)
{
	refuse_options("hunter2=1\n[client]\n",
		       "line 1: there is an option before");
	refuse_options("\n[client\n", "line 2: a `[`");
	refuse_options("[client]\n!hunter2 x\n", "line 2: a `!` is followed");
	refuse_options("[client]\n!includefoo x\n",
		       "line 2: a `!` is followed");
	refuse_options("!include\n", "line 1: an include has no path");
	refuse_options("[client]\n\nport=hunter2\n", "line 3: the port");
	refuse_options("[client]\nssl=hunter2\n", "line 2: a switch");
	refuse_options("[client]\nssl-mode=hunter2\n", "none of disabled");
	refuse_options("[client]\nhost=hunter2 x\n", "no host name");
}
END_TEST

START_TEST(leave_to_show_the_password_is_the_clients_option)
{
	read_options("[client]\nenable-cleartext-plugin\n");
	ck_assert_int_eq(dsn.cleartext, DSN_ANSWER_ON);
	read_options("[client]\nenable_cleartext_plugin=0\n");
	ck_assert_int_eq(dsn.cleartext, DSN_ANSWER_OFF);
	read_options("[client]\nskip-cleartext-plugin\n");
	ck_assert_int_eq(dsn.cleartext, DSN_ANSWER_OFF);
	refuse_options("[client]\nenable-cleartext-plugin=hunter2\n",
		       "line 2: a switch is neither on nor off");
}
END_TEST

/* The table of dsn_option.c, with its rows in order. */
static const struct {
	const char *options;
	enum dsn_tls tls;
} tls_rows[] = {
	{"ssl-mode=required\nskip-ssl\n", DSN_TLS_REQUIRED},
	{"ssl-mode=disabled\nssl\nssl-verify-server-cert\n", DSN_TLS_DISABLED},
	{"skip-ssl\n", DSN_TLS_DISABLED},
	{"ssl=0\nssl-verify-server-cert\n", DSN_TLS_DISABLED},
	{"ssl=OFF\n", DSN_TLS_DISABLED},
	{"disable_ssl\n", DSN_TLS_DISABLED},
	{"loose-skip-ssl\n", DSN_TLS_DISABLED},
	{"skip-ssl\nssl\n", DSN_TLS_REQUIRED},
	{"ssl-verify-server-cert\n", DSN_TLS_VERIFY_IDENTITY},
	{"ssl=1\nssl_verify_server_cert=on\n", DSN_TLS_VERIFY_IDENTITY},
	{"ssl-verify-server-cert=0\nssl-ca=x\n", DSN_TLS_VERIFY_CA},
	{"ssl-ca=x\nskip-ssl-verify-server-cert\nssl\n", DSN_TLS_VERIFY_CA},
	{"ssl-verify-server-cert=0\nssl\n", DSN_TLS_REQUIRED},
	{"ssl-verify-server-cert=0\n", DSN_TLS_UNSET},
	{"ssl\n", DSN_TLS_REQUIRED},
	{"enable-ssl=TRUE\n", DSN_TLS_REQUIRED},
	{"user=u\n", DSN_TLS_UNSET},
	{"ssl-ca=x\n", DSN_TLS_UNSET},
};

START_TEST(three_ways_to_say_tls_become_one)
{
	char text[256];

	(void)snprintf(text, sizeof(text), "[client]\n%s",
		       tls_rows[_i].options);
	read_options(text);
	ck_assert_msg(dsn.tls == tls_rows[_i].tls, "%s: %s",
		      tls_rows[_i].options, dsn_tls_name(dsn.tls));
}
END_TEST

START_TEST(a_socket_option_counts_for_localhost_only)
{
	read_options("[client]\nport=3306\nsocket=/run/s\n");
	ck_assert_pstr_eq(dsn.socket, "/run/s");
	read_options("[client]\nsocket=/run/s\nhost=localhost\n");
	ck_assert_pstr_eq(dsn.socket, "/run/s");
	ck_assert_ptr_null(dsn.host);
	read_options("[client]\nsocket=/run/s\n[dbsync_source]\nhost=db1\n");
	ck_assert_pstr_eq(dsn.host, "db1");
	ck_assert_ptr_null(dsn.socket);
}
END_TEST

START_TEST(the_socket_of_an_option_file_does_not_move_a_url)
{
	ck_assert_int_eq(dsn_parse(&dsn, "mysql://u@db1/x", &err), DBS_OK);
	ck_assert_int_eq(
		dsn_from_option_file(&dsn,
				     write_file("my.cnf",
						"[client]\nport=3311\n"
						"socket=/run/s\npassword=p\n"),
				     NULL, &err),
		DBS_OK);
	ck_assert_pstr_eq(dsn.host, "db1");
	ck_assert_ptr_null(dsn.socket);
	ck_assert_uint_eq(dsn.port, 0);
	ck_assert_pstr_eq(dsn.password, "p");
}
END_TEST

START_TEST(included_files_are_read_where_they_stand)
{
	write_file("a.cnf", "[client]\nuser=a\nhost=h\n");
	write_in_folder("my.cnf", "[client]\nuser=before\nport=1\n!include ",
			"/a.cnf  \nport=2\n");
	ck_assert_int_eq(dsn_from_option_file(&dsn, path_of("my.cnf"), NULL,
					      &err),
			 DBS_OK);
	ck_assert_pstr_eq(dsn.user, "a");
	ck_assert_pstr_eq(dsn.host, "h");
	ck_assert_uint_eq(dsn.port, 2);
}
END_TEST

START_TEST(included_folders_give_their_cnf_files_by_name)
{
	ck_assert_int_eq(mkdir(path_of("d"), 0700), 0);
	write_file("d/20.cnf", "[client]\nuser=twenty\n");
	write_file("d/10.cnf", "[client]\nuser=ten\nhost=ten\n");
	write_file("d/30.txt", "[client]\nuser=no\n");
	write_file("d/.#40.cnf", "[client]\ndatabase=no\n");
	write_file("d/50.cnf~", "[client]\nuser=no\n");
	write_file("d/cnf", "[client]\nuser=no\n");
	write_in_folder("my.cnf", "! includedir ", "/d\n");
	ck_assert_int_eq(dsn_from_option_file(&dsn, path_of("my.cnf"), NULL,
					      &err),
			 DBS_OK);
	ck_assert_pstr_eq(dsn.user, "twenty");
	ck_assert_pstr_eq(dsn.host, "ten");
	ck_assert_ptr_null(dsn.database);
}
END_TEST

START_TEST(a_missing_include_is_left_out)
{
	write_in_folder("my.cnf", "!include ", "/none.cnf\n[client]\nuser=u\n");
	ck_assert_int_eq(dsn_from_option_file(&dsn, path_of("my.cnf"), NULL,
					      &err),
			 DBS_OK);
	ck_assert_pstr_eq(dsn.user, "u");
}
END_TEST

START_TEST(what_is_missing_deeper_is_not_left_out)
{
	write_in_folder("a.cnf", "!includedir ", "/none\n[client]\nuser=u\n");
	write_in_folder("my.cnf", "!include ", "/a.cnf\n");
	ck_assert_int_eq(dsn_from_option_file(&dsn, path_of("my.cnf"), NULL,
					      &err),
			 DBS_E_IO);
	ck_assert_ptr_nonnull(strstr(err.text, "my.cnf` line 1: "));
	ck_assert_ptr_nonnull(strstr(err.text, "a.cnf` line 1: "));
}
END_TEST

START_TEST(includes_in_a_circle_end)
{
	write_in_folder("my.cnf", "!include ", "/my.cnf\n");
	ck_assert_int_eq(dsn_from_option_file(&dsn, path_of("my.cnf"), NULL,
					      &err),
			 DBS_E_USAGE);
	ck_assert_ptr_nonnull(strstr(err.text, "more than 8 deep"));
}
END_TEST

START_TEST(includes_that_multiply_end)
{
	char name[16];

	for (int i = 0; i < 150; i++) {
		(void)snprintf(name, sizeof(name), "%d.cnf", i);
		write_file(name, "[client]\n");
	}
	write_in_folder("b.inc", "!includedir ", "\n");
	write_in_folder("a.inc", "!include ", "/b.inc\n");
	write_in_folder("999.cnf", "!include ", "/a.inc\n");
	ck_assert_int_eq(dsn_from_option_file(&dsn, path_of("999.cnf"), NULL,
					      &err),
			 DBS_E_USAGE);
	ck_assert_ptr_nonnull(strstr(err.text, "more than 256 files"));
}
END_TEST

static enum dbs_rc read_with_mode(const char *text, unsigned mode)
{
	const char *path = write_file("my.cnf", text);

	dsn_clear(&dsn);
	ck_assert_int_eq(chmod(path, mode), 0);
	return dsn_from_option_file(&dsn, path, NULL, &err);
}

START_TEST(a_password_that_others_can_read_is_refused)
{
	static const char text[] = "[client]\npassword=hunter2\n";

	ck_assert_int_eq(read_with_mode(text, 0600), DBS_OK);
	ck_assert_int_eq(read_with_mode(text, 0640), DBS_OK);
	ck_assert_int_eq(read_with_mode(text, 0604), DBS_E_REFUSED);
	ck_assert_ptr_nonnull(strstr(err.text, "chmod 600"));
	ck_assert_ptr_nonnull(strstr(err.text, "my.cnf"));
	ck_assert_ptr_null(strstr(err.text, "hunter2"));
	ck_assert_ptr_null(dsn.password);
}
END_TEST

START_TEST(a_file_without_password_may_be_read_by_all)
{
	ck_assert_int_eq(read_with_mode("[client]\nuser=u\n", 0644), DBS_OK);
	ck_assert_int_eq(read_with_mode("[client]\npassword=\n", 0644), DBS_OK);
	ck_assert_int_eq(read_with_mode("[mysqldump]\npassword=x\n", 0644),
			 DBS_OK);
}
END_TEST

START_TEST(a_file_that_others_can_write_chooses_no_server)
{
	ck_assert_int_eq(read_with_mode("[client]\nhost=evil\n", 0602),
			 DBS_E_REFUSED);
	ck_assert_int_eq(read_with_mode("!include /nowhere\n", 0602),
			 DBS_E_REFUSED);
	ck_assert_int_eq(read_with_mode("[client]\nhost=evil\n", 0620),
			 DBS_E_REFUSED);
	ck_assert_int_eq(read_with_mode("[mysqld]\nport=1\n", 0666), DBS_OK);
}
END_TEST

START_TEST(included_files_are_checked_for_themselves)
{
	write_file("a.cnf", "[client]\npassword=p\n");
	ck_assert_int_eq(chmod(path_of("a.cnf"), 0644), 0);
	write_in_folder("my.cnf", "!include ", "/a.cnf\n");
	ck_assert_int_eq(dsn_from_option_file(&dsn, path_of("my.cnf"), NULL,
					      &err),
			 DBS_E_REFUSED);
	ck_assert_ptr_nonnull(strstr(err.text, "a.cnf"));
}
END_TEST

static TCase *env_case(void)
{
	TCase *tcase = tcase_create("env");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, env_keys_with_the_prefix_are_read_and_no_others);
	tcase_add_test(tcase, env_prefixes_tell_source_from_target);
	tcase_add_test(tcase, an_env_file_without_the_keys_says_so);
	tcase_add_test(tcase, env_values_end_at_a_comment_after_white_space);
	tcase_add_test(tcase, env_values_in_single_quotes_are_literal);
	tcase_add_test(tcase, env_values_in_double_quotes_have_escapes);
	tcase_add_test(tcase, env_values_are_not_expanded);
	tcase_add_test(tcase, env_passwords_may_have_any_character);
	tcase_add_test(tcase, env_lines_come_in_many_shapes);
	tcase_add_test(tcase, the_last_of_equal_env_keys_wins);
	tcase_add_test(tcase, env_hosts_may_be_addresses_and_sockets);
	tcase_add_test(tcase, keys_inside_the_quotes_of_others_are_not_keys);
	tcase_add_test(tcase, broken_quotes_of_other_keys_do_no_harm);
	tcase_add_test(tcase, broken_env_values_are_named_by_line_only);
	tcase_add_test(tcase, an_earlier_source_is_not_replaced_by_an_env_file);
	return tcase;
}

static TCase *file_case(void)
{
	TCase *tcase = tcase_create("file");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, files_that_cannot_be_read_are_named);
	tcase_add_test(tcase, files_with_zero_bytes_are_refused);
	tcase_add_test(tcase, files_above_a_mebibyte_are_refused);
	tcase_add_test(tcase, paths_are_shown_safely);
	return tcase;
}

static TCase *option_case(void)
{
	TCase *tcase = tcase_create("option");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, options_of_our_sections_are_read);
	tcase_add_test(tcase, options_of_other_sections_are_left_alone);
	tcase_add_test(tcase, a_group_is_read_only_when_asked_for);
	tcase_add_test(tcase, the_later_option_wins_whatever_its_section);
	tcase_add_test(tcase, option_values_are_read_as_the_clients_do);
	tcase_add_test(tcase, a_password_option_without_value_is_no_password);
	tcase_add_test(tcase, option_lines_come_in_many_shapes);
	tcase_add_test(tcase, broken_option_files_are_named_by_line_only);
	tcase_add_test(tcase, leave_to_show_the_password_is_the_clients_option);
	tcase_add_loop_test(tcase, three_ways_to_say_tls_become_one, 0,
			    sizeof(tls_rows) / sizeof(*tls_rows));
	tcase_add_test(tcase, a_socket_option_counts_for_localhost_only);
	tcase_add_test(tcase, the_socket_of_an_option_file_does_not_move_a_url);
	return tcase;
}

static TCase *trust_case(void)
{
	TCase *tcase = tcase_create("trust");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, included_files_are_read_where_they_stand);
	tcase_add_test(tcase, included_folders_give_their_cnf_files_by_name);
	tcase_add_test(tcase, a_missing_include_is_left_out);
	tcase_add_test(tcase, what_is_missing_deeper_is_not_left_out);
	tcase_add_test(tcase, includes_in_a_circle_end);
	tcase_add_test(tcase, includes_that_multiply_end);
	tcase_add_test(tcase, a_password_that_others_can_read_is_refused);
	tcase_add_test(tcase, a_file_without_password_may_be_read_by_all);
	tcase_add_test(tcase, a_file_that_others_can_write_chooses_no_server);
	tcase_add_test(tcase, included_files_are_checked_for_themselves);
	return tcase;
}

int main(void)
{
	Suite *suite = suite_create("dsn_files");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, env_case());
	suite_add_tcase(suite, file_case());
	suite_add_tcase(suite, option_case());
	suite_add_tcase(suite, trust_case());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
