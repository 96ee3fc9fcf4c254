/*
 * The promise under test: what a few bytes unpack to is not kept in memory
 * before it is known to be a backup point.
 */
#include "dbsync/backup/point.h"
#include "dbsync/base/mem.h"
#include "dbsync/base/zip.h"

#include "scratch.h"

#include <check.h>
#include <inttypes.h>
#include <xxhash.h>

#define FIRST "-- dbsync backup point, format 1\n"
#define MANIFEST                                                               \
	"-- manifest {\"format\":1,\"run\":\"r\",\"created\":\"c\","           \
	"\"command\":\"incremental\",\"source\":\"s\",\"target\":\"t\","       \
	"\"target_version\":\"v\",\"target_identity\":\"i\",\"allowed\":[],"   \
	"\"tables\":[{\"database\":\"d\",\"table\":\"k\",\"insert\":1,"        \
	"\"update\":1,\"delete\":1,\"auto_increment\":0,\"written\":1,"        \
	"\"key\":[\"id\"],"                                                    \
	"\"columns\":[{\"name\":\"id\",\"type\":\"int\",\"collation\":\"\"}]," \
	"\"compared\":[{\"name\":\"id\",\"form\":\"\"}]}]}\n"
#define ROWS                   \
	"-- table 0 `d`.`k`\n" \
	"INSERT INTO `d`.`k` (`id`) VALUES\n(1"

static struct dbs_error err;
static struct backup_reader *reader;

struct bomb {
	struct file_draft draft;
	struct zip_writer *zip;
	XXH3_state_t *digest;
	uint64_t bytes;
};

static void add(struct bomb *bomb, const void *bytes, size_t count)
{
	ck_assert_int_eq(zip_write(bomb->zip, bytes, count, &err), DBS_OK);
	(void)XXH3_128bits_update(bomb->digest, bytes, count);
	bomb->bytes += count;
}

static void end_bomb(struct bomb *bomb)
{
	const XXH128_hash_t hash = XXH3_128bits_digest(bomb->digest);
	char line[128];

	(void)snprintf(line, sizeof(line),
		       "-- end {\"bytes\":%" PRIu64 ",\"xxh3\":\"%016" PRIx64
		       "%016" PRIx64 "\"}\n",
		       bomb->bytes, hash.high64, hash.low64);
	ck_assert_int_eq(zip_write(bomb->zip, line, strlen(line), &err),
			 DBS_OK);
	ck_assert_int_eq(zip_finish(bomb->zip, &err), DBS_OK);
	ck_assert_int_eq(file_draft_keep(&bomb->draft, false, &err), DBS_OK);
	zip_writer_drop(&bomb->zip);
	file_draft_drop(&bomb->draft);
	(void)XXH3_freeState(bomb->digest);
}

/* A backup point with a line of so many bytes behind its beginning. */
static void write_bomb(const char *path, const char *beginning, uint64_t bytes)
{
	static char block[1024 * 1024];
	struct bomb bomb = {.draft = FILE_DRAFT_INIT,
			    .digest = XXH3_createState()};

	ck_assert_int_eq(file_draft_open(&bomb.draft, path, &err), DBS_OK);
	bomb.zip = zip_writer_new(&bomb.draft, 1, 0);
	(void)XXH3_128bits_reset(bomb.digest);
	add(&bomb, beginning, strlen(beginning));
	memset(block, '0', sizeof(block));
	for (uint64_t i = 0; i < bytes; i += sizeof(block))
		add(&bomb, block, sizeof(block));
	add(&bomb, "\n", 1);
	end_bomb(&bomb);
}

static void begin(void)
{
	err = (struct dbs_error){0};
	scratch_make();
}

static void end(void)
{
	backup_close(&reader);
	scratch_drop();
}

static const struct {
	const char *beginning;
	const char *told;
} heads[] = {
	{FIRST "-- manifest {\"run\":\"", "line 2 is longer than one can be"},
	{"-- ", "line 1 is longer than one can be"},
};

START_TEST(a_head_is_not_larger_than_its_file_allows)
{
	struct stat info;

	write_bomb(scratch_path("bomb"), heads[_i].beginning,
		   (uint64_t)32 * 1024 * 1024);
	ck_assert_int_eq(stat(scratch_path("bomb"), &info), 0);
	ck_assert_int_lt(info.st_size, 36 * 1024);
	ck_assert_int_eq(backup_open(scratch_path("bomb"), &reader, &err),
			 DBS_E_FORMAT);
	ck_assert_msg(strstr(err.text, heads[_i].told) != NULL, "%s", err.text);
}
END_TEST

START_TEST(a_row_may_be_much_larger_than_what_it_is_packed_to)
{
	struct backup_row row;
	bool more = false;

	write_bomb(scratch_path("bomb"), FIRST MANIFEST ROWS,
		   (uint64_t)32 * 1024 * 1024);
	ck_assert_int_eq(backup_open(scratch_path("bomb"), &reader, &err),
			 DBS_OK);
	/* it has no comment, and so is no row: but it was read */
	ck_assert_int_eq(backup_next(reader, &row, &more, &err), DBS_E_FORMAT);
	ck_assert_ptr_nonnull(strstr(err.text, "line 5 is no row"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("bomb");
	SRunner *runner = srunner_create(suite);
	TCase *tcase = tcase_create("bomb");
	int failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_loop_test(tcase, a_head_is_not_larger_than_its_file_allows, 0,
			    2);
	tcase_add_test(tcase,
		       a_row_may_be_much_larger_than_what_it_is_packed_to);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
