/* report_value.c - see report_value.h. */
#include "dbsync/run/report_value.h"

#include <stdio.h>

struct json_object *report_string(const char *text)
{
	return text ? json_object_new_string(text) : NULL;
}

struct json_object *report_count(uint64_t count)
{
	return json_object_new_uint64(count);
}

struct json_object *report_seconds(double seconds)
{
	char digits[32];

	(void)snprintf(digits, sizeof(digits), "%.3f", seconds);
	return json_object_new_double_s(seconds, digits);
}

void report_add(struct json_object *to, const char *name,
		struct json_object *value)
{
	(void)json_object_object_add(to, name, value);
}

const char *report_change_name(enum change_kind kind)
{
	static const char *const names[] = {
		[CHANGE_INSERT] = "insert",
		[CHANGE_UPDATE] = "update",
		[CHANGE_DELETE] = "delete",
	};

	return names[kind];
}

void report_label(struct buf *out, const char *name, const char *value)
{
	buf_addf(out, "%s=\"", name);
	for (const char *c = value; *c; c++) {
		if (*c == '"' || *c == '\\')
			buf_addc(out, '\\');
		if (*c == '\n')
			buf_adds(out, "\\n");
		else
			buf_addc(out, *c);
	}
	buf_addc(out, '"');
}

void report_time(time_t at, char out[REPORT_TIME])
{
	struct tm utc;

	(void)gmtime_r(&at, &utc);
	(void)strftime(out, REPORT_TIME, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

struct json_object *report_get(struct json_object *object, const char *name)
{
	struct json_object *value = NULL;

	if (json_object_is_type(object, json_type_object))
		(void)json_object_object_get_ex(object, name, &value);
	return value;
}

const char *report_get_text(struct json_object *object, const char *name,
			    const char *otherwise)
{
	struct json_object *value = report_get(object, name);

	return value ? json_object_get_string(value) : otherwise;
}

size_t report_length(struct json_object *array)
{
	return json_object_is_type(array, json_type_array)
		       ? json_object_array_length(array)
		       : 0;
}
