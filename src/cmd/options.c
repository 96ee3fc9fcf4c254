/* options.c - see options.h. */
#include "dbsync/cmd/options.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/data/walk_request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void *field(const struct option_row *row, void *into)
{
	return (char *)into + row->offset;
}

bool option_is_bare(const struct option_row *row)
{
	return row->kind == OPTION_FLAG || row->kind == OPTION_PRESET;
}

bool option_is_same(const struct option_row *a, const struct option_row *b)
{
	return a == b || (a->offset == b->offset && (a->kind == OPTION_PRESET ||
						     b->kind == OPTION_PRESET));
}

/* ------------------------------------------------------------------------
 * Values
 * --------------------------------------------------------------------- */

static enum dbs_rc set_unsigned(const struct option_row *row, const char *text,
				unsigned *out, struct dbs_error *err)
{
	char *end = NULL;

	errno = 0;
	const unsigned long number = strtoul(text, &end, 10);

	if (errno || end == text || *end || *text == '-' || number < row->min ||
	    number > row->max)
		return dbs_fail(err, DBS_E_USAGE,
				"--%s takes a whole number from %u to %u, not "
				"`%s`",
				row->name, row->min, row->max, text);
	*out = (unsigned)number;
	return DBS_OK;
}

static enum dbs_rc set_millis(const struct option_row *row, const char *text,
			      unsigned *out, struct dbs_error *err)
{
	char *end = NULL;
	const double seconds = strtod(text, &end);

	if (end == text || *end || !(seconds >= 0) || seconds > row->max)
		return dbs_fail(err, DBS_E_USAGE,
				"--%s takes %s from 0 to %u, not `%s`",
				row->name, row->metavar, row->max, text);
	*out = (unsigned)(seconds * 1000 + 0.5);
	/* nothing at all has a meaning of its own */
	if (seconds > 0 && !*out)
		return dbs_fail(err, DBS_E_USAGE,
				"--%s takes %s of at least 0.001, or 0, not "
				"`%s`",
				row->name, row->metavar, text);
	return DBS_OK;
}

static enum dbs_rc set_choice(const struct option_row *row, const char *text,
			      int *out, struct dbs_error *err)
{
	OWNED(buf_release) struct buf all = BUF_INIT;

	for (int i = 0; row->words[i]; i++) {
		if (!strcmp(row->words[i], text)) {
			*out = i;
			return DBS_OK;
		}
		buf_addf(&all, "%s%s", i ? ", " : "", row->words[i]);
	}
	return dbs_fail(err, DBS_E_USAGE, "--%s takes one of %s, not `%s`",
			row->name, all.data, text);
}

/* Pieces of text between commas, without empty ones; they are kept. */
static void split_list(const char *text, struct vec *out)
{
	while (*text) {
		const size_t length = strcspn(text, ",");

		if (length)
			*(char **)vec_push(out) = mem_strndup(text, length);
		text += length + (text[length] == ',');
	}
}

/* An empty one is a variable of a script that was not set, not "all". */
static enum dbs_rc set_list(const struct option_row *row, const char *text,
			    struct vec *out, struct dbs_error *err)
{
	const size_t before = out->count;

	split_list(text, out);
	if (out->count - before >= row->min)
		return DBS_OK;
	return dbs_fail(err, DBS_E_USAGE,
			"--%s is empty: give it %s, or omit it", row->name,
			row->metavar);
}

static enum dbs_rc split_at(const struct option_row *row, const char *text,
			    const char *mark, struct vec *out,
			    struct dbs_error *err)
{
	if (!mark || mark == text || !mark[1])
		return dbs_fail(err, DBS_E_USAGE, "--%s takes %s, not `%s`",
				row->name, row->metavar, text);
	struct table_option *option = vec_push(out);

	option->pattern = mem_strndup(text, (size_t)(mark - text));
	option->value = mem_strdup(mark + 1);
	return DBS_OK;
}

static enum dbs_rc add_columns(const struct option_row *row, const char *text,
			       struct vec *out, struct dbs_error *err)
{
	struct vec pieces = VEC_INIT(char *);
	enum dbs_rc rc = DBS_OK;

	split_list(text, &pieces);
	for (size_t i = 0; i < pieces.count; i++) {
		char **piece = vec_at(&pieces, i);

		if (!rc)
			rc = split_at(row, *piece, strrchr(*piece, '.'), out,
				      err);
		mem_drop(piece);
	}
	vec_release(&pieces);
	return rc;
}

enum dbs_rc options_set(const struct option_row *row, const char *text,
			void *into, struct dbs_error *err)
{
	void *at = field(row, into);

	switch (row->kind) {
	case OPTION_FLAG:
		*(bool *)at = true;
		return DBS_OK;
	case OPTION_PRESET:
		*(int *)at = (int)row->min;
		return DBS_OK;
	case OPTION_UNSIGNED:
		return set_unsigned(row, text, at, err);
	case OPTION_MILLIS:
		return set_millis(row, text, at, err);
	case OPTION_TEXT:
		*(const char **)at = text;
		return DBS_OK;
	case OPTION_CHOICE:
		return set_choice(row, text, at, err);
	case OPTION_LIST:
		return set_list(row, text, at, err);
	case OPTION_WHERE:
		return split_at(row, text, strchr(text, ':'), at, err);
	case OPTION_COLUMNS:
		return add_columns(row, text, at, err);
	}
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * Words
 * --------------------------------------------------------------------- */

struct words {
	const struct option_set *sets;
	size_t set_count;
	char **argv;
	int argc;
	int at;
	struct option_words *out;
};

void option_words_release(struct option_words *words)
{
	vec_release(&words->operands);
	vec_release(&words->given);
}

static enum dbs_rc unknown_option(const struct words *words, const char *name,
				  struct dbs_error *err)
{
	OWNED(vec_release) struct vec names = VEC_INIT(const char *);
	const size_t length = strcspn(name, "=");
	OWNED(mem_drop) char *bare = mem_strndup(name, length);

	for (size_t s = 0; s < words->set_count; s++)
		for (size_t i = 0; i < words->sets[s].count; i++)
			*(const char **)vec_push(
				&names) = words->sets[s].rows[i].name;
	const char *nearest = text_nearest(bare, names.items, names.count);

	return dbs_fail(err, DBS_E_USAGE, "there is no option --%s%s%s%s", bare,
			nearest ? "; did you mean --" : "",
			nearest ? nearest : "", nearest ? "?" : "");
}

static bool is_among(const char *word, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(words[i], word))
			return true;
	return false;
}

enum dbs_rc options_check_words(const char *option, const struct vec *given,
				const char *const *words, size_t count,
				struct dbs_error *err)
{
	for (size_t i = 0; i < given->count; i++) {
		const char *word = *(const char *const *)vec_at(given, i);
		const char *nearest = text_nearest(word, words, count);

		if (!is_among(word, words, count))
			return dbs_fail(err, DBS_E_USAGE,
					"--%s does not accept `%s`%s%s%s",
					option, word,
					nearest ? "; did you mean `" : "",
					nearest ? nearest : "",
					nearest ? "`?" : "");
	}
	return DBS_OK;
}

static enum dbs_rc take_value(struct words *words, const struct option_set *set,
			      const struct option_row *row,
			      const char *attached, struct dbs_error *err)
{
	*(const struct option_row **)vec_push(&words->out->given) = row;
	if (option_is_bare(row) && attached)
		return dbs_fail(err, DBS_E_USAGE, "--%s takes no value",
				row->name);
	if (option_is_bare(row) || attached)
		return options_set(row, attached, set->into, err);
	if (row->absent)
		return options_set(row, row->absent, set->into, err);
	if (words->at + 1 >= words->argc)
		return dbs_fail(err, DBS_E_USAGE, "--%s needs a value: %s",
				row->name, row->metavar);
	return options_set(row, words->argv[++words->at], set->into, err);
}

/* The row that a name of some length, or a letter, is of; or NULL. */
static const struct option_row *find_row(const struct words *words,
					 const char *name, size_t length,
					 char letter,
					 const struct option_set **set_out)
{
	for (size_t s = 0; s < words->set_count; s++) {
		const struct option_set *set = &words->sets[s];

		*set_out = set;
		for (size_t i = 0; i < set->count; i++) {
			const struct option_row *row = &set->rows[i];

			if (name ? strlen(row->name) == length &&
					    !strncmp(row->name, name, length)
				 : row->letter == letter)
				return row;
		}
	}
	return NULL;
}

static enum dbs_rc take_long(struct words *words, const char *name,
			     struct dbs_error *err)
{
	const size_t length = strcspn(name, "=");
	const char *attached = name[length] ? name + length + 1 : NULL;

	const struct option_set *set = NULL;
	const struct option_row *row = find_row(words, name, length, 0, &set);

	return row ? take_value(words, set, row, attached, err)
		   : unknown_option(words, name, err);
}

static enum dbs_rc take_short(struct words *words, const char *letters,
			      struct dbs_error *err)
{
	for (; *letters; letters++) {
		const struct option_set *set = NULL;
		const struct option_row *row = find_row(words, NULL, 0,
							*letters, &set);
		enum dbs_rc rc;

		if (!row)
			return dbs_fail(err, DBS_E_USAGE,
					"there is no option -%c", *letters);
		const bool takes = !option_is_bare(row) && letters[1];

		rc = take_value(words, set, row, takes ? letters + 1 : NULL,
				err);
		if (rc || takes)
			return rc;
	}
	return DBS_OK;
}

/* No option has such a letter: -5 is a number. */
static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

enum dbs_rc options_parse(const struct option_set *sets, size_t set_count,
			  int argc, char **argv, struct option_words *out,
			  struct dbs_error *err)
{
	struct words words = {.sets = sets,
			      .set_count = set_count,
			      .argv = argv,
			      .argc = argc,
			      .out = out};
	bool only_operands = false;
	enum dbs_rc rc = DBS_OK;

	for (; words.at < argc && !rc; words.at++) {
		const char *word = argv[words.at];

		if (only_operands || word[0] != '-' || !word[1] ||
		    is_digit(word[1]))
			*(const char **)vec_push(&out->operands) = word;
		else if (!strcmp(word, "--"))
			only_operands = true;
		else if (word[1] == '-')
			rc = take_long(&words, word + 2, err);
		else
			rc = take_short(&words, word + 1, err);
	}
	return rc;
}

static void release_list(struct vec *list, enum option_kind kind)
{
	for (size_t i = 0; i < list->count; i++) {
		if (kind == OPTION_LIST) {
			mem_drop(vec_at(list, i));
		} else {
			struct table_option *option = vec_at(list, i);

			mem_drop(&option->pattern);
			mem_drop(&option->value);
		}
	}
	vec_release(list);
}

void options_release(const struct option_row *rows, size_t count, void *into)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].kind == OPTION_LIST ||
		    rows[i].kind == OPTION_WHERE ||
		    rows[i].kind == OPTION_COLUMNS)
			release_list(field(&rows[i], into), rows[i].kind);
}

/* ------------------------------------------------------------------------
 * Help
 * --------------------------------------------------------------------- */

enum { HELP_COLUMN = 28 };

void options_help(const struct option_row *rows, size_t count, struct buf *out)
{
	for (size_t i = 0; i < count; i++) {
		const struct option_row *row = &rows[i];

		if (row->group)
			buf_addf(out, "\n%s:\n", row->group);
		const size_t start = out->length;

		if (row->letter)
			buf_addf(out, "  -%c, --%s", row->letter, row->name);
		else
			buf_addf(out, "      --%s", row->name);
		if (row->metavar)
			buf_addf(out, row->absent ? "[=%s]" : " %s",
				 row->metavar);
		if (out->length - start >= HELP_COLUMN)
			buf_addf(out, "\n%*s", HELP_COLUMN, "");
		else
			buf_addf(out, "%*s",
				 (int)(HELP_COLUMN - (out->length - start)),
				 "");
		for (const char *p = row->help; *p; p++) {
			buf_addc(out, *p);
			if (*p == '\n')
				buf_addf(out, "%*s", HELP_COLUMN, "");
		}
		buf_addc(out, '\n');
	}
}
