/* SPDX-License-Identifier: MIT */
/* install: where the programs and files of lastwords are; see install.h. */
#include "install.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int install_try(
    const char *base, const char *between, const char *name, char path[FILE_PATH_MAX])
{
	return snprintf(path, FILE_PATH_MAX, "%s/%s%s", base, between, name) < FILE_PATH_MAX &&
	       access(path, R_OK) == 0;
}

static char *install_last(char *text, const char *what)
{
	char *last = NULL;

	for (char *at = text; (at = strstr(at, what)) != NULL; at++)
		last = at;
	return last;
}

/* In a checkout, whose programs are in build/bin or build/san/bin. */
static int install_try_checkout(char *self, const char *name, char path[FILE_PATH_MAX])
{
	char *build = install_last(self, "/build/");

	if (!build)
		return 0;
	*build = '\0';
	return install_try(self, "", name, path) ||
	       (strncmp(name, "etc/", 4) == 0 && install_try(self, "server/", name, path)) ||
	       (strncmp(name, "web/", 4) == 0 && install_try(self, "cgi/", name, path));
}

int install_find(struct err *err, const char *name, char path[FILE_PATH_MAX])
{
	char self[FILE_PATH_MAX], *slash;
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	const char *program = strncmp(name, "bin/", 4) == 0 ? name + 4 : NULL;

	if (n > 0) {
		self[n] = '\0';
		slash = strrchr(self, '/');
		if (slash)
			*slash = '\0';
		if (program ? install_try(self, "", program, path)
			    : install_try(self, "../share/lastwords/", name, path))
			return 0;
		if (install_try_checkout(self, name, path))
			return 0;
	}
	return err_set(err, "%s is missing; run make all, or install lastwords again", name);
}
