/* SPDX-License-Identifier: MIT */
/* number: the numbers of the journal's lines; see number.h. */
#include "number.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "journal.h"
#include "layout.h"

enum {
	NUMBER_TEXT = 64, /* bytes of the lock file that are looked at */
	NUMBER_WINDOW = 8192,
	/* of the journal, from its end, for the last number: next to a lock file of this boot of the server, of an
	 * earlier one, and without one */
	NUMBER_NEAR = 2048,
	NUMBER_LOOK = 65536,
	NUMBER_SEARCH = 256 << 20,
};

static int64_t number_digits(const char *text)
{
	int64_t number = 0;

	for (int i = 0; i < NUMBER_DIGITS; i++) {
		if (text[i] < '0' || text[i] > '9')
			return 0;
		number = number * 10 + (text[i] - '0');
	}
	return number;
}

int64_t number_of(const char *line, size_t len)
{
	if (len < NUMBER_PAIR || memcmp(line + len - NUMBER_PAIR, " n=", 3) != 0)
		return 0;
	return number_digits(line + len - NUMBER_DIGITS);
}

void number_pair(int64_t number, char text[NUMBER_PAIR + 1])
{
	memcpy(text, " n=", 3);
	for (int i = NUMBER_PAIR - 1; i >= 3; i--, number /= 10)
		text[i] = (char)('0' + number % 10);
	text[NUMBER_PAIR] = '\0';
}

/* --- the last number in the journal ----------------------------------------------------------------- */

/* The last numbered line of len bytes whose newline is in them, at or after from; sets *after. */
static int64_t window_last(const char *buf, size_t from, size_t len, size_t *after)
{
	const char *newline;

	while (len > from && (newline = memrchr(buf + from, '\n', len - from)) != NULL) {
		int64_t number = number_of(buf, (size_t)(newline - buf));

		*after = (size_t)(newline - buf) + 1;
		if (number)
			return number;
		len = (size_t)(newline - buf);
	}
	return 0;
}

int64_t number_before(int fd, int64_t end, int64_t limit, int64_t *after)
{
	/* (each window with the bytes before it in which a number may begin) */
	char buf[NUMBER_PAIR + NUMBER_WINDOW];
	int64_t least = end > limit ? end - limit : 0, window = limit;

	if (window > NUMBER_WINDOW)
		window = NUMBER_WINDOW;
	while (end > least) {
		int64_t begin = end > window ? end - window : 0;
		int64_t from = begin > NUMBER_PAIR ? begin - NUMBER_PAIR : 0, number;
		ssize_t n = pread(fd, buf, (size_t)(end - from), from);
		size_t at;

		if (n != (ssize_t)(end - from))
			return 0;
		number = window_last(buf, (size_t)(begin - from), (size_t)n, &at);
		if (number) {
			*after = from + (int64_t)at;
			return number;
		}
		end = begin;
	}
	return 0;
}

/* The last number of a file, in its last limit bytes; *limit is reduced by the file's size. */
static int64_t number_in_file(const char *dir, const char *name, int64_t *limit)
{
	char path[FILE_PATH_MAX];
	int64_t number = 0, after;
	struct stat st;
	struct err ignored;
	int fd;

	if (file_path(&ignored, dir, name, path))
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return 0;
	if (fstat(fd, &st) == 0) {
		number = number_before(fd, st.st_size, *limit, &after);
		*limit -= st.st_size;
	}
	close(fd);
	return number;
}

/* The last number in the last limit bytes of the journal; 0: none. */
static int64_t number_in_journal(const char *state, int64_t limit)
{
	char dir[FILE_PATH_MAX];
	struct dirent **files;
	struct err ignored;
	int64_t number = 0;
	int n;

	if (file_path(&ignored, state, LAYOUT_JOURNAL, dir))
		return 0;
	n = file_list(&ignored, dir, journal_is_name, &files);
	for (int i = n - 1; i >= 0 && number == 0 && limit > 0; i--)
		number = number_in_file(dir, files[i]->d_name, &limit);
	file_list_free(files, n > 0 ? n : 0);
	return number;
}

/* --- the file --------------------------------------------------------------------------------------- */

void number_init(struct number *number)
{
	*number = (struct number){.fd = -1};
}

void number_close(struct number *number)
{
	if (number->fd >= 0)
		close(number->fd);
	number->fd = -1;
	number->checked = 0;
}

/* "" where it cannot be read: then each process that begins to give numbers takes it for a new boot. */
static void number_read_boot(char boot[37])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, boot, 36);

	boot[n == 36 ? 36 : 0] = '\0';
	if (fd >= 0)
		close(fd);
}

static int number_open(struct number *number, const char *state)
{
	char path[FILE_PATH_MAX];
	struct err ignored;

	if (file_path(&ignored, state, NUMBER_LOCK, path))
		return -1;
	number->checked = 0;
	number->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (number->fd < 0 && errno == ENOENT && layout_make(&ignored, state) == 0)
		number->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (number->fd < 0)
		return -1;
	number_read_boot(number->boot);
	return 0;
}

/* Reads the lock file. 1 if its number is of this boot of the server; 0: numbers must jump. */
static int number_read(const struct number *number, int64_t *last)
{
	char text[NUMBER_TEXT + 1];
	ssize_t n = pread(number->fd, text, NUMBER_TEXT, 0);
	const size_t boot = strlen(number->boot);

	*last = 0;
	if (n < NUMBER_DIGITS + 2)
		return 0;
	text[n] = '\0';
	if (text[NUMBER_DIGITS] == ' ')
		*last = number_digits(text);
	return *last && (boot || number->checked) && (size_t)n == NUMBER_DIGITS + 1 + boot + 1 &&
	       memcmp(text + NUMBER_DIGITS + 1, number->boot, boot) == 0;
}

/* same: the file has its length already. */
static int number_write(const struct number *number, int64_t last, int same)
{
	char text[NUMBER_TEXT];
	int len = snprintf(
	    text, sizeof(text), "%0*lld %s\n", NUMBER_DIGITS, (long long)last, number->boot);

	if (pwrite(number->fd, text, (size_t)len, 0) != len)
		return -1;
	return same ? 0 : ftruncate(number->fd, len);
}

/* --- waiting ---------------------------------------------------------------------------------------- */

/* Whoever has the lock does not give it back: no number was given since we waited in vain. */
static int number_is_stuck(const struct number *number, int64_t now)
{
	int64_t last;

	if (now >= number->busy_until)
		return 0;
	(void)number_read(number, &last);
	return last == number->stuck_at;
}

/* flock(2) with a limit. */
static int number_wait(struct number *number)
{
	int64_t now, until = 0;
	unsigned pause_us = 50;

	while (flock(number->fd, LOCK_EX | LOCK_NB)) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -1;
		now = clock_monotonic();
		if (until == 0) {
			if (number_is_stuck(number, now))
				return -1;
			until = now + NUMBER_WAIT_MS;
		}
		if (now >= until) {
			number->busy_until = now + NUMBER_BUSY_MS;
			(void)number_read(number, &number->stuck_at);
			return -1;
		}
		clock_pause_us(pause_us);
		if (pause_us < 400)
			pause_us *= 2;
	}
	return 0;
}

int number_lock(struct number *number, const char *state)
{
	struct stat st;

	/* (a second time when the file was removed) */
	for (int try = 0; try < 2; try++) {
		if (number->fd < 0 && number_open(number, state))
			return -1;
		if (number_wait(number))
			return -1;
		if (fstat(number->fd, &st) == 0 && st.st_nlink > 0)
			return 0;
		number_close(number);
	}
	return -1;
}

void number_unlock(struct number *number)
{
	if (number->fd >= 0)
		(void)flock(number->fd, LOCK_UN);
}

/* --- numbers ---------------------------------------------------------------------------------------- */

/* The last number; *same: it was given in this boot of the server. */
static int64_t number_last(struct number *number, const char *state, int *same)
{
	int64_t last, seen = 0;

	*same = number_read(number, &last);
	if (!number->checked)
		seen = number_in_journal(state, *same  ? NUMBER_NEAR
						: last ? NUMBER_LOOK
						       : NUMBER_SEARCH);
	return seen > last ? seen : last;
}

int64_t number_take(struct number *number, const char *state, int64_t count)
{
	int same;
	int64_t last = number_last(number, state, &same) + (same ? 0 : NUMBER_JUMP);

	if (last > NUMBER_MAX - count || number_write(number, last + count, same))
		return 0;
	number->checked = 1;
	return last + 1;
}

int64_t number_raise(struct number *number, const char *state, int64_t least)
{
	int same;
	int64_t last = number_last(number, state, &same), to = last;

	if (!same)
		to += NUMBER_JUMP;
	if (to < least)
		to = least;
	if (to > NUMBER_MAX || (to != last && number_write(number, to, same)))
		return -1;
	number->checked = 1;
	return to;
}
