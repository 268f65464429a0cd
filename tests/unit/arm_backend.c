/* SPDX-License-Identifier: MIT */
/* backend: parameters of a module on the command line, and the words that forbid it. */
#include "arm/pstore/backend.h"

#include "tap.h"

static void params_are(const char *cmdline, const char *want, const char *name)
{
	char out[64];

	backend_params(cmdline, "efi_pstore", out, sizeof(out));
	is(out, want, name);
}

int main(void)
{
	char out[16];

	params_are("quiet efi_pstore.a=1 x efi_pstore.b=2 y", "a=1 b=2",
	    "two parameters keep their order");
	params_are("efi-pstore.a=1", "a=1", "a dash in the module's name is an underscore");
	params_are(
	    "efi_pstore.a=\"1 2\" efi_pstore.b", "a=\"1 2\" b", "quotes of a parameter stay");
	params_are("xefi_pstore.a=1 efi_pstorex.a=1 efi_pstore efi_pstore.", "",
	    "words of other modules are left out");
	params_are("efi_pstore.b=1 efi_pstore.", "b=1", "a parameter without a name is left out");
	params_are("init -- efi_pstore.a=1", "", "words after -- are left out");
	params_are("", "", "an empty command line has no parameters");
	is_num(backend_params("r.a=12345678901234 r.b=1", "r", out, sizeof(out)), -1,
	    "parameters that do not fit are refused");
	is_num(backend_params("r.a=1234567890123", "r", out, sizeof(out)), 15,
	    "parameters that just fit are taken");
	is_num(backend_params("r.a=12345678901234", "r", out, sizeof(out)), -1,
	    "parameters one byte too long are refused");
	is_num(backend_is_forbidden("modprobe.blacklist=a,efi-pstore", "efi_pstore"), 1,
	    "a blacklisted module is forbidden, with a dash too");
	is_num(backend_is_forbidden("modprobe.blacklist=efi_pstore,", "efi_pstore"), 1,
	    "the first of a blacklist counts");
	is_num(backend_is_forbidden(
		   "modprobe.blacklist=efi_pstor,efi_pstore2 blacklist=efi_pstore", "efi_pstore"),
	    0, "other modules' blacklists do not count");
	is_num(backend_is_forbidden("modprobe.blacklist=", "efi_pstore"), 0,
	    "an empty blacklist forbids nothing");
	return tap_done();
}
