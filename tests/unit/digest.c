/* SPDX-License-Identifier: MIT */
/* digest: the SHA-256 of a file, by the examples of FIPS 180-4, from the descriptor's position. */
#include "base/digest.h"

#include <fcntl.h>
#include <unistd.h>

#include "scratch.h"
#include "tap.h"

/* The digest of a file with this text, read from offset. */
static const char *digest(const char *text, off_t offset, uint64_t *size)
{
	static char digits[DIGEST_TEXT];
	struct err err;
	int fd;

	scratch_put("file", text);
	fd = open(scratch_path("file"), O_RDONLY);
	if (fd < 0 || lseek(fd, offset, SEEK_SET) != offset || digest_fd(&err, fd, digits, size))
		return "failed";
	close(fd);
	return digits;
}

int main(void)
{
	static char big[100001];
	char digits[DIGEST_TEXT];
	struct sha256_ctx hash;
	struct err err;
	uint64_t size = 7;

	scratch_make();
	is(digest("abc", 0, &size),
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	    "the digest of \"abc\" is the standard's");
	is_num((long long)size, 3, "the size of the file is counted");
	is(digest("xabc", 1, NULL),
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	    "reading begins at the descriptor's position");
	is(digest("", 0, &size), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	    "an empty file has the digest of no bytes");
	is_num((long long)size, 0, "an empty file has size 0");
	memset(big, 'b', sizeof(big) - 1);
	sha256_init(&hash);
	sha256_update(&hash, sizeof(big) - 1, (const uint8_t *)big);
	digest_text(&hash, digits);
	is(digest(big, 0, &size), digits, "a file larger than the buffer is read to its end");
	is_num((long long)size, 100000, "its size is counted over all reads");
	ok(digest_fd(&err, -1, digits, NULL) == -1 && strstr(err.msg, "read: "),
	    "a read error is reported with its reason");
	unlink(scratch_path("file"));
	return tap_done();
}
