/* SPDX-License-Identifier: MIT */
/* init, upgrade: the central database's tables; see commands.h. */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "schema.h"

int command_open(struct err *err, const struct command *command, struct pq *pq)
{
	const struct config *config = command->config;
	const char *conninfo = command->as ? command->as : config->central;

	if (command->as && (strcasestr(command->as, "password") || strstr(command->as, "://")))
		return err_set(err,
		    "--as: give words KEY=VALUE without a password, which would be in the list of processes; use ~/.pgpass");
	if (!conninfo[0])
		return err_set(err, "%s: there is no key central", config->file);
	return pq_open(
	    err, pq, conninfo, command->as ? NULL : config->central_password_file, "lastwords");
}

static void schema_print(const char *done, int from, int to)
{
	if (from == to)
		printf("the central database has version %d already\n", to);
	else
		printf("the central database was %s: version %d\n", done, to);
}

int command_init(struct err *err, struct command *command)
{
	int from = 0, to = 0, rc;
	struct pq pq;

	if (command_open(err, command, &pq))
		return RELAY_NO_CENTRE;
	rc = schema_init(err, &pq, command->keep, &from, &to);
	pq_close(&pq);
	if (rc)
		return RELAY_FAILED;
	schema_print("made", from, to);
	printf(
	    "a login role for each boot server, and one for people who only read; as an administrator:\n"
	    "  CREATE ROLE room1 LOGIN PASSWORD '...' IN ROLE lastwords_server;\n"
	    "  CREATE ROLE people LOGIN PASSWORD '...' IN ROLE lastwords_reader;\n");
	return RELAY_OK;
}

int command_upgrade(struct err *err, struct command *command)
{
	int from = 0, to = 0, rc;
	struct pq pq;

	if (command_open(err, command, &pq))
		return RELAY_NO_CENTRE;
	rc = schema_upgrade(err, &pq, &from, &to);
	pq_close(&pq);
	if (rc)
		return RELAY_FAILED;
	schema_print("upgraded", from, to);
	return RELAY_OK;
}
