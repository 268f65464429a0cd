/* SPDX-License-Identifier: MIT */
/*
 * strangers: whether a request may add to the journal (boot/quota.h, disk_floor). Machines that nobody
 * has seen have little of it, so that made-up ones cannot fill the disk. A boot, an upload or what is
 * answered never depends on it.
 */
#ifndef LASTWORDS_CGI_HTTP_STRANGERS_H
#define LASTWORDS_CGI_HTTP_STRANGERS_H

#include "base/disk.h"
#include "boot/quota.h"
#include "reply.h"
#include "site.h"

/*
 * 1 if a line of this machine may be written; 0 if not, and in a dry run. ask->stranger and newcomer are set
 * here. Both have a budget for each day, and no line of either is written while less than the floor is free. What an earlier day has left out
 * is recorded as an event. Needs a loaded site.
 */
int strangers_may_write(struct site *site, struct quota_ask *ask, int is_set, struct reply *reply);

/* What must stay free of the disk where logs of the machine are stored: more if it is new (boot/known.h). */
enum disk_kept strangers_disk(const struct site *site, const uint8_t mac[6], int64_t now_ms);

#endif
