/*
 * manual_completion.c - what makes shells complete; see manual.h.
 *
 * The scripts know no option: they ask the program for each word (complete.h), so
 * that they cannot be older than it, and can offer what is on this machine.
 */
#include "manual.h"

#include <string.h>

const char *const manual_shells[] = {"bash", "zsh", "fish", NULL};

static const char bash[] = "# completion of dbsync for bash\n"
			   "_dbsync() {\n"
			   "\tlocal line word=${COMP_WORDS[COMP_CWORD]}\n"
			   "\tCOMPREPLY=()\n"
			   "\t[ \"$word\" = = ] && word=''\n"
			   "\twhile IFS= read -r line; do\n"
			   "\t\tcase $line in\n"
			   "\t\t:files | :folders)\n"
			   "\t\t\tcompopt -o filenames 2> /dev/null\n"
			   "\t\t\tlocal kind=-f\n"
			   "\t\t\t[ \"$line\" = :folders ] && kind=-d\n"
			   "\t\t\twhile IFS= read -r line; do\n"
			   "\t\t\t\tCOMPREPLY+=(\"$line\")\n"
			   "\t\t\tdone < <(compgen \"$kind\" -- \"$word\")\n"
			   "\t\t\t;;\n"
			   "\t\t*) COMPREPLY+=(\"${line%%$'\\t'*}\") ;;\n"
			   "\t\tesac\n"
			   "\tdone < <(\"${COMP_WORDS[0]}\" --complete "
			   "\"${COMP_WORDS[@]:1:COMP_CWORD}\" 2> /dev/null)\n"
			   "}\n"
			   "complete -F _dbsync dbsync\n";

static const char zsh[] =
	"#compdef dbsync\n"
	"# completion of dbsync for zsh\n"
	"_dbsync() {\n"
	"\tlocal line\n"
	"\tlocal -a candidates\n"
	"\twhile IFS= read -r line; do\n"
	"\t\tcase $line in\n"
	"\t\t:files) compset -P '*='; _files ;;\n"
	"\t\t:folders) compset -P '*='; _files -/ ;;\n"
	"\t\t*) candidates+=(\"${${line//:/\\\\:}/$'\\t'/:}\") ;;\n"
	"\t\tesac\n"
	"\tdone < <(\"${words[1]}\" --complete \"${(@)words[2,CURRENT]}\" "
	"2> /dev/null)\n"
	"\t(( $#candidates )) && _describe -V dbsync candidates\n"
	"}\n"
	"_dbsync \"$@\"\n";

static const char fish[] =
	"# completion of dbsync for fish\n"
	"function __dbsync_complete\n"
	"\tset -l words (commandline -opc)\n"
	"\tset -l word (commandline -ct)\n"
	"\tfor line in ($words[1] --complete $words[2..-1] \"$word\" "
	"2> /dev/null)\n"
	"\t\tswitch $line\n"
	"\t\tcase :files\n"
	"\t\t\t__fish_complete_path (string replace -r -- '^--[^=]*=' '' "
	"\"$word\")\n"
	"\t\tcase :folders\n"
	"\t\t\t__fish_complete_directories (string replace -r -- "
	"'^--[^=]*=' '' \"$word\")\n"
	"\t\tcase '*'\n"
	"\t\t\tprintf '%s\\n' $line\n"
	"\t\tend\n"
	"\tend\n"
	"end\n"
	"complete -c dbsync -k -f -a '(__dbsync_complete)'\n";

bool manual_completion(const char *shell, struct buf *out)
{
	static const char *const scripts[] = {bash, zsh, fish};

	for (size_t i = 0; manual_shells[i]; i++) {
		if (strcmp(shell, manual_shells[i]) != 0)
			continue;
		buf_adds(out, scripts[i]);
		return true;
	}
	return false;
}
