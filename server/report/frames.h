/* SPDX-License-Identifier: MIT */
/*
 * frames: reads stack frames and instruction pointers, and knows which of them are guilty.
 *
 * Frame styles (what may stand before the symbol; "? " and "(unreliable)" mark leftovers):
 *   x86, arm64, riscv   " f+0x12/0x34 [module]", " ? f+…", " [<ffff…>] f+…", " f+0x1/0x2 (P)"
 *   arm                 "[<c010>] (f) from [<c011>] (g+0x1/0x2)", " f from g+0x1/0x2"
 *   powerpc             "[c0000000] [c0000001] f+0x1/0x2 (unreliable)"
 *   s390                "([<0000>] f+0x1/0x2)"
 *   symbolized          "f+0x1/0x2 net/x.c:12", "f net/x.c:12 [inline]", "f (net/x.c:12)"
 * Instruction pointers: "RIP: 0010:f+…", "RIP: 0010:[<…>]  [<…>] f+…", "EIP: f+…", "EIP is at f+…",
 * "IP: f+…", "pc : f+…", "PC is at f+…", "epc : f+…", "NIP [c000] f+…", "Krnl PSW : … (f+…)";
 * return address, used where the pointer is null: "lr : f+…", "LR is at", " ra : f+…", "LR [c000] f".
 */
#ifndef LASTWORDS_REPORT_FRAMES_H
#define LASTWORDS_REPORT_FRAMES_H

#include <stddef.h>

enum { REPORT_FRAMES_MAX = 128 };

struct report_frame {
	const char *name, *module; /* point into the text; module may be NULL */
	size_t len, module_len;
	int unreliable;
	int stack; /* which of the report's stacks, from 1; set by the reader */
};

enum report_line_kind {
	LINE_OTHER,
	LINE_FRAME, /* a stack frame; name may be empty (bare address) */
	LINE_STACK, /* "Call Trace:" and its kin: frames follow; frame is set if one is on the line */
	LINE_WRONG_STACK, /* frames follow that are not the report's: "Allocated by task 1:" */
	LINE_IP, /* the instruction pointer, name empty if it has no symbol */
	LINE_LR, /* the return address */
	LINE_REGISTERS, /* registers, code bytes, <IRQ> marks: may stand inside a stack */
	LINE_TORN, /* a frame that something else was printed into */
};

enum report_line_kind report_frame_parse(const char *text, size_t len, struct report_frame *frame);

/* Looks for the first symbol+0x…/0x… anywhere in text. 1 if found. */
int report_frame_seek(const char *text, size_t len, struct report_frame *frame);

/* The name for titles: without compiler suffixes, syscall prefixes as "sys_". */
void report_frame_name(const char *name, size_t len, char out[128]);

/* Why frames of this (cleaned) name are left out. */
enum report_skip {
	SKIP_NOT,
	SKIP_REPORTING,
	SKIP_ENTRY,
	SKIP_ALLOCATOR,
	SKIP_LOCK,
	SKIP_COPY,
	SKIP_WAIT,
	SKIP_HELPER,
	SKIP_DISPATCH, /* for stalls only: shared by many different bugs */
	SKIP_IDLE, /* for stalls only: this CPU did nothing */
};
enum report_skip report_skip_why(const char *name);
const char *report_skip_name(enum report_skip skip);
/* Frames of this name are an interrupt's or exception's way in: what is below was interrupted. */
int report_skip_is_interrupt(const char *name);
/* It waits for an RCU grace period. */
int report_skip_is_grace_period(const char *name);
/* It waits until another CPU has run a function. */
int report_skip_is_cross_call(const char *name);

#endif
