/* SPDX-License-Identifier: MIT */
/*
 * progress: one line on standard error while a command works for more than a second: what it does, how far it is,
 * how long already. Only on a terminal; the line is erased before anything else is printed and at the end. A thread
 * of its own draws it, so that it goes on while the command waits for a disk or a network. One at a time; a child
 * process has none.
 */
#ifndef LASTWORDS_CLI_SCREEN_PROGRESS_H
#define LASTWORDS_CLI_SCREEN_PROGRESS_H

/* what: "reading the journal"; it must stay until progress_end. */
void progress_begin(const char *what);
/* done of total things; total 0: unknown. unit: "entries", NULL: none. It must stay until progress_end. */
void progress_set(unsigned long long done, unsigned long long total, const char *unit);
/* Before other output: erases the line; it comes again within a quarter of a second. */
void progress_hide(void);
/* Does nothing where none was begun. */
void progress_end(void);

#endif
