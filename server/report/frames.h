/* SPDX-License-Identifier: MIT */
/*
 * frames: reads stack frames and instruction pointers. Must not judge them (skip.c does).
 *
 * Styles of frames; "? " and "(unreliable)" mark leftovers:
 *   x86, arm64, riscv   " f+0x12/0x34 [module]", " ? f+…", " [<ffff…>] f+…", " f+0x1/0x2 (P)"
 *   arm                 "[<c010>] (f) from [<c011>] (g+0x1/0x2)", "[<bf00>] (f [module]) from …", " f from g+0x1/0x2"
 *   powerpc             "[c0000000] [c0000001] f+0x1/0x2 (unreliable)"
 *   s390                "([<0000>] f+0x1/0x2)"
 *   symbolized          "f+0x1/0x2 net/x.c:12", "f net/x.c:12 [inline]", "f (net/x.c:12)"
 * Instruction pointers: "RIP: 0010:f+…", "RIP: 0010:[<…>]  [<…>] f+…", "EIP: f+…", "EIP is at f+…",
 * "IP: f+…", "pc : f+…", "PC is at f+…", "epc : f+…", "NIP [c000] f+…", "Krnl PSW : … (f+…)".
 * Return address, used where the instruction pointer is null: "lr : f+…", "LR is at", " ra : f+…", "LR [c000] f".
 */
#ifndef LASTWORDS_REPORT_FRAMES_H
#define LASTWORDS_REPORT_FRAMES_H

#include <stddef.h>

enum { REPORT_FRAMES_MAX = 128 };

struct report_frame {
	const char *name, *module; /* point into the text; module may be NULL */
	size_t len, module_len;
	int unreliable;
	int stack; /* number of the stack in the report, from 1; set by the reader */
};

enum report_line_kind {
	LINE_OTHER,
	LINE_FRAME, /* a stack frame; name may be empty (bare address) */
	LINE_STACK, /* "Call Trace:" and similar: frames follow; frame is set if one is on the line */
	LINE_WRONG_STACK, /* frames of another stack follow: "Allocated by task 1:" */
	LINE_IP, /* the instruction pointer, name empty if it has no symbol */
	LINE_LR, /* the return address */
	LINE_REGISTERS, /* registers, code bytes, <IRQ> marks: may be inside a stack */
	LINE_TORN, /* a frame with other text printed into it */
};

enum report_line_kind report_frame_parse(const char *text, size_t len, struct report_frame *frame);

/* The function of a line "Workqueue: NAME f [module] (description)"; name is NULL if it has none. Source: the
 * kernel's print_worker_info(). */
void report_frame_work(const char *text, size_t len, struct report_frame *frame);

/* 1 and the first symbol+0x…/0x… anywhere in text, 0 if it has no such symbol. */
int report_frame_seek(const char *text, size_t len, struct report_frame *frame);

/* The name for titles (report.h, NAMES). */
void report_frame_name(const char *name, size_t len, char out[128]);

#endif
