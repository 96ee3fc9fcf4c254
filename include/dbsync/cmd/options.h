/*
 * options.h - the options of a command as a table of rows.
 *
 * One row per option; parsing, help, suggestions for a misspelt word and the
 * checks of a unit test all come from the rows.  A row says where in the
 * command's own struct its value lies.
 *
 *	--name VALUE   --name=VALUE   -n VALUE   -nVALUE   --flag   --
 *
 * A word that begins with a dash and a digit is an operand, a number.
 *
 * Ownership: values point into argv copies that live as long as the program;
 * lists are vecs that the command releases.
 */
#ifndef DBSYNC_CMD_OPTIONS_H
#define DBSYNC_CMD_OPTIONS_H

#include "dbsync/base/buf.h"
#include "dbsync/base/error.h"
#include "dbsync/base/vec.h"

#include <stdbool.h>
#include <stddef.h>

enum option_kind {
	OPTION_FLAG,   /* bool */
	OPTION_PRESET, /* int: min; a flag that stands for a word of another */
	OPTION_UNSIGNED, /* unsigned, from min to max */
	OPTION_MILLIS,   /* unsigned, thousandths; a fraction in the argument */
	OPTION_TEXT,     /* const char * */
	OPTION_CHOICE,   /* int: the place of the word in words */
	OPTION_LIST,     /* vec of const char *, split at commas, repeatable */
	OPTION_WHERE,    /* vec of struct table_option: TABLE:EXPR */
	OPTION_COLUMNS,  /* vec of struct table_option: TABLE.COLUMN,… */
};

struct option_row {
	const char *name; /* without the dashes */
	char letter;      /* '\0': none */
	enum option_kind kind;
	size_t offset;
	const char *metavar; /* NULL for a flag or a preset */
	const char *help;
	const char *group; /* heading in the help; NULL: as the row before */
	unsigned min; /* of a number, or of the words of a list; a preset */
	unsigned max;
	const char *const *words; /* of a choice, or of a list; NULL at the end */
	const char *absent;       /* the value of `--name` alone, or NULL */
};

/* Rows, and the struct that their offsets are of. */
struct option_set {
	const struct option_row *rows;
	size_t count;
	void *into;
};

/* What a command line has. */
struct option_words {
	struct vec operands; /* const char *: what is no option */
	struct vec given;    /* const struct option_row * */
};

#define OPTION_WORDS_INIT                                              \
	{                                                              \
		VEC_INIT(const char *), VEC_INIT(struct option_row *), \
	}

void option_words_release(struct option_words *words);

/*
 * Parses argv[0..argc) into the sets.  DBS_E_USAGE names the option and what it
 * takes.
 */
enum dbs_rc options_parse(const struct option_set *sets, size_t set_count,
			  int argc, char **argv, struct option_words *out,
			  struct dbs_error *err);

/* Whether it takes no value. */
bool option_is_bare(const struct option_row *row);

/* Whether two rows of one command are about the same setting. */
bool option_is_same(const struct option_row *a, const struct option_row *b);

/* Sets one option as its argument would; lists get one more. */
enum dbs_rc options_set(const struct option_row *row, const char *text,
			void *into, struct dbs_error *err);

/* DBS_E_USAGE for a word of an OPTION_LIST that is none of these. */
enum dbs_rc options_check_words(const char *option, const struct vec *given,
				const char *const *words, size_t count,
				struct dbs_error *err);

/* Releases what options_parse put into the vecs. */
void options_release(const struct option_row *rows, size_t count, void *into);

void options_help(const struct option_row *rows, size_t count, struct buf *out);
#endif
