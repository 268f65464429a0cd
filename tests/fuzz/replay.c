/* SPDX-License-Identifier: MIT */
/*
 * replay: a main for any fuzz target: gives it every file named, and every file of every directory
 * named, and prints TAP. The sanitizers say what is wrong.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { REPLAY_MAX = 4 << 20 };

static unsigned count;

static int replay_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *bytes = malloc(REPLAY_MAX), *exact;
	size_t n;

	if (!f || !bytes) {
		if (f)
			fclose(f);
		free(bytes);
		return -1;
	}
	n = fread(bytes, 1, REPLAY_MAX, f);
	fclose(f);
	/* of its very size, so that a byte read behind it is seen */
	exact = malloc(n ? n : 1);
	if (exact) {
		memcpy(exact, bytes, n);
		LLVMFuzzerTestOneInput(exact, n);
	}
	free(exact);
	free(bytes);
	printf("ok %u - %s\n", ++count, path);
	return 0;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		DIR *dir = opendir(argv[i]);
		struct dirent *entry;
		char path[1200];

		if (!dir) {
			if (replay_file(argv[i]))
				printf("not ok %u - %s is not readable\n", ++count, argv[i]);
			continue;
		}
		while ((entry = readdir(dir)) != NULL) {
			if (entry->d_name[0] == '.')
				continue;
			snprintf(path, sizeof(path), "%s/%s", argv[i], entry->d_name);
			if (replay_file(path))
				printf("not ok %u - %s is not readable\n", ++count, path);
		}
		closedir(dir);
	}
	printf("1..%u\n", count);
	return 0;
}
