/* SPDX-License-Identifier: MIT */
/* boot_config: any text is a configuration or has an error with its line. libFuzzer's entry. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct config config;
	struct err err = {""};

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (config_parse(&err, "f", text, &config) == 0)
		config_free(&config);
	else if (strncmp(err.msg, "f:", 2) != 0 || err.msg[2] < '0' || err.msg[2] > '9')
		abort();
	free(text);
	return 0;
}
