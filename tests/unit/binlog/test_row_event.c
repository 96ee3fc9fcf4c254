/*
 * The promise under test: maps and rows that servers wrote (MariaDB 11.8 and
 * MySQL 9.7; what the fuzzer begins with) come out as their statements had
 * them, and what is cut off is an error, not a shorter row.
 */
#include "dbsync/binlog/row_event.h"

#include "dbsync/base/file.h"
#include "dbsync/base/own.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CORPUS BESIDE "../../fuzz/corpus/binary_log/"

static struct buf bytes; /* of a file: type, flags, length (2), body … */
static size_t at;
static struct log_event event;
static struct log_format format;
static struct table_map map;
static struct row_event row;
static struct arena *arena;
static struct dbs_error error;

static void begin(void)
{
	bytes = (struct buf)BUF_INIT;
	row = (struct row_event)ROW_EVENT_INIT;
	arena = arena_new();
	at = 0;
	memset(&format, 0, sizeof(format));
}

static void end(void)
{
	row_event_release(&row);
	buf_release(&bytes);
	arena_drop(&arena);
}

static void load(const char *name)
{
	OWNED(buf_release) struct buf path = BUF_INIT;
	bool is_there = false;

	buf_addf(&path, CORPUS "%s", name);
	buf_clear(&bytes);
	ck_assert_int_eq(file_read(path.data, 1000000, &bytes, &is_there,
				   &error),
			 DBS_OK);
	ck_assert_msg(is_there, "%s", path.data);
	at = 0;
}

static bool next_event(void)
{
	const uint8_t *data = (const uint8_t *)bytes.data + at;

	if (at >= bytes.length)
		return false;
	event = (struct log_event){.type = data[0],
				   .body = data + 4,
				   .length = (size_t)log_number(data + 2, 2)};
	at += 4 + event.length;
	return true;
}

static void find(bool (*is_it)(uint8_t type))
{
	while (next_event())
		if (is_it(event.type))
			return;
	ck_abort_msg("no such event");
}

static bool is_map(uint8_t type)
{
	return type == EVENT_TABLE_MAP;
}

static void read_map(void)
{
	find(is_map);
	ck_assert(table_map_read(&event, arena, &map));
}

/* ------------------------------------------------------------------------
 * Maps
 * --------------------------------------------------------------------- */

static const struct {
	const char *file, *table;
	bool has_names, has_signs;
} maps[] = {
	{"mariadb-numbers-full", "numbersFULL", true, true},
	{"mariadb-numbers-minimal", "numbersMINIMAL", false, true},
	{"mysql-numbers-full", "numbersFULL", true, true},
	{"mysql-numbers-minimal", "numbersMINIMAL", false, true},
};

START_TEST(maps_of_numbers)
{
	static const uint8_t types[] = {
		LOG_LONG,       LOG_TINY,     LOG_SHORT, LOG_INT24,
		LOG_LONG,       LOG_LONGLONG, LOG_FLOAT, LOG_DOUBLE,
		LOG_NEWDECIMAL, LOG_BIT,      LOG_YEAR,
	};

	load(maps[_i].file);
	read_map();
	ck_assert_str_eq(map.database, "fz");
	ck_assert_str_eq(map.table, maps[_i].table);
	ck_assert_uint_eq(map.count, sizeof(types));
	ck_assert_int_eq(map.has_names, maps[_i].has_names);
	ck_assert_int_eq(map.has_signs, maps[_i].has_signs);
	for (size_t i = 0; i < map.count; i++) {
		char letter[2] = {(char)('a' + i - 1), '\0'};

		ck_assert_uint_eq(map.columns[i].type, types[i]);
		ck_assert_int_eq(map.columns[i].is_nullable, i > 0);
		/* b and e are UNSIGNED; YEAR is to both, too */
		ck_assert_int_eq(map.columns[i].is_unsigned,
				 i == 2 || i == 5 || i == 10);
		if (map.has_names)
			ck_assert_str_eq(map.columns[i].name,
					 i ? letter : "id");
	}
	ck_assert_uint_eq(map.columns[8].digits, 20);
	ck_assert_uint_eq(map.columns[8].scale, 5);
	ck_assert_uint_eq(map.columns[9].digits, 3);
	ck_assert_uint_eq(map.columns[9].size, 2);
}
END_TEST

START_TEST(maps_of_texts)
{
	load(_i ? "mysql-texts-full" : "mariadb-texts-full");
	read_map();
	ck_assert_uint_eq(map.count, 12);
	ck_assert_uint_eq(map.columns[1].type, LOG_STRING);
	/* 200 characters of 4 bytes: two bits of it are elsewhere */
	ck_assert_uint_eq(map.columns[2].type, LOG_STRING);
	ck_assert_uint_eq(map.columns[2].size, 800);
	ck_assert_uint_eq(map.columns[9].type, LOG_ENUM);
	ck_assert_uint_eq(map.columns[10].type, LOG_SET);
	ck_assert_uint_eq(map.columns[11].type, LOG_GEOMETRY);
}
END_TEST

static const char *const files[] = {
	"mariadb-numbers-full", "mariadb-texts-full", "mariadb-times-minimal",
	"mariadb-own-full",     "mysql-numbers-full", "mysql-texts-minimal",
	"mysql-times-full",     "mysql-own-full",
};

START_TEST(a_map_that_is_cut_is_none_or_lacks_what_is_behind)
{
	load(files[_i]);
	find(is_map);
	const size_t whole = event.length;
	struct table_map cut;

	ck_assert(table_map_read(&event, arena, &map));
	for (event.length = 0; event.length < whole; event.length++) {
		if (!table_map_read(&event, arena, &cut))
			continue;
		ck_assert_uint_eq(cut.count, map.count);
		ck_assert_uint_lt(cut.length, map.length);
	}
}
END_TEST

/* ------------------------------------------------------------------------
 * Rows
 * --------------------------------------------------------------------- */

static void open_row(enum row_change change)
{
	find(row_event_is);
	ck_assert(row_event_open(&row, &event, &format, &map));
	ck_assert_int_eq(row.change, change);
	ck_assert_uint_eq(row.table_id, map.id);
	ck_assert(row_event_next(&row));
}

static void check_number(unsigned image, size_t column, uint64_t number)
{
	const struct log_cell *cell = &row.cells[image][column];

	ck_assert_int_eq(cell->presence, CELL_PRESENT);
	ck_assert_uint_eq(log_number(cell->data, (unsigned)cell->length),
			  number);
}

START_TEST(rows_of_each_kind)
{
	load(_i ? "mysql-numbers-minimal" : "mariadb-numbers-full");
	read_map();
	open_row(ROW_INSERT);
	ck_assert(!row.has[IMAGE_BEFORE] && row.has[IMAGE_AFTER]);
	check_number(IMAGE_AFTER, 0, 1);
	check_number(IMAGE_AFTER, 2, 2);
	check_number(IMAGE_AFTER, 3, 0xfffffd);
	check_number(IMAGE_AFTER, 5, 5);
	check_number(IMAGE_AFTER, 10, 126);
	ck_assert(!row_event_next(&row) && row.at_end);
	open_row(ROW_UPDATE);
	ck_assert(row.has[IMAGE_BEFORE] && row.has[IMAGE_AFTER]);
	check_number(IMAGE_BEFORE, 0, 1);
	check_number(IMAGE_AFTER, 0, 2);
	check_number(IMAGE_AFTER, 1, 1);
	open_row(ROW_DELETE);
	ck_assert(row.has[IMAGE_BEFORE] && !row.has[IMAGE_AFTER]);
	check_number(IMAGE_BEFORE, 0, 2);
}
END_TEST

START_TEST(images_with_few_columns)
{
	load(_i ? "mysql-minimal-xa" : "mariadb-minimal-xa");
	read_map();
	open_row(ROW_INSERT);
	open_row(ROW_UPDATE);
	check_number(IMAGE_BEFORE, 0, 1);
	ck_assert_int_eq(row.cells[IMAGE_BEFORE][1].presence, CELL_ABSENT);
	ck_assert_int_eq(row.cells[IMAGE_AFTER][0].presence, CELL_ABSENT);
	ck_assert_int_eq(row.cells[IMAGE_AFTER][1].presence, CELL_PRESENT);
	ck_assert_mem_eq(row.cells[IMAGE_AFTER][1].data, "c", 1);
	ck_assert_int_eq(row.cells[IMAGE_AFTER][2].presence, CELL_ABSENT);
	ck_assert(!row_event_next(&row) && row.at_end);
}
END_TEST

START_TEST(compressed_rows)
{
	load("mariadb-compressed");
	read_map();
	open_row(ROW_INSERT);
	check_number(IMAGE_AFTER, 0, 9);
	ck_assert_uint_eq(row.cells[IMAGE_AFTER][1].length, 900);
	ck_assert_uint_eq(row.cells[IMAGE_AFTER][2].length, 500);
	ck_assert_mem_eq(row.cells[IMAGE_AFTER][2].data, "yyyyyyyy", 8);
	ck_assert(!row_event_next(&row) && row.at_end);
}
END_TEST

START_TEST(differences_of_json_are_no_value)
{
	load("mysql-partial-json");
	read_map();
	open_row(ROW_UPDATE);
	ck_assert_int_eq(row.cells[IMAGE_BEFORE][1].presence, CELL_PRESENT);
	ck_assert_int_eq(row.cells[IMAGE_AFTER][1].presence, CELL_ABSENT);
	ck_assert(!row_event_next(&row) && row.at_end);
}
END_TEST

START_TEST(rows_that_are_cut_are_no_rows)
{
	load(files[_i]);
	read_map();
	find(row_event_is);
	size_t empty = 0;

	while (event.length > 0) {
		event.length--;
		if (!row_event_open(&row, &event, &format, &map))
			continue;
		ck_assert(!row_event_next(&row));
		empty += row.at_end;
	}
	/* that of no row at all */
	ck_assert_uint_eq(empty, 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("row_event");
	TCase *tcase = tcase_create("row_event");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_loop_test(tcase, maps_of_numbers, 0, 4);
	tcase_add_loop_test(tcase, maps_of_texts, 0, 2);
	tcase_add_loop_test(
		tcase, a_map_that_is_cut_is_none_or_lacks_what_is_behind, 0, 8);
	tcase_add_loop_test(tcase, rows_of_each_kind, 0, 2);
	tcase_add_loop_test(tcase, images_with_few_columns, 0, 2);
	tcase_add_test(tcase, compressed_rows);
	tcase_add_test(tcase, differences_of_json_are_no_value);
	tcase_add_loop_test(tcase, rows_that_are_cut_are_no_rows, 0, 8);
	suite_add_tcase(suite, tcase);
	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_ENV);
	const int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
