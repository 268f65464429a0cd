/* SPDX-License-Identifier: MIT */
/* pick: the order of capture kernels and system calls; see pick.h. */
#include "pick.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *flag, *how;
} ways[] = {{"-c", "kexec_load"}, {"-s", "kexec_file_load"}};
enum { WAYS = sizeof(ways) / sizeof(ways[0]) };

/* One kernel, by one way after the other. */
static int pick_way(
    struct err *err, const struct arm_pick_ops *ops, size_t kind, struct arm_picked *picked)
{
	struct err first = {""};

	for (size_t i = 0; i < WAYS; i++) {
		struct err said = {""};
		int bad = ops->load(&said, ops->arg, kind, ways[i].flag);

		if (bad == 0) {
			picked->kind = kind;
			picked->how = ways[i].how;
			snprintf(picked->how_why, sizeof(picked->how_why), "%.*s",
			    (int)sizeof(picked->how_why) - 1, first.msg);
			return 0;
		}
		if (bad > 0)
			break;
		if (!said.msg[0])
			err_set(&said, "no reason given");
		if (i == 0)
			first = said;
		else if (strcmp(first.msg, said.msg) != 0)
			return err_set(err, "kexec refused: %s: %.150s; %s: %.150s", ways[0].how,
			    first.msg, ways[i].how, said.msg);
	}
	return err_set(
	    err, "kexec refused: %.200s", first.msg[0] ? first.msg : "no time is left for it");
}

int arm_pick(struct err *err, const struct arm_pick_ops *ops, const char *const *names,
    size_t count, const char *asked, struct arm_picked *picked)
{
	struct err why = {""};
	size_t first = 0, tried = 0;

	memset(picked, 0, sizeof(*picked));
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], asked) == 0)
			first = i;
	for (size_t i = 0; i < count; i++) {
		size_t kind = (first + i) % count;
		struct err one = {""};

		if (!ops->has(ops->arg, kind)) {
			if (i == 0)
				err_set(&why, "%s: not in the image", names[kind]);
			continue;
		}
		tried++;
		if (ops->prepare(&one, ops->arg, kind, i > 0) == 0 &&
		    pick_way(&one, ops, kind, picked) == 0) {
			snprintf(picked->why, sizeof(picked->why), "%.*s",
			    (int)sizeof(picked->why) - 1, why.msg);
			return 0;
		}
		if (i == 0)
			err_set(&why, "%s: %.200s", names[kind], one.msg);
		if (i == 0)
			*err = one;
		else
			err_set(err, "%.200s; %s: %.200s", why.msg, names[kind], one.msg);
	}
	return tried ? -1 : err_set(err, "no capture kernel in the overlay");
}

/*
 * IMA's rules of Secure Boot refuse kexec_load with EACCES, lockdown itself with EPERM. Of
 * kexec_file_load, EKEYREJECTED, ENOKEY, ENODATA and ELIBBAD (no signature at all; musl has no text
 * for it) are all one to people. Source: security/integrity/ima, kernel/kexec_file.c of Linux 6.1.
 */
void arm_pick_explain(const char *flag, const char *said, char *out, size_t size)
{
	static const struct {
		const char *flag, *said, *meaning;
	} known[] = {
	    {"-c", "Permission denied", " (Secure Boot)"},
	    {"-c", "Operation not permitted", " (lockdown, or kexec_load_disabled)"},
	    {"-s", "Operation not permitted", " (lockdown, or kexec_load_disabled)"},
	    {"-s", "No error information", " (not signed)"},
	    {"-s", "No data available", " (not signed)"},
	    {"-s", "Required key not available", " (signed by a key unknown here)"},
	};
	const char *meaning = "";

	for (size_t i = 0; i < WAYS; i++) {
		size_t len = strlen(ways[i].how);

		if (strncmp(said, ways[i].how, len) == 0 &&
		    strncmp(said + len, " failed: ", 9) == 0)
			said += len + 9;
	}
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(flag, known[i].flag) == 0 && strcmp(said, known[i].said) == 0)
			meaning = known[i].meaning;
	snprintf(out, size, "%s%s", said, meaning);
}
