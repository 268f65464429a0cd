/* SPDX-License-Identifier: MIT */
/* tftp_get: reads one file from a TFTP server, as a PXE ROM does, into a hash. */
#ifndef LASTWORDS_CLI_DOCTOR_TFTP_GET_H
#define LASTWORDS_CLI_DOCTOR_TFTP_GET_H

#include <netinet/in.h>
#include <stdint.h>

#include "base/digest.h"

enum { TFTP_FILE_MAX = 16 << 20 }; /* bytes; no boot file is larger */

enum tftp_result {
	TFTP_DONE,
	TFTP_SILENT, /* no answer at all */
	TFTP_REFUSED, /* the server's error: err has it */
	TFTP_BROKEN, /* it began, and did not end: err */
};

/* Takes at most timeout_ms. *size and sha256 are of the file, with TFTP_DONE. */
enum tftp_result tftp_get(struct err *err, struct in_addr server, const char *name, int timeout_ms,
    uint64_t *size, char sha256[DIGEST_TEXT]);

#endif
