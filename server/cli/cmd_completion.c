/* SPDX-License-Identifier: MIT */
/*
 * lastwords completion bash: the function that completes lastwords' command lines in bash. It asks
 * `lastwords completion words WORD...`, so that it offers what this very program takes.
 */
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "completion.h"

/* (a word with ":" or "=" is several to bash: the line is split here, and what bash has of it already is cut off) */
static const char completion_bash[] =
    "# bash completion of lastwords; `lastwords completion bash` prints it.\n"
    "_lastwords()\n"
    "{\n"
    "\tlocal line=${COMP_LINE:0:COMP_POINT} words word cut candidate\n"
    "\tread -ra words <<<\"$line\"\n"
    "\t[[ $line != *[[:space:]] ]] || words+=('')\n"
    "\tword=${words[${#words[@]}-1]}\n"
    "\tcut=${word%\"${word##*[:=]}\"}\n"
    "\t[[ $COMP_WORDBREAKS == *:* ]] || cut=\n"
    "\tCOMPREPLY=()\n"
    "\twhile IFS= read -r candidate; do\n"
    "\t\tcase $candidate in\n"
    "\t\t:file) compopt -o filenames; mapfile -t -O \"${#COMPREPLY[@]}\" COMPREPLY < <(compgen -f -- \"${word#\"$cut\"}\") ;;\n"
    "\t\t:directory) compopt -o filenames; mapfile -t -O \"${#COMPREPLY[@]}\" COMPREPLY < <(compgen -d -- \"${word#\"$cut\"}\") ;;\n"
    "\t\t*=) compopt -o nospace; COMPREPLY+=(\"${candidate#\"$cut\"}\") ;;\n"
    "\t\t*) COMPREPLY+=(\"${candidate#\"$cut\"}\") ;;\n"
    "\t\tesac\n"
    "\tdone < <(\"${words[0]}\" completion words \"${words[@]}\" 2>/dev/null)\n"
    "}\n"
    "complete -F _lastwords lastwords\n";

int cmd_completion(struct cli *cli, int argc, char **argv)
{
	/* (the words may be anything: they are not parsed) */
	if (argc > 3 && strcmp(argv[1], "words") == 0) {
		completion_print(cli, argc - 2, argv + 2);
		return CLI_OK;
	}
	if (argc != 2 || strcmp(argv[1], "bash") != 0)
		return cli_usage(argv[0]);
	fputs(completion_bash, stdout);
	return CLI_OK;
}
