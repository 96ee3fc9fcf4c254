/*
 * fuzz_json_binary.c - any bytes as what MySQL stores in a JSON column: refused
 * without a trace, or a text of bounded length that is JSON.
 */
#include "dbsync/binlog/json_binary.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/data/json_value.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Strings are as they came, and JSON only if that was UTF-8. */
static void must_be_json(struct buf text)
{
	OWNED(buf_release) struct buf canonical = BUF_INIT;
	struct dbs_error err = {0};

	if (text_is_utf8(text.data, text.length) &&
	    json_canonical(text.data, text.length, &canonical, &err))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	OWNED(buf_release) struct buf text = BUF_INIT;

	if (json_binary_text(&text, data, size))
		must_be_json(text);
	else if (text.length)
		abort();
	if (text.length > json_binary_most(size))
		abort();
	return 0;
}
