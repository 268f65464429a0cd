/* SPDX-License-Identifier: MIT */
/* extract: the kernel log of a dump to a sink; see extract.h. */
#include "extract.h"

#include <string.h>

#include "charlog.h"
#include "prb.h"
#include "reclog.h"

const char *extract_format_name(enum extract_format format)
{
	switch (format) {
	case EXTRACT_PRB:
		return "lockless ring";
	case EXTRACT_RECORDS:
		return "records";
	case EXTRACT_CHARACTERS:
		return "character ring";
	case EXTRACT_NONE:
		break;
	}
	return "none";
}

static int extract_choose(struct err *err, struct extract *extract)
{
	const struct vmcoreinfo *info = vmem_info(extract->vm);

	extract->format = EXTRACT_NONE;
	if (prb_present(info))
		extract->format = EXTRACT_PRB;
	else if (reclog_present(info))
		extract->format = EXTRACT_RECORDS;
	else if (charlog_present(info))
		extract->format = EXTRACT_CHARACTERS;
	else
		return err_set(err, "VMCOREINFO (%u lines, release \"%s\") names no kernel log",
		    vmcoreinfo_lines(info), vmcoreinfo_release(info));
	return 0;
}

/* By the kernel's own page of VMCOREINFO: the first that leads to a log with records. 0/-1. */
static int extract_search(struct extract *extract)
{
	struct klog_sink null = extract_null_sink();
	struct err ignored;

	for (int i = 0; i < EXTRACT_CANDIDATES && vmem_search_info(extract->vm); i++) {
		if (extract_choose(&ignored, extract) == 0 &&
		    extract_run(&ignored, extract, &null) == 0 && extract->count.records > 0) {
			extract->searched = 1;
			return 0;
		}
	}
	return -1;
}

int extract_open(struct err *err, struct dump *dump, struct extract *extract)
{
	extract->format = EXTRACT_NONE;
	extract->searched = 0;
	memset(&extract->count, 0, sizeof(extract->count));
	extract->vm = vmem_open(err, dump);
	if (!extract->vm)
		return -1;
	if (vmem_load_info(err, extract->vm) == 0 && extract_choose(err, extract) == 0)
		return 0;
	return extract_search(extract);
}

void extract_close(struct extract *extract)
{
	vmem_close(extract->vm);
	extract->vm = NULL;
}

struct extract_tap {
	struct klog_count *count;
	const struct klog_sink *sink;
};

static int extract_record(void *arg, const struct klog_record *record)
{
	struct extract_tap *tap = arg;

	tap->count->records++;
	tap->count->text += record->len;
	if (record->flags & KLOG_UNFINISHED)
		tap->count->unfinished++;
	if (record->has_time && record->ts_nsec > tap->count->last_ts)
		tap->count->last_ts = record->ts_nsec;
	return tap->sink->record(tap->sink->arg, record);
}

static int extract_hole(void *arg, const struct klog_hole *hole)
{
	struct extract_tap *tap = arg;

	tap->count->holes++;
	tap->count->lost += hole->count;
	return tap->sink->hole(tap->sink->arg, hole);
}

int extract_run(struct err *err, struct extract *extract, const struct klog_sink *sink)
{
	struct extract_tap tap = {&extract->count, sink};
	struct klog_sink counted = {extract_record, extract_hole, &tap};
	int stopped = 0, rc = -1;

	memset(&extract->count, 0, sizeof(extract->count));
	switch (extract->format) {
	case EXTRACT_PRB:
		rc = prb_read(err, extract->vm, &extract->scratch, &counted, &stopped);
		break;
	case EXTRACT_RECORDS:
		rc = reclog_read(err, extract->vm, &extract->scratch, &counted, &stopped);
		break;
	case EXTRACT_CHARACTERS:
		rc = charlog_read(err, extract->vm, &extract->scratch, &counted, &stopped);
		break;
	case EXTRACT_NONE:
		return err_set(err, "no log format");
	}
	if (stopped)
		return err_set(err, "the output could not be written");
	if (rc)
		return -1;
	if (extract->count.records == 0 && extract->count.holes)
		return err_set(err, "%s: no record is readable (%llu lost)",
		    extract_format_name(extract->format), (unsigned long long)extract->count.lost);
	return 0;
}

static int extract_null_record(void *arg, const struct klog_record *record)
{
	(void)arg;
	(void)record;
	return 0;
}

static int extract_null_hole(void *arg, const struct klog_hole *hole)
{
	(void)arg;
	(void)hole;
	return 0;
}

struct klog_sink extract_null_sink(void)
{
	return (struct klog_sink){extract_null_record, extract_null_hole, NULL};
}
