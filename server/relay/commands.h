/* SPDX-License-Identifier: MIT */
/* commands: what `lastwords central …` asks this program to do. */
#ifndef LASTWORDS_RELAY_COMMANDS_H
#define LASTWORDS_RELAY_COMMANDS_H

#include "relay.h"

struct command {
	const struct config *config;
	int argc; /* of the arguments after its name */
	char **argv;
	const char *as; /* --as CONNINFO; NULL */
	int keep; /* --keep MONTHS; -1: not given */
	int json; /* --json */
	int within; /* --within MS: of ask, until it is connected; 0: as libpq does */
};

/* Each returns the program's exit code, with err set unless it is RELAY_OK. */
int command_init(struct err *err, struct command *command);
int command_ask(struct err *err, struct command *command);
int command_upgrade(struct err *err, struct command *command);
int command_status(struct err *err, struct command *command);
int command_adopt(struct err *err, struct command *command);
int command_new_id(struct err *err, struct command *command);
int command_revoke(struct err *err, struct command *command);

/* Connects as the configuration says, or as --as. 0/-1. */
int command_open(struct err *err, const struct command *command, struct pq *pq);

#endif
