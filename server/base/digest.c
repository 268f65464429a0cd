/* SPDX-License-Identifier: MIT */
/* digest: SHA-256 of files; see digest.h. */
#include "digest.h"

#include <errno.h>
#include <unistd.h>

#include "hex.h"

void digest_text(struct sha256_ctx *hash, char text[DIGEST_TEXT])
{
	uint8_t digest[SHA256_DIGEST_SIZE];

	sha256_digest(hash, sizeof(digest), digest);
	hex_text(digest, sizeof(digest), text);
}

int digest_fd(struct err *err, int fd, char text[DIGEST_TEXT], uint64_t *size)
{
	uint8_t buf[32768];
	struct sha256_ctx hash;
	uint64_t total = 0;
	ssize_t n;

	sha256_init(&hash);
	while ((n = read(fd, buf, sizeof(buf))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(err, "read");
		sha256_update(&hash, (size_t)n, buf);
		total += (uint64_t)n;
	}
	digest_text(&hash, text);
	if (size)
		*size = total;
	return 0;
}
