/* SPDX-License-Identifier: MIT */
/* boot_config: any text is a configuration or has a complaint with its line. libFuzzer's entry. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct err err = {""};
	cfg_t *cfg;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	cfg = config_file_parse(&err, "f", text);
	if (cfg)
		cfg_free(cfg);
	else if (strncmp(err.msg, "f:", 2) != 0 || err.msg[2] < '0' || err.msg[2] > '9')
		abort();
	free(text);
	return 0;
}
