/* SPDX-License-Identifier: MIT */
/*
 * news: waits until this machine's addresses or routes change, by rtnetlink (rtnetlink(7)). For a machine
 * whose network is coming up: what could not be sent is tried again as soon as it can be.
 */
#ifndef SHIP_NEWS_H
#define SHIP_NEWS_H

/* A file descriptor, to be closed, or -1: then news_wait only waits. */
int news_open(void);
/* Returns after ms milliseconds, or earlier if something has changed since the last call. */
void news_wait(int fd, unsigned ms);

#endif
