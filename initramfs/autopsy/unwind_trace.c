/* SPDX-License-Identifier: MIT */
/* unwind_trace: the trace that a walk makes; see unwind_trace.h. */
#include "unwind_trace.h"

void unwind_add(struct unwind *unwind, uint64_t ip, enum unwind_mark mark)
{
	if (unwind->count == UNWIND_MAX)
		return;
	unwind->frame[unwind->count].ip = ip;
	unwind->frame[unwind->count++].mark = mark;
}
