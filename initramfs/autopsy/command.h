/* SPDX-License-Identifier: MIT */
/* command: lastwords-autopsy, the program. */
#ifndef AUTOPSY_COMMAND_H
#define AUTOPSY_COMMAND_H

/* As main. Exit code: 0 all sections, 1 nothing, 2 usage, 3 some parts could not be read, 4 not delivered. */
int autopsy_main(int argc, char **argv);

#endif
