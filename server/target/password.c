/* SPDX-License-Identifier: MIT */
/* password: the first line of a target's password file; see target.h. It is never copied elsewhere. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "target.h"

/* The file, if only those may read it who should. The descriptor, or -1. */
static int password_open(struct err *err, const char *path)
{
	struct stat st;
	int fd;

	if (!path[0])
		return err_set(err, "no password; set password_file");
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT)
		return err_set(err,
		    "password_file %s: No such file or directory; make it, with mode 600", path);
	if (fd < 0 && errno == EACCES)
		return err_set(err,
		    "password_file %s: Permission denied; make its owner the server's user", path);
	if (fd < 0)
		return err_errno(err, "password_file %s", path);
	if (fstat(fd, &st))
		err_errno(err, "password_file %s", path);
	else if (!S_ISREG(st.st_mode))
		err_set(err, "password_file %s: not a file", path);
	else if (st.st_mode & S_IRWXO)
		err_set(err, "password_file %s: open to all users; chmod o= %s", path, path);
	else
		return fd;
	close(fd);
	return -1;
}

int target_password(
    struct err *err, const struct config_target *target, char out[TARGET_PASSWORD_MAX + 1])
{
	int fd = password_open(err, target->password_file);
	ssize_t n;
	size_t len;

	if (fd < 0)
		return -1;
	n = read(fd, out, TARGET_PASSWORD_MAX + 1);
	close(fd);
	if (n < 0)
		return err_errno(err, "password_file %s", target->password_file);
	for (len = 0; len < (size_t)n && out[len] != '\n' && out[len] != '\r' && out[len]; len++)
		;
	if (len > TARGET_PASSWORD_MAX || len == 0) {
		explicit_bzero(out, TARGET_PASSWORD_MAX + 1);
		return err_set(err, "password_file %s: its first line is %s", target->password_file,
		    len ? "too long" : "empty");
	}
	explicit_bzero(out + len, TARGET_PASSWORD_MAX + 1 - len);
	return 0;
}
