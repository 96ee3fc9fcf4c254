/*
 * The promise under test: a URL has one reading or is refused, defaults fill
 * what is missing, and no password comes out of here, whatever is typed.
 */
#include "dbsync/db/dsn.h"

#include "dbsync/base/own.h"

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct dsn dsn;
static struct dbs_error err;

static void begin(void)
{
	dsn = (struct dsn)DSN_INIT;
	err = (struct dbs_error){0};
}

static void end(void)
{
	dsn_clear(&dsn);
}

static void parse(const char *url)
{
	dsn_clear(&dsn);
	ck_assert_msg(dsn_parse(&dsn, url, &err) == DBS_OK, "%s: %s", url,
		      err.text);
}

/* Refused, with dsn untouched and the words in the error text. */
static void refuse(const char *url, const char *words)
{
	static const struct dsn untouched = DSN_INIT;

	dsn_clear(&dsn);
	ck_assert_msg(dsn_parse(&dsn, url, &err) == DBS_E_USAGE, "%s", url);
	ck_assert_int_eq(err.code, DBS_E_USAGE);
	ck_assert_msg(strstr(err.text, words), "%s: %s", url, err.text);
	ck_assert_mem_eq(&dsn, &untouched, sizeof(dsn));
}

static void check_login(const char *url, const char *user, const char *password)
{
	parse(url);
	ck_assert_pstr_eq(dsn.user, user);
	ck_assert_pstr_eq(dsn.password, password);
	ck_assert_pstr_eq(dsn.host, "db.example");
}

START_TEST(a_full_url_gives_all_its_parts)
{
	parse("mysql://sync:secret@db.example:3307/shop?ssl-mode=verify-ca&"
	      "ssl-ca=/etc/ca.pem&ssl-capath=/etc/ca&ssl-cert=c.pem&"
	      "ssl-key=k.pem&ssl-cipher=AES256&connect-timeout=7");
	ck_assert_pstr_eq(dsn.user, "sync");
	ck_assert_pstr_eq(dsn.password, "secret");
	ck_assert_pstr_eq(dsn.host, "db.example");
	ck_assert_uint_eq(dsn.port, 3307);
	ck_assert_pstr_eq(dsn.database, "shop");
	ck_assert_int_eq(dsn.tls, DSN_TLS_VERIFY_CA);
	ck_assert_pstr_eq(dsn.ssl_ca, "/etc/ca.pem");
	ck_assert_pstr_eq(dsn.ssl_capath, "/etc/ca");
	ck_assert_pstr_eq(dsn.ssl_cert, "c.pem");
	ck_assert_pstr_eq(dsn.ssl_key, "k.pem");
	ck_assert_pstr_eq(dsn.ssl_cipher, "AES256");
	ck_assert_uint_eq(dsn.connect_timeout_s, 7);
}
END_TEST

START_TEST(every_part_may_be_missing)
{
	parse("mysql://");
	ck_assert_ptr_null(dsn.host);
	parse("MariaDB://h");
	ck_assert_pstr_eq(dsn.host, "h");
	ck_assert_ptr_null(dsn.user);
	ck_assert_ptr_null(dsn.database);
	parse("mysql:///shop");
	ck_assert_ptr_null(dsn.host);
	ck_assert_pstr_eq(dsn.database, "shop");
	parse("mysql://u@h/");
	ck_assert_ptr_null(dsn.password);
	ck_assert_ptr_null(dsn.database);
	parse("mysql://u@h?ssl-mode=required&");
	ck_assert_int_eq(dsn.tls, DSN_TLS_REQUIRED);
	parse("mysql://:3307");
	ck_assert_uint_eq(dsn.port, 3307);
}
END_TEST

START_TEST(an_empty_password_is_not_an_unset_one)
{
	check_login("mysql://u:@db.example", "u", "");
	check_login("mysql://u@db.example", "u", NULL);
	check_login("mysql://:p@db.example", NULL, "p");
}
END_TEST

START_TEST(at_sign_in_a_password_needs_no_encoding)
{
	check_login("mysql://u:p@ss@db.example/x", "u", "p@ss");
	check_login("mysql://u:@@@db.example", "u", "@@");
}
END_TEST

START_TEST(at_sign_in_a_user_needs_no_encoding)
{
	check_login("mysql://me@corp:pw@db.example", "me@corp", "pw");
	check_login("mysql://me%40corp@db.example", "me@corp", NULL);
}
END_TEST

START_TEST(colon_and_comma_in_a_password_need_no_encoding)
{
	check_login("mysql://u:a:b:c@db.example", "u", "a:b:c");
	check_login("mysql://u:a,b;c=d&e#f@db.example/x", "u", "a,b;c=d&e#f");
	check_login("mysql://u:[x]@db.example", "u", "[x]");
}
END_TEST

START_TEST(encoded_bytes_are_decoded_everywhere)
{
	check_login("mysql://a%3Ab:%2F%3f%25%20%40@db%2Eexample/", "a:b",
		    "/?% @");
	parse("mysql://h/a%2Fb%3Fc?ssl%2Dca=%2Fx%26y%3Dz");
	ck_assert_pstr_eq(dsn.database, "a/b?c");
	ck_assert_pstr_eq(dsn.ssl_ca, "/x&y=z");
}
END_TEST

START_TEST(a_plus_is_a_plus)
{
	check_login("mysql://u+v:a+b@db.example", "u+v", "a+b");
}
END_TEST

START_TEST(an_encoded_text_is_decoded_once)
{
	check_login("mysql://u:%2541@db.example", "u", "%41");
}
END_TEST

START_TEST(ipv6_hosts_stand_in_brackets)
{
	parse("mysql://u:p@[::1]:3307/x");
	ck_assert_pstr_eq(dsn.host, "::1");
	ck_assert_uint_eq(dsn.port, 3307);
	parse("mysql://[2001:db8::7]");
	ck_assert_pstr_eq(dsn.host, "2001:db8::7");
	parse("mysql://[fe80::1%25eth0]/");
	ck_assert_pstr_eq(dsn.host, "fe80::1%eth0");
	refuse("mysql://::1/x", "brackets");
	refuse("mysql://[::1", "without a `]`");
	refuse("mysql://[::1]3306", "after the `]`");
	refuse("mysql://[db.example]", "not an IPv6 address");
	refuse("mysql://[]", "not an IPv6 address");
	refuse("mysql://[::1%25]", "not an IPv6 address");
	refuse("mysql://[::1%25a%20b]", "not an IPv6 address");
}
END_TEST

START_TEST(an_encoded_path_for_a_host_is_a_socket)
{
	parse("mysql://u@%2Frun%2Fmy%20sql.sock/x");
	ck_assert_pstr_eq(dsn.socket, "/run/my sql.sock");
	ck_assert_ptr_null(dsn.host);
	ck_assert_pstr_eq(dsn.database, "x");
}
END_TEST

START_TEST(a_socket_may_be_a_key)
{
	parse("mysql://u@/x?socket=/run/s.sock");
	ck_assert_pstr_eq(dsn.socket, "/run/s.sock");
	parse("mysql://u@localhost/x?socket=/run/s.sock");
	ck_assert_pstr_eq(dsn.socket, "/run/s.sock");
	ck_assert_ptr_null(dsn.host);
	refuse("mysql://u@db1/x?socket=/run/s.sock", "both");
}
END_TEST

START_TEST(a_socket_path_fits_into_its_address)
{
	char url[300] = "mysql://?socket=/";

	memset(url + strlen(url), 'a', 106);
	parse(url);
	url[strlen(url)] = 'b';
	refuse(url, "108 bytes");
}
END_TEST

START_TEST(ports_are_numbers_in_range)
{
	parse("mysql://h:1");
	parse("mysql://h:65535");
	ck_assert_uint_eq(dsn.port, 65535);
	refuse("mysql://h:65536", "above 65535");
	refuse("mysql://h:99999999999999999999", "above 65535");
	refuse("mysql://h:4294970602", "above 65535");
	refuse("mysql://h:0", "without a port");
	refuse("mysql://h:", "without a port");
	refuse("mysql://h:-1", "not a number");
	refuse("mysql://h:+1", "not a number");
	refuse("mysql://h: 1", "not a number");
	refuse("mysql://h:33a", "not a number");
}
END_TEST

START_TEST(urls_of_two_readings_are_refused)
{
	refuse("mysql://u:pa/ss@h/x", "`@` after a `/`");
	refuse("mysql://u:12/34@h", "`@` after a `/`");
	refuse("mysql://u:12/34@h:3306/x", "`@` after a `/`");
	refuse("mysql://u:p?ss@h/x", "`?` before an `@`");
	refuse("mysql://h?ssl-ca=a@b", "`?` before an `@`");
	refuse("mysql://u@h/x?ssl-ca=a@b", "`@` after a `/`");
	parse("mysql://u@h/x?ssl-ca=a%40b");
	ck_assert_pstr_eq(dsn.ssl_ca, "a@b");
}
END_TEST

START_TEST(broken_encodings_are_refused)
{
	refuse("mysql://u:100%@h", "the password has a `%`");
	refuse("mysql://u:1%zz@h", "the password has a `%`");
	refuse("mysql://u:%4@h", "the password has a `%`");
	refuse("mysql://u:%00@h", "other than 00");
	refuse("mysql://u%@h", "the user has a `%`");
	refuse("mysql://h%/x", "the host has a `%`");
	refuse("mysql://h/x%2", "the database has a `%`");
	refuse("mysql://h/?ssl-ca=%", "the ssl-ca has a `%`");
}
END_TEST

START_TEST(host_names_have_no_strange_characters)
{
	refuse("mysql://a b/x", "no host name");
	refuse("mysql://h%0A/x", "no host name");
	refuse("mysql://h\x1B[31m/x", "no host name");
	refuse("mysql://h%2Fx", "no host name");
	refuse("mysql://a,b/x", "no host name");
	parse("mysql://my_db-1.example./x");
}
END_TEST

START_TEST(a_database_is_one_name)
{
	refuse("mysql://h/a/b", "has a `/`");
	refuse("mysql://u@/run/mysqld.sock", "?socket=");
	parse("mysql://h/a#b");
	ck_assert_pstr_eq(dsn.database, "a#b");
}
END_TEST

START_TEST(other_schemes_are_refused)
{
	refuse("postgres://h", "neither mysql nor mariadb: write mysql://");
	refuse("db.example", "does not begin with mysql://");
	refuse("", "does not begin with mysql://");
	refuse("mysql:/h", "does not begin with mysql://");
	refuse("://h", "neither mysql nor mariadb: write mysql://");
}
END_TEST

START_TEST(an_unknown_key_is_named_with_the_nearest_one)
{
	refuse("mysql://h/?ssl-mod=required",
	       "unknown key `ssl-mod`; is `ssl-mode` meant?");
	refuse("mysql://h/?conect-timeout=3", "`connect-timeout` meant?");
	refuse("mysql://h/?charset=utf8", "unknown key `charset`");
	refuse("mysql://h/?password=hunter2", "unknown key `password`");
	refuse("mysql://h/?ssl-mode", "without `=`");
	refuse("mysql://h/?ssl-ca=", "no value for the key `ssl-ca`");
	refuse("mysql://h/?ssl-ca=a&ssl_ca=b", "`ssl-ca` twice");
}
END_TEST

START_TEST(keys_may_be_written_in_other_ways)
{
	parse("mysql://h/?SSL_Mode=VERIFY_IDENTITY&&ssl_ca=x");
	ck_assert_int_eq(dsn.tls, DSN_TLS_VERIFY_IDENTITY);
	ck_assert_pstr_eq(dsn.ssl_ca, "x");
}
END_TEST

START_TEST(values_of_keys_are_checked)
{
	refuse("mysql://h/?ssl-mode=verify", "none of disabled");
	refuse("mysql://h/?ssl-mode=unset", "none of disabled");
	refuse("mysql://h/?connect-timeout=soon", "not a number");
	refuse("mysql://h/?connect-timeout=86401", "above 86400");
}
END_TEST

/* Every URL here has hunter2 in a place that is, or could be, a password. */
static const char *const leaky[] = {
	"mysql://u:hunter2",
	"mysql://u:hunter2@h:x",
	"mysql://u:hunter2%@h",
	"mysql://u:hunter2/@h",
	"mysql://u:/hunter2@h",
	"mysql://u:1/hunter2@h",
	"mysql://u:?hunter2@h",
	"mysql://u:1?hunter2@h/x",
	"mysql://u:1/?hunter2",
	"mysql://u:1/?hunter2=x",
	"mysql://u:1?ssl-mode=hunter2",
	"mysql://u:1?connect-timeout=hunter2",
	"mysql://u:x@h:hunter2/",
	"mysql://u:[hunter2",
	"mysql://[hunter2]",
	"mysql://u:hunter2:x:y",
	"mysql://u:1/a/hunter2",
	"mysql://u:hunter2@h h",
	"mysql://u:hunter2@h/?what=x",
	"u:hunter2@h",
	"hunter2://h",
	"u:hunter2://@h",
	"mysql://u:x@hunter2 /",
};

START_TEST(no_error_quotes_what_could_be_a_password)
{
	ck_assert_int_eq(dsn_parse(&dsn, leaky[_i], &err), DBS_E_USAGE);
	ck_assert_msg(!strstr(err.text, "hunter2"), "%s: %s", leaky[_i],
		      err.text);
}
END_TEST

static void check_wiped(const char *url, const char *expected)
{
	char *copy = strdup(url);

	dsn_wipe_url(copy);
	ck_assert_str_eq(copy, expected);
	free(copy);
}

START_TEST(wiping_leaves_the_url_but_for_the_password)
{
	check_wiped("mysql://u:secret@h:3306/x?ssl-mode=required",
		    "mysql://u:xxxxxx@h:3306/x?ssl-mode=required");
	check_wiped("mysql://u:p@s:s@h/x", "mysql://u:xxxxx@h/x");
	check_wiped("mysql://u:@h/x", "mysql://u:@h/x");
	check_wiped("mysql://u@h:3306/x", "mysql://u@h:3306/x");
	check_wiped("mysql://h:3306/x", "mysql://h:3306/x");
	check_wiped("mysql://h:3306", "mysql://h:3306");
	check_wiped("mysql://[::1]:3306/x", "mysql://[::1]:3306/x");
	check_wiped("mysql://u:pw@[::1]:3306/x", "mysql://u:xx@[::1]:3306/x");
	check_wiped("mysql://h", "mysql://h");
	check_wiped("", "");
}
END_TEST

START_TEST(wiping_takes_more_rather_than_less)
{
	check_wiped("mysql://u:pa/ss@h/x", "mysql://u:xxxxx@h/x");
	check_wiped("mysql://u:p?ss@h/x", "mysql://u:xxxx@h/x");
	check_wiped("mysql://u:secret", "mysql://u:xxxxxx");
	check_wiped("u:secret@h", "u:xxxxxx@h");
	check_wiped("u:se://cret@h", "u:xxxxxxxxx@h");
	check_wiped("mysql://u:se/cret", "mysql://u:xxxxxxx");
}
END_TEST

START_TEST(the_first_source_wins)
{
	parse("mysql://u:p@h1:3307/x?ssl-mode=required&connect-timeout=3");
	ck_assert_int_eq(dsn_parse(&dsn,
				   "mysql://u:q@h2:3308/y?ssl-mode=disabled&"
				   "ssl-ca=ca.pem&connect-timeout=4",
				   &err),
			 DBS_OK);
	ck_assert_pstr_eq(dsn.password, "p");
	ck_assert_pstr_eq(dsn.host, "h1");
	ck_assert_uint_eq(dsn.port, 3307);
	ck_assert_pstr_eq(dsn.database, "x");
	ck_assert_int_eq(dsn.tls, DSN_TLS_REQUIRED);
	ck_assert_uint_eq(dsn.connect_timeout_s, 3);
	ck_assert_pstr_eq(dsn.ssl_ca, "ca.pem");
}
END_TEST

START_TEST(leave_to_show_the_password_is_yes_or_no)
{
	static const struct {
		const char *word;
		enum dsn_answer answer;
	} words[] = {{"yes", DSN_ANSWER_ON}, {"1", DSN_ANSWER_ON},
		     {"ON", DSN_ANSWER_ON},  {"no", DSN_ANSWER_OFF},
		     {"0", DSN_ANSWER_OFF},  {"False", DSN_ANSWER_OFF}};

	parse("mysql://h/x");
	ck_assert_int_eq(dsn.cleartext, DSN_ANSWER_NONE);
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		char url[64];

		(void)snprintf(url, sizeof(url),
			       "mysql://h/?enable-cleartext-plugin=%s",
			       words[i].word);
		parse(url);
		ck_assert_int_eq(dsn.cleartext, words[i].answer);
	}
	refuse("mysql://h/?enable-cleartext-plugin=hunter2",
	       "enable-cleartext-plugin is neither yes nor no");
}
END_TEST

START_TEST(a_url_that_is_written_again_says_no_as_well)
{
	static const char *const words[] = {"yes", "no"};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		OWNED(buf_release) struct buf url = BUF_INIT;
		char wanted[64];

		(void)snprintf(wanted, sizeof(wanted),
			       "mysql://h/x?enable-cleartext-plugin=%s",
			       words[i]);
		parse(wanted);
		dsn_url(&dsn, &url);
		ck_assert_str_eq(url.data, wanted);
	}
}
END_TEST

START_TEST(leave_to_show_the_password_is_not_lent_to_another_host)
{
	parse("mysql://u:p@h1/x");
	ck_assert_int_eq(dsn_parse(&dsn,
				   "mysql://h2/?enable-cleartext-plugin=yes",
				   &err),
			 DBS_OK);
	ck_assert_int_eq(dsn.cleartext, DSN_ANSWER_NONE);
	ck_assert_int_eq(
		dsn_parse(&dsn, "mysql:///?enable-cleartext-plugin=yes", &err),
		DBS_OK);
	ck_assert_int_eq(dsn.cleartext, DSN_ANSWER_ON);
	ck_assert_int_eq(dsn_parse(&dsn, "mysql:///?enable-cleartext-plugin=no",
				   &err),
			 DBS_OK);
	ck_assert_int_eq(dsn.cleartext, DSN_ANSWER_ON);
}
END_TEST

START_TEST(a_port_is_not_lent_to_another_host)
{
	parse("mysql://u@h1/x");
	ck_assert_int_eq(dsn_parse(&dsn, "mysql://h2:3308", &err), DBS_OK);
	ck_assert_pstr_eq(dsn.host, "h1");
	ck_assert_uint_eq(dsn.port, 0);
	ck_assert_int_eq(dsn_parse(&dsn, "mysql://:3309", &err), DBS_OK);
	ck_assert_uint_eq(dsn.port, 3309);
}
END_TEST

START_TEST(a_password_is_not_lent_to_another_user)
{
	parse("mysql://u1@h1/x");
	ck_assert_int_eq(dsn_parse(&dsn, "mysql://u2:p2@", &err), DBS_OK);
	ck_assert_pstr_eq(dsn.user, "u1");
	ck_assert_ptr_null(dsn.password);
	ck_assert_int_eq(dsn_parse(&dsn, "mysql://u1:p1@", &err), DBS_OK);
	ck_assert_pstr_eq(dsn.password, "p1");
	parse("mysql://u1@h1/x");
	ck_assert_int_eq(dsn_parse(&dsn, "mysql://:p3@", &err), DBS_OK);
	ck_assert_pstr_eq(dsn.password, "p3");
}
END_TEST

START_TEST(host_and_socket_are_one_question)
{
	parse("mysql://h1");
	ck_assert_int_eq(dsn_parse(&dsn, "mysql://?socket=/s", &err), DBS_OK);
	ck_assert_ptr_null(dsn.socket);
	parse("mysql://?socket=/s");
	ck_assert_int_eq(dsn_parse(&dsn, "mysql://h1:3307", &err), DBS_OK);
	ck_assert_ptr_null(dsn.host);
	ck_assert_uint_eq(dsn.port, 0);
}
END_TEST

START_TEST(a_refused_url_changes_nothing)
{
	parse("mysql://u@h");
	ck_assert_int_eq(dsn_parse(&dsn, "mysql://u:p@h/x?bad=1", &err),
			 DBS_E_USAGE);
	ck_assert_ptr_null(dsn.password);
	ck_assert_ptr_null(dsn.database);
}
END_TEST

START_TEST(defaults_fill_what_is_missing)
{
	ck_assert_int_eq(dsn_complete(&dsn, &err), DBS_OK);
	ck_assert_pstr_eq(dsn.host, "127.0.0.1");
	ck_assert_uint_eq(dsn.port, 3306);
	ck_assert_uint_eq(dsn.connect_timeout_s, 10);
	ck_assert_int_eq(dsn.tls, DSN_TLS_PREFERRED);
	ck_assert_ptr_nonnull(dsn.user);
	ck_assert_ptr_null(dsn.password);
	ck_assert_ptr_null(dsn.database);
}
END_TEST

START_TEST(defaults_replace_nothing)
{
	parse("mysql://u@h:3307/?ssl-mode=verify-ca&ssl-ca=x&"
	      "connect-timeout=3");
	ck_assert_int_eq(dsn_complete(&dsn, &err), DBS_OK);
	ck_assert_pstr_eq(dsn.user, "u");
	ck_assert_pstr_eq(dsn.host, "h");
	ck_assert_uint_eq(dsn.port, 3307);
	ck_assert_int_eq(dsn.tls, DSN_TLS_VERIFY_CA);
	ck_assert_uint_eq(dsn.connect_timeout_s, 3);
}
END_TEST

START_TEST(a_named_socket_gets_no_host)
{
	parse("mysql://u@/x?socket=/s");
	ck_assert_int_eq(dsn_complete(&dsn, &err), DBS_OK);
	ck_assert_ptr_null(dsn.host);
}
END_TEST

START_TEST(a_named_ca_is_used_in_full)
{
	parse("mysql://u@h/?ssl-ca=ca.pem");
	ck_assert_int_eq(dsn_complete(&dsn, &err), DBS_OK);
	ck_assert_int_eq(dsn.tls, DSN_TLS_VERIFY_IDENTITY);
	parse("mysql://u@h/?ssl-capath=/etc/ca");
	ck_assert_int_eq(dsn_complete(&dsn, &err), DBS_OK);
	ck_assert_int_eq(dsn.tls, DSN_TLS_VERIFY_IDENTITY);
}
END_TEST

START_TEST(verifying_needs_no_named_ca)
{
	parse("mysql://u@h/?ssl-mode=verify-identity");
	ck_assert_int_eq(dsn_complete(&dsn, &err), DBS_OK);
}
END_TEST

START_TEST(contradictions_are_refused)
{
	static const char *const urls[] = {
		"mysql://u@h/?ssl-cert=c.pem",
		"mysql://u@h/?ssl-key=k.pem",
		"mysql://u@h/?ssl-mode=disabled&ssl-ca=ca.pem",
		"mysql://u@h/?ssl-mode=disabled&ssl-cipher=x",
	};

	for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++) {
		parse(urls[i]);
		ck_assert_int_eq(dsn_complete(&dsn, &err), DBS_E_USAGE);
		ck_assert_uint_eq(dsn.port, 0);
	}
	parse("mysql://u@h");
	dsn.port = 65536;
	ck_assert_int_eq(dsn_complete(&dsn, &err), DBS_E_USAGE);
	dsn.port = 1;
	dsn.socket = strdup("/s");
	ck_assert_int_eq(dsn_complete(&dsn, &err), DBS_E_USAGE);
}
END_TEST

static void check_shown(const char *url, const char *expected)
{
	struct buf out = BUF_INIT;

	parse(url);
	dsn_show(&dsn, &out);
	ck_assert_str_eq(out.data, expected);
	buf_release(&out);
}

START_TEST(showing_names_server_and_user_and_no_password)
{
	check_shown("mysql://u:hunter2@db1:3307/x", "u@db1:3307");
	check_shown("mysql://u:hunter2@[::1]/x", "u@[::1]:3306");
	check_shown("mysql://u:hunter2@/x?socket=/run/s", "u@/run/s");
	check_shown("mysql://db1", "db1:3306");
	check_shown("mysql://me@corp@db1", "me@corp@db1:3306");
}
END_TEST

START_TEST(showing_is_safe_on_a_terminal)
{
	check_shown("mysql://%1B[31m@%2Fa%0Ab", "\\x1b[31m@/a\\nb");
}
END_TEST

START_TEST(words_of_ssl_modes_are_those_of_a_url)
{
	ck_assert_str_eq(dsn_tls_name(DSN_TLS_DISABLED), "disabled");
	ck_assert_str_eq(dsn_tls_name(DSN_TLS_VERIFY_IDENTITY),
			 "verify-identity");
}
END_TEST

static TCase *url_case(void)
{
	TCase *tcase = tcase_create("url");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, a_full_url_gives_all_its_parts);
	tcase_add_test(tcase, every_part_may_be_missing);
	tcase_add_test(tcase, an_empty_password_is_not_an_unset_one);
	tcase_add_test(tcase, at_sign_in_a_password_needs_no_encoding);
	tcase_add_test(tcase, at_sign_in_a_user_needs_no_encoding);
	tcase_add_test(tcase, colon_and_comma_in_a_password_need_no_encoding);
	tcase_add_test(tcase, encoded_bytes_are_decoded_everywhere);
	tcase_add_test(tcase, a_plus_is_a_plus);
	tcase_add_test(tcase, an_encoded_text_is_decoded_once);
	tcase_add_test(tcase, ipv6_hosts_stand_in_brackets);
	tcase_add_test(tcase, an_encoded_path_for_a_host_is_a_socket);
	tcase_add_test(tcase, a_socket_may_be_a_key);
	tcase_add_test(tcase, a_socket_path_fits_into_its_address);
	tcase_add_test(tcase, keys_may_be_written_in_other_ways);
	return tcase;
}

static TCase *refusal_case(void)
{
	TCase *tcase = tcase_create("refusals");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, ports_are_numbers_in_range);
	tcase_add_test(tcase, urls_of_two_readings_are_refused);
	tcase_add_test(tcase, broken_encodings_are_refused);
	tcase_add_test(tcase, host_names_have_no_strange_characters);
	tcase_add_test(tcase, a_database_is_one_name);
	tcase_add_test(tcase, other_schemes_are_refused);
	tcase_add_test(tcase, an_unknown_key_is_named_with_the_nearest_one);
	tcase_add_test(tcase, values_of_keys_are_checked);
	tcase_add_test(tcase, a_refused_url_changes_nothing);
	return tcase;
}

static TCase *secret_case(void)
{
	TCase *tcase = tcase_create("secrets");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_loop_test(tcase, no_error_quotes_what_could_be_a_password, 0,
			    sizeof(leaky) / sizeof(*leaky));
	tcase_add_test(tcase, wiping_leaves_the_url_but_for_the_password);
	tcase_add_test(tcase, wiping_takes_more_rather_than_less);
	tcase_add_test(tcase, showing_names_server_and_user_and_no_password);
	tcase_add_test(tcase, showing_is_safe_on_a_terminal);
	return tcase;
}

static TCase *complete_case(void)
{
	TCase *tcase = tcase_create("complete");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, the_first_source_wins);
	tcase_add_test(tcase, leave_to_show_the_password_is_yes_or_no);
	tcase_add_test(tcase, a_url_that_is_written_again_says_no_as_well);
	tcase_add_test(tcase,
		       leave_to_show_the_password_is_not_lent_to_another_host);
	tcase_add_test(tcase, a_port_is_not_lent_to_another_host);
	tcase_add_test(tcase, a_password_is_not_lent_to_another_user);
	tcase_add_test(tcase, host_and_socket_are_one_question);
	tcase_add_test(tcase, defaults_fill_what_is_missing);
	tcase_add_test(tcase, defaults_replace_nothing);
	tcase_add_test(tcase, a_named_socket_gets_no_host);
	tcase_add_test(tcase, a_named_ca_is_used_in_full);
	tcase_add_test(tcase, verifying_needs_no_named_ca);
	tcase_add_test(tcase, contradictions_are_refused);
	tcase_add_test(tcase, words_of_ssl_modes_are_those_of_a_url);
	return tcase;
}

int main(void)
{
	Suite *suite = suite_create("dsn");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, url_case());
	suite_add_tcase(suite, refusal_case());
	suite_add_tcase(suite, secret_case());
	suite_add_tcase(suite, complete_case());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
