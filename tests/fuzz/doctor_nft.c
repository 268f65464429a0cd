/* SPDX-License-Identifier: MIT */
/* doctor_nft: any text as nft's rules is read within its bounds and in bounded time, and its answer is a text. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/doctor/nft_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char where[NFT_WHERE_MAX], *text = malloc(size + 1);
	int blocks;

	if (!text)
		return 0;
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	memset(where, 'x', sizeof(where));
	blocks = nft_blocks(text, "udp", 6666, where);
	if (strnlen(where, sizeof(where)) == sizeof(where) || (blocks && !where[0]))
		abort();
	free(text);
	return 0;
}
