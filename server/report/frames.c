/* SPDX-License-Identifier: MIT */
/* frames: stack lines; see frames.h. */
#include "frames.h"

#include <string.h>

#include "base/hex.h"
#include "line.h"

static int is_symbol(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '.' || c == '$';
}

static int is_symbol_start(char c)
{
	return is_symbol(c) && !(c >= '0' && c <= '9');
}

static size_t hex_run(const char *text, size_t len)
{
	size_t i = 0;

	while (i < len && hex_digit(text[i]) >= 0)
		i++;
	return i;
}

static size_t symbol_run(const char *text, size_t len)
{
	size_t i = 0;

	if (!len || !is_symbol_start(text[0]))
		return 0;
	while (i < len && is_symbol(text[i]))
		i++;
	return i;
}

static size_t blanks(const char *text, size_t len)
{
	size_t i = 0;

	while (i < len && (text[i] == ' ' || text[i] == '\t'))
		i++;
	return i;
}

/* Length of "+0x12/0x34", 0 if it is not one; *torn if it began as one. */
static size_t offset_run(const char *text, size_t len, int *torn)
{
	size_t i, n;

	if (len < 1 || text[0] != '+')
		return 0;
	*torn = 1;
	if (!report_starts(text, len, "+0x"))
		return 0;
	n = hex_run(text + 3, len - 3);
	i = 3 + n;
	if (!n || !report_starts(text + i, len - i, "/0x"))
		return 0;
	n = hex_run(text + i + 3, len - i - 3);
	if (!n)
		return 0;
	*torn = 0;
	return i + 3 + n;
}

/* "[module]" or "[module buildid]" after a frame; not "[inline]". */
static void take_module(const char *text, size_t len, struct report_frame *frame)
{
	size_t n;

	if (len < 3 || text[0] != '[')
		return;
	for (n = 1; n < len && (is_symbol(text[n]) || text[n] == '-'); n++)
		;
	if (n == 1 || n >= len || (text[n] != ']' && text[n] != ' ') ||
	    report_starts(text, len, "[inline]"))
		return;
	frame->module = text + 1;
	frame->module_len = n - 1;
}

/* "net/x.c:12", "arch/x86/entry/entry_64.S:1": a place in the source as decoders print it */
static int is_place(const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && text[n] != ' ' && text[n] != ':')
		n++;
	if (n < 3 || n + 1 >= len || text[n] != ':' || text[n + 1] < '0' || text[n + 1] > '9')
		return 0;
	return text[n - 2] == '.' || (n > 3 && memcmp(text + n - 3, ".rs", 3) == 0);
}

/* Length of arm's " [module]" before ") from", or 0. */
static size_t arm_module(const char *text, size_t len, struct report_frame *frame)
{
	const char *close = report_starts(text, len, " [") ? memchr(text, ']', len) : NULL;

	if (!close || !report_starts(close, len - (size_t)(close - text), "]) from "))
		return 0;
	take_module(text + 1, len - 1, frame);
	return (size_t)(close - text) + 1;
}

void report_frame_work(const char *text, size_t len, struct report_frame *frame)
{
	const size_t head = strlen("Workqueue: ");
	const char *stop = report_seek(text, len, " (");
	size_t end = stop ? (size_t)(stop - text) : len, begin;

	memset(frame, 0, sizeof(*frame));
	if (!report_starts(text, len, "Workqueue: "))
		return;
	stop = report_seek(text, end, " [");
	if (stop) {
		take_module(stop + 1, end - (size_t)(stop + 1 - text), frame);
		end = (size_t)(stop - text);
	}
	for (begin = end; begin > head && text[begin - 1] != ' '; begin--)
		;
	/* the name of the queue alone is no function */
	if (begin <= head || end == begin || symbol_run(text + begin, end - begin) != end - begin)
		return;
	frame->name = text + begin;
	frame->len = end - begin;
}

int report_frame_seek(const char *text, size_t len, struct report_frame *frame)
{
	memset(frame, 0, sizeof(*frame));
	for (const char *p = text; (p = memchr(p, '+', len - (size_t)(p - text))); p++) {
		size_t at = (size_t)(p - text), begin = at, n;
		int torn = 0;

		n = offset_run(p, len - at, &torn);
		if (!n)
			continue;
		while (begin > 0 && is_symbol(text[begin - 1]) && at - begin < 256)
			begin--;
		while (begin < at && !is_symbol_start(text[begin]))
			begin++;
		if (begin == at)
			continue;
		frame->name = text + begin;
		frame->len = at - begin;
		n += at;
		n += blanks(text + n, len - n);
		take_module(text + n, len - n, frame);
		return 1;
	}
	return 0;
}

/* "RIP: 0010:f net/x.c:12 [inline]", "pc : f (net/x.c:12)": a name without offset */
static void take_place(const char *text, size_t len, struct report_frame *frame)
{
	for (size_t i = 4, n, end; i < len && i < 24; i++) {
		if (text[i - 1] != ':' && text[i - 1] != ' ')
			continue;
		n = symbol_run(text + i, len - i);
		end = i + n;
		if (!n || end >= len || text[end] != ' ')
			continue;
		end += 1 + (end + 1 < len && text[end + 1] == '(');
		if (!is_place(text + end, len - end))
			continue;
		frame->name = text + i;
		frame->len = n;
		return;
	}
}

static int starts_any(const char *text, size_t len, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (report_starts(text, len, list[i]))
			return 1;
	return 0;
}

#define STARTS(text, len, list) starts_any(text, len, list, sizeof(list) / sizeof(list[0]))

static const char *const stack_headers[] = {
    "Call Trace:", "Call trace:", "Call Backtrace:", "backtrace:", "backtrace (crc ",
    "Backtrace:", "Stack backtrace:", "Stack Backtrace:", "Call Trace ("};

static const char *const wrong_headers[] = {"Allocated by ", "Freed by ",
    "Allocated:", "Freed:", "Uninit was ", "Uninit stored ", "Local variable ", "Last potentially ",
    "Second to last potentially ", "INFO: Allocated in ", "INFO: Freed in ", "Allocated in ",
    "Freed in ", "allocated by ", "freed by ", "page last allocated", "page last free",
    "The existing dependency chain", "the existing dependency chain", "Memory state around",
    "Last breaking event", "Last Breaking-Event", "Stored to memory at", "Object was ",
    "irq event stamp", "hardirqs last ", "softirqs last ", "raw: ", "kfence-#", "allocated at ",
    "freed at "};

static const char *const ip_heads[] = {"RIP: ", "RIP  ", "EIP: ", "EIP is at ",
    "IP: ", "pc : ", "PC is at ", "epc : ", "epc   : ", "NIP [", "NIP: ", "NIP  ", "Krnl PSW",
    "PC: ", "ERA: ", "pc  : "};

static const char *const lr_heads[] = {
    "lr : ", "LR is at ", "ra : ", "ra    : ", "LR [", "LR: ", "RA: "};

static const char *const register_heads[] = {"RSP: ", "RSP  ", "ESP: ", "EAX: ", "ESI: ", "EBX: ",
    "EDX: ", "EDI: ", "EBP: ", "RAX: ", "RBX: ", "RDX: ", "RBP: ", "RDI: ", "RSI: ", "R08: ",
    "R10: ", "R11: ", "R13: ", "FS: ", "CS: ", "DS: ", "CR0: ", "CR2: ", "CR3: ", "DR0: ", "DR3: ",
    "DR6: ", "Code: ", "sp : ", "pstate: ", "ORIG_RAX: ", "EFLAGS: ", "PKRU: ", "x0", "x1", "x2",
    "x3", "x4", "x5", "x6", "x8", "x9", "<", "WARNING: kernel stack ", "WARNING: stack ",
    "unwind stack type", "--- interrupt: ", "--- Exception: ", "---[ end of stack ]",
    "Exception stack(", "=== "};

/* Length of "<IRQ> ", " [<ffffffff81234567>] ", "[c000] ", "(" and others before a frame's symbol. */
static size_t skip_marks(const char *text, size_t len, struct report_frame *frame, int *address)
{
	size_t i = 0;

	for (int round = 0; round < 8; round++) {
		size_t n;

		i += blanks(text + i, len - i);
		if (i >= len)
			break;
		if (text[i] == '?' && i + 1 < len && text[i + 1] == ' ') {
			frame->unreliable = 1;
			i += 2;
			continue;
		}
		if (text[i] == '(') {
			i++;
			continue;
		}
		if (report_starts(text + i, len - i, "[<     inline     >]")) {
			i += 20;
			continue;
		}
		/* ":module:f+0x…" of 2.6 */
		if (text[i] == ':' && (n = symbol_run(text + i + 1, len - i - 1)) &&
		    i + 1 + n < len && text[i + 1 + n] == ':') {
			i += n + 2;
			continue;
		}
		if (text[i] == '[') {
			n = i + 1 + (i + 1 < len && text[i + 1] == '<');
			size_t h = hex_run(text + n, len - n);

			if (h < 4)
				break;
			n += h;
			if (n < len && text[n] == '>')
				n++;
			if (n >= len || text[n] != ']')
				break;
			*address = 1;
			i = n + 1;
			continue;
		}
		if (text[i] == '<') {
			for (n = i + 1; n < len && n < i + 24 && text[n] != '>'; n++)
				;
			if (n >= len || text[n] != '>')
				break;
			i = n + 1;
			while (i < len && text[i] == '>')
				i++;
			continue;
		}
		break;
	}
	return i;
}

/* arm, mips: "1fa0: 00000000 …", "r7:c0123456 r6:…" between frames */
static int is_dump(const char *text, size_t len)
{
	size_t n = hex_run(text, len);

	if (n >= 4 && n + 1 < len && text[n] == ':' && text[n + 1] == ' ')
		return 1;
	return len > 3 && text[0] == 'r' && text[1] >= '0' && text[1] <= '9' &&
	       (text[2] == ':' || text[3] == ':');
}

/* How many bytes of words of a stack, 16 digits each, begin the line. */
static size_t stack_words(const char *text, size_t len)
{
	size_t at = 0, digits;

	for (;;) {
		for (digits = 0; digits < 16 && at + digits < len && hex_run(text + at + digits, 1);
		     digits++)
			;
		if (digits < 16)
			return at;
		at += digits;
		at += blanks(text + at, len - at);
	}
}

enum report_line_kind report_frame_parse(const char *text, size_t len, struct report_frame *frame)
{
	size_t i = blanks(text, len), n, end;
	int torn = 0, address = 0;

	memset(frame, 0, sizeof(*frame));
	text += i;
	len -= i;
	if (!len)
		return LINE_OTHER;
	/* 4.x ended the words of the stack without a newline: "ffff8801ce6e8e10 0000000000000000Call Trace:" */
	n = stack_words(text, len);
	if (n && STARTS(text + n, len - n, stack_headers))
		return LINE_STACK;
	if (STARTS(text, len, stack_headers)) {
		const char *colon = memchr(text, ':', len);

		/* old kernels begin the stack on the same line: "Call Trace: <IRQ>  [<…>] f+0x…" */
		if (!colon || (size_t)(colon - text) + 1 >= len ||
		    report_frame_parse(colon + 1, len - (size_t)(colon - text) - 1, frame) !=
			LINE_FRAME)
			memset(frame, 0, sizeof(*frame));
		return LINE_STACK;
	}
	if (STARTS(text, len, wrong_headers))
		return LINE_WRONG_STACK;
	if (STARTS(text, len, ip_heads)) {
		/* of user space: cs 0x33, 0x23 (x86) */
		if (report_starts(text, len, "RIP: 0033:") ||
		    report_starts(text, len, "RIP: 0023:") ||
		    report_starts(text, len, "EIP: 0073:") ||
		    report_starts(text, len, "EIP: 0023:"))
			return LINE_REGISTERS;
		if (!report_frame_seek(text, len, frame))
			take_place(text, len, frame);
		return LINE_IP;
	}
	if (STARTS(text, len, lr_heads)) {
		report_frame_seek(text, len, frame);
		return LINE_LR;
	}
	i = skip_marks(text, len, frame, &address);
	n = symbol_run(text + i, len - i);
	if (n) {
		end = i + n;
		frame->name = text + i;
		frame->len = n;
		n = offset_run(text + end, len - end, &torn);
		if (n) {
			end += n;
			/* a blank, ')' or nothing may follow */
			if (end < len && text[end] != ' ' && text[end] != ')' && text[end] != '\t')
				return LINE_TORN;
			end += blanks(text + end, len - end);
			take_module(text + end, len - end, frame);
			if (report_seek(text + end, len - end, "(unreliable)"))
				frame->unreliable = 1;
			return LINE_FRAME;
		}
		if (torn)
			return LINE_TORN;
		/* arm: "(f [module]) from [<…>] (g+0x…)" and " f from g+0x…"; bare "[<c0100000>] f" */
		end += arm_module(text + end, len - end, frame);
		if (end < len && text[end] == ')')
			end++;
		if (report_starts(text + end, len - end, " from "))
			return LINE_FRAME;
		/* decoded: "f net/x.c:12 [inline]", "f (net/x.c:12)" */
		if (end < len && text[end] == ' ') {
			end += blanks(text + end, len - end);
			if (end < len && text[end] == '(')
				end++;
			if (is_place(text + end, len - end))
				return LINE_FRAME;
		}
		if (address && end >= len)
			return LINE_FRAME;
	}
	if (STARTS(text, len, register_heads) || is_dump(text, len))
		return LINE_REGISTERS;
	frame->name = NULL;
	frame->len = 0;
	if (address || report_starts(text + i, len - i, "0x"))
		return LINE_FRAME;
	return LINE_OTHER;
}

/* --- names ---------------------------------------------------------------------------------------- */

static const char *const suffixes[] = {".isra.", ".constprop.", ".part.", ".cold", ".llvm.",
    ".lto_priv.", ".localalias", ".ctx.", ".clone."};

/* Longest first, where one is the beginning of another. */
static const char *const syscall_prefixes[] = {"__x64_compat_sys_", "__ia32_compat_sys_",
    "__arm64_compat_sys_", "__riscv_compat_sys_", "__s390_compat_sys_", "__s390x_compat_sys_",
    "__se_compat_sys_", "__do_compat_sys_", "compat_SyS_", "compat_sys_", "C_SYSC_", "compat_ksys_",
    "__x64_sys_", "__x32_sys_", "__ia32_sys_", "__arm64_sys_", "__riscv_sys_", "__s390x_sys_",
    "__s390_sys_", "__powerpc_sys_", "__se_sys_", "__do_sys_", "ksys_", "SyS_", "SYSC_"};

void report_frame_name(const char *name, size_t len, char out[128])
{
	const char *head = "";
	size_t n;

	/* ppc64's first ABI: ".f" is the code of f */
	if (len > 1 && name[0] == '.') {
		name++;
		len--;
	}
	for (size_t i = 1; i < len; i++) {
		if (name[i] != '.')
			continue;
		if (STARTS(name + i, len - i, suffixes)) {
			len = i;
			break;
		}
		/* "f.123": a static local or a numbered clone */
		for (n = i + 1; n < len && name[n] >= '0' && name[n] <= '9'; n++)
			;
		if (n == len) {
			len = i;
			break;
		}
	}
	/* "bpf_prog_0123456789abcdef_name": the tag is the program's hash */
	if (report_starts(name, len, "bpf_prog_") && hex_run(name + 9, len - 9) >= 16)
		len = 8;
	/* "bpf_trampoline_6442562768_0": the number is of the boot */
	if (report_starts(name, len, "bpf_trampoline_"))
		len = 14;
	for (size_t i = 0; i < sizeof(syscall_prefixes) / sizeof(syscall_prefixes[0]); i++) {
		n = strlen(syscall_prefixes[i]);
		if (len > n && report_starts(name, len, syscall_prefixes[i])) {
			name += n;
			len -= n;
			head = "sys_";
			break;
		}
	}
	n = strlen(head);
	memcpy(out, head, n);
	report_copy(out + n, 128 - n, name, len);
}
