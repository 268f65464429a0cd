/* SPDX-License-Identifier: MIT */
/* users: who may change something on the pages; see users.h. */
#include "users.h"

#include <crypt.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/kv.h"
#include "web_conf.h"

int users_check_name(struct err *err, const char *name)
{
	static const char valid[] = "abcdefghijklmnopqrstuvwxyz0123456789._@-";
	size_t len = strlen(name);

	if (len == 0 || len > USER_NAME_MAX || strspn(name, valid) != len ||
	    strchr("._@-", name[0]))
		return err_set(err,
		    "invalid name \"%.40s\"; use a-z, 0-9 and, not first, . _ @ -, at most %d characters",
		    name, USER_NAME_MAX);
	return 0;
}

int users_check_password(struct err *err, const char *password)
{
	size_t len = strlen(password);

	if (len < USER_PASSWORD_MIN)
		return err_set(err, "a password of less than %d characters; use a longer one",
		    USER_PASSWORD_MIN);
	if (len > USER_PASSWORD_MAX)
		return err_set(err, "a password of more than %d bytes", USER_PASSWORD_MAX);
	for (; *password; password++)
		if ((unsigned char)*password < 0x20 || *password == 0x7f)
			return err_set(err, "a control character in the password");
	return 0;
}

/* The whole file, "" if it is missing; malloc'ed. NULL. */
static char *users_read(struct err *err, const char *state)
{
	char path[FILE_PATH_MAX], *text = malloc(USERS_SIZE_MAX + 1);
	size_t len = 0;
	ssize_t n = 0;
	int fd = -1;

	if (!text) {
		err_set(err, "out of memory");
		return NULL;
	}
	if (file_path(err, state, WEB_USERS, path))
		goto fail;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno != ENOENT) {
		err_errno(err, "%s", path);
		goto fail;
	}
	while (
	    fd >= 0 && len < USERS_SIZE_MAX && (n = read(fd, text + len, USERS_SIZE_MAX - len)) > 0)
		len += (size_t)n;
	if (n < 0) {
		err_errno(err, "%s", path);
		goto fail;
	}
	if (len == USERS_SIZE_MAX) {
		err_set(err, "%s: longer than %d bytes", path, USERS_SIZE_MAX);
		goto fail;
	}
	if (fd >= 0)
		close(fd);
	text[len] = '\0';
	return text;
fail:
	if (fd >= 0)
		close(fd);
	free(text);
	return NULL;
}

/* 1 if the line, up to its newline, is this person's. */
static int users_is_of(const char *line, const char *name)
{
	size_t len = strlen(name);

	return strncmp(line, name, len) == 0 && line[len] == ':';
}

/*
 * The file with this person's line, in the place of an old one or at the end; NULL: without it. 1 if the person
 * was there.
 */
static int users_write(struct err *err, const char *state, const char *name, const char *line)
{
	char *text = users_read(err, state), *fresh = NULL;
	struct kv_out out;
	size_t size;
	int had = 0, rc = -1;

	if (!text)
		return -1;
	size = strlen(text) + 512;
	fresh = malloc(size);
	if (!fresh) {
		err_set(err, "out of memory");
		goto out;
	}
	kv_out_init(&out, fresh, size);
	for (char *at = text; *at;) {
		char *end = strchr(at, '\n');

		if (end)
			*end = '\0';
		if (*at && (line || !users_is_of(at, name))) {
			kv_out_raw(&out, users_is_of(at, name) ? line : at);
			kv_out_raw(&out, "\n");
		}
		had |= users_is_of(at, name);
		at = end ? end + 1 : strchr(at, '\0');
	}
	if (line && !had) {
		kv_out_raw(&out, line);
		kv_out_raw(&out, "\n");
	}
	if ((line || had) && file_write(err, state, WEB_USERS, fresh, out.len))
		goto out;
	rc = had;
out:
	free(text);
	free(fresh);
	return rc;
}

int users_set(struct err *err, const char *state, const char *name, const char *password)
{
	static struct crypt_data data;
	char setting[CRYPT_GENSALT_OUTPUT_SIZE], line[USER_NAME_MAX + CRYPT_OUTPUT_SIZE + 4];
	const char *hash;

	if (users_check_name(err, name) || users_check_password(err, password))
		return -1;
	hash = crypt_gensalt_rn("$y$", 0, NULL, 0, setting, sizeof(setting))
		   ? crypt_r(password, setting, &data)
		   : NULL;
	if (!hash || hash[0] == '*')
		return err_errno(err, "the password cannot be hashed");
	snprintf(line, sizeof(line), "%s:%s", name, hash);
	explicit_bzero(&data, sizeof(data));
	return users_write(err, state, name, line);
}

int users_remove(struct err *err, const char *state, const char *name)
{
	if (users_check_name(err, name))
		return -1;
	return users_write(err, state, name, NULL);
}

int users_list(
    struct err *err, const char *state, void (*got)(void *arg, const char *name), void *arg)
{
	char *text = users_read(err, state);
	int count = 0;

	if (!text)
		return -1;
	for (char *at = strtok(text, "\n"); at; at = strtok(NULL, "\n")) {
		at[strcspn(at, ":")] = '\0';
		got(arg, at);
		count++;
	}
	free(text);
	return count;
}
