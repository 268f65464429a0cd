/* SPDX-License-Identifier: MIT */
/* nics: which modalias the list covers. */
#include "arm/nics.h"

#include "tap.h"

static const char list[] = "# network drivers\n"
			   "pci:v00008086d0000100Esv*sd*bc*sc*i* e1000\n"
			   "\n"
			   "pci:v000010ECd*sv*sd*bc02sc*i* r8169";

static int covers(const char *modalias)
{
	return nics_cover(list, modalias);
}

int main(void)
{
	char big[600] = "";

	is_num(covers("pci:v00008086d0000100Esv00001AF4sd00001100bc02sc00i00"), 1,
	    "a card that a glob matches is covered");
	is_num(covers("pci:v000010ECd00008168sv00001043sd00008554bc02sc00i00"), 1,
	    "the last line may have no newline");
	is_num(covers("pci:v00008086d0000100Fsv00001AF4sd00001100bc02sc00i00"), 0,
	    "another device is not covered");
	is_num(covers(""), 0, "an empty modalias is not covered");
	is_num(nics_cover("", "x"), 0, "an empty list covers nothing");
	memset(big, '*', sizeof(big) - 1);
	is_num(nics_cover(big, "x"), 0, "a glob that is too long covers nothing");
	ok(!nics_cover("# *\n", "x") && !nics_cover("#*\n", "#x"), "a comment covers nothing");
	is_num(nics_class("0x020000"), 1, "0200 is a network card: Ethernet");
	is_num(nics_class("0x028000"), 1, "0280 is a network card: other");
	is_num(nics_class("0x010000"), 0, "0100, a disk controller, is not a network card");
	is_num(nics_class("0x02"), 0, "a torn class is not a network card");
	return tap_done();
}
