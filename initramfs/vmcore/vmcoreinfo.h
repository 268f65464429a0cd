/* SPDX-License-Identifier: MIT */
/*
 * vmcoreinfo: the lines KEY=value with which a kernel describes itself in its dump. Pure.
 *
 * Source: Linux, kernel/crash_core.c and kernel/printk/printk.c (log_buf_vmcoreinfo_setup), and
 * arch_crash_save_vmcoreinfo of each architecture. SYMBOL() values are virtual addresses in hex;
 * SIZE(), OFFSET() and LENGTH() are decimal; NUMBER() is decimal and may be negative, or hex with
 * 0x. An unreadable value is as if its line were not there: damage to one must not hide the others.
 */
#ifndef VMCORE_VMCOREINFO_H
#define VMCORE_VMCOREINFO_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* The keys that are used: VMCI(name, the key as the kernel writes it, the form of its value). */
#define VMCI_KEYS(VMCI)                                                                            \
	VMCI(PAGESIZE, "PAGESIZE", DEC)                                                            \
	VMCI(CRASHTIME, "CRASHTIME", DEC)                                                          \
	VMCI(KERNELOFFSET, "KERNELOFFSET", HEX)                                                    \
	VMCI(IDENTITYBASE, "IDENTITYBASE", HEX)                                                    \
	VMCI(KERNELOFFPHYS, "KERNELOFFPHYS", HEX)                                                  \
	VMCI(PAGE_OFFSET, "PAGE_OFFSET", HEX)                                                      \
	VMCI(PHYS_BASE, "NUMBER(phys_base)", DEC)                                                  \
	VMCI(L5_ENABLED, "NUMBER(pgtable_l5_enabled)", DEC)                                        \
	VMCI(SME_MASK, "NUMBER(sme_mask)", DEC)                                                    \
	VMCI(VA_BITS, "NUMBER(VA_BITS)", DEC)                                                      \
	VMCI(T1SZ, "NUMBER(TCR_EL1_T1SZ)", DEC)                                                    \
	VMCI(KIMAGE_VOFFSET, "NUMBER(kimage_voffset)", DEC)                                        \
	VMCI(PHYS_OFFSET, "NUMBER(PHYS_OFFSET)", DEC)                                              \
	VMCI(NUMBER_PAGE_OFFSET, "NUMBER(PAGE_OFFSET)", DEC)                                       \
	VMCI(PHYS_RAM_BASE, "NUMBER(phys_ram_base)", DEC)                                          \
	VMCI(VA_KERNEL_PA_OFFSET, "NUMBER(va_kernel_pa_offset)", DEC)                              \
	VMCI(STEXT, "SYMBOL(_stext)", HEX)                                                         \
	VMCI(TOP_PGT, "SYMBOL(init_top_pgt)", HEX)                                                 \
	VMCI(LEVEL4_PGT, "SYMBOL(init_level4_pgt)", HEX)                                           \
	VMCI(SWAPPER, "SYMBOL(swapper_pg_dir)", HEX)                                               \
	VMCI(KALLSYMS_NAMES, "SYMBOL(kallsyms_names)", HEX)                                        \
	VMCI(KALLSYMS_COUNT, "SYMBOL(kallsyms_num_syms)", HEX)                                     \
	VMCI(KALLSYMS_TOKENS, "SYMBOL(kallsyms_token_table)", HEX)                                 \
	VMCI(KALLSYMS_INDEX, "SYMBOL(kallsyms_token_index)", HEX)                                  \
	VMCI(KALLSYMS_OFFSETS, "SYMBOL(kallsyms_offsets)", HEX)                                    \
	VMCI(KALLSYMS_BASE, "SYMBOL(kallsyms_relative_base)", HEX)                                 \
	VMCI(PAC_MASK, "NUMBER(KERNELPACMASK)", DEC)                                               \
	VMCI(LOG_BUF, "SYMBOL(log_buf)", HEX)                                                      \
	VMCI(LOG_BUF_LEN, "SYMBOL(log_buf_len)", HEX)                                              \
	VMCI(LOG_END, "SYMBOL(log_end)", HEX)                                                      \
	VMCI(LOGGED_CHARS, "SYMBOL(logged_chars)", HEX)                                            \
	VMCI(LOG_FIRST_IDX, "SYMBOL(log_first_idx)", HEX)                                          \
	VMCI(LOG_NEXT_IDX, "SYMBOL(log_next_idx)", HEX)                                            \
	VMCI(LOG_SIZE, "SIZE(log)", DEC)                                                           \
	VMCI(LOG_TS, "OFFSET(log.ts_nsec)", DEC)                                                   \
	VMCI(LOG_LEN, "OFFSET(log.len)", DEC)                                                      \
	VMCI(LOG_TEXT_LEN, "OFFSET(log.text_len)", DEC)                                            \
	VMCI(LOG_DICT_LEN, "OFFSET(log.dict_len)", DEC)                                            \
	VMCI(PLOG_SIZE, "SIZE(printk_log)", DEC)                                                   \
	VMCI(PLOG_TS, "OFFSET(printk_log.ts_nsec)", DEC)                                           \
	VMCI(PLOG_LEN, "OFFSET(printk_log.len)", DEC)                                              \
	VMCI(PLOG_TEXT_LEN, "OFFSET(printk_log.text_len)", DEC)                                    \
	VMCI(PLOG_DICT_LEN, "OFFSET(printk_log.dict_len)", DEC)                                    \
	VMCI(PLOG_CALLER_ID, "OFFSET(printk_log.caller_id)", DEC)                                  \
	VMCI(PRB, "SYMBOL(prb)", HEX)                                                              \
	VMCI(RB_SIZE, "SIZE(printk_ringbuffer)", DEC)                                              \
	VMCI(RB_DESC_RING, "OFFSET(printk_ringbuffer.desc_ring)", DEC)                             \
	VMCI(RB_TEXT_RING, "OFFSET(printk_ringbuffer.text_data_ring)", DEC)                        \
	VMCI(DR_COUNT_BITS, "OFFSET(prb_desc_ring.count_bits)", DEC)                               \
	VMCI(DR_DESCS, "OFFSET(prb_desc_ring.descs)", DEC)                                         \
	VMCI(DR_INFOS, "OFFSET(prb_desc_ring.infos)", DEC)                                         \
	VMCI(DR_HEAD, "OFFSET(prb_desc_ring.head_id)", DEC)                                        \
	VMCI(DR_TAIL, "OFFSET(prb_desc_ring.tail_id)", DEC)                                        \
	VMCI(DESC_SIZE, "SIZE(prb_desc)", DEC)                                                     \
	VMCI(DESC_STATE, "OFFSET(prb_desc.state_var)", DEC)                                        \
	VMCI(DESC_LPOS, "OFFSET(prb_desc.text_blk_lpos)", DEC)                                     \
	VMCI(LPOS_BEGIN, "OFFSET(prb_data_blk_lpos.begin)", DEC)                                   \
	VMCI(LPOS_NEXT, "OFFSET(prb_data_blk_lpos.next)", DEC)                                     \
	VMCI(INFO_SIZE, "SIZE(printk_info)", DEC)                                                  \
	VMCI(INFO_SEQ, "OFFSET(printk_info.seq)", DEC)                                             \
	VMCI(INFO_TS, "OFFSET(printk_info.ts_nsec)", DEC)                                          \
	VMCI(INFO_TEXT_LEN, "OFFSET(printk_info.text_len)", DEC)                                   \
	VMCI(INFO_CALLER_ID, "OFFSET(printk_info.caller_id)", DEC)                                 \
	VMCI(TR_SIZE_BITS, "OFFSET(prb_data_ring.size_bits)", DEC)                                 \
	VMCI(TR_DATA, "OFFSET(prb_data_ring.data)", DEC)                                           \
	VMCI(TR_HEAD, "OFFSET(prb_data_ring.head_lpos)", DEC)                                      \
	VMCI(RB_FAIL, "OFFSET(printk_ringbuffer.fail)", DEC)                                       \
	VMCI(ATOMIC_COUNTER, "OFFSET(atomic_long_t.counter)", DEC)

enum vmci_key {
#define VMCI(name, key, how) VMCI_##name,
	VMCI_KEYS(VMCI)
#undef VMCI
	    VMCI_COUNT
};

struct vmcoreinfo;

/* Without any value yet. NULL: no memory. */
struct vmcoreinfo *vmcoreinfo_new(struct err *err);
void vmcoreinfo_free(struct vmcoreinfo *info);
/* Drops all values. */
void vmcoreinfo_reset(struct vmcoreinfo *info);
/* Takes the text in pieces of any length; a NUL ends a line as a newline does. */
void vmcoreinfo_feed(struct vmcoreinfo *info, const char *text, size_t len);
/* Ends the text, whose last line may have no newline. */
void vmcoreinfo_end(struct vmcoreinfo *info);

/* 1 if the key was there, with a value that could be read. */
int vmcoreinfo_has(const struct vmcoreinfo *info, enum vmci_key key);
/* Its value (a NUMBER() below zero: two's complement), or absent. */
uint64_t vmcoreinfo_get(const struct vmcoreinfo *info, enum vmci_key key, uint64_t absent);
/* The key as the kernel writes it, for messages. */
const char *vmcoreinfo_name(enum vmci_key key);

/* OSRELEASE and BUILD-ID, each at most 64 printing ASCII characters; "" unknown. */
const char *vmcoreinfo_release(const struct vmcoreinfo *info);
const char *vmcoreinfo_build_id(const struct vmcoreinfo *info);
/* 1 if the release is version a.b.c or newer; an unknown one is older than all. */
int vmcoreinfo_at_least(const struct vmcoreinfo *info, unsigned a, unsigned b, unsigned c);
/* How many lines there were. */
unsigned vmcoreinfo_lines(const struct vmcoreinfo *info);

#endif
