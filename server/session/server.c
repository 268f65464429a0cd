/* SPDX-License-Identifier: MIT */
/* server: which server this is; see server.h. */
#include "server.h"

#include <stdint.h>
#include <sys/random.h>

#include "base/file.h"
#include "base/hex.h"
#include "base/secret.h"

int server_id_load(struct err *err, const char *state, int create, char id[SERVER_ID_LEN + 1])
{
	uint8_t bytes[SERVER_ID_LEN / 2];
	char path[FILE_PATH_MAX];

	if (file_path(err, state, SERVER_ID_FILE, path) ||
	    secret_load(err, path, create, bytes, sizeof(bytes)))
		return -1;
	hex_text(bytes, sizeof(bytes), id);
	return 0;
}

int server_id_renew(struct err *err, const char *state, char id[SERVER_ID_LEN + 1])
{
	uint8_t bytes[SERVER_ID_LEN / 2];
	char path[FILE_PATH_MAX];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return err_errno(err, "getrandom");
	if (file_path(err, state, SERVER_ID_FILE, path) ||
	    secret_write(err, path, bytes, sizeof(bytes)))
		return -1;
	hex_text(bytes, sizeof(bytes), id);
	return 0;
}
