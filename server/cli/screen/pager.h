/* SPDX-License-Identifier: MIT */
/*
 * pager: output that is longer than the terminal goes through $PAGER (less -FRX); shorter output does not start
 * one. A process of its own holds the output back until it knows which.
 */
#ifndef LASTWORDS_CLI_SCREEN_PAGER_H
#define LASTWORDS_CLI_SCREEN_PAGER_H

#include "screen.h"

/*
 * Before anything is printed. From then on standard output is a pipe; SIGPIPE is ignored, and SIGINT, SIGTERM and
 * SIGHUP end the pager's input before they end the program. Without a pager (PAGER empty or "cat", no terminal, no
 * less) nothing happens.
 */
void pager_begin(const struct screen *screen);
/* After fflush(stdout): waits until the person has seen it. 1 if there was a pager: that it did not take all is no
 * error, the person has left it. */
int pager_end(void);

#endif
