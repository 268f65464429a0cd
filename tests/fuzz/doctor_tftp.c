/* SPDX-License-Identifier: MIT */
/* doctor_tftp: any answer of a TFTP server is read within its bounds. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/doctor/tftp_packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tftp_answer answer;

	if (tftp_parse(data, size, &answer))
		return 0;
	if (answer.type == TFTP_DATA &&
	    (answer.data < data || answer.data + answer.data_len > data + size))
		abort();
	if (strnlen(answer.text, sizeof(answer.text)) == sizeof(answer.text) ||
	    answer.block_size < 8 || answer.block_size > 65464 || answer.size < -1)
		abort();
	return 0;
}
