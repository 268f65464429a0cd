/* SPDX-License-Identifier: MIT */
/* archive: the session archive; see archive.h. Pure. */
#include "archive.h"

#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "base/kv.h"
#include "session/conf.h"

static void archive_address(const struct archive *in, struct kv_out *out)
{
	const struct identity *identity = in->identity;
	int six = identity->ip6[0] && strstr(in->url, "://[");
	const char *ip = six ? identity->ip6 : identity->ip;
	const char *gateway = six ? identity->gateway6 : identity->gateway;
	int prefix = six ? identity->prefix6 : identity->prefix;
	char address[64];

	snprintf(address, sizeof(address), prefix >= 0 ? "%s/%d" : "%s", ip, prefix);
	if (ip[0])
		kv_out_pair(out, '\n', "address", address);
	if (gateway[0])
		kv_out_pair(out, '\n', "gateway", gateway);
}

int archive_conf(struct err *err, const struct archive *in, char *text, size_t size)
{
	static const char *const after[] = {
	    [AFTER_REBOOT] = "reboot", [AFTER_HALT] = "halt", [AFTER_SHELL] = "shell"};
	const struct config_profile *profile = in->profile;
	char mac[18];
	struct kv_out out;

	mac_format(in->session->mac, mac);
	kv_out_init(&out, text, size);
	kv_out_pair(&out, '\n', "session", in->session->id);
	kv_out_pair(&out, '\n', "token", in->token);
	kv_out_pair(&out, '\n', "url", in->url);
	if (in->url2[0])
		kv_out_pair(&out, '\n', "url2", in->url2);
	if (in->url3[0])
		kv_out_pair(&out, '\n', "url3", in->url3);
	if (in->tls_name && in->tls_name[0])
		kv_out_pair(&out, '\n', "tls-name", in->tls_name);
	kv_out_pair(&out, '\n', "mac", mac);
	if (profile->vlan)
		kv_out_num(&out, '\n', "vlan", (unsigned long long)profile->vlan);
	archive_address(in, &out);
	if (in->netconsole[0]) {
		kv_out_pair(&out, '\n', "netconsole", in->netconsole);
		kv_out_pair(&out, '\n', "format",
		    profile->netconsole == FORMAT_BASIC ? "basic" : "extended");
		if (profile->netconsole_early)
			kv_out_pair(&out, '\n', "early", "on");
	}
	if (profile->console[0])
		kv_out_pair(&out, '\n', "console", profile->console);
	kv_out_pair(&out, '\n', "capture", profile->capture);
	if (profile->crashkernel[0])
		kv_out_pair(&out, '\n', "crashkernel", profile->crashkernel);
	if (in->need_stock)
		kv_out_num(&out, '\n', "need-stock", in->need_stock);
	if (in->need_small)
		kv_out_num(&out, '\n', "need-small", in->need_small);
	kv_out_num(&out, '\n', "panic", (unsigned long long)profile->panic);
	kv_out_pair(&out, '\n', "after", after[profile->after]);
	kv_out_num(&out, '\n', "deadline", (unsigned long long)profile->deadline);
	if (profile->autopsy != CONFIG_AUTOPSY_OFF)
		kv_out_pair(
		    &out, '\n', "autopsy", profile->autopsy == CONFIG_AUTOPSY_FULL ? "full" : "on");
	if (profile->pstore)
		kv_out_pair(&out, '\n', "pstore", "on");
	if (profile->watchdog)
		kv_out_pair(&out, '\n', "watchdog", "on");
	if (profile->oops == OOPS_REPORT)
		kv_out_pair(&out, '\n', "oops", "report");
	if (profile->stay_armed)
		kv_out_pair(&out, '\n', "stay-armed", "on");
	if (in->drill)
		kv_out_num(&out, '\n', "drill", (unsigned long long)in->drill);
	if (in->script)
		kv_out_num(&out, '\n', "script", (unsigned long long)in->script);
	kv_out_raw(&out, "\n");
	return out.overflow ? err_set(err, "session.conf would be too long") : 0;
}

struct cpio {
	unsigned char buf[ARCHIVE_MAX];
	size_t len;
	unsigned int ino;
	int overflow;
};

static void cpio_bytes(struct cpio *cpio, const void *bytes, size_t len)
{
	if (cpio->overflow || len > sizeof(cpio->buf) - cpio->len) {
		cpio->overflow = 1;
		return;
	}
	memcpy(cpio->buf + cpio->len, bytes, len);
	cpio->len += len;
}

static void cpio_pad(struct cpio *cpio)
{
	static const char zeros[4];

	cpio_bytes(cpio, zeros, (4 - cpio->len % 4) % 4);
}

/* newc: "070701" and 13 fields of 8 hex digits, name, body; name and body padded to 4 bytes. */
static void cpio_entry(struct cpio *cpio, const char *name, unsigned int mode, const char *body)
{
	size_t name_size = strlen(name) + 1, body_len = strlen(body);
	char head[6 + 13 * 8 + 1];

	snprintf(head, sizeof(head), "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x",
	    mode ? ++cpio->ino : 0, mode, 0u, 0u, (mode & 0170000) == 0040000 ? 2u : 1u, 0u,
	    (unsigned int)body_len, 0u, 0u, 0u, 0u, (unsigned int)name_size, 0u);
	cpio_bytes(cpio, head, sizeof(head) - 1);
	cpio_bytes(cpio, name, name_size);
	cpio_pad(cpio);
	cpio_bytes(cpio, body, body_len);
	cpio_pad(cpio);
}

int archive_build(struct err *err, const char *conf, unsigned char out[ARCHIVE_MAX], size_t *len)
{
	struct cpio cpio = {.len = 0};
	z_stream z = {0};
	int rc;

	cpio_entry(&cpio, "lastwords", 0040755, "");
	cpio_entry(&cpio, "lastwords/session.conf", 0100600, conf);
	cpio_entry(&cpio, "lastwords/arm", 0120777, "/init");
	cpio_entry(&cpio, "TRAILER!!!", 0, "");
	if (cpio.overflow)
		return err_set(err, "session archive would be too long");
	/* 15 + 16: a whole window, and gzip's header (without name and time). */
	if (deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return err_set(err, "session archive: out of memory");
	z.next_in = cpio.buf;
	z.avail_in = (unsigned int)cpio.len;
	z.next_out = out;
	z.avail_out = ARCHIVE_MAX;
	rc = deflate(&z, Z_FINISH);
	*len = ARCHIVE_MAX - z.avail_out;
	deflateEnd(&z);
	return rc == Z_STREAM_END ? 0 : err_set(err, "session archive would be too long");
}
