/*
 * fuzz_backup.c - any bytes as a backup point: read to its end, or refused.
 *
 * Behind an `R` they are the file as it is.  Otherwise they are its text, which
 * is compressed and gets a right trailer, so that what reads behind the digest
 * is reached.  A row's tuple is cut, too, as a rollback would.
 */
#include "dbsync/backup/point.h"

#include "sealed.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>

enum { MOST_COLUMNS = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_file(int fd, const void *bytes, size_t count)
{
	struct dbs_error err = {0};

	if (ftruncate(fd, 0) || file_write_at(fd, bytes, count, 0, &err))
		abort();
}

static void write_text(int fd, const uint8_t *data, size_t size)
{
	struct buf text = BUF_INIT;

	buf_add(&text, data, size);
	sealed_trailer(&text);
	const size_t room = ZSTD_compressBound(text.length);
	char *packed = malloc(room);
	const size_t count = ZSTD_compress(packed, room, text.data, text.length,
					   1);

	if (ZSTD_isError(count))
		abort();
	write_file(fd, packed, count);
	free(packed);
	buf_release(&text);
}

static void read_row(const struct backup_reader *reader,
		     const struct backup_row *row)
{
	const struct manifest *manifest = backup_manifest(reader);
	struct slice parts[MOST_COLUMNS];

	if (row->table >= manifest->table_count)
		abort();
	const size_t count = manifest->tables[row->table].column_count;

	if (row->tuple.length && count <= MOST_COLUMNS)
		(void)literal_split(row->tuple, parts, count);
	if (row->key.length)
		(void)literal_skip(row->key.data,
				   row->key.data + row->key.length);
}

static void read_all(const char *path)
{
	struct backup_reader *reader = NULL;
	struct dbs_error err = {0};
	struct backup_row row;
	bool more = true;
	enum dbs_rc rc = backup_open(path, &reader, &err);

	while (!rc && more) {
		rc = backup_next(reader, &row, &more, &err);
		if (!rc && more)
			read_row(reader, &row);
	}
	if (rc != err.code || (rc && !*err.text))
		abort();
	backup_close(&reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const int fd = memfd_create("backup", MFD_CLOEXEC);
	char path[64];

	if (fd < 0)
		abort();
	if (size && *data == 'R')
		write_file(fd, data + 1, size - 1);
	else
		write_text(fd, data, size);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	read_all(path);
	(void)close(fd);
	return 0;
}
