/* SPDX-License-Identifier: MIT */
/*
 * unwind_x86: by the ORC tables in the kernel and its modules; see unwind.h.
 *
 * Source: Linux arch/x86/kernel/unwind_orc.c, arch/x86/include/asm/orc_types.h. orc_unwind_ip: sorted s32,
 * each relative to its own address; orc_unwind: for each 6 bytes, whose fields BTF places: sp_offset and
 * bp_offset (s16), sp_reg, bp_reg, type, and end (before 6.4) or signal. The codes of registers were
 * renumbered between 6.12 and 7.2, which BTF does not show: at a function's first instruction the caller's
 * frame is always at SP + 8, so the entry there shows the code of SP, and with it all.
 */
#include "unwind_arch.h"

#include <stdlib.h>
#include <string.h>

enum {
	ORC_ENTRY = 6,
	ORC_ENTRIES = 1 << 22,
	ORC_KEPT = 256,
	ORC_SWITCHES = 4, /* to another stack */
	ORC_REGS = 168, /* bytes of struct pt_regs */
	ORC_WORDS = 256, /* above sp that are searched for a return address */
	ORC_PUSHED = 8, /* words below it that may be bp */
};

/* words of struct pt_regs */
enum {
	PT_R13 = 2,
	PT_BP = 4,
	PT_R10 = 7,
	PT_DX = 12,
	PT_DI = 14,
	PT_IP = 16,
	PT_CS = 17,
	PT_SP = 19
};

enum orc_type { ORC_UNDEFINED, ORC_END, ORC_CALL, ORC_REGS_ALL, ORC_REGS_IRET };

struct orc_entry {
	int16_t sp_offset, bp_offset;
	uint8_t sp_reg, bp_reg;
	enum orc_type type;
};

struct unwind_orc_kept {
	uint64_t ip; /* 0: free */
	int found;
	struct orc_entry entry;
};

/* The raw entry for ip in a table of count. 0/-1. */
static int orc_search(
    struct kernel *k, uint64_t ips, uint64_t entries, uint64_t count, uint64_t ip, uint64_t *raw)
{
	uint64_t low = 0, high = count; /* [low] <= ip < [high] */

	if (count == 0 || count > ORC_ENTRIES)
		return -1;
	while (high - low > 1) {
		uint64_t middle = low + (high - low) / 2, at = ips + 4 * middle;
		uint64_t value = at + (uint64_t)(int64_t)(int32_t)(uint32_t)kernel_uint(k, at, 4);

		if (value <= ip)
			low = middle;
		else
			high = middle;
	}
	*raw = kernel_uint(k, entries + ORC_ENTRY * low, 4) |
	       kernel_uint(k, entries + ORC_ENTRY * low + 4, 2) << 32;
	return kernel_fault(k) ? -1 : 0;
}

/* A field of the raw entry, by its place. */
static unsigned orc_field(const struct kernel *k, enum layout_field field, uint64_t raw)
{
	const struct layout_place *place = &k->layout.field[field];
	uint64_t width = place->width ? place->width : 8 * (uint64_t)place->size;
	uint64_t shift = 8 * (uint64_t)place->offset + place->shift;

	return shift < 8 * ORC_ENTRY && width < 32
		   ? (unsigned)(raw >> shift & ((1ULL << width) - 1))
		   : 0;
}

static struct orc_entry orc_decode(const struct kernel *k, uint64_t raw)
{
	struct orc_entry e;
	unsigned type = orc_field(k, L_ORC_TYPE, raw);

	e.sp_offset = (int16_t)orc_field(k, L_ORC_SP_OFFSET, raw);
	e.bp_offset = (int16_t)orc_field(k, L_ORC_BP_OFFSET, raw);
	e.sp_reg = (uint8_t)orc_field(k, L_ORC_SP_REG, raw);
	e.bp_reg = (uint8_t)orc_field(k, L_ORC_BP_REG, raw);
	if (kernel_has(k, L_ORC_SIGNAL))
		e.type = type <= ORC_REGS_IRET ? (enum orc_type)type : ORC_UNDEFINED;
	else if (kernel_has(k, L_ORC_END) && orc_field(k, L_ORC_END, raw))
		e.type = ORC_END;
	else if (e.sp_reg == 0)
		e.type = ORC_UNDEFINED;
	else
		e.type = (enum orc_type)(ORC_CALL + (type <= 2 ? type : 0));
	return e;
}

/* The entry for ip. 0, or -1: the tables have none. */
static int orc_find(struct unwinder *unwinder, uint64_t ip, struct orc_entry *entry)
{
	struct kernel *k = unwinder->symbols->kernel;
	struct unwind_orc_kept *kept =
	    &unwinder->kept[(ip * 0x9e3779b97f4a7c15ULL >> 32) % ORC_KEPT];
	uint64_t raw;

	if (kept->ip != ip) {
		const struct module *m = modules_find(unwinder->symbols->modules, ip);

		kept->ip = ip;
		if (m)
			kept->found = orc_search(k, kernel_get(k, L_MODULE_ORC_IP, m->address),
					  kernel_get(k, L_MODULE_ORC, m->address),
					  kernel_get(k, L_MODULE_ORCS, m->address), ip, &raw) == 0;
		else
			kept->found = kernel_is_text(k, ip) &&
				      orc_search(k, k->symbol[S___start_orc_unwind_ip],
					  k->symbol[S___start_orc_unwind],
					  (k->symbol[S___stop_orc_unwind_ip] -
					      k->symbol[S___start_orc_unwind_ip]) /
					      4,
					  ip, &raw) == 0;
		if (kept->found)
			kept->entry = orc_decode(k, raw);
	}
	*entry = kept->entry;
	return kept->found ? 0 : -1;
}

int unwind_x86_init(struct err *err, struct unwinder *u)
{
	struct kernel *k = u->symbols->kernel;
	struct orc_entry first;

	u->kept = calloc(ORC_KEPT, sizeof(*u->kept));
	if (!u->kept)
		return err_set(err, "out of memory");
	u->bp = 4;
	u->dx = 2;
	u->sp_indirect = 9;
	if (!k->symbol[S_vfs_read] || !kernel_has(k, L_ORC_SP_REG) ||
	    orc_find(u, k->symbol[S_vfs_read], &first))
		return 0;
	if (first.sp_reg == 5 && first.sp_offset == 8) {
		u->sp = 5;
		u->di = 3;
		u->bp_indirect = 8;
		u->prev_sp = 1;
		u->usable = 1;
	} else if (first.sp_reg == 3 && first.sp_offset == 8) {
		u->sp = 3;
		u->di = UINT8_MAX;
		u->bp_indirect = 10;
		u->prev_sp = 8;
		u->usable = 1;
	}
	return 0;
}

/* The state of a walk. */
struct orc_walk {
	uint64_t ip, sp, bp;
	int exact; /* ip is not a return address */
	const uint64_t *regs; /* all registers at ip, or NULL */
	uint64_t trapped[ORC_REGS / 8];
};

/* The caller's frame address, by the entry. 0/-1. */
static int orc_frame(
    struct unwinder *u, const struct orc_walk *w, const struct orc_entry *e, uint64_t *cfa)
{
	struct kernel *k = u->symbols->kernel;
	uint64_t offset = (uint64_t)(int64_t)e->sp_offset;

	if (e->sp_reg == u->sp)
		*cfa = w->sp + offset;
	else if (e->sp_reg == u->bp)
		*cfa = w->bp + offset;
	else if (e->sp_reg == u->sp_indirect)
		*cfa = kernel_word(k, w->sp) + offset;
	else if (e->sp_reg == u->bp_indirect)
		*cfa = kernel_word(k, w->bp + offset);
	else if (!w->regs)
		return -1;
	else if (e->sp_reg == 6)
		*cfa = w->regs[PT_R10];
	else if (e->sp_reg == 7)
		*cfa = w->regs[PT_R13];
	else if (e->sp_reg == u->dx)
		*cfa = w->regs[PT_DX];
	else if (e->sp_reg == u->di)
		*cfa = w->regs[PT_DI];
	else
		return -1;
	return kernel_fault(k) ? -1 : 0;
}

/* Goes to an exception's registers at cfa, or to the last five of them. 0/-1. */
static int orc_exception(struct kernel *k, struct orc_walk *w, uint64_t cfa, int all)
{
	uint64_t at = all ? cfa : cfa - PT_IP * 8;
	unsigned first = all ? 0 : PT_IP;

	memset(w->trapped, 0, sizeof(w->trapped));
	for (unsigned i = first; i < ORC_REGS / 8; i++)
		w->trapped[i] = kernel_word(k, at + 8 * (uint64_t)i);
	w->ip = w->trapped[PT_IP];
	w->sp = w->trapped[PT_SP];
	w->regs = all ? w->trapped : NULL;
	w->exact = 1;
	return kernel_fault(k) ? -1 : 0;
}

/* bp of the caller. */
static void orc_bp(struct unwinder *u, struct orc_walk *w, const struct orc_entry *e, uint64_t cfa)
{
	uint64_t offset = (uint64_t)(int64_t)e->bp_offset;

	if (e->bp_reg == 0) {
		if (e->type == ORC_REGS_ALL)
			w->bp = w->regs[PT_BP];
	} else if (e->bp_reg == u->prev_sp) {
		w->bp = kernel_word(u->symbols->kernel, cfa + offset);
	} else if (e->bp_reg == u->bp) {
		w->bp = kernel_word(u->symbols->kernel, w->bp + offset);
	}
}

/* One frame further: 1, or 0 at the end of the walk (unwind says which). */
static int orc_step(struct unwinder *u, struct orc_walk *w, struct unwind *unwind)
{
	struct kernel *k = u->symbols->kernel;
	struct orc_entry e;
	uint64_t cfa;

	unwind->why = "an address is not in code";
	if (orc_find(u, w->exact ? w->ip : w->ip - 1, &e)) {
		if (!symbols_is_text(u->symbols, w->ip))
			return 0;
		/* code without an entry (a trampoline) has frame pointers */
		e = (struct orc_entry){16, -16, (uint8_t)u->bp, (uint8_t)u->prev_sp, ORC_CALL};
	}
	if (e.type == ORC_END) {
		unwind->whole = 1;
		return 0;
	}
	unwind->why = "ORC does not describe the place";
	if (e.type == ORC_UNDEFINED)
		return 0;
	unwind->why = "a part of the stack is not in the dump";
	if (orc_frame(u, w, &e, &cfa))
		return 0;
	if (e.type == ORC_CALL) {
		w->ip = kernel_word(k, cfa - 8);
		w->sp = cfa;
		w->exact = 0;
		w->regs = NULL;
	} else if (orc_exception(k, w, cfa, e.type == ORC_REGS_ALL)) {
		return 0;
	} else if (w->trapped[PT_CS] & 3) {
		unwind->whole = unwind->user = 1;
		return 0;
	}
	orc_bp(u, w, &e, cfa);
	if (kernel_fault(k))
		return 0;
	if (w->ip == 0) {
		unwind->whole = 1;
		return 0;
	}
	return 1;
}

void unwind_x86(struct unwinder *unwinder, uint64_t ip, uint64_t sp, uint64_t bp, int exact,
    const uint64_t *regs, struct unwind *unwind)
{
	struct orc_walk walk = {.ip = ip, .sp = sp, .bp = bp, .exact = exact, .regs = regs};
	int switches = 0;

	unwind_add(unwind, ip, exact ? UNWIND_EXACT : UNWIND_RETURN);
	for (;;) {
		sp = walk.sp;
		if (!orc_step(unwinder, &walk, unwind))
			return;
		if (walk.sp <= sp && ++switches > ORC_SWITCHES) {
			unwind->why = "the walk does not go up the stack";
			return;
		}
		if (unwind->count == UNWIND_MAX) {
			unwind->why = "the stack is longer than the limit";
			return;
		}
		unwind_add(unwind, walk.ip, walk.exact ? UNWIND_EXACT : UNWIND_RETURN);
	}
}

/* 1 if the word is the address behind a call of the function that starts at target. */
static int orc_called(struct unwinder *u, uint64_t word, uint64_t target)
{
	struct kernel *k = u->symbols->kernel;
	uint8_t code[5];

	if (!symbols_is_text(u->symbols, word) || kernel_read(k, word - 5, code, sizeof(code)))
		return 0;
	return code[0] == 0xe8 &&
	       word + (uint64_t)(int64_t)(int32_t)(uint32_t)dump_uint(DUMP_LITTLE, code + 1, 4) ==
		   target;
}

/*
 * A CPU that called panic has its registers taken in __crash_kexec, which ORC does not describe. Its
 * return address is the first word above sp that is behind a call of it; bp is the register, or one of the
 * words that it pushed below: the first with which the walk reaches an end.
 */
void unwind_x86_crashed(struct unwinder *u, const struct regs *regs, struct unwind *unwind)
{
	struct kernel *k = u->symbols->kernel;
	char name[KALLSYMS_NAME];
	uint64_t start, sp = regs->sp & ~7ULL;

	unwind_x86(u, regs->ip, regs->sp, regs->fp, 1, regs->all, unwind);
	start = unwind->whole ? 0 : symbols_function(u->symbols, regs->ip, name);
	for (unsigned i = 0; start && i < ORC_WORDS; i++) {
		uint64_t word = kernel_word(k, sp + 8 * (uint64_t)i);

		if (kernel_fault(k))
			return;
		if (!orc_called(u, word, start))
			continue;
		for (unsigned pushed = 0; pushed <= ORC_PUSHED && pushed <= i; pushed++) {
			uint64_t bp =
			    pushed ? kernel_word(k, sp + 8 * (uint64_t)(i - pushed)) : regs->fp;

			memset(unwind, 0, sizeof(*unwind));
			unwind_add(unwind, regs->ip, UNWIND_EXACT);
			unwind_x86(u, word, sp + 8 * (uint64_t)i + 8, bp, 0, NULL, unwind);
			if (unwind->whole)
				return;
		}
		return;
	}
	kernel_fault(k);
}
