/* SPDX-License-Identifier: MIT */
/* arm_nics: which modalias the list covers. */
#include "arm/nics.h"

#include "tap.h"

static const char list[] = "# network drivers\n"
			   "pci:v00008086d0000100Esv*sd*bc*sc*i* e1000\n"
			   "\n"
			   "pci:v000010ECd*sv*sd*bc02sc*i* r8169";

static int covers(const char *modalias)
{
	return arm_nics_cover(list, sizeof(list) - 1, modalias);
}

int main(void)
{
	char big[600];

	is_num(covers("pci:v00008086d0000100Esv00001AF4sd00001100bc02sc00i00"), 1, "e1000");
	is_num(covers("pci:v000010ECd00008168sv00001043sd00008554bc02sc00i00"), 1,
	    "the last line without a newline");
	is_num(
	    covers("pci:v00008086d0000100Fsv00001AF4sd00001100bc02sc00i00"), 0, "another device");
	is_num(covers(""), 0, "nothing");
	is_num(arm_nics_cover(list, 0, "x"), 0, "an empty list");
	memset(big, '*', sizeof(big));
	is_num(arm_nics_cover(big, sizeof(big), "x"), 0, "a glob out of bounds is none");
	is_num(arm_nics_class("0x020000"), 1, "Ethernet");
	is_num(arm_nics_class("0x028000"), 1, "other network");
	is_num(arm_nics_class("0x010000"), 0, "a disk controller");
	is_num(arm_nics_class("0x02"), 0, "a torn class");
	return tap_done();
}
