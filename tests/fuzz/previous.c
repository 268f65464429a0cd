/* SPDX-License-Identifier: MIT */
/*
 * previous: whatever a record says of its session (the first line), and whatever name stands in the
 * machine's directory (the second), the session found is one that this server made, of this machine, and older. libFuzzer's entry.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "cgi/ingest/previous.h"
#include "tests/unit/scratch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *state, *machine;

/* In memory, unless somebody wants it elsewhere: a directory is made for each input. */
static void make(void)
{
	if (access("/dev/shm", W_OK) == 0)
		setenv("TMPDIR", "/dev/shm", 0);
	state = scratch_make();
	scratch_mkdir("sessions");
	scratch_mkdir("sessions/525400000001");
	machine = strdup(scratch_path("sessions/525400000001"));
}

/* A NUL-terminated copy of a line, which takes it from data. */
static char *take_line(const uint8_t **data, size_t *size)
{
	const uint8_t *end = *size > 0 ? memchr(*data, '\n', *size) : NULL;
	size_t len = end ? (size_t)(end - *data) : *size;
	char *line = calloc(1, len + 1);

	if (!line)
		abort();
	if (len > 0)
		memcpy(line, *data, len);
	*data += len + (end != NULL);
	*size -= len + (end != NULL);
	return line;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t mac[6] = {0x52, 0x54, 0, 0, 0, 1};
	static const struct session_key key;
	char *died = take_line(&data, &size), *name = take_line(&data, &size);
	struct session now, found, again;
	struct session_keys keys;
	char path[FILE_PATH_MAX];
	struct err err;
	int made, rc;

	if (!state)
		make();
	made = !strchr(name, '/') && file_path(&err, machine, name, path) == 0 &&
	       mkdir(path, 0700) == 0;
	session_mint(&key, mac, 1795253772123, "lab", &now); /* 2026-11-21T09:36:12.123Z */
	session_keys_of(&keys, &key);
	rc = previous_session(state, &keys, &now, died, &found);
	if (rc == 1 && (memcmp(found.mac, mac, 6) != 0 || found.time_ms >= now.time_ms ||
			   strchr(found.id, '/') ||
			   session_verify(&err, &key, found.id, strlen(found.id), &again)))
		abort();
	if (made)
		rmdir(path);
	free(died);
	free(name);
	return 0;
}
