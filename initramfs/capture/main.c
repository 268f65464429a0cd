/* SPDX-License-Identifier: MIT */
/*
 * The one program of the capture kernel, under two names: lastwords-dmesg, and as lastwords-autopsy (a
 * link to it) the autopsy; with TLS it also is lastwords-call (https.h). One binary, because memory is short there, and both have the same HTTP client.
 */
#include <string.h>

#include "autopsy/command.h"
#include "dmesg/command.h"
#include "https/https.h"

int main(int argc, char **argv)
{
	const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;
	const char *name = slash ? slash + 1 : argc > 0 ? argv[0] : "";

	int code = https_main(name, argc, argv);

	if (code >= 0)
		return code;
	return strcmp(name, "lastwords-autopsy") == 0 ? autopsy_main(argc, argv)
						      : dmesg_main(argc, argv);
}
