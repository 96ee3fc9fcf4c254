/* manual_completion.c - what shells complete; see manual.h. */
#include "manual.h"

#include <string.h>

static bool is_file(const struct option_row *row)
{
	return row->metavar && (!strcmp(row->metavar, "FILE") ||
				!strcmp(row->metavar, "FOLDER"));
}

/* ------------------------------------------------------------------------
 * bash
 * --------------------------------------------------------------------- */

static void add_words(struct buf *out, const struct command *command)
{
	for (size_t i = 0; i < command->option_count; i++)
		buf_addf(out, " --%s", command->options[i].name);
}

/* --digest) words="auto stream server";; of each option that has words */
static void add_values(struct buf *out, const struct command *command)
{
	for (size_t i = 0; i < command->option_count; i++) {
		const struct option_row *row = &command->options[i];

		if (!row->words && !is_file(row))
			continue;
		buf_addf(out, "\t%s:--%s)",
			 *command->name ? command->name : "*", row->name);
		if (is_file(row))
			buf_adds(out,
				 " COMPREPLY=($(compgen -f -- \"$word\"))");
		else
			buf_adds(out, " words='");
		for (size_t k = 0; row->words && row->words[k]; k++)
			buf_addf(out, "%s%s", k ? " " : "", row->words[k]);
		buf_adds(out, is_file(row) ? "; return ;;\n" : "' ;;\n");
	}
}

static void bash(const struct manual *manual, struct buf *out)
{
	buf_adds(out, "# completion of dbsync for bash\n"
		      "_dbsync() {\n"
		      "\tlocal word=${COMP_WORDS[COMP_CWORD]} words=''\n"
		      "\tlocal before=${COMP_WORDS[COMP_CWORD - 1]} "
		      "command=${COMP_WORDS[1]}\n"
		      "\tCOMPREPLY=()\n"
		      "\tif [ \"$COMP_CWORD\" = 1 ]; then\n"
		      "\t\twords='run help");
	for (size_t i = 0; i < manual->count; i++)
		buf_addf(out, " %s", manual->commands[i]->name);
	buf_adds(out, " --help --version'\n"
		      "\telse\n"
		      "\tcase $command:$before in\n");
	for (size_t i = 0; i < manual->count; i++)
		add_values(out, manual->commands[i]);
	add_values(out, manual->globals);
	buf_adds(out, "\t*)\n"
		      "\t\tcase $command in\n");
	for (size_t i = 0; i < manual->count; i++) {
		buf_addf(out, "\t\t%s) words='", manual->commands[i]->name);
		add_words(out, manual->commands[i]);
		buf_adds(out, "' ;;\n");
	}
	buf_adds(out, "\t\tesac\n\t\twords+='");
	add_words(out, manual->globals);
	buf_adds(out,
		 "' ;;\n"
		 "\tesac\n"
		 "\tfi\n"
		 "\t[[ $COMP_CWORD -gt 1 && $words == *--* && $word != -* ]] "
		 "&& { COMPREPLY=($(compgen -f -- \"$word\")); return; }\n"
		 "\tCOMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
		 "}\n"
		 "complete -o filenames -F _dbsync dbsync\n");
}

/* ------------------------------------------------------------------------
 * zsh
 * --------------------------------------------------------------------- */

/* Inside of '…[…]': of quotes and brackets nothing is left. */
static void add_help(struct buf *out, const char *help)
{
	for (const char *c = help; *c; c++) {
		if (*c == '\n')
			buf_addc(out, ' ');
		else if (!strchr("'[]:\\`", *c))
			buf_addc(out, *c);
	}
}

static void add_arguments(struct buf *out, const struct command *command)
{
	for (size_t i = 0; i < command->option_count; i++) {
		const struct option_row *row = &command->options[i];

		buf_addf(out, " \\\n\t\t'--%s", row->name);
		if (row->metavar)
			buf_addc(out, '=');
		buf_addc(out, '[');
		add_help(out, row->help);
		buf_addc(out, ']');
		if (row->metavar)
			buf_addf(out, ":%s:", row->metavar);
		if (is_file(row))
			buf_adds(out, "_files");
		if (row->words)
			buf_addc(out, '(');
		for (size_t k = 0; row->words && row->words[k]; k++)
			buf_addf(out, "%s%s", k ? " " : "", row->words[k]);
		buf_adds(out, row->words ? ")'" : "'");
	}
}

static void zsh(const struct manual *manual, struct buf *out)
{
	buf_adds(out, "#compdef dbsync\n"
		      "_dbsync() {\n"
		      "\tlocal -a commands\n"
		      "\tcommands=(\n"
		      "\t\t'run:the command that the configuration names'\n");
	for (size_t i = 0; i < manual->count; i++) {
		buf_addf(out, "\t\t'%s:", manual->commands[i]->name);
		add_help(out, manual->commands[i]->summary);
		buf_adds(out, "'\n");
	}
	buf_adds(out, "\t)\n"
		      "\tif (( CURRENT == 2 )); then\n"
		      "\t\t_describe command commands\n"
		      "\t\treturn\n"
		      "\tfi\n"
		      "\tlocal command=$words[2]\n"
		      "\tshift words; (( CURRENT-- ))\n"
		      "\tcase $command in\n");
	for (size_t i = 0; i < manual->count; i++) {
		buf_addf(out, "\t%s)\n\t\t_arguments",
			 manual->commands[i]->name);
		add_arguments(out, manual->commands[i]);
		add_arguments(out, manual->globals);
		buf_adds(out, " \\\n\t\t'*: :_files'\n\t\t;;\n");
	}
	buf_adds(out, "\tesac\n"
		      "}\n"
		      "_dbsync \"$@\"\n");
}

bool manual_completion(const struct manual *manual, const char *shell,
		       struct buf *out)
{
	if (!strcmp(shell, "bash"))
		bash(manual, out);
	else if (!strcmp(shell, "zsh"))
		zsh(manual, out);
	else
		return false;
	return true;
}
