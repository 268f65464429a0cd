/* SPDX-License-Identifier: MIT */
/*
 * render: records to text, in four forms.
 *
 *   text   "[    1.234567] text": what dmesg prints; bytes outside printing ASCII as \xNN
 *   raw    "<6>[    1.234567] text": what syslog(2) gives; bytes as they are
 *   ctime  "[Sat Nov 21 09:36:12 2026] text": the wall clock, computed from the time of the crash
 *   json   {"seq":1,"time":1.234567,"level":6,"facility":0,"caller":"T1","text":"…"}; valid UTF-8
 *          is kept, other bytes are written \xNN inside the text
 *
 * Each line of a text gets the prefix. A hole is a line of its own:
 * "[lastwords: 3 records lost: seq 812–814]".
 */
#ifndef DMESG_RENDER_H
#define DMESG_RENDER_H

#include "base/levels.h"
#include "klog.h"

enum render_form { RENDER_TEXT, RENDER_RAW, RENDER_CTIME, RENDER_JSON };

struct render {
	enum render_form form;
	int callers; /* 1: print caller ids always; -1: never; 0: as the kernel would */
	int64_t boot_ns; /* ctime: UTC of the kernel's time 0, ns since 1970 */
	/* Takes len bytes; 0, or -1 to stop. */
	int (*write)(void *arg, const char *text, size_t len);
	void *arg;
	struct levels *levels; /* text only: takes the level of each line; NULL: none */
	int level; /* of the open line */
	int failed; /* write returned -1 */
	int open; /* the last line has no newline yet */
	size_t len;
	char buf[8192];
};

void render_init(struct render *render, enum render_form form,
    int (*write)(void *arg, const char *text, size_t len), void *arg);
/* A sink that renders; render must outlive it. */
struct klog_sink render_sink(struct render *render);
/* Ends an open line and writes the rest of buf. 0/-1. */
int render_finish(struct render *render);

/* The marker line of a hole, without newline; returns its length (size at least 160). */
size_t render_hole_text(const struct klog_hole *hole, char *text, size_t size);

#endif
