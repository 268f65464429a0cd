/* SPDX-License-Identifier: MIT */
/* pick: the order of capture kernels and system calls; see pick.h. */
#include "pick.h"

#include <stdio.h>
#include <string.h>

static const char *const calls[] = {
    [PICK_KEXEC_LOAD] = "kexec_load", [PICK_KEXEC_FILE_LOAD] = "kexec_file_load"};

/* Copies a message that may be cut. */
static void pick_copy(char *to, size_t size, const char *text)
{
	snprintf(to, size, "%.*s", (int)size - 1, text);
}

/* One kernel, by both calls. */
static int pick_call(
    struct err *err, const struct pick_ops *ops, size_t kind, struct picked *picked)
{
	struct err said[2] = {{""}, {""}};
	const char *const first = said[PICK_KEXEC_LOAD].msg;
	const char *const second = said[PICK_KEXEC_FILE_LOAD].msg;

	for (enum pick_call call = PICK_KEXEC_LOAD; call <= PICK_KEXEC_FILE_LOAD; call++) {
		enum pick_result result = ops->load(&said[call], ops->arg, kind, call);

		if (result == PICK_LOADED) {
			picked->how = calls[call];
			pick_copy(picked->how_why, sizeof(picked->how_why), first);
			return 0;
		}
		if (result == PICK_NO_TIME)
			break;
		if (!said[call].msg[0])
			err_set(&said[call], "no reason given");
	}
	if (second[0] && strcmp(first, second) != 0)
		return err_set(err, "kexec refused: %s: %.150s; %s: %.150s", calls[0], first,
		    calls[1], second);
	return err_set(err, "kexec refused: %.200s", first[0] ? first : "no time is left for it");
}

int pick_kernel(struct err *err, const struct pick_ops *ops, const char *const *names, size_t count,
    const char *wanted, struct picked *picked)
{
	struct err why = {""}; /* not the wanted one */
	size_t first = 0, tried = 0;

	memset(picked, 0, sizeof(*picked));
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], wanted) == 0)
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
		    pick_call(&one, ops, kind, picked) == 0) {
			picked->capture = names[kind];
			pick_copy(picked->why, sizeof(picked->why), why.msg);
			return 0;
		}
		if (i == 0) {
			err_set(&why, "%s: %.200s", names[kind], one.msg);
			*err = one;
		} else {
			err_set(err, "%.200s; %s: %.200s", why.msg, names[kind], one.msg);
		}
	}
	return tried ? -1 : err_set(err, "no capture kernel in the overlay");
}

/*
 * IMA's rules of Secure Boot refuse kexec_load with EACCES, lockdown itself with EPERM.
 * EKEYREJECTED, ENOKEY, ENODATA and ELIBBAD (no signature at all; musl has no text for it) of
 * kexec_file_load all mean a missing or untrusted signature. Source: security/integrity/ima,
 * kernel/kexec_file.c of Linux 6.1.
 */
void pick_explain(enum pick_call call, const char *said, char *out, size_t size)
{
	static const char locked[] = " (lockdown, or kexec_load_disabled)";
	static const struct {
		enum pick_call call;
		const char *said, *meaning;
	} known[] = {
	    {PICK_KEXEC_LOAD, "Permission denied", " (Secure Boot)"},
	    {PICK_KEXEC_LOAD, "Operation not permitted", locked},
	    {PICK_KEXEC_FILE_LOAD, "Operation not permitted", locked},
	    {PICK_KEXEC_FILE_LOAD, "No error information", " (not signed)"},
	    {PICK_KEXEC_FILE_LOAD, "No data available", " (not signed)"},
	    {PICK_KEXEC_FILE_LOAD, "Required key not available", " (signed by a key unknown here)"},
	};
	static const char failed[] = " failed: ";
	size_t len = strlen(calls[call]);
	const char *meaning = "";

	if (strncmp(said, calls[call], len) == 0 &&
	    strncmp(said + len, failed, sizeof(failed) - 1) == 0)
		said += len + sizeof(failed) - 1;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (call == known[i].call && strcmp(said, known[i].said) == 0)
			meaning = known[i].meaning;
	snprintf(out, size, "%s%s", said, meaning);
}
