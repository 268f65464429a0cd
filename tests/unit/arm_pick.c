/* SPDX-License-Identifier: MIT */
/* arm_pick: what is tried, in which order, and what is said of it. */
#include "arm/pick.h"

#include "tap.h"

/* A machine: which kernels its image has, fit, and are taken by which call. */
struct machine {
	int has[2], fits[2], load[2], file_load[2];
	const char *refusal; /* what kexec_load says */
	char tried[64];
	int late;
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

static int load(struct err *err, void *arg, size_t kind, const char *flag)
{
	struct machine *m = arg;
	size_t len = strlen(m->tried);

	if (m->late)
		return 1;
	snprintf(m->tried + len, sizeof(m->tried) - len, " %s%s", names[kind], flag);
	if (strcmp(flag, "-c") == 0)
		return m->load[kind] ? 0 : err_set(err, "%s", m->refusal);
	return m->file_load[kind] ? 0 : err_set(err, "Key was rejected by service");
}

static int pick(struct machine *m, const char *asked, struct arm_picked *picked, struct err *err)
{
	struct arm_pick_ops ops = {m, has, prepare, load};

	*err = (struct err){""};
	return arm_pick(err, &ops, names, 2, asked, picked);
}

static const char *explain(const char *flag, const char *said)
{
	static char out[100];

	arm_pick_explain(flag, said, out, sizeof(out));
	return out;
}

int main(void)
{
	char small[7];
	struct machine plain = {{1, 1}, {1, 1}, {1, 1}, {1, 0}, "", "", 0};
	/* lockdown: kexec_load is forbidden, and only the signed kernel is taken */
	struct machine locked = {{1, 1}, {1, 1}, {0, 0}, {1, 0}, "Operation not permitted", "", 0};
	struct machine tight = locked, none = {{0, 0}, {1, 1}, {1, 1}, {1, 1}, "", "", 0};
	struct machine lone = locked, late = plain, unsigned_all = locked, again = locked;
	struct arm_picked picked;
	struct err err;

	is_num(pick(&plain, "small", &picked, &err), 0, "small is loaded");
	is(plain.tried, " small-c", "by the first call");
	is(picked.how, "kexec_load", "which has its name");
	is(picked.why, "", "no word of another kernel");
	is(picked.how_why, "", "nor of another call");

	is_num(pick(&locked, "small", &picked, &err), 0, "lockdown: one is loaded");
	is(locked.tried, " small-c small-s stock-c stock-s", "each kernel, each by both calls");
	is(names[picked.kind], "stock", "the signed one");
	is(picked.how, "kexec_file_load", "by the call that checks signatures");
	is(picked.why,
	    "small: kexec refused: kexec_load: Operation not permitted; kexec_file_load: "
	    "Key was rejected by service",
	    "why not small");
	is(picked.how_why, "Operation not permitted", "why not kexec_load");

	is_num(pick(&again, "stock", &picked, &err), 0, "lockdown, stock asked for");
	is(again.tried, " stock-c stock-s", "no other kernel is tried");
	is(picked.why, "", "it is the one asked for");

	tight.fits[0] = 0;
	is_num(pick(&tight, "small", &picked, &err), -1, "lockdown in 24 MB: not armed");
	is(tight.tried, " small-c small-s", "what does not fit is not tried");
	is(err.msg,
	    "small: kexec refused: kexec_load: Operation not permitted; kexec_file_load: "
	    "Key was rejected by service; stock: it needs crashkernel=112M",
	    "and both say why");

	lone.has[1] = 0;
	is_num(pick(&lone, "small", &picked, &err), 0, "no small kernel in the image");
	is(picked.why, "small: not in the image", "is said");

	unsigned_all.file_load[0] = 0;
	unsigned_all.refusal = "Key was rejected by service";
	unsigned_all.has[1] = 0;
	is_num(pick(&unsigned_all, "stock", &picked, &err), -1, "nobody takes it");
	is(err.msg, "kexec refused: Key was rejected by service", "the same reason once");

	late.late = 1;
	late.has[1] = 0;
	is_num(pick(&late, "stock", &picked, &err), -1, "no time is left");
	is(err.msg, "kexec refused: no time is left for it", "and that is said");
	is_num(pick(&none, "small", &picked, &err), -1, "no kernel at all");
	is(err.msg, "no capture kernel in the overlay", "is said too");

	is(explain("-c", "kexec_load failed: Permission denied"), "Permission denied (Secure Boot)",
	    "the refusal of kexec_load under Secure Boot");
	is(explain("-s", "kexec_file_load failed: No error information"),
	    "No error information (not signed)", "a kernel without a signature");
	is(explain("-s", "kexec_file_load failed: Permission denied"), "Permission denied",
	    "the same word of the other call means something else");
	is(explain("-c", "Cannot open /vmlinuz"), "Cannot open /vmlinuz",
	    "any other text as it is");
	arm_pick_explain("-c", "Permission denied", small, sizeof(small));
	is(small, "Permis", "and no more than fits");
	return tap_done();
}
