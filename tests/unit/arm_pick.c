/* SPDX-License-Identifier: MIT */
/* pick: what is tried, in which order, and the reasons that are given. */
#include "arm/pick.h"

#include "tap.h"

/* A machine: which kernels its image has, fit, and are taken by which call. */
struct machine {
	int has[2], fits[2], load[2], file_load[2];
	const char *refusal; /* of kexec_load */
	char tried[64];
	size_t late; /* no time is left once tried is this long */
};

static const char *const names[] = {"stock", "small"};

static int has(void *arg, size_t kind)
{
	return ((struct machine *)arg)->has[kind];
}

static int prepare(struct err *err, void *arg, size_t kind, int fallback)
{
	struct machine *m = arg;

	if (fallback && !m->fits[kind])
		return err_set(err, "it needs crashkernel=112M");
	return 0;
}

static enum pick_result load(struct err *err, void *arg, size_t kind, enum pick_call call)
{
	struct machine *m = arg;
	size_t len = strlen(m->tried);

	int first = call == PICK_KEXEC_LOAD;

	if (m->late == len)
		return PICK_NO_TIME;
	snprintf(m->tried + len, sizeof(m->tried) - len, " %s%s", names[kind], first ? "-c" : "-s");
	if (first ? m->load[kind] : m->file_load[kind])
		return PICK_LOADED;
	err_set(err, "%s", first ? m->refusal : "Key was rejected by service");
	return PICK_REFUSED;
}

static int pick(struct machine *m, const char *wanted, struct picked *picked, struct err *err)
{
	struct pick_ops ops = {m, has, prepare, load};

	*err = (struct err){""};
	return pick_kernel(err, &ops, names, 2, wanted, picked);
}

static const char *explain(enum pick_call call, const char *said)
{
	static char out[100];

	pick_explain(call, said, out, sizeof(out));
	return out;
}

int main(void)
{
	char small[7], text[300] = "";
	struct machine plain = {{1, 1}, {1, 1}, {1, 1}, {1, 0}, "", "", 99};
	/* lockdown: kexec_load is forbidden, and only the signed kernel is taken */
	struct machine locked = {{1, 1}, {1, 1}, {0, 0}, {1, 0}, "Operation not permitted", "", 99};
	struct machine tight = locked, none = {{0, 0}, {1, 1}, {1, 1}, {1, 1}, "", "", 99};
	struct machine lone = locked, late = plain, unsigned_all = locked, again = locked,
		       halfway = locked, wordy = locked;
	struct picked picked;
	struct err err;

	is_num(pick(&plain, "small", &picked, &err), 0, "the small kernel is loaded");
	is(plain.tried, " small-c", "kexec_load is tried first");
	is(picked.how, "kexec_load", "the call that loaded it is named");
	is(picked.why, "", "no reason is given for the wanted kernel");
	is(picked.how_why, "", "no reason is given for the first call");

	is_num(pick(&locked, "small", &picked, &err), 0, "lockdown: one kernel is loaded");
	is(locked.tried, " small-c small-s stock-c stock-s",
	    "lockdown: each kernel is tried by both calls");
	is(picked.capture, "stock", "lockdown: the signed kernel is loaded");
	is(picked.how, "kexec_file_load", "lockdown: the call that checks signatures loads it");
	is(picked.why,
	    "small: kexec refused: kexec_load: Operation not permitted; kexec_file_load: "
	    "Key was rejected by service",
	    "lockdown: the reasons against small are given");
	is(picked.how_why, "Operation not permitted",
	    "lockdown: the reason against kexec_load is given");

	is_num(pick(&again, "stock", &picked, &err), 0,
	    "lockdown: stock is loaded where it is wanted");
	is(again.tried, " stock-c stock-s", "lockdown: no other kernel is tried then");
	is(picked.why, "", "lockdown: no reason is given for the wanted kernel");

	tight.fits[0] = 0;
	is_num(pick(&tight, "small", &picked, &err), -1, "lockdown in 24 MB: none is loaded");
	is(tight.tried, " small-c small-s", "a kernel that does not fit is not tried");
	is(err.msg,
	    "small: kexec refused: kexec_load: Operation not permitted; kexec_file_load: "
	    "Key was rejected by service; stock: it needs crashkernel=112M",
	    "the reasons against both kernels are given");

	lone.has[1] = 0;
	is_num(pick(&lone, "small", &picked, &err), 0,
	    "a missing small kernel: another one is loaded");
	is(picked.why, "small: not in the image", "a missing small kernel: the reason is given");

	unsigned_all.file_load[0] = 0;
	unsigned_all.refusal = "Key was rejected by service";
	unsigned_all.has[1] = 0;
	is_num(
	    pick(&unsigned_all, "stock", &picked, &err), -1, "no call takes the unsigned kernel");
	is(err.msg, "kexec refused: Key was rejected by service", "equal reasons are given once");

	memset(text, 'x', sizeof(text) - 1);
	wordy.refusal = text;
	is_num(pick(&wordy, "stock", &picked, &err), 0, "a long reason: the kernel is loaded");
	is_num((long long)strlen(picked.how_why), sizeof(picked.how_why) - 1,
	    "a long reason is cut to its room");

	late.late = 0;
	late.has[1] = 0;
	is_num(pick(&late, "stock", &picked, &err), -1, "without time none is loaded");
	is(err.msg, "kexec refused: no time is left for it", "without time that is the reason");
	halfway.late = strlen(" stock-c");
	is_num(pick(&halfway, "stock", &picked, &err), -1,
	    "without time for the second call none is loaded");
	is(err.msg,
	    "stock: kexec refused: Operation not permitted; small: kexec refused: no time is left for it",
	    "the first call's reason is given then");
	is_num(pick(&none, "small", &picked, &err), -1, "an image without kernels: none is loaded");
	is(err.msg, "no capture kernel in the overlay",
	    "an image without kernels: that is the reason");

	is(explain(PICK_KEXEC_LOAD, "kexec_load failed: Permission denied"),
	    "Permission denied (Secure Boot)", "the refusal under Secure Boot is explained");
	is(explain(PICK_KEXEC_FILE_LOAD, "kexec_file_load failed: No error information"),
	    "No error information (not signed)", "a missing signature is explained");
	is(explain(PICK_KEXEC_FILE_LOAD, "kexec_file_load failed: Permission denied"),
	    "Permission denied", "Permission denied of the other call is not explained");
	is(explain(PICK_KEXEC_LOAD, "Cannot open /vmlinuz"), "Cannot open /vmlinuz",
	    "any other text stays as it is");
	pick_explain(PICK_KEXEC_LOAD, "Permission denied", small, sizeof(small));
	is(small, "Permis", "an explanation that does not fit is cut");
	return tap_done();
}
