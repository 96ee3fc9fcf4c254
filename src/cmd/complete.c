/*
 * complete.c - see complete.h.
 *
 * A line is read from its left: the command, then an option's value where the word
 * before is an option that takes one, an option where the word begins with a
 * dash, and else an operand.  bash splits `--name=VALUE` at the equals sign and
 * completes VALUE alone; other shells complete it as a whole.
 */
#include "complete.h"

#include "config_part.h"

#include "dbsync/base/own.h"
#include "dbsync/run/backup_places.h"

#include <string.h>

struct completion {
	const struct manual *manual;
	const struct command *command; /* NULL: none is known yet */
	struct vec words;              /* char *: those before the last */
	const char *word;
	struct buf *out;
};

static const char *word_at(const struct completion *completion, size_t i)
{
	return *(const char *const *)vec_at(&completion->words, i);
}

/* ------------------------------------------------------------------------
 * Candidates
 * --------------------------------------------------------------------- */

static bool begins_with(const char *text, const char *beginning)
{
	return !strncmp(text, beginning, strlen(beginning));
}

/* The first bytes of the word stay in front of the candidate. */
static void offer_behind(const struct completion *completion, size_t before,
			 const char *text, const char *help)
{
	if (!begins_with(text, completion->word + before))
		return;
	buf_add(completion->out, completion->word, before);
	buf_adds(completion->out, text);
	if (help)
		buf_addc(completion->out, '\t');
	for (; help && *help; help++)
		buf_addc(completion->out, *help == '\n' ? ' ' : *help);
	buf_addc(completion->out, '\n');
}

static void offer(const struct completion *completion, const char *text,
		  const char *help)
{
	offer_behind(completion, 0, text, help);
}

static void offer_options(const struct completion *completion,
			  const struct command *command)
{
	for (size_t i = 0; i < command->option_count; i++) {
		OWNED(buf_release) struct buf text = BUF_INIT;

		buf_addf(&text, "--%s", command->options[i].name);
		offer(completion, text.data, command->options[i].help);
	}
}

static void offer_all_options(const struct completion *completion)
{
	offer_options(completion, completion->command);
	if (completion->command->run)
		offer_options(completion, completion->manual->globals);
	else
		offer(completion, "--config", NULL);
}

static void offer_commands(const struct completion *completion)
{
	for (size_t i = 0; i < completion->manual->count; i++)
		offer(completion, completion->manual->commands[i]->name,
		      completion->manual->commands[i]->summary);
}

/* ------------------------------------------------------------------------
 * What is on this machine
 * --------------------------------------------------------------------- */

/* The value of an option that was given, or NULL. */
static const char *option_value(const struct completion *completion,
				const char *option)
{
	const size_t length = strlen(option);

	for (size_t i = completion->words.count; i-- > 0;) {
		const char *word = word_at(completion, i);

		if (!strcmp(word, option))
			return i + 1 < completion->words.count
				       ? word_at(completion, i + 1)
				       : NULL;
		if (begins_with(word, option) && word[length] == '=')
			return word + length + 1;
	}
	return NULL;
}

static bool has_word(const struct completion *completion, const char *word)
{
	for (size_t i = 1; i < completion->words.count; i++)
		if (!strcmp(word_at(completion, i), word))
			return true;
	return false;
}

/* Whether the items between skip and before have that word already. */
static bool is_listed(const char *word, size_t skip, size_t before,
		      const char *item)
{
	const size_t length = strlen(item);

	for (size_t at = skip; at < before; at += strcspn(word + at, ",") + 1)
		if (strcspn(word + at, ",") == length &&
		    !strncmp(word + at, item, length))
			return true;
	return false;
}

/* Those of the configuration, but for those that are there already. */
static void offer_jobs(const struct completion *completion, size_t skip,
		       size_t before)
{
	OWNED(config_drop) struct config *config = NULL;
	struct dbs_error ignored = {0};

	if (config_open(option_value(completion, "--config"), &config,
			&ignored))
		return;
	for (size_t i = 0; i < config_job_count(config); i++)
		if (!has_word(completion, config_job_name(config, i)) &&
		    !is_listed(completion->word, skip, before,
			       config_job_name(config, i)))
			offer_behind(completion, before,
				     config_job_name(config, i), NULL);
}

/* By their names, which --backup-dir completes; others are paths. */
static void offer_points(const struct completion *completion)
{
	OWNED(catalogue_names_release) struct vec names = VEC_INIT(char *);
	const char *folder = option_value(completion, "--backup-dir");
	struct dbs_error ignored = {0};

	if (strchr(completion->word, '/') ||
	    catalogue_names(folder ? folder : BACKUP_PLACE, &names, &ignored) ||
	    !names.count) {
		buf_adds(completion->out, ":files\n");
		return;
	}
	for (size_t i = 0; i < names.count; i++)
		offer(completion, *(char *const *)vec_at(&names, i), NULL);
}

/* ------------------------------------------------------------------------
 * Values of options
 * --------------------------------------------------------------------- */

static bool is_meant(const struct option_row *row, const char *word,
		     size_t length)
{
	if (length > 2 && begins_with(word, "--"))
		return strlen(row->name) == length - 2 &&
		       !strncmp(row->name, word + 2, length - 2);
	return length == 2 && word[0] == '-' && row->letter == word[1] &&
	       row->letter;
}

/* The option that the first length bytes of a word name, or NULL. */
static const struct option_row *option_of(const struct completion *completion,
					  const char *word, size_t length)
{
	const struct command *const from[] = {completion->command,
					      completion->manual->globals};

	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < from[k]->option_count; i++)
			if (is_meant(&from[k]->options[i], word, length))
				return &from[k]->options[i];
	return NULL;
}

/* Of a list the last item is written, behind `skip` bytes and commas. */
static size_t list_beginning(const struct option_row *row, const char *word,
			     size_t skip)
{
	const char *comma = row->kind == OPTION_LIST ? strrchr(word + skip, ',')
						     : NULL;

	return comma ? (size_t)(comma - word) + 1 : skip;
}

/* skip: bytes of the word that are the option's name. */
static void offer_values(const struct completion *completion,
			 const struct option_row *row, size_t skip)
{
	const char *word = completion->word;
	const size_t before = list_beginning(row, word, skip);

	for (size_t i = 0; row->words && row->words[i]; i++)
		if (!is_listed(word, skip, before, row->words[i]))
			offer_behind(completion, before, row->words[i], NULL);
	if (!strcmp(row->metavar, "NAMES"))
		offer_jobs(completion, skip, before);
	else if (!strncmp(row->metavar, "FILE", 4))
		buf_adds(completion->out, ":files\n");
	else if (!strcmp(row->metavar, "FOLDER"))
		buf_adds(completion->out, ":folders\n");
}

/* The word is the value of an option; it need not have candidates. */
static bool complete_value(const struct completion *completion)
{
	const size_t count = completion->words.count;
	const char *word = completion->word;
	const char *equals = strchr(word, '=');
	const char *before = count > 1 ? word_at(completion, count - 1) : "";
	const struct option_row *row = NULL;
	size_t skip = 0;

	if (begins_with(word, "--") && equals) {
		row = option_of(completion, word, (size_t)(equals - word));
		skip = (size_t)(equals - word) + 1;
	} else if (*before == '-') {
		row = option_of(completion, before, strlen(before));
		/* its value is optional, and only behind an equals sign */
		row = row && row->absent ? NULL : row;
	}
	if (!row || option_is_bare(row))
		return false;
	offer_values(completion, row, skip);
	return true;
}

/* ------------------------------------------------------------------------
 * Operands
 * --------------------------------------------------------------------- */

/* How many operands are in front of the word, and the first of them. */
static size_t operands_before(const struct completion *completion,
			      const char **first_out)
{
	size_t count = 0;

	for (size_t i = 1; i < completion->words.count; i++) {
		const char *word = word_at(completion, i);
		const struct option_row *row =
			*word == '-' ? option_of(completion, word, strlen(word))
				     : NULL;

		if (row && !option_is_bare(row) && !row->absent)
			i++;
		else if (*word != '-' && !count++)
			*first_out = word;
	}
	return count;
}

static void offer_operand(const struct completion *completion,
			  enum command_operand kind)
{
	switch (kind) {
	case OPERAND_PLAIN:
		break;
	case OPERAND_FILE:
		buf_adds(completion->out, ":files\n");
		break;
	case OPERAND_POINT:
		offer_points(completion);
		break;
	}
}

static void complete_operand(const struct completion *completion)
{
	const struct command *command = completion->command;
	const char *first = "";
	const size_t count = operands_before(completion, &first);

	if (command->takes_jobs)
		offer_jobs(completion, 0, 0);
	if (!command->verb_count && !count)
		offer_operand(completion, command->operand);
	for (size_t i = 0; i < command->verb_count; i++) {
		if (!count)
			offer(completion, command->verbs[i].name, NULL);
		else if (count == 1 && !strcmp(command->verbs[i].name, first))
			offer_operand(completion, command->verbs[i].operand);
	}
}

/* ------------------------------------------------------------------------
 * The line
 * --------------------------------------------------------------------- */

static const struct command *command_of(const struct completion *completion,
					const char *name)
{
	for (size_t i = 0; i < completion->manual->count; i++)
		if (!strcmp(completion->manual->commands[i]->name, name))
			return completion->manual->commands[i];
	return NULL;
}

static void complete_arguments(const struct completion *completion)
{
	const size_t before = completion->out->length;

	if (complete_value(completion))
		return;
	if (*completion->word != '-')
		complete_operand(completion);
	if (completion->out->length == before)
		offer_all_options(completion);
}

/* `run` stands for a command, and what is behind `config show` is one. */
static void complete_of(struct completion *completion)
{
	char **words = completion->words.items;
	const size_t count = completion->words.count;
	struct dbs_error ignored = {0};

	if (!strcmp(words[0], "run")) {
		completion->command = config_mode_command((int)count - 1,
							  words + 1, &ignored);
	} else if (!strcmp(words[0], "help")) {
		offer_commands(completion);
	} else if (!strcmp(words[0], "--completion")) {
		for (size_t i = 0; manual_shells[i]; i++)
			offer(completion, manual_shells[i], NULL);
	} else {
		completion->command = command_of(completion, words[0]);
	}
	if (completion->command)
		complete_arguments(completion);
}

static void complete_shown(struct completion *completion)
{
	for (size_t i = 0; i < config_command_count; i++)
		offer(completion, config_commands[i]->name,
		      config_commands[i]->summary);
	offer_jobs(completion, 0, 0);
}

static void complete(struct completion *completion)
{
	struct vec *words = &completion->words;

	if (!words->count) {
		offer_commands(completion);
		offer(completion, "run", "the command of the configuration");
		offer(completion, "help", "of a command");
		if (*completion->word == '-') {
			offer(completion, "--help", NULL);
			offer(completion, "--version", NULL);
		}
	} else if (words->count == 2 &&
		   !strcmp(word_at(completion, 0), "config") &&
		   !strcmp(word_at(completion, 1), "show") &&
		   *completion->word != '-') {
		complete_shown(completion);
	} else if (words->count > 2 &&
		   !strcmp(word_at(completion, 0), "config") &&
		   command_of(completion, word_at(completion, 2))) {
		words->items = (char **)words->items + 2;
		words->count -= 2;
		complete_of(completion);
		words->items = (char **)words->items - 2;
	} else {
		complete_of(completion);
	}
}

void complete_words(const struct manual *manual, int argc, char **argv,
		    struct buf *out)
{
	struct completion completion = {
		.manual = manual,
		.words = VEC_INIT(char *),
		.word = argc ? argv[argc - 1] : "",
		.out = out,
	};

	/* bash: --name = VALUE, and VALUE is not there yet */
	if (!strcmp(completion.word, "="))
		completion.word = "";
	for (int i = 0; i + 1 < argc; i++)
		if (strcmp(argv[i], "=") != 0)
			*(char **)vec_push(&completion.words) = argv[i];
	complete(&completion);
	vec_release(&completion.words);
}
