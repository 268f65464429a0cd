/* SPDX-License-Identifier: MIT */
/*
 * ipxe-lint: reads an iPXE script from stdin, prints its shape (ipxe_script.h) and exits 0, or prints
 * why no machine should run it and exits 1. --own: a script of ours, which may have comments and every
 * ${setting}.
 */
#include <stdio.h>

#include "ipxe_script.h"

int main(int argc, char **argv)
{
	static char text[65536];
	static struct ipxe_check check;
	size_t len = fread(text, 1, sizeof(text), stdin);
	int own = argc == 2 && strcmp(argv[1], "--own") == 0;

	if (argc > 1 && !own) {
		fprintf(stderr, "usage: ipxe-lint [--own] <SCRIPT\n");
		return 2;
	}
	if (ipxe_script_read(&check, text, len, own)) {
		printf("%s\n", check.why);
		return 1;
	}
	fputs(check.shape, stdout);
	return 0;
}
