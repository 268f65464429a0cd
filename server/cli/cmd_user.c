/* SPDX-License-Identifier: MIT */
/* lastwords user: the people who may change something on the pages. Their passwords are never printed or logged. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "cli.h"
#include "screen/print.h"
#include "serve/users.h"

/* A line without its newline. 0, or -1: none, or it is too long. */
static int user_read_line(struct err *err, FILE *from, char line[USER_PASSWORD_MAX + 2])
{
	size_t len;

	if (!fgets(line, USER_PASSWORD_MAX + 2, from))
		return err_set(err, "no password was given");
	len = strlen(line);
	if (len > 0 && line[len - 1] == '\n')
		line[--len] = '\0';
	if (len > USER_PASSWORD_MAX)
		return err_set(err, "a password of more than %d bytes", USER_PASSWORD_MAX);
	return 0;
}

/* Asks on the terminal without showing what is typed. */
static int user_ask(
    struct err *err, FILE *terminal, const char *what, char line[USER_PASSWORD_MAX + 2])
{
	struct termios as_it_was, quiet;
	int rc;

	if (tcgetattr(fileno(terminal), &as_it_was))
		return err_errno(err, "the terminal");
	quiet = as_it_was;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	fprintf(terminal, "%s: ", what);
	fflush(terminal);
	if (tcsetattr(fileno(terminal), TCSAFLUSH, &quiet))
		return err_errno(err, "the terminal");
	rc = user_read_line(err, terminal, line);
	tcsetattr(fileno(terminal), TCSAFLUSH, &as_it_was);
	fprintf(terminal, "\n");
	return rc;
}

static int user_ask_twice(struct err *err, char password[USER_PASSWORD_MAX + 2])
{
	char again[USER_PASSWORD_MAX + 2];
	FILE *terminal = fopen("/dev/tty", "r+");
	int rc = -1;

	if (!terminal)
		return err_set(err,
		    "no terminal to ask for the password; use --password-file FILE, or - for standard input");
	if (user_ask(err, terminal, "Password", password) == 0 &&
	    users_check_password(err, password) == 0 &&
	    user_ask(err, terminal, "The same again", again) == 0)
		rc = strcmp(password, again) == 0 ? 0 : err_set(err, "the two passwords differ");
	explicit_bzero(again, sizeof(again));
	fclose(terminal);
	return rc;
}

static int user_read_file(struct err *err, const char *path, char password[USER_PASSWORD_MAX + 2])
{
	FILE *from = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
	int rc;

	if (!from)
		return err_errno(err, "%s", path);
	rc = user_read_line(err, from, password);
	if (from != stdin)
		fclose(from);
	return rc;
}

static int user_add(struct cli *cli, const char *name, const char *file)
{
	char password[USER_PASSWORD_MAX + 2];
	struct err err;
	int rc;

	/* (the file is read as who calls: the server's user need not be able to) */
	if (users_check_name(&err, name) ||
	    (file ? user_read_file(&err, file, password) : user_ask_twice(&err, password)) ||
	    cli_load_writing(&err, cli) || layout_make(&err, cli->config.state))
		return cli_fail(&err);
	rc = users_set(&err, cli->config.state, name, password);
	explicit_bzero(password, sizeof(password));
	if (rc < 0)
		return cli_fail(&err);
	printf("%s: %s\n", name, rc ? "the password was changed" : "added");
	return CLI_OK;
}

static int user_remove(struct cli *cli, const char *name)
{
	struct err err;
	int rc;

	if (cli_load_writing(&err, cli))
		return cli_fail(&err);
	rc = users_remove(&err, cli->config.state, name);
	if (rc == 0)
		err_set(&err, "unknown user \"%.40s\"; `lastwords user list` lists them", name);
	if (rc <= 0)
		return cli_fail(&err);
	printf("%s: removed; a browser that is logged in may stay so for 10 minutes\n", name);
	return CLI_OK;
}

static void user_print(void *arg, const char *name)
{
	(void)arg;
	print_safe(name);
	printf("\n");
}

struct user_options {
	const char *password_file;
};

const struct options_row user_options[] = {
    {.name = "--password-file",
	.value = "FILE",
	.help = "of add: the password is its first line; - is standard input",
	.kind = OPTIONS_TEXT,
	.field = offsetof(struct user_options, password_file)},
    {.name = NULL},
};

int cmd_user(struct cli *cli, int argc, char **argv)
{
	struct user_options options = {.password_file = NULL};
	int rc = cli_take(cli, &argc, argv, &options);
	struct err err;

	if (rc)
		return rc;
	if (argc == 3 && strcmp(argv[1], "add") == 0)
		return user_add(cli, argv[2], options.password_file);
	if (argc == 3 && strcmp(argv[1], "remove") == 0 && !options.password_file)
		return user_remove(cli, argv[2]);
	if (argc != 2 || strcmp(argv[1], "list") != 0 || options.password_file)
		return cli_usage("user");
	if (cli_load(&err, cli) || users_list(&err, cli->config.state, user_print, NULL) < 0)
		return cli_fail(&err);
	return CLI_OK;
}
