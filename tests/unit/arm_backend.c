/* SPDX-License-Identifier: MIT */
/* arm_backend: parameters of a module on the command line, and the words that forbid it. */
#include "arm/pstore/backend.h"

#include "tap.h"

static void params_are(const char *cmdline, const char *want, const char *name)
{
	char out[64];

	arm_backend_params(cmdline, "efi_pstore", out, sizeof(out));
	is(out, want, name);
}

int main(void)
{
	char out[16];

	params_are("quiet efi_pstore.a=1 x efi_pstore.b=2 y", "a=1 b=2", "two of them, in order");
	params_are("efi-pstore.a=1", "a=1", "a dash is an underscore");
	params_are("efi_pstore.a=\"1 2\" efi_pstore.b", "a=\"1 2\" b", "quotes stay");
	params_are("xefi_pstore.a=1 efi_pstorex.a=1 efi_pstore efi_pstore.", "", "others");
	params_are("init -- efi_pstore.a=1", "", "init's own are not the kernel's");
	params_are("", "", "nothing");
	is_num(arm_backend_params("r.a=12345678901234 r.b=1", "r", out, sizeof(out)), -1,
	    "what does not fit");
	is_num(
	    arm_backend_params("r.a=1234567890123", "r", out, sizeof(out)), 15, "what just fits");
	is_num(
	    arm_backend_forbidden("modprobe.blacklist=a,efi-pstore", "efi_pstore"), 1, "forbidden");
	is_num(
	    arm_backend_forbidden("modprobe.blacklist=efi_pstore,", "efi_pstore"), 1, "the first");
	is_num(arm_backend_forbidden(
		   "modprobe.blacklist=efi_pstor,efi_pstore2 blacklist=efi_pstore", "efi_pstore"),
	    0, "others are");
	is_num(arm_backend_forbidden("modprobe.blacklist=", "efi_pstore"), 0, "none");
	return tap_done();
}
