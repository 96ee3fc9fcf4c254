/*
 * The promise under test: events that servers wrote (MariaDB 11.8, MySQL 9.7) are
 * what they said, and any part of one is none.  (Of a file that is being written,
 * the FORMAT has a flag that its checksum does not know; here it is taken off.)
 */
#include "dbsync/binlog/event.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define MARIADB_FORMAT                                                         \
	"ad310e6b0fcf860000fc000000000100000000040031312e382e392d4d6172696144" \
	"422d302b646562313375312066726f6d2044656269616e2d6c6f6700000000000000" \
	"0000000000000013380d000800120004040404120000e400041a0800000008080802" \
	"0000000a0a0a0000000000000a0a0a00000000000000000000000000000000000000" \
	"00000000000000000000000000000000000000000000000000000000000000000000" \
	"00000000000000000000000000000000000000000000000000000000000000000000" \
	"00000000000000000000000000000000000000000000000000000000000000000413" \
	"04000d0808080a0a0a01f376ed39"
#define MARIADB_GTID                                                           \
	"ad310e6ba2cf8600002a000000a50100000800fd00000000000000000000000c10fa" \
	"010000008bf800a1"
#define MARIADB_XA_QUERY                                                       \
	"ad310e6b02cf86000055000000000000000800fa010000000000000200001a000000" \
	"000001010000205400000000060373746404000900090009667a0058412045"       \
	"4e442058273631272c58273632272c3785009393"
#define PREPARE                                                                \
	"ad310e6b26cf86000026000000830300000000000700000001000000010000006162" \
	"d8e17b27"
#define MARIADB_ROTATE                                                         \
	"ad310e6b04cf8600002c000000380400000000040000000000000062696e6c6f672e" \
	"303030303139f01bca76"
#define MYSQL_FORMAT                                                           \
	"ad310e6b0fd08600007b0000007f00000000000400392e372e342d32000000000000" \
	"00000000000000000000000000000000000000000000000000000000000000000000" \
	"0000000000000013000d0008000000000400040000006300041a0800000000000002" \
	"0000000a0a0a2a2a001234000a2800000167301b9e"
#define MYSQL_GTID                                                             \
	"ad310e6b21d08600004f0000001501000000000047c59c28ed2b11f1a02202fc0000" \
	"0001c5000000000000000200000000000000000100000000000000e6118a55896106" \
	"fc170150620100c625ddb2"
#define MYSQL_TAGGED                                                           \
	"ad310e6b2ad0860000530000005f04000000000278000000028e1503710250b50356" \
	"22c50381024404f1030000000204040610736f6d655f746167080c0a100c7ffeb38a" \
	"55896106106d041283120b1a00fbeb"
#define MYSQL_BEGIN                                                            \
	"ad310e6b02d0860000490000005e0100000800a9010000000000000200001d000000" \
	"000000012000a045000000000603737464042d002d00ff0012ff00667a0042454749" \
	"4efecac074"

static const char *const all[] = {
	MARIADB_FORMAT, MARIADB_GTID,   MARIADB_XA_QUERY,
	PREPARE,        MARIADB_ROTATE, MYSQL_FORMAT,
	MYSQL_GTID,     MYSQL_TAGGED,   MYSQL_BEGIN,
};

enum { ALL = sizeof(all) / sizeof(*all) };

static struct buf bytes;
static struct log_event event;

static void begin(void)
{
	bytes = (struct buf)BUF_INIT;
}

static void end(void)
{
	buf_release(&bytes);
}

static const uint8_t *load(const char *hex)
{
	buf_clear(&bytes);
	ck_assert(text_unhex(&bytes, hex));
	return (const uint8_t *)bytes.data;
}

static void read_event(const char *hex)
{
	const uint8_t *data = load(hex);

	ck_assert(log_event_is_intact(data, bytes.length));
	ck_assert(log_event_read(data, bytes.length, true, &event));
}

START_TEST(an_event_is_whole_or_none)
{
	read_event(all[_i]);
	ck_assert_uint_eq(event.size, bytes.length);
	ck_assert_uint_eq(event.length, bytes.length - 23);
	ck_assert_uint_eq(event.time, 0x6b0e31ad);
	for (size_t length = 0; length < bytes.length; length++) {
		const uint8_t *data = (const uint8_t *)bytes.data;

		ck_assert(!log_event_read(data, length, true, &event));
		ck_assert(!log_event_is_intact(data, length));
	}
	for (size_t i = 0; i < bytes.length; i++) {
		bytes.data[i] ^= 0x20;
		ck_assert(!log_event_is_intact((uint8_t *)bytes.data,
					       bytes.length));
		bytes.data[i] ^= 0x20;
	}
}
END_TEST

START_TEST(formats_say_how_to_read_the_rest)
{
	struct log_format format;
	const uint8_t *data = load(MARIADB_FORMAT);

	ck_assert(log_format_read(data, bytes.length, &format));
	ck_assert_str_eq(format.version, "11.8.9-MariaDB-0+deb13u1 from "
					 "Debian-log");
	ck_assert_uint_eq(format.birth, 0x6b0e31ad);
	ck_assert(format.has_checksums);
	ck_assert_uint_eq(format.post_header[EVENT_QUERY], 13);
	ck_assert_uint_eq(format.post_header[EVENT_WRITE_ROWS], 10);
	ck_assert_uint_eq(format.post_header[EVENT_MARIADB_GTID], 19);
	bytes.data[bytes.length - 5] = 0;
	ck_assert(log_format_read(data, bytes.length, &format));
	ck_assert(!format.has_checksums);
	bytes.data[bytes.length - 5] = 2;
	ck_assert(!log_format_read(data, bytes.length, &format));
	data = load(MYSQL_FORMAT);
	ck_assert(log_format_read(data, bytes.length, &format));
	ck_assert_str_eq(format.version, "9.7.4-2");
	ck_assert_uint_eq(format.post_header[EVENT_TABLE_MAP], 8);
	ck_assert_uint_eq(format.post_header[EVENT_MARIADB_GTID], 0);
	bytes.data[19] = 3; /* of MySQL 4 */
	ck_assert(!log_format_read(data, bytes.length, &format));
}
END_TEST

static const struct {
	const char *hex, *text;
} ids[] = {
	{MARIADB_GTID, "0-34511-253"},
	{MYSQL_GTID, "47c59c28-ed2b-11f1-a022-02fc00000001:197"},
	{MYSQL_TAGGED, "47c59c28-ed2b-11f1-a022-02fc00000001:some_tag:1"},
};

START_TEST(transactions_have_an_id)
{
	struct log_gtid gtid;

	read_event(ids[_i].hex);
	ck_assert(log_gtid_read(&event, &gtid));
	ck_assert_str_eq(gtid.text, ids[_i].text);
	ck_assert(!gtid.is_standalone && !gtid.is_start_alter);
	/* the id is in front, what may be behind is of no interest */
	for (event.length = 0; event.length < 13; event.length++)
		ck_assert(!log_gtid_read(&event, &gtid));
}
END_TEST

START_TEST(statements_have_a_database)
{
	struct log_query query;

	read_event(MYSQL_BEGIN);
	ck_assert(log_query_read(&event, &query));
	ck_assert_uint_eq(query.length, 5);
	ck_assert_mem_eq(query.text, "BEGIN", 5);
	ck_assert_uint_eq(query.database_length, 2);
	ck_assert_mem_eq(query.database, "fz", 2);
	ck_assert_uint_eq(query.error, 0);
	read_event(MARIADB_XA_QUERY);
	ck_assert(log_query_read(&event, &query));
	ck_assert_uint_eq(query.length, 20);
	ck_assert_mem_eq(query.text, "XA END X'61',X'62',7", 20);
	/* cut in its text is another text; before that, none */
	for (event.length -= query.length + 1; event.length; event.length--)
		ck_assert(!log_query_read(&event, &query));
}
END_TEST

START_TEST(prepared_ones_have_an_xid)
{
	OWNED(buf_release) struct buf xid = BUF_INIT;
	bool is_one_phase = true;

	read_event(PREPARE);
	ck_assert(log_xa_prepare_read(&event, &is_one_phase, &xid));
	ck_assert_str_eq(xid.data, "X'61',X'62',7");
	ck_assert(!is_one_phase);
	event.length--;
	ck_assert(!log_xa_prepare_read(&event, &is_one_phase, &xid));
	event.length = 12;
	ck_assert(!log_xa_prepare_read(&event, &is_one_phase, &xid));
}
END_TEST

START_TEST(a_log_goes_on_in_a_file)
{
	const char *name = NULL;
	uint64_t position = 0;
	size_t length = 0;

	read_event(MARIADB_ROTATE);
	ck_assert(log_rotate_read(&event, &position, &name, &length));
	ck_assert_uint_eq(position, 4);
	ck_assert_uint_eq(length, 13);
	ck_assert_mem_eq(name, "binlog.000019", 13);
	bytes.data[30] = '\0';
	ck_assert(!log_rotate_read(&event, &position, &name, &length));
	event.length = 8;
	ck_assert(!log_rotate_read(&event, &position, &name, &length));
}
END_TEST

START_TEST(packed_numbers)
{
	static const struct {
		const char *hex;
		uint64_t number;
		size_t bytes; /* 0: none */
	} cases[] = {
		{"00", 0, 1},
		{"fa", 250, 1},
		{"fb", 0, 0},
		{"fcfb00", 251, 3},
		{"fcfb", 0, 0},
		{"fdffffff", 0xffffff, 4},
		{"fe0100000000000080", 0x8000000000000001, 9},
		{"fe01000000000000", 0, 0},
		{"ff", 0, 0},
		{"", 0, 0},
	};
	uint64_t number = 0;
	const uint8_t *data = load(cases[_i].hex);
	const uint8_t *at = data;

	ck_assert_int_eq(log_packed(&at, data + bytes.length, &number),
			 cases[_i].bytes != 0);
	ck_assert_uint_eq((size_t)(at - data), cases[_i].bytes);
	if (cases[_i].bytes)
		ck_assert_uint_eq(number, cases[_i].number);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("event");
	TCase *tcase = tcase_create("event");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_loop_test(tcase, an_event_is_whole_or_none, 0, ALL);
	tcase_add_test(tcase, formats_say_how_to_read_the_rest);
	tcase_add_loop_test(tcase, transactions_have_an_id, 0, 3);
	tcase_add_test(tcase, statements_have_a_database);
	tcase_add_test(tcase, prepared_ones_have_an_xid);
	tcase_add_test(tcase, a_log_goes_on_in_a_file);
	tcase_add_loop_test(tcase, packed_numbers, 0, 10);
	suite_add_tcase(suite, tcase);
	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_ENV);
	const int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
