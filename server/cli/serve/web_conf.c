/* SPDX-License-Identifier: MIT */
/* web_conf: the lighttpd of the pages; see web_conf.h. */
#include "web_conf.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/address.h"
#include "base/install.h"
#include "cli/host/input.h"
#include "cli/host/template.h"
#include "store/layout.h"
#include "tls.h"

enum { WEB_WORKERS_MAX = 4 };

int web_conf_is_tls(const struct config *config)
{
	return config_has_tls(config) && config->web[0] && !config_web_is_local(config);
}

/* Where nobody was added yet: lighttpd reads the file at each login, and misses none. */
static void web_conf_make_users(const char *users)
{
	int fd = open(users, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);

	if (fd >= 0)
		close(fd);
}

/* RUN/web: its socket, and where lighttpd finds no page. */
static int web_conf_dir(struct err *err, const char *run, char dir[FILE_PATH_MAX])
{
	if (file_path(err, run, "web", dir))
		return -1;
	if (mkdir(dir, 0750) && access(dir, W_OK | X_OK))
		return err_errno(err, "cannot make %s", dir);
	return 0;
}

/* The path without links: as lastwords-web gives those of files. */
static int web_conf_real(struct err *err, const char *path, char real[FILE_PATH_MAX])
{
	char *found = realpath(path, NULL);
	int rc = 0;

	if (!found)
		return err_errno(err, "%s", path);
	if (snprintf(real, FILE_PATH_MAX, "%s/", found) >= FILE_PATH_MAX)
		rc = err_set(err, "%s: path too long", found);
	free(found);
	return rc;
}

/* Where files are that lighttpd may send: of sessions, of the pages, and what the build vendored. */
static int web_conf_files(struct err *err, const struct config *config,
    char sessions[FILE_PATH_MAX], char statics[FILE_PATH_MAX], char vendored[FILE_PATH_MAX])
{
	char path[FILE_PATH_MAX];
	struct err ignored;

	if (file_path(err, config->state, LAYOUT_SESSIONS, path) ||
	    web_conf_real(err, path, sessions) || install_find(err, "web/static", path) ||
	    web_conf_real(err, path, statics))
		return -1;
	if (install_find(&ignored, "build/web", path) || web_conf_real(&ignored, path, vendored))
		memcpy(vendored, statics, FILE_PATH_MAX);
	return 0;
}

static int web_conf_fill(
    struct err *err, const struct web_conf *conf, const char *text, const char *tls, char **filled)
{
	char name[ADDRESS_HOST_MAX + 1], host[ADDRESS_HOST_MAX + 3], port_text[16], workers[16];
	char bin[FILE_PATH_MAX], errors[FILE_PATH_MAX], users[FILE_PATH_MAX], dir[FILE_PATH_MAX];
	char sessions[FILE_PATH_MAX], statics[FILE_PATH_MAX], vendored[FILE_PATH_MAX];
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	uint16_t port = 0;

	if (address_split(err, conf->config->web, name, &port) ||
	    install_find(err, "bin/lastwords-web", bin) ||
	    install_find(err, "web/errors/401.html", errors) ||
	    file_path(err, conf->config->state, WEB_USERS, users) ||
	    web_conf_dir(err, conf->run, dir) ||
	    web_conf_files(err, conf->config, sessions, statics, vendored))
		return -1;
	web_conf_make_users(users);
	*strrchr(bin, '/') = '\0';
	strrchr(errors, '/')[1] = '\0';
	snprintf(host, sizeof(host), strchr(name, ':') ? "[%s]" : "%s", name);
	snprintf(port_text, sizeof(port_text), "%d", port);
	snprintf(workers, sizeof(workers), "%ld",
	    cores < 2                 ? 2
	    : cores > WEB_WORKERS_MAX ? (long)WEB_WORKERS_MAX
				      : cores);
	const struct template_value values[] = {
	    {"BIND", host},
	    {"PORT", port_text},
	    {"BIN", bin},
	    {"CONF", conf->conf_file},
	    {"EMPTY", dir},
	    {"ERRORS", errors},
	    {"RUN", dir},
	    {"LOGS", conf->logs},
	    {"USERS", users},
	    {"WORKERS", workers},
	    {"SESSIONS", sessions},
	    {"STATIC", statics},
	    {"VENDORED", vendored},
	    {"TLS", tls},
	    {NULL, NULL},
	};
	*filled = template_fill(err, text, values);
	return *filled ? 0 : -1;
}

int web_conf_write(struct err *err, const struct web_conf *conf, char path[FILE_PATH_MAX])
{
	const struct config *config = conf->config;
	char in[FILE_PATH_MAX], tls[FILE_PATH_MAX], *text = NULL, *filled = NULL;
	size_t len;
	int rc = -1;

	if (install_find(err, "etc/lighttpd-web.conf.in", in) ||
	    tls_write(err, config, conf->run, "tls-web.conf",
		web_conf_is_tls(config) ? config->web : NULL, tls) ||
	    input_read(err, in, 1 << 20, &text, &len))
		return -1;
	if (web_conf_fill(err, conf, text, tls, &filled) == 0 &&
	    file_replace(err, conf->run, "lighttpd-web.conf", filled, strlen(filled)) == 0 &&
	    file_path(err, conf->run, "lighttpd-web.conf", path) == 0)
		rc = 0;
	free(text);
	free(filled);
	return rc;
}
