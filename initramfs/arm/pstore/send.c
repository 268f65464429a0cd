/* SPDX-License-Identifier: MIT */
/* send: reads, sends and removes the records; see pstore.h. */
#include <curl/curl.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "arm/sys.h"
#include "base/hex.h"
#include "pstore.h"

/* <sys/mount.h> of musl does not know these; linux/mount.h does not go with it. */
enum { PSTORE_FSOPEN_CLOEXEC = 1, PSTORE_CONFIG_CREATE = 6, PSTORE_FSMOUNT_CLOEXEC = 1 };

enum { PSTORE_POST_MS = 10000 }; /* for one upload, at most */

/*
 * A mount of our own that stands in no directory: nobody else sees it, and nothing is left behind.
 * It is the same one file system that others have. Linux 5.2; fsopen(2), fsmount(2).
 */
static int pstore_mount(void)
{
	int fs = (int)syscall(SYS_fsopen, "pstore", PSTORE_FSOPEN_CLOEXEC);
	int mount = -1, dir = -1;

	if (fs < 0)
		return -1;
	if (syscall(SYS_fsconfig, fs, PSTORE_CONFIG_CREATE, NULL, NULL, 0) == 0)
		mount = (int)syscall(SYS_fsmount, fs, PSTORE_FSMOUNT_CLOEXEC, 0);
	close(fs);
	if (mount < 0)
		return -1;
	dir = openat(mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	close(mount);
	return dir;
}

static size_t pstore_fill(int fd, char *buf, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while (len < size && (n = read(fd, buf + len, size - len)) > 0)
		len += (size_t)n;
	return len;
}

/* One record. A name that is none of ours, or no header: left where it is. */
static void pstore_take(struct arm_pstore *pstore, const char *name)
{
	static char raw[ARM_PSTORE_PART_MAX], plain[ARM_PSTORE_PART_MAX];
	struct arm_pstore_part *part = &pstore->part[pstore->count];
	size_t name_len = strlen(name), len, head;
	const char *data = raw;
	struct stat st;
	int fd;

	if (strncmp(name, "dmesg-", 6) != 0 || name_len >= sizeof(part->name))
		return;
	fd = openat(pstore->dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return;
	len = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? pstore_fill(fd, raw, sizeof(raw)) : 0;
	close(fd);
	if (name_len > 6 && strcmp(name + name_len - 6, ".enc.z") == 0) {
		long got = arm_pstore_inflate(raw, len, plain, sizeof(plain));

		if (got < 0)
			return;
		data = plain;
		len = (size_t)got;
	}
	memset(part, 0, sizeof(*part));
	head = arm_pstore_header(data, len, part);
	if (head == 0 || head == len || !(part->data = malloc(len - head)))
		return;
	memcpy(part->name, name, name_len + 1);
	memcpy(part->data, data + head, len - head);
	part->len = len - head;
	part->time = st.st_mtime > 0 ? (int64_t)st.st_mtime : 0;
	pstore->count++;
}

void arm_pstore_harvest(struct arm_pstore *pstore)
{
	struct dirent *entry;
	DIR *list;
	int again;

	pstore->count = 0;
	pstore->deaths = 0;
	pstore->dir = pstore_mount();
	if (pstore->dir < 0)
		return;
	again = fcntl(pstore->dir, F_DUPFD_CLOEXEC, 3);
	list = again >= 0 ? fdopendir(again) : NULL;
	while (list && pstore->count < ARM_PSTORE_PARTS && (entry = readdir(list)))
		pstore_take(pstore, entry->d_name);
	if (list)
		closedir(list);
	else if (again >= 0)
		close(again);
	arm_pstore_group(pstore);
	if (pstore->count == 0)
		arm_pstore_free(pstore);
}

void arm_pstore_free(struct arm_pstore *pstore)
{
	for (size_t i = 0; i < pstore->count; i++)
		free(pstore->part[i].data);
	if (pstore->dir >= 0)
		close(pstore->dir);
	pstore->dir = -1;
	pstore->count = 0;
	pstore->deaths = 0;
}

void arm_pstore_remove(const struct arm_pstore *pstore, unsigned int death)
{
	for (size_t i = 0; i < pstore->count; i++)
		if (pstore->part[i].death == death)
			unlinkat(pstore->dir, pstore->part[i].name, 0);
}

struct pstore_answer {
	char text[80];
	size_t len;
};

static size_t pstore_answered(char *data, size_t size, size_t count, void *arg)
{
	struct pstore_answer *answer = arg;

	for (size_t i = 0; i < size * count && answer->len < sizeof(answer->text) - 1; i++)
		answer->text[answer->len++] = data[i];
	return size * count;
}

static void pstore_sha256(const char *text, size_t len, char hex[65])
{
	struct sha256_ctx hash;
	uint8_t digest[SHA256_DIGEST_SIZE];

	sha256_init(&hash);
	sha256_update(&hash, len, (const uint8_t *)text);
	sha256_digest(&hash, sizeof(digest), digest);
	hex_text(digest, sizeof(digest), hex);
}

/* left: ms that it may take, more than 0. */
static int pstore_post(struct err *err, const char *url, const struct session_conf *conf,
    const char *text, size_t len, int64_t time, int64_t left)
{
	char line[512], hex[65], died[ARM_PSTORE_ID_MAX], reason[CURL_ERROR_SIZE] = "";
	struct pstore_answer answer = {.len = 0};
	struct curl_slist *headers = NULL;
	CURL *curl = curl_easy_init();
	CURLcode code;
	long status = 0;

	if (!curl)
		return err_set(err, "libcurl does not start");
	snprintf(line, sizeof(line), "Authorization: Bearer %s", conf->token);
	headers = curl_slist_append(headers, line);
	headers = curl_slist_append(headers, "Content-Type: text/plain");
	headers = curl_slist_append(headers, "Expect:");
	headers = curl_slist_append(headers, "Lastwords-Channel: pstore");
	snprintf(line, sizeof(line), "Lastwords-Crashtime: %lld", (long long)time);
	headers = curl_slist_append(headers, line);
	arm_pstore_session(text, len, died);
	if (died[0]) {
		snprintf(line, sizeof(line), "Lastwords-Died: %s", died);
		headers = curl_slist_append(headers, line);
	}
	snprintf(line, sizeof(line), "%s/crash/%s", url, conf->session);
	curl_easy_setopt(curl, CURLOPT_URL, line);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)len);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, text);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 5L);
	curl_easy_setopt(
	    curl, CURLOPT_TIMEOUT_MS, (long)(left < PSTORE_POST_MS ? left : PSTORE_POST_MS));
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, pstore_answered);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
	code = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
	if (code != CURLE_OK)
		return err_set(
		    err, "pstore to %s: %s", url, reason[0] ? reason : curl_easy_strerror(code));
	if (status != 200 && status != 201)
		return err_set(err, "pstore: %s answers %ld", url, status);
	pstore_sha256(text, len, hex);
	if (answer.len < 64 || memcmp(answer.text, hex, 64) != 0)
		return err_set(err, "pstore: %s stored other bytes", url);
	return 0;
}

int arm_pstore_send(struct err *err, const struct arm_pstore *pstore, const char *url,
    const struct session_conf *conf, int64_t end)
{
	int bad = 0;

	for (unsigned int death = 0; death < pstore->deaths; death++) {
		int64_t time = 0, left = end - arm_now();
		size_t len = 0;
		char *text;

		if (left <= 0)
			return bad ? -1 : err_set(err, "pstore: no time left to send it");
		text = arm_pstore_text(pstore, death, &len);
		for (size_t i = 0; i < pstore->count; i++)
			if (pstore->part[i].death == death)
				time = pstore->part[i].time;
		if (!text)
			bad = err_set(err, "pstore: no memory for a record");
		else if (pstore_post(err, url, conf, text, len, time, left))
			bad = -1;
		else
			arm_pstore_remove(pstore, death);
		free(text);
	}
	return bad;
}
