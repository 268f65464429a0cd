/* SPDX-License-Identifier: MIT */
/* charlog: reads the character ring of kernels up to 3.4; see charlog.h. One pass over it. */
#include "charlog.h"

#include <string.h>

enum {
	CHARLOG_STEP = 4096,
	CHARLOG_LOST_MAX = 16 << 20, /* unreadable bytes in a row, after which reading ends */
};

#define CHARLOG_LEN_MAX (1ULL << 31)

struct charlog {
	const struct klog_sink *sink;
	char *line;
	size_t size, len; /* of line */
	uint64_t seq;
	int stopped;
	int torn; /* the line was too long: its beginning was given already */
};

int charlog_present(const struct vmcoreinfo *info)
{
	return vmcoreinfo_has(info, VMCI_LOG_BUF) && vmcoreinfo_has(info, VMCI_LOG_BUF_LEN) &&
	       (vmcoreinfo_has(info, VMCI_LOG_END) || vmcoreinfo_has(info, VMCI_LOGGED_CHARS));
}

/* The length of "<N>", exactly as the kernel writes it, at a line's beginning; 0 without one. */
static size_t charlog_level(const char *line, size_t len, unsigned *value)
{
	size_t i = 1;

	*value = 0;
	if (len < 3 || line[0] != '<' || line[1] < '0' || line[1] > '9' ||
	    (line[1] == '0' && line[2] != '>'))
		return 0;
	for (; i < len && i < 5 && line[i] >= '0' && line[i] <= '9'; i++)
		*value = *value * 10 + (unsigned)(line[i] - '0');
	return i < len && line[i] == '>' && *value < 256 * 8 ? i + 1 : 0;
}

/* The length of "[    1.234567] "; 0 without one. */
static size_t charlog_time(const char *text, size_t len, uint64_t *ns)
{
	uint64_t seconds = 0, micro = 0;
	size_t i = 1, digits = 0;

	if (len < 10 || text[0] != '[')
		return 0;
	while (i < len && text[i] == ' ')
		i++;
	for (; i < len && text[i] >= '0' && text[i] <= '9' && digits < 10; i++, digits++)
		seconds = seconds * 10 + (uint64_t)(text[i] - '0');
	if (!digits || i >= len || text[i++] != '.')
		return 0;
	for (digits = 0; i < len && text[i] >= '0' && text[i] <= '9' && digits < 6; i++, digits++)
		micro = micro * 10 + (uint64_t)(text[i] - '0');
	if (digits != 6 || len - i < 2 || text[i] != ']' || text[i + 1] != ' ')
		return 0;
	*ns = seconds * 1000000000 + micro * 1000;
	return i + 2;
}

void charlog_parse_line(const char *line, size_t len, struct klog_record *record)
{
	unsigned value;
	size_t cut = charlog_level(line, len, &value);

	record->level = cut ? (int)(value & 7) : -1;
	record->facility = cut ? (int)(value >> 3) : 0;
	record->text = line + cut;
	record->len = len - cut;
	record->stamp = charlog_time(record->text, record->len, &record->ts_nsec);
	record->has_time = record->stamp != 0;
}

/* Gives the line to the sink. ended: by a newline. */
static void charlog_give(struct charlog *log, int ended)
{
	struct klog_record record = {
	    .seq = log->seq++, .level = -1, .text = log->line, .len = log->len};

	if (log->torn)
		record.flags |= KLOG_NO_PREFIX;
	else
		charlog_parse_line(log->line, log->len, &record);
	if (!ended)
		record.flags |= KLOG_NO_NEWLINE;
	log->torn = !ended;
	log->len = 0;
	if (log->sink->record(log->sink->arg, &record))
		log->stopped = 1;
}

static void charlog_feed(struct charlog *log, const char *text, size_t len)
{
	while (len > 0 && !log->stopped) {
		const char *newline = memchr(text, '\n', len);
		size_t n = newline ? (size_t)(newline - text) : len;

		if (n > log->size - log->len)
			n = log->size - log->len;
		memcpy(log->line + log->len, text, n);
		log->len += n;
		text += n;
		len -= n;
		if (len > 0 && *text == '\n') {
			text++;
			len--;
			charlog_give(log, 1);
		} else if (log->len == log->size) {
			charlog_give(log, 0);
		}
	}
}

static void charlog_lose(struct charlog *log, uint64_t bytes)
{
	struct klog_hole hole = {.bytes = bytes};

	if (log->len || log->torn)
		charlog_give(log, 1);
	if (!log->stopped && log->sink->hole(log->sink->arg, &hole))
		log->stopped = 1;
}

/* How many characters were ever logged (*end), and how many the ring holds (*held). */
static int charlog_ends(
    struct err *err, struct vmem *vm, uint64_t len, uint64_t *end, uint64_t *held)
{
	const struct vmcoreinfo *info = vmem_info(vm);
	size_t size = 4;
	uint64_t chars = 0;
	struct err ignored;

	/* unsigned long up to 2.6.24 */
	if (vmcoreinfo_at_least(info, 2, 6, 0) && !vmcoreinfo_at_least(info, 2, 6, 25))
		size = vmem_header(vm)->word;
	if (vmcoreinfo_has(info, VMCI_LOGGED_CHARS) &&
	    vmem_uint(&ignored, vm, vmcoreinfo_get(info, VMCI_LOGGED_CHARS, 0), 4, &chars))
		chars = 0;
	if (!vmcoreinfo_has(info, VMCI_LOG_END))
		return err_set(err, "VMCOREINFO has no %s", vmcoreinfo_name(VMCI_LOG_END));
	if (vmem_uint(err, vm, vmcoreinfo_get(info, VMCI_LOG_END, 0), size, end))
		return err_prefix(err, "log_end");
	*held = *end < len ? *end : len;
	/* log_end may have wrapped at 32 bits; dmesg -c resets logged_chars, never log_end */
	if (chars > *held && chars <= len)
		*held = chars;
	return 0;
}

int charlog_read(struct err *err, struct vmem *vm, struct klog_scratch *scratch,
    const struct klog_sink *sink, int *stopped)
{
	struct charlog log = {.sink = sink, .line = (char *)scratch->c, .size = KLOG_TEXT_MAX};
	struct vmem_window window = {.buf = scratch->d, .size = sizeof(scratch->d)};
	const struct vmcoreinfo *info = vmem_info(vm);
	uint64_t buf, len, end = 0, held = 0, pos, lost = 0, n;
	struct err ignored;

	*stopped = 0;
	if (vmem_word(err, vm, vmcoreinfo_get(info, VMCI_LOG_BUF, 0), &buf) ||
	    vmem_uint(err, vm, vmcoreinfo_get(info, VMCI_LOG_BUF_LEN, 0), 4, &len))
		return err_prefix(err, "the character ring");
	if (len == 0 || len > CHARLOG_LEN_MAX)
		return err_set(err, "the character ring: log_buf_len is %llu: damaged",
		    (unsigned long long)len);
	if (charlog_ends(err, vm, len, &end, &held))
		return err_prefix(err, "the character ring");
	for (pos = end - held; held > 0 && !log.stopped; pos += n, held -= n) {
		uint64_t at = pos % len, piece = held < len - at ? held : len - at;
		const uint8_t *b;

		n = CHARLOG_STEP - (buf + at) % CHARLOG_STEP;
		if (n > piece)
			n = piece;
		b = vmem_view(&ignored, vm, &window, buf + at, (size_t)n, piece);
		if (!b) {
			lost += n;
			if (lost >= CHARLOG_LOST_MAX) {
				lost += held - n;
				break;
			}
			continue;
		}
		if (lost)
			charlog_lose(&log, lost);
		lost = 0;
		charlog_feed(&log, (const char *)b, (size_t)n);
	}
	if (!log.stopped && lost)
		charlog_lose(&log, lost);
	if (!log.stopped && log.len)
		charlog_give(&log, 0);
	*stopped = log.stopped;
	return log.stopped ? -1 : 0;
}
