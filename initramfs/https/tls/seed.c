/* SPDX-License-Identifier: MIT */
/* seed: random bytes from the kernel, and to it; see seed.h. */
#include "seed.h"

#include <fcntl.h>
#include <linux/random.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "https/https.h"

void seed_make(uint8_t *bytes, size_t len)
{
	struct timespec now;

	if (getrandom(bytes, len, GRND_NONBLOCK) == (ssize_t)len)
		return;
	/* (Linux 5.6; before, what was on the stack, and the time) */
	(void)!getrandom(bytes, len, GRND_INSECURE);
	clock_gettime(CLOCK_MONOTONIC, &now);
	for (size_t i = 0; i < sizeof(now) && i < len; i++)
		bytes[i] ^= ((const uint8_t *)&now)[i];
}

/* random(4): struct rand_pool_info has the bits that count, and the bytes. Needs CAP_SYS_ADMIN. */
void seed_use(const char *path)
{
	union {
		struct rand_pool_info info;
		uint8_t room[sizeof(struct rand_pool_info) + HTTPS_SEED_SIZE];
	} pool;
	int from = open(path, O_RDONLY | O_CLOEXEC), to;
	ssize_t len;

	if (from < 0)
		return;
	len = read(from, pool.room + sizeof(pool.info), HTTPS_SEED_SIZE);
	close(from);
	unlink(path);
	to = len > 0 ? open("/dev/random", O_WRONLY | O_CLOEXEC) : -1;
	if (to >= 0) {
		pool.info.buf_size = (int)len;
		pool.info.entropy_count = (int)len * 8;
		(void)ioctl(to, RNDADDENTROPY, &pool.info);
		close(to);
	}
	explicit_bzero(&pool, sizeof(pool));
}
