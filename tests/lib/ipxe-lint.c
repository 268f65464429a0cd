/* SPDX-License-Identifier: MIT */
/*
 * ipxe-lint: reads an iPXE script from stdin, prints its shape (ipxe_script.h) and exits 0, or says
 * why no machine should run it and exits 1. Shell tests compile it with `cc`.
 */
#include <stdio.h>

#include "ipxe_script.h"

int main(void)
{
	static char text[65536];
	static struct ipxe_check check;
	size_t len = fread(text, 1, sizeof(text), stdin);

	if (ipxe_script_check(&check, text, len)) {
		printf("%s\n", check.why);
		return 1;
	}
	fputs(check.shape, stdout);
	return 0;
}
