/*
 * charset.c - see charset.h.
 *
 * MySQL's 0900 collations and MariaDB's uca1400 ones follow the Unicode
 * collation algorithm in versions 9.0 and 14.0; both have no-pad forms.  Where
 * a server has neither, unicode_520 (5.2) is the nearest.
 */
#include "charset.h"

#include "dbsync/base/text.h"

#include <stdlib.h>
#include <string.h>

const char *charset_modern(const char *name, struct arena *arena)
{
	if (!strcmp(name, "utf8"))
		return "utf8mb3";
	if (!strncmp(name, "utf8_", 5))
		return arena_printf(arena, "utf8mb3_%s", name + 5);
	return name;
}

const char *charset_of_collation(const char *collation, struct arena *arena)
{
	return arena_strndup(arena, collation, strcspn(collation, "_"));
}

const char *charset_default_collation(const struct collations *server,
				      const char *charset)
{
	for (size_t i = 0; i < server->default_count; i++)
		if (!strcmp(server->defaults[i].charset, charset))
			return server->defaults[i].collation;
	return "";
}

static int order_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

bool charset_has_collation(const struct collations *server,
			   const char *collation)
{
	return server->name_count &&
	       bsearch(&collation, server->names, server->name_count,
		       sizeof(*server->names), order_names);
}

/* Of one family, and in the order of their nearness, of the other. */
static const struct {
	const char *wanted;
	const char *nearest[4];
} relatives[] = {
	{"0900_ai_ci",
	 {"uca1400_nopad_ai_ci", "unicode_520_nopad_ci", "unicode_520_ci"}},
	{"0900_as_ci", {"uca1400_nopad_as_ci", "unicode_520_nopad_ci"}},
	{"0900_as_cs", {"uca1400_nopad_as_cs"}},
	{"0900_bin", {"nopad_bin", "bin"}},
	{"uca1400_nopad_ai_ci", {"0900_ai_ci", "unicode_520_ci"}},
	{"uca1400_nopad_as_ci", {"0900_as_ci"}},
	{"uca1400_nopad_as_cs", {"0900_as_cs"}},
	{"uca1400_ai_ci", {"unicode_520_ci", "0900_ai_ci"}},
	{"uca1400_as_ci", {"0900_as_ci"}},
	{"uca1400_as_cs", {"0900_as_cs"}},
	{"unicode_520_nopad_ci", {"0900_ai_ci", "unicode_520_ci"}},
	{"unicode_nopad_ci", {"0900_ai_ci", "unicode_ci"}},
	{"general_nopad_ci", {"general_ci"}},
	{"nopad_bin", {"0900_bin", "bin"}},
};

const char *charset_nearest(const struct collations *server,
			    const char *charset, const char *wanted,
			    struct arena *arena)
{
	const char *kind = strchr(wanted, '_');

	for (size_t i = 0; kind && i < sizeof(relatives) / sizeof(*relatives);
	     i++) {
		if (strcmp(relatives[i].wanted, kind + 1) != 0)
			continue;
		for (size_t k = 0; relatives[i].nearest[k]; k++) {
			const char *name =
				arena_printf(arena, "%s_%s", charset,
					     relatives[i].nearest[k]);

			if (charset_has_collation(server, name))
				return name;
		}
	}
	return NULL;
}
