/* SPDX-License-Identifier: MIT */
/* override: what a person has set for one machine; see override.h. */
#include "override.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/kv.h"
#include "base/num.h"
#include "store/layout.h"

#define SCRIPT_SUFFIX ".script"

/* suffix: "", or that of the script. */
static int override_path(struct err *err, const char *state, const uint8_t mac[6],
    const char *suffix, char path[FILE_PATH_MAX])
{
	char name[sizeof("machines/" SCRIPT_SUFFIX) + 12], hex[13];

	mac_format_hex(mac, hex);
	snprintf(name, sizeof(name), "machines/%s%s", hex, suffix);
	return file_path(err, state, name, path);
}

int override_read(struct err *err, const char *state, const uint8_t mac[6], struct override *out)
{
	char path[FILE_PATH_MAX], text[4096];
	const char *value;
	struct kv kv;

	memset(out, 0, sizeof(*out));
	if (override_path(err, state, mac, "", path))
		return -1;
	if (access(path, F_OK)) {
		if (errno == ENOENT)
			return 0;
		return err_errno(err, "%s", path);
	}
	errno = 0;
	if (kv_read_file(err, path, text, sizeof(text), &kv))
		return errno == ENOENT ? 0 : -1; /* taken away in between */
	value = kv_get(&kv, "profile");
	if (value && value[0]) {
		if (!profile_name_ok(value))
			return err_set(err, "%s: profile \"%.40s\" is not a name", path, value);
		snprintf(out->profile, sizeof(out->profile), "%s", value);
	}
	value = kv_get(&kv, "image");
	if (value && value[0]) {
		if (!profile_name_ok(value))
			return err_set(err, "%s: image \"%.40s\" is not a name", path, value);
		snprintf(out->image, sizeof(out->image), "%s", value);
	}
	value = kv_get(&kv, "args");
	if (value &&
	    (size_t)snprintf(out->args, sizeof(out->args), "%s", value) >= sizeof(out->args)) {
		out->args[0] = '\0';
		return err_set(err, "%s: args longer than %zu bytes", path, sizeof(out->args) - 1);
	}
	value = kv_get(&kv, "drill");
	if (value && num_int(err, "drill", value, 0, 86400, &out->drill))
		return err_prefix(err, "%s", path);
	value = kv_get(&kv, "script");
	if (value && num_int(err, "script", value, 0, 86400, &out->script))
		return err_prefix(err, "%s", path);
	value = kv_get(&kv, "once");
	if (value && num_int(err, "once", value, 0, 1, &out->once))
		return err_prefix(err, "%s", path);
	value = kv_get(&kv, "set");
	if (!value || clock_parse(value, &out->set_ms))
		return err_set(err, "%s: no valid time in \"set\"", path);
	return 1;
}

/*
 * So that what a person sets while a machine says "running" is not eaten. Without a directory there
 * is nothing to lock: -1, which override_unlock takes.
 */
static int override_lock(const char *state)
{
	char dir[FILE_PATH_MAX];
	struct err ignored;
	int fd;

	if (file_path(&ignored, state, "machines", dir))
		return -1;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		flock(fd, LOCK_EX);
	return fd;
}

static void override_unlock(int lock)
{
	if (lock >= 0)
		close(lock);
}

static int override_put(
    struct err *err, const char *state, const uint8_t mac[6], const struct override *in)
{
	char dir[FILE_PATH_MAX], text[4096], name[13], when[25];
	struct kv_out out;

	mac_format_hex(mac, name);
	clock_format(in->set_ms, when);
	kv_out_init(&out, text, sizeof(text));
	if (in->profile[0])
		kv_out_pair(&out, '\n', "profile", in->profile);
	if (in->image[0])
		kv_out_pair(&out, '\n', "image", in->image);
	if (in->args[0])
		kv_out_pair(&out, '\n', "args", in->args);
	if (in->drill)
		kv_out_num(&out, '\n', "drill", (unsigned long long)in->drill);
	if (in->script)
		kv_out_num(&out, '\n', "script", (unsigned long long)in->script);
	kv_out_num(&out, '\n', "once", (unsigned long long)!!in->once);
	kv_out_pair(&out, '\n', "set", when);
	kv_out_raw(&out, "\n");
	if (out.overflow)
		return err_set(err, "override of %s: too long", name);
	if (file_path(err, state, "machines", dir))
		return -1;
	if (access(dir, F_OK) && errno == ENOENT && layout_make(err, state))
		return -1;
	return file_write(err, dir, name, text, out.len);
}

/* --- the script ------------------------------------------------------------------------------------ */

static int script_remove(struct err *err, const char *state, const uint8_t mac[6])
{
	char path[FILE_PATH_MAX];

	if (override_path(err, state, mac, SCRIPT_SUFFIX, path))
		return -1;
	if (unlink(path) && errno != ENOENT)
		return err_errno(err, "%s", path);
	return 0;
}

/* To the session that it is meant for. 0 also if the machine has no script. */
static int script_move(struct err *err, const char *state, const struct session *session)
{
	char from[FILE_PATH_MAX], dir[FILE_PATH_MAX], to[FILE_PATH_MAX];

	if (override_path(err, state, session->mac, SCRIPT_SUFFIX, from))
		return -1;
	if (access(from, F_OK) && errno == ENOENT)
		return 0;
	if (layout_session_dir(err, state, session, LAYOUT_DURABLE, dir) ||
	    file_path(err, dir, OVERRIDE_SESSION_SCRIPT, to))
		return -1;
	if (rename(from, to))
		return err_errno(err, "%s", to);
	return file_sync_dir(err, dir);
}

static int script_fd(struct err *err, const char *path, uint64_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return err_errno(err, "%s", path);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 &&
	    st.st_size <= OVERRIDE_SCRIPT_MAX) {
		*size = (uint64_t)st.st_size;
		return fd;
	}
	close(fd);
	errno = EINVAL;
	return err_set(err, "%s: not a script of 1 to %d bytes", path, OVERRIDE_SCRIPT_MAX);
}

int override_script_open(
    struct err *err, const char *state, const struct session *session, uint64_t *size)
{
	char dir[FILE_PATH_MAX], path[FILE_PATH_MAX];
	struct override set;
	int fd, found;

	errno = 0;
	if (layout_session_dir(err, state, session, LAYOUT_LOOK, dir) ||
	    file_path(err, dir, OVERRIDE_SESSION_SCRIPT, path))
		return -1;
	fd = script_fd(err, path, size);
	if (fd >= 0 || errno != ENOENT)
		return fd;
	/* Not moved: "running" is not acknowledged yet, or another server has done it. */
	found = override_read(err, state, session->mac, &set);
	if (found < 0)
		return -1;
	if (found == 0 || !set.script || set.set_ms > session->time_ms) {
		errno = ENOENT;
		return err_set(err, "the session has no script");
	}
	if (override_path(err, state, session->mac, SCRIPT_SUFFIX, path))
		return -1;
	return script_fd(err, path, size);
}

char *override_script_read(struct err *err, const char *path, size_t *len)
{
	int std = strcmp(path, "-") == 0;
	FILE *in = std ? stdin : fopen(path, "re");
	char *text = malloc(OVERRIDE_SCRIPT_MAX + 1);

	*len = 0;
	if (in && text)
		*len = fread(text, 1, OVERRIDE_SCRIPT_MAX + 1, in);
	if (!text)
		err_set(err, "%s: out of memory", path);
	else if (!in || ferror(in))
		err_errno(err, "%s", path);
	else if (*len == 0 || *len > OVERRIDE_SCRIPT_MAX)
		err_set(err, "%s: a script has 1 to %d bytes", path, OVERRIDE_SCRIPT_MAX);
	else
		goto out;
	free(text);
	text = NULL;
out:
	if (in && !std)
		fclose(in);
	return text;
}

/* --- changes --------------------------------------------------------------------------------------- */

int override_write(
    struct err *err, const char *state, const uint8_t mac[6], const struct override *in)
{
	int lock = override_lock(state);
	int rc = override_put(err, state, mac, in);

	if (rc == 0 && !in->script)
		rc = script_remove(err, state, mac);
	override_unlock(lock);
	return rc;
}

int override_write_script(struct err *err, const char *state, const uint8_t mac[6],
    const struct override *in, const char *text, size_t len)
{
	char dir[FILE_PATH_MAX], name[24], hex[13];
	int lock, rc;

	mac_format_hex(mac, hex);
	snprintf(name, sizeof(name), "%s" SCRIPT_SUFFIX, hex);
	if (file_path(err, state, "machines", dir) ||
	    (access(dir, F_OK) && errno == ENOENT && layout_make(err, state)))
		return -1;
	lock = override_lock(state);
	/* (a boot that consumes the override before the next line finds a script that is not named) */
	rc = file_write(err, dir, name, text, len) || override_put(err, state, mac, in) ? -1 : 0;
	override_unlock(lock);
	return rc;
}

int override_remove(struct err *err, const char *state, const uint8_t mac[6])
{
	char path[FILE_PATH_MAX];

	if (override_path(err, state, mac, "", path))
		return -1;
	if (unlink(path) && errno != ENOENT)
		return err_errno(err, "%s", path);
	return script_remove(err, state, mac);
}

int override_consume(struct err *err, const char *state, const struct session *session)
{
	struct override override;
	int lock = override_lock(state);
	int rc = override_read(err, state, session->mac, &override);

	if (rc > 0 && override.set_ms > session->time_ms)
		rc = 0;
	if (rc > 0 && override.script && script_move(err, state, session))
		rc = -1;
	if (rc > 0 && override.once) {
		rc = override_remove(err, state, session->mac) ? -1 : 1;
	} else if (rc > 0 && (override.drill || override.script)) {
		override.drill = override.script = 0;
		rc = override_put(err, state, session->mac, &override) ? -1 : 1;
	} else if (rc > 0) {
		rc = 0;
	}
	override_unlock(lock);
	return rc;
}
