/* SPDX-License-Identifier: MIT */
/* files: the configurations of lighttpd and where its files are; see files.h. */
#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/install.h"
#include "cli/host/firmware.h"
#include "cli/host/host.h"
#include "cli/host/input.h"
#include "cli/host/template.h"
#include "web_conf.h"

enum {
	FILES_MAX = 65536, /* descriptors of lighttpd, where the limit allows */
	FILES_SPARE = 64 /* those that are no connection's: logs, sockets, epoll */
};

/* lighttpd's names of the bodies that it has not handed over yet */
#define UPLOAD_PREFIX "lighttpd-upload-"

int serve_port_free(struct err *err, const char *name, const char *listen, int type)
{
	struct addrinfo hints = {.ai_socktype = type, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
	struct addrinfo *found = NULL;
	char host[ADDRESS_HOST_MAX + 1], service[8];
	uint16_t port = 0;
	int fd, rc, one = 1;

	if (address_split(err, listen, host, &port))
		return err_prefix(err, "%s", name);
	snprintf(service, sizeof(service), "%d", port);
	rc = getaddrinfo(host, service, &hints, &found);
	if (rc)
		return err_set(err, "%s = \"%s\": %s", name, listen, gai_strerror(rc));
	fd = socket(found->ai_family, type | SOCK_CLOEXEC, 0);
	if (fd >= 0 && type == SOCK_STREAM)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	rc = fd < 0 || bind(fd, found->ai_addr, found->ai_addrlen) ? -1 : 0;
	if (rc && errno == EADDRINUSE)
		err_set(err,
		    "%s = \"%s\": the port is in use; stop what listens there or set another one",
		    name, listen);
	else if (rc && errno == EACCES)
		err_set(err,
		    "%s = \"%s\": ports below 1024 need CAP_NET_BIND_SERVICE, which lastwords.service has; set a higher one",
		    name, listen);
	else if (rc)
		err_errno(err, "%s = \"%s\"", name, listen);
	if (fd >= 0)
		close(fd);
	freeaddrinfo(found);
	return rc;
}

void serve_warn(const struct err *err)
{
	err_print("lastwords: warning", err);
}

unsigned long serve_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return 1024;
	if (geteuid() == 0 && limit.rlim_max < FILES_MAX)
		limit.rlim_max = FILES_MAX;
	limit.rlim_cur = limit.rlim_max < FILES_MAX ? limit.rlim_max : FILES_MAX;
	if (setrlimit(RLIMIT_NOFILE, &limit) && getrlimit(RLIMIT_NOFILE, &limit))
		return 1024;
	return limit.rlim_cur < FILES_MAX ? limit.rlim_cur : FILES_MAX;
}

/* 1 if lighttpd can open its logs in this directory: each can be made, or is there and can be written. */
static int serve_logs_open(const char *dir)
{
	static const char *const names[] = {"access.log", "lighttpd.log", "programs.log"};
	char path[FILE_PATH_MAX];
	struct err ignored;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int fd = file_path(&ignored, dir, names[i], path)
			     ? -1
			     : open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

		if (fd < 0)
			return 0;
		close(fd);
	}
	return 1;
}

/* The directory TO/tls, or where it cannot be made TO itself. */
static void serve_tls_dir(const char *to, char dir[FILE_PATH_MAX])
{
	if (snprintf(dir, FILE_PATH_MAX, "%s/tls", to) >= FILE_PATH_MAX ||
	    (mkdir(dir, 0750) && errno != EEXIST))
		snprintf(dir, FILE_PATH_MAX, "%s", to);
}

/* A lighttpd that listens at listen: its configuration, RUN/NAME; its path to conf. 0/-1. */
static int serve_fill_conf(struct err *err, struct serve *serve, const char *run,
    const char *listen, const char *tls, const char *name_of_file, char conf[FILE_PATH_MAX])
{
	const struct config *config = serve->config;
	char sockets[FILE_PATH_MAX], uploads_dir[FILE_PATH_MAX];
	struct firmware firmware;
	char in[FILE_PATH_MAX], ipxe[FILE_PATH_MAX], bin[FILE_PATH_MAX], state_run[FILE_PATH_MAX];
	char port_text[16], workers[24], upload[24], files[24], connections[24],
	    host[ADDRESS_HOST_MAX + 3];
	const char *uploads = getenv("LASTWORDS_UPLOADS");
	char name[ADDRESS_HOST_MAX + 1];
	char *text = NULL, *filled = NULL;
	size_t len;
	uint16_t port = 0;
	int rc = -1;
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (address_split(err, listen, name, &port) ||
	    install_find(err, "etc/lighttpd.conf.in", in) ||
	    install_find(err, "ipxe/boot.ipxe", ipxe) ||
	    install_find(err, "bin/lastwords-boot", bin) ||
	    file_path(err, config->state, "run", state_run) ||
	    input_read(err, in, 1 << 20, &text, &len))
		return -1;
	snprintf(
	    serve->logs, sizeof(serve->logs), "%s", serve_logs_open(state_run) ? state_run : run);
	snprintf(serve->uploads, sizeof(serve->uploads), "%s",
	    uploads && access(uploads, W_OK | X_OK) == 0 ? uploads : run);
	snprintf(files, sizeof(files), "%lu", serve->files);
	snprintf(sockets, sizeof(sockets), "%s", run);
	snprintf(uploads_dir, sizeof(uploads_dir), "%s", serve->uploads);
	if (conf == serve->tls_conf) {
		serve_tls_dir(run, sockets);
		serve_tls_dir(serve->uploads, uploads_dir);
	}
	/* A connection needs its own descriptor, and one to a program or of a file. */
	snprintf(connections, sizeof(connections), "%lu",
	    serve->files > 4 * FILES_SPARE ? (serve->files - FILES_SPARE) / 2 : serve->files / 3);
	firmware_find(config, &firmware);
	*strrchr(ipxe, '/') = '\0';
	*strrchr(in, '/') = '\0';
	*strrchr(bin, '/') = '\0';
	snprintf(host, sizeof(host), strchr(name, ':') ? "[%s]" : "%s", name);
	snprintf(port_text, sizeof(port_text), "%d", port);
	snprintf(workers, sizeof(workers), "%ld", cores > 2 ? cores : 2);
	snprintf(
	    upload, sizeof(upload), "%llu", (unsigned long long)(config->upload_max >> 10) + 64);
	const struct template_value values[] = {
	    {"BIND", host},
	    {"PORT", port_text},
	    {"BIN", bin},
	    {"CONF", serve->conf_file},
	    {"IPXE", ipxe},
	    {"ETC", in},
	    {"IMAGES", config->images},
	    {"FIRMWARE", firmware.dir},
	    {"RUN", sockets},
	    {"LOGS", serve->logs},
	    {"UPLOADS", uploads_dir},
	    {"METRICS", state_run},
	    {"FILES", files},
	    {"CONNECTIONS", connections},
	    {"WORKERS", workers},
	    {"UPLOAD_KB", upload},
	    {"TLS", tls},
	    {NULL, NULL},
	};
	if (strpbrk(bin, " \t") || strpbrk(serve->conf_file, " \t")) {
		err_set(err, "lighttpd cannot start a program whose path has blanks; move %s",
		    strpbrk(bin, " \t") ? bin : serve->conf_file);
		goto out;
	}
	filled = template_fill(err, text, values);
	if (!filled) {
		err_prefix(err, "%s", in);
		goto out;
	}
	if (file_replace(err, run, name_of_file, filled, strlen(filled)) ||
	    file_path(err, run, name_of_file, conf))
		goto out;
	rc = 0;
out:
	free(text);
	free(filled);
	return rc;
}

/* All of lighttpd's files into the directory run. */
static int serve_fill_confs(struct err *err, struct serve *serve, const char *run)
{
	const struct config *config = serve->config;
	const struct config_tls *tls = &config->tls;
	char none[FILE_PATH_MAX], https[FILE_PATH_MAX] = "";

	if (tls_write(err, config, run, "no-tls.conf", NULL, none))
		return -1;
	if (config_has_tls(config) && tls_write(err, config, run, "tls.conf", tls->listen, https)) {
		if (tls->only)
			return -1;
		serve_warn(err);
		https[0] = '\0';
	}
	if (serve_fill_conf(err, serve, run, tls->only ? tls->listen : config->listen,
		tls->only ? https : none, "lighttpd.conf", serve->lighttpd_conf))
		return -1;
	if (https[0] && !tls->only)
		return serve_fill_conf(
		    err, serve, run, tls->listen, https, "lighttpd-tls.conf", serve->tls_conf);
	return 0;
}

void serve_write_web(struct serve *serve)
{
	struct web_conf conf = {.config = serve->config,
	    .conf_file = serve->conf_file,
	    .run = serve->lighttpd_conf,
	    .logs = serve->logs};
	char run[FILE_PATH_MAX];
	struct err err;

	if (!serve->config->web[0])
		return;
	snprintf(run, sizeof(run), "%.*s",
	    (int)(strrchr(serve->lighttpd_conf, '/') - serve->lighttpd_conf), serve->lighttpd_conf);
	conf.run = run;
	if (web_conf_write(&err, &conf, serve->web_conf) == 0 &&
	    serve_port_free(&err, "web", serve->config->web, SOCK_STREAM) == 0)
		return;
	err_prefix(&err, "no pages");
	serve_warn(&err);
}

int serve_write_conf(struct err *err, struct serve *serve)
{
	static const char *const places[] = {"/run/lastwords.XXXXXX", "/tmp/lastwords.XXXXXX"};
	const char *given = getenv("RUNTIME_DIRECTORY");
	char state_run[FILE_PATH_MAX];
	struct err first;

	if (file_path(err, serve->config->state, "run", state_run))
		return -1;
	if (given && given[0] == '/' && !strchr(given, ':')) {
		if (serve_fill_confs(err, serve, given) == 0)
			return 0;
		serve_warn(err);
	}
	if (serve_fill_confs(&first, serve, state_run) == 0)
		return 0;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(serve->own_run, sizeof(serve->own_run), "%s", places[i]);
		if (!mkdtemp(serve->own_run))
			continue;
		if (serve_fill_confs(err, serve, serve->own_run) == 0) {
			serve_warn(&first);
			fprintf(stderr,
			    "lastwords: warning: the server's runtime files are in %s\n",
			    serve->own_run);
			return 0;
		}
		rmdir(serve->own_run);
	}
	serve->own_run[0] = '\0';
	serve->tls_conf[0] = '\0';
	*err = first;
	if (file_path(&first, state_run, "lighttpd.conf", serve->lighttpd_conf) ||
	    access(serve->lighttpd_conf, R_OK))
		return -1;
	serve_warn(err);
	fprintf(stderr, "lastwords: warning: %s of the last start is used\n", serve->lighttpd_conf);
	snprintf(serve->uploads, sizeof(serve->uploads), "%s", state_run);
	snprintf(serve->logs, sizeof(serve->logs), "%s", state_run);
	return 0;
}

/* Removes those files of dir whose name begins with prefix and contains part. */
static void serve_remove_named(const char *dir, const char *prefix, const char *part)
{
	char path[FILE_PATH_MAX];
	struct dirent *entry;
	struct err ignored;
	DIR *list = opendir(dir);

	while (list && (entry = readdir(list)) != NULL)
		if (entry->d_name[0] != '.' &&
		    strncmp(entry->d_name, prefix, strlen(prefix)) == 0 &&
		    strstr(entry->d_name, part) &&
		    file_path(&ignored, dir, entry->d_name, path) == 0)
			unlink(path);
	if (list)
		closedir(list);
}

void serve_remove(const char *dir, const char *prefix)
{
	serve_remove_named(dir, prefix, "");
}

/*
 * While a program of a killed lighttpd still answers, a new lighttpd takes it for one that it need not start, and
 * starts none either when that has ended. So its sockets (NAME.sock-0 …) go first.
 */
static void serve_remove_sockets(const struct serve *serve, const struct serve_child *child)
{
	const char *below = child == &serve->child[SERVE_WEB]   ? "web"
			    : child == &serve->child[SERVE_TLS] ? "tls"
								: ".";
	char run[FILE_PATH_MAX], dir[FILE_PATH_MAX];
	struct err ignored;

	snprintf(run, sizeof(run), "%s", child->argv[3]);
	*strrchr(run, '/') = '\0';
	if (file_path(&ignored, run, below, dir) == 0)
		serve_remove_named(dir, "", ".sock-");
}

void serve_remove_left(const struct serve *serve, const struct serve_child *child)
{
	char run[FILE_PATH_MAX];
	struct err ignored;

	serve_remove_sockets(serve, child);
	if (child == &serve->child[SERVE_WEB])
		return;
	if (child == &serve->child[SERVE_TLS]) {
		serve_tls_dir(serve->uploads, run);
		if (strcmp(run, serve->uploads) != 0)
			serve_remove(run, UPLOAD_PREFIX);
		return;
	}
	serve_remove(serve->uploads, UPLOAD_PREFIX);
	if (file_path(&ignored, serve->config->state, "run", run) == 0)
		serve_remove(run, UPLOAD_PREFIX);
}
