/* SPDX-License-Identifier: MIT */
/* command: lastwords-dmesg: prints the kernel log of a crash dump, or sends it to the server. */
#ifndef DMESG_COMMAND_H
#define DMESG_COMMAND_H

/* As main. The exit codes are in lastwords-dmesg(8). */
int dmesg_main(int argc, char **argv);

#endif
