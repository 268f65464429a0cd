/* SPDX-License-Identifier: MIT */
/*
 * files: what serve.c needs on the disk and of the system before its children run: lighttpd's configurations, the
 * directory of their sockets, logs and bodies, ports, descriptors. For serve.c only.
 */
#ifndef LASTWORDS_CLI_SERVE_FILES_H
#define LASTWORDS_CLI_SERVE_FILES_H

#include "serve.h"

/* 0 if the address can be bound (type SOCK_STREAM or SOCK_DGRAM), else -1. */
int serve_port_free(struct err *err, const char *name, const char *listen, int type);
/* Raises the limit of descriptors as far as it may be; how many lighttpd may have. */
unsigned long serve_files(void);

/*
 * Writes lighttpd.conf where that is possible, and so finds the directory of its sockets: systemd's
 * runtime directory, STATE/run, else a directory of our own, since a full or read-only disk must not
 * keep machines from booting. Without any of them the file of the last start is used. 0/-1.
 */
int serve_write_conf(struct err *err, struct serve *serve);
/* The pages' next to it, after serve_write_conf. Without it there are no pages, and all else goes on. */
void serve_write_web(struct serve *serve);

/* Removes the files in dir whose names begin with prefix. */
void serve_remove(const char *dir, const char *prefix);
/* Removes what a killed lighttpd left: its sockets, and bodies that never reached a program. */
void serve_remove_left(const struct serve *serve, const struct serve_child *child);
/* A warning on stderr. */
void serve_warn(const struct err *err);

#endif
