/* SPDX-License-Identifier: MIT */
/* tls: the server's certificate and its key; see tls.h. */
#include "tls.h"

#include <grp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cert.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/install.h"
#include "boot/image.h"
#include "cli/host/host.h"
#include "cli/host/input.h"
#include "cli/host/template.h"

enum { TLS_SOON_DAYS = 30, TLS_DAY_MS = 86400000 };

static const char module[] = "/usr/lib/lighttpd/mod_openssl.so";

/* No terminal is asked for a passphrase. */
static int tls_passphrase(char *buf, int size, int writing, void *arg)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

static X509 *tls_read_cert(struct err *err, const char *path)
{
	FILE *file = fopen(path, "re");
	X509 *cert = file ? PEM_read_X509(file, NULL, tls_passphrase, NULL) : NULL;

	if (!file)
		err_errno(err, "cert %s cannot be read", path);
	else if (!cert)
		err_set(err, "cert %s: no certificate (PEM) in it", path);
	if (file)
		fclose(file);
	return cert;
}

static EVP_PKEY *tls_read_key(struct err *err, const char *path)
{
	FILE *file = fopen(path, "re");
	EVP_PKEY *key = file ? PEM_read_PrivateKey(file, NULL, tls_passphrase, NULL) : NULL;

	if (!file)
		err_errno(err, "key %s cannot be read by this user", path);
	else if (!key)
		err_set(err,
		    "key %s: no private key (PEM without a passphrase) in it; openssl pkey removes one",
		    path);
	if (file)
		fclose(file);
	return key;
}

/* Certificate and key, if they belong together; the caller frees both. 0/-1. */
static int tls_read(struct err *err, const struct config_tls *tls, X509 **cert, EVP_PKEY **key)
{
	*cert = tls_read_cert(err, tls->cert);
	*key = *cert ? tls_read_key(err, tls->key) : NULL;
	if (*key && X509_check_private_key(*cert, *key) != 1)
		err_set(err,
		    "cert %s and key %s do not belong together; install both of one renewal, the "
		    "server's own certificate first in its file",
		    tls->cert, tls->key);
	else if (*key)
		return 0;
	ERR_clear_error();
	EVP_PKEY_free(*key);
	X509_free(*cert);
	*key = NULL;
	*cert = NULL;
	return -1;
}

static int64_t tls_until(const X509 *cert)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(X509_get0_notAfter(cert), &tm) != 1)
		return INT64_MAX;
	return (int64_t)timegm(&tm) * 1000;
}

int tls_usable(struct err *err, const struct config *config, int64_t *until)
{
	EVP_PKEY *key;
	X509 *cert;

	if (access(module, R_OK))
		return err_set(err, "%s is missing; apt-get install lighttpd-mod-openssl", module);
	if (tls_read(err, &config->tls, &cert, &key))
		return -1;
	*until = tls_until(cert);
	EVP_PKEY_free(key);
	X509_free(cert);
	return 0;
}

/* --- lastwords check --- */

struct checking {
	const struct config *config;
	FILE *out;
	int faults;
};

static void tls_report(struct checking *check, int warning, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static void tls_report(struct checking *check, int warning, const char *name, const char *fmt, ...)
{
	va_list ap;

	fprintf(check->out, "%s:%d: %stls: ", check->config->file,
	    config_line(&check->config->tls.at, name), warning ? "warning: " : "");
	va_start(ap, fmt);
	vfprintf(check->out, fmt, ap);
	va_end(ap);
	fputc('\n', check->out);
	check->faults += !warning;
}

/* The owner of a file, with all groups. 0/-1. */
static int tls_become(const struct stat *st)
{
	const struct passwd *user = getpwuid(st->st_uid);

	return (user ? initgroups(user->pw_name, st->st_gid) : setgroups(0, NULL)) ||
		       setgid(st->st_gid) || setuid(st->st_uid)
		   ? -1
		   : 0;
}

/* The owner of STATE is who runs the server; where we are root it is asked in its place. */
static void tls_check_reader(struct checking *check)
{
	const struct config_tls *tls = &check->config->tls;
	const char *const files[] = {tls->cert, tls->key};
	struct stat st;
	int status;
	pid_t pid;

	if (geteuid() != 0 || stat(check->config->state, &st) || st.st_uid == 0)
		return;
	for (int i = 0; i < 2; i++) {
		fflush(check->out);
		pid = fork();
		if (pid == 0)
			_exit(tls_become(&st) ? 2 : access(files[i], R_OK) != 0);
		if (pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
		    WEXITSTATUS(status) == 1)
			tls_report(check, 0, i ? "key" : "cert",
			    "the server's user, the owner of %s, cannot read %s; give it and its "
			    "directories to the group of that user",
			    check->config->state, files[i]);
	}
}

static void tls_check_key(struct checking *check)
{
	const char *path = check->config->tls.key;
	struct stat st;

	if (stat(path, &st) == 0 && st.st_mode & 027)
		tls_report(check, 0, "key",
		    "the private key %s can be read or changed by others (mode %03o); chmod 640 %s",
		    path, (unsigned int)st.st_mode & 0777, path);
}

static void tls_check_dates(struct checking *check, const X509 *cert)
{
	const int64_t left = tls_until(cert) - clock_now();
	const char *path = check->config->tls.cert;

	if (left < 0)
		tls_report(check, 0, "cert", "%s expired %lld day%s ago; renew it", path,
		    (long long)(-left / TLS_DAY_MS), -left / TLS_DAY_MS == 1 ? "" : "s");
	else if (left < (int64_t)TLS_SOON_DAYS * TLS_DAY_MS)
		tls_report(check, 1, "cert", "%s expires in %lld day%s; renew it", path,
		    (long long)(left / TLS_DAY_MS), left / TLS_DAY_MS == 1 ? "" : "s");
	if (X509_cmp_current_time(X509_get0_notBefore(cert)) > 0)
		tls_report(check, 1, "cert", "%s is not valid yet; is this clock right?", path);
}

/* By what machines verify the server: name, or the address in url. */
static void tls_check_name(struct checking *check, X509 *cert)
{
	const struct config *config = check->config;
	const char *name = config->tls.name, *url = config->url;
	const char *scheme = strncmp(url, "https:", 6) == 0 ? "https" : "http";
	char host[ADDRESS_HOST_MAX + 1], numeric[64], found[CERT_NAME_MAX + 1];
	uint8_t der[CERT_DER_MAX];
	struct cert ours;
	uint16_t port = 0;
	struct err err;

	if (name[0]) {
		if (X509_check_host(cert, name, 0, 0, NULL) != 1)
			tls_report(check, 0, "name",
			    "%s is not a certificate for %s; set name to one that it has",
			    config->tls.cert, name);
		return;
	}
	if (cert_read_file(&err, config->tls.cert, der, &ours)) {
		tls_report(check, 1, "cert", "%s", err.msg);
		return;
	}
	/* Without url machines use the address that they have asked, which only listen may say. */
	if (url[0] ? address_split_url(&err, url, scheme, host, &port, NULL)
		   : address_split(&err, config->tls.listen, host, &port))
		return;
	if (!url[0] && (strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0))
		return;
	if (host_resolve(&err, host, AF_UNSPEC, numeric) == 0 &&
	    cert_name_for(&err, &ours, numeric, found))
		tls_report(check, 1, "cert", "%s", err.msg);
}

static void tls_check_images(struct checking *check)
{
	const struct config *config = check->config;
	struct image image;
	struct err ignored;

	for (size_t i = 0; config->tls.only && i < config->profile_count; i++) {
		const struct config_profile *profile = &config->profiles[i];

		if (profile->image[0] &&
		    image_open(&ignored, config->images, profile->image, &image) == 0 && !image.tls)
			tls_report(check, 0, "only",
			    "image %s of profile %s has no TLS: its machines boot unarmed; make it with "
			    "`lastwords image --tls CA.pem`",
			    profile->image, profile->name);
	}
}

int tls_check(const struct config *config, FILE *out)
{
	struct checking check = {.config = config, .out = out};
	EVP_PKEY *key;
	X509 *cert;
	struct err err;
	int64_t until;

	if (!config_has_tls(config))
		return 0;
	if (tls_usable(&err, config, &until))
		tls_report(
		    &check, 0, strstr(err.msg, "key ") == err.msg ? "key" : "cert", "%s", err.msg);
	tls_check_key(&check);
	tls_check_reader(&check);
	tls_check_images(&check);
	if (tls_read(&err, &config->tls, &cert, &key))
		return check.faults;
	tls_check_dates(&check, cert);
	tls_check_name(&check, cert);
	if (config->tls.only && EVP_PKEY_base_id(key) != EVP_PKEY_RSA)
		tls_report(&check, 1, "only",
		    "iPXE boots from servers with an RSA key; %s has another kind",
		    config->tls.key);
	EVP_PKEY_free(key);
	X509_free(cert);
	return check.faults;
}

/* --- lighttpd --- */

/* A link that a renewing program changes must stay one. */
static int tls_absolute(struct err *err, const char *path, char absolute[FILE_PATH_MAX])
{
	char here[FILE_PATH_MAX];

	if (path[0] == '/')
		here[0] = '\0';
	else if (!getcwd(here, sizeof(here)))
		return err_errno(err, "the working directory");
	if (snprintf(absolute, FILE_PATH_MAX, "%s%s%s", here, here[0] ? "/" : "", path) >=
	    FILE_PATH_MAX)
		return err_set(err, "%s: path too long", path);
	return 0;
}

int tls_write(struct err *err, const struct config *config, const char *run, const char *name,
    const char *listen, char path[FILE_PATH_MAX])
{
	char in[FILE_PATH_MAX], cert[FILE_PATH_MAX], key[FILE_PATH_MAX];
	const struct template_value values[] = {
	    {"CERT", cert}, {"KEY", key}, {"SOCKET", listen}, {NULL, NULL}};
	char *text = NULL, *filled = NULL;
	size_t len;
	int rc = -1;

	if (file_path(err, run, name, path))
		return -1;
	if (!listen)
		return file_replace(err, run, name, "", 0);
	if (tls_absolute(err, config->tls.cert, cert) || tls_absolute(err, config->tls.key, key) ||
	    install_find(err, "etc/lighttpd-tls.conf.in", in) ||
	    input_read(err, in, 1 << 20, &text, &len))
		return -1;
	filled = template_fill(err, text, values);
	if (!filled)
		err_prefix(err, "%s", in);
	else
		rc = file_replace(err, run, name, filled, strlen(filled));
	free(filled);
	free(text);
	return rc;
}

int tls_changed(const struct config *config, struct tls_seen *seen)
{
	const char *const files[2] = {config->tls.cert, config->tls.key};
	struct tls_seen now;
	struct stat st;
	int changed;

	for (int i = 0; i < 2; i++) {
		memset(now.mark[i], -1, sizeof(now.mark[i]));
		if (stat(files[i], &st))
			continue;
		now.mark[i][0] = (int64_t)st.st_dev;
		now.mark[i][1] = (int64_t)st.st_ino;
		now.mark[i][2] = (int64_t)st.st_size;
		now.mark[i][3] = st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec;
	}
	changed = memcmp(&now, seen, sizeof(now)) != 0;
	*seen = now;
	return changed;
}
