/* SPDX-License-Identifier: MIT */
/* The packets of the doctor's TFTP client (cli/doctor/tftp_packet.h). */
#include "cli/doctor/tftp_packet.h"
#include "tap.h"

static struct tftp_answer answer;

static int parse(const char *packet, size_t len)
{
	return tftp_parse((const uint8_t *)packet, len, &answer);
}
#define PARSE(text) parse(text, sizeof(text) - 1)

static void test_requests(void)
{
	static const char wanted[] = "\0\1a/b.efi\0octet\0blksize\0"
				     "1428\0tsize\0"
				     "0";
	uint8_t out[TFTP_PACKET_MAX];
	char name[TFTP_PACKET_MAX + 1];

	ok(tftp_request("a/b.efi", out) == sizeof(wanted) &&
		memcmp(out, wanted, sizeof(wanted)) == 0,
	    "a request with options");
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	is_num((long long)tftp_request(name, out), 0, "a name that does not fit is refused");
	ok(tftp_ack(0x1234, out) == 4 && memcmp(out, "\0\4\x12\x34", 4) == 0, "an acknowledgement");
}

static void test_answers(void)
{
	ok(PARSE("\0\3\0\1data") == 0 && answer.type == TFTP_DATA && answer.block == 1 &&
		answer.data_len == 4 && memcmp(answer.data, "data", 4) == 0,
	    "a block");
	ok(PARSE("\0\3\xff\xff") == 0 && answer.block == 65535 && answer.data_len == 0,
	    "an empty one ends a file");
	ok(PARSE("\0\6blksize\0"
		 "1024\0tsize\0"
		 "70000\0") == 0 &&
		answer.type == TFTP_OPTIONS && answer.block_size == 1024 && answer.size == 70000,
	    "options that were taken");
	ok(PARSE("\0\6BLKSIZE\0"
		 "8\0") == 0 &&
		answer.block_size == 8 && answer.size == -1,
	    "in capitals");
	ok(PARSE("\0\6") == 0 && answer.block_size == TFTP_BLOCK, "none was taken");
	ok(PARSE("\0\6blksize\0"
		 "7\0") == 0 &&
		answer.block_size == TFTP_BLOCK,
	    "a block size out of range does not count");
	ok(PARSE("\0\6tsize\0-1\0") == 0 && answer.size == -1, "nor does a size below 0");
	ok(PARSE("\0\5\0\1File not found\0") == 0 && answer.type == TFTP_ERROR &&
		answer.code == 1 && strcmp(answer.text, "File not found") == 0,
	    "an error");
	ok(PARSE("\0\5\0\2no end") == 0 && strcmp(answer.text, "no end") == 0,
	    "an error without its NUL");
}

static void test_broken(void)
{
	char longest[400];

	ok(PARSE("") == -1 && PARSE("\0") == -1 && PARSE("\0\3\0") == -1 && PARSE("\0\5\0") == -1,
	    "cut packets");
	ok(PARSE("\0\1name\0octet\0") == -1 && PARSE("\0\4\0\1") == -1 && PARSE("\1\3\0\1") == -1,
	    "what no server sends");
	ok(PARSE("\0\6blksize\0"
		 "512") == -1 &&
		PARSE("\0\6blksize\0") == -1,
	    "options without their end");
	memset(longest, 'e', sizeof(longest));
	memcpy(longest, "\0\5\0\0", 4);
	ok(parse(longest, sizeof(longest)) == 0 && strlen(answer.text) == TFTP_TEXT_MAX,
	    "a long error is cut");
}

int main(void)
{
	test_requests();
	test_answers();
	test_broken();
	return tap_done();
}
