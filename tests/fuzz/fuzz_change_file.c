/*
 * fuzz_change_file.c - any bytes as a segment of changes: read to its end, or
 * refused.  Behind a `P` they are what stands on the disk; otherwise they are the
 * text of a block, which is packed as change_file_add does it, so that what
 * reads behind zstd is reached.
 *
 * It takes the whole module in: nobody else writes such a file.
 */
#include "change_file.c"

#include <stdlib.h>
#include <sys/mman.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t put_packed(int fd, const uint8_t *data, size_t size)
{
	static char packed[HEAD + BLOCK + BLOCK / 128 + 1024];
	uint32_t sizes[2] = {(uint32_t)size, 0};

	sizes[1] = (uint32_t)ZSTD_compress(packed + HEAD, sizeof(packed) - HEAD,
					   data, size, 1);
	memcpy(packed, sizes, HEAD);
	if (write(fd, packed, HEAD + sizes[1]) != (ssize_t)(HEAD + sizes[1]))
		abort();
	return HEAD + sizes[1];
}

static uint64_t lay_out(int fd, const uint8_t *data, size_t size)
{
	if (!size || *data != 'P')
		return put_packed(fd, data, size);
	if (write(fd, data + 1, size - 1) != (ssize_t)size - 1)
		abort();
	return size - 1;
}

/* Whatever it is: none of it is read beyond its end. */
static void read_values(struct values row)
{
	struct one_value value;
	struct values rest;
	size_t count = 0;

	(void)values_tuple_most(row);
	if (!values_open(row, &count, &rest))
		return;
	while (values_next(&rest, &value))
		if (value.cell.data &&
		    value.cell.data + value.cell.length >
			    (const uint8_t *)row.data + row.length)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct change_file *file = mem_zero(1, sizeof(*file));
	struct dbs_error err = {0};
	struct change_record record;
	bool more = true;

	if (size > BLOCK)
		size = BLOCK;
	file->fd = memfd_create("changes", MFD_CLOEXEC);
	if (file->fd < 0)
		abort();
	const struct segment segment = {.file = file,
					.end = lay_out(file->fd, data, size)};
	struct change_reader *reader = change_reader_new(&segment, 1);

	while (more && !change_reader_next(reader, &record, &more, &err)) {
		if (!more)
			break;
		(void)change_record_rows(&record);
		read_values(record.new_row);
		read_values(record.old_row);
	}
	change_reader_drop(&reader);
	(void)close(file->fd);
	mem_drop(&file);
	return 0;
}
