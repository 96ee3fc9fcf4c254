/* manual.c - the man page of manual.h. */
#include "manual.h"

#include "dbsync/version.h"

#include <string.h>

/* ------------------------------------------------------------------------
 * roff
 * --------------------------------------------------------------------- */

/* Hyphens that can be copied, backslashes, and lines that are not requests. */
static void add_escaped(struct buf *out, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		const bool begins = !i || text[i - 1] == '\n';

		if (begins && (text[i] == '.' || text[i] == '\''))
			buf_adds(out, "\\&");
		if (text[i] == '\\')
			buf_adds(out, "\\e");
		else if (text[i] == '-')
			buf_adds(out, "\\-");
		else
			buf_addc(out, text[i]);
	}
}

static void add_text(struct buf *out, const char *text)
{
	add_escaped(out, text, strlen(text));
}

/* Lines that begin with blanks are shown unchanged. */
static void add_prose(struct buf *out, const char *text)
{
	bool is_example = false;

	while (*text) {
		const size_t length = strcspn(text, "\n");
		const bool is_indented = *text == ' ' && length;

		if (is_indented != is_example && length) {
			buf_adds(out,
				 is_indented ? ".RS 4\n.nf\n" : ".fi\n.RE\n");
			is_example = is_indented;
		}
		if (length) {
			add_escaped(out, text, length);
			buf_addc(out, '\n');
		} else {
			buf_adds(out, is_example ? ".fi\n.RE\n.PP\n" : ".PP\n");
			is_example = false;
		}
		text += length + (text[length] == '\n');
	}
	if (is_example)
		buf_adds(out, ".fi\n.RE\n");
}

static void add_option(struct buf *out, const struct option_row *row)
{
	buf_adds(out, ".TP\n");
	if (row->letter)
		buf_addf(out, "\\fB\\-%c\\fR, ", row->letter);
	buf_adds(out, "\\fB\\-\\-");
	add_text(out, row->name);
	buf_adds(out, "\\fR");
	if (row->metavar) {
		buf_adds(out, row->absent ? "[=\\fI" : " \\fI");
		add_text(out, row->metavar);
		buf_adds(out, row->absent ? "\\fR]" : "\\fR");
	}
	buf_addc(out, '\n');
	add_text(out, row->help);
	buf_addc(out, '\n');
}

static void add_options(struct buf *out, const struct command *command)
{
	for (size_t i = 0; i < command->option_count; i++)
		add_option(out, &command->options[i]);
}

static void add_command(struct buf *out, const struct command *command)
{
	buf_adds(out, ".SS dbsync ");
	add_text(out, command->name);
	buf_addc(out, ' ');
	add_text(out, command->operands);
	buf_addc(out, '\n');
	add_prose(out, command->text);
	if (command->option_count)
		buf_adds(out, ".PP\nOptions:\n");
	add_options(out, command);
}

static const char ending[] =
	".SH EXIT STATUS\n"
	".TP\n0\nequal, or done\n"
	".TP\n1\ndifferent\n"
	".TP\n2\nusage or configuration\n"
	".TP\n3\nrefused: a guard, or source and target are the same\n"
	".TP\n4\nserver or network\n"
	".TP\n5\nfiles or disk\n"
	".TP\n6\nincomplete: something could not be compared or written\n"
	".TP\n7\ncancelled\n"
	".TP\n70\na bug\n"
	".SH ENVIRONMENT\n"
	".TP\nDBSYNC_SOURCE, DBSYNC_TARGET\nURLs of the servers\n"
	".TP\nDBSYNC_CONFIG\nthe configuration file\n"
	".TP\nDBSYNC_KEY_FILE\nthe key that signs backup points\n"
	".TP\nDBSYNC_LOG\nthe log, if neither an option nor the "
	"configuration names one\n"
	".SH FILES\n"
	".TP\n\\&.env\nDB_HOST, DB_PORT, DB_NAME, DB_USER, DB_PASSWORD for the "
	"source, the same with BACKUP_DB_ for the target\n"
	".TP\nscripts/sync\\-config.json, /etc/dbsync/dbsync.json\nthe "
	"configuration\n"
	".TP\nbackups/database/backup_point_*.sql.zst\nbackup points: the old "
	"state of what runs changed\n"
	".TP\nsync/sync\\-state.json\nthe runs and their results\n"
	".SH SEE ALSO\n"
	".BR mariadb (1),\n.BR mariadb\\-dump (1),\n.BR zstdcat (1)\n";

void manual_page(const struct manual *manual, struct buf *out)
{
	buf_addf(out,
		 ".TH DBSYNC 1 \"\" \"dbsync %s\" \"User Commands\"\n"
		 ".SH NAME\n"
		 "dbsync \\- make one MySQL/MariaDB database equal to another\n"
		 ".SH SYNOPSIS\n"
		 ".B dbsync\n"
		 ".I COMMAND\n"
		 "[\\fIOPTIONS\\fR] [\\fISOURCE TARGET\\fR | \\fIJOB\\fR ...]\n"
		 ".SH DESCRIPTION\n",
		 DBSYNC_VERSION);
	add_prose(out,
		  "dbsync compares the rows of two databases, writes a backup "
		  "point, changes only what\ndiffers, and can undo that.  "
		  "SOURCE and TARGET are URLs:\n"
		  "  mysql://user@host:port/database?ssl-mode=required\n"
		  "Do not put a password in a URL: use the environment or a "
		  "file, or let dbsync ask for it.\n");
	buf_adds(out, ".SH COMMANDS\n");
	for (size_t i = 0; i < manual->count; i++)
		add_command(out, manual->commands[i]);
	buf_adds(out, ".SH OPTIONS OF ALL COMMANDS\n");
	add_options(out, manual->globals);
	buf_adds(out, ending);
}
