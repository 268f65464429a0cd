/* SPDX-License-Identifier: MIT */
/*
 * bmc: what the parts of the test BMC share: its options, one struct bmc for each BMC of the process, and
 * the faults that it can be given. What the program does and how it is used: main.c.
 *
 * Times are milliseconds of clock_monotonic(). Nothing here is for any thread but one.
 */
#ifndef BMC_BMC_H
#define BMC_BMC_H

#include <stdint.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/err.h"
#include "loop.h"
#include "wire.h"

enum {
	USERS_MAX = 8,
	SESSIONS_MAX = 16,
	FAULTY_COMMANDS = 8,
	POWER_QUEUE = 4,
	SERIAL_RING = 16384, /* from the serial line, allocated while a console is attached */
	SERIAL_OUT =
	    2048, /* to the serial line, allocated when the line does not take it at once */
	SOL_DATA = 200, /* characters in a packet, each way, unless a fault says otherwise */
	SOL_HEADER = 4,
	NEVER_SOON = 60000, /* how far ahead the next deadline is looked for, ms */
};

/* Privilege levels as on the wire. */
enum privilege {
	PRIVILEGE_NONE = 0,
	PRIVILEGE_CALLBACK = 1,
	PRIVILEGE_USER = 2,
	PRIVILEGE_OPERATOR = 3,
	PRIVILEGE_ADMINISTRATOR = 4,
};

/* The user's number on the wire is its index + 2; number 1 is the disabled user without a name. */
struct user {
	char name[17];
	uint8_t key[SUITE_KEY];
	uint8_t limit; /* enum privilege */
};

struct options {
	const char *listen, *control, *power, *serial, *break_program;
	int count, by_address;
	int telnet, verbose, off;
	int chatter; /* lines a minute, 0: none */
	int run_seconds, session_seconds;
	int sessions; /* active ones of a BMC */
	uint32_t suites; /* offered; bit N: cipher suite N */
	size_t user_count;
	struct user users[USERS_MAX];
};

extern struct options options;

enum session_state {
	SESSION_OPENED, /* Open Session was answered */
	SESSION_PROVEN_BMC, /* RAKP 2 went out */
	SESSION_ACTIVE,
};

/* Sequence numbers that were received: each is taken once (IPMI 2.0, 13.28.4). */
struct window {
	uint32_t highest;
	uint32_t seen; /* bit N: highest - N */
	int started;
};

struct session {
	LIST_ENTRY(session) link;
	enum session_state state;
	uint32_t id, console_id; /* ours, the client's */
	unsigned handle; /* 1 to options.sessions while active */
	const struct suite *suite;
	const struct user *user;
	uint8_t role; /* of RAKP 1, with its name-only bit: it is part of what is hashed */
	uint8_t ceiling, privilege; /* highest and current enum privilege */
	uint8_t console_random[16], random[16];
	uint8_t sik[SUITE_HASH_MAX], k1[SUITE_HASH_MAX], k2[SUITE_HASH_MAX];
	uint32_t sent, sent_plain; /* sequence numbers, authenticated and not */
	struct window received, received_plain;
	struct sockaddr_storage peer;
	socklen_t peer_len;
	int64_t last_seen;
	int closing; /* after the reply that is being made */
	int phantom; /* has no client: made by the fault "sol busy" */
};

LIST_HEAD(session_list, session);

/* The serial-over-LAN payload: sol.c. */
struct sol {
	struct session *holder; /* NULL: not activated */
	int authenticate, encrypt;
	uint8_t taken_seq,
	    taken_count; /* of the last packet that was received, for its retransmissions */
	uint8_t seq; /* of the last one sent */
	uint8_t data[SOL_DATA];
	size_t len; /* in data, not acknowledged yet */
	int tries;
	int64_t retry_at, gather_until;
	int overrun;
	/* configuration parameters 1 to 6 */
	uint8_t enabled, authentication, gather, threshold, retries, retry_interval, bit_rate[2];
};

/* The serial line: serial.c. */
struct serial {
	struct watch watch;
	int connected;
	int telnet_state;
	int64_t retry_at, chatter_at;
	unsigned long lines; /* written by the chatter */
	uint8_t *ring; /* SERIAL_RING bytes, from the line */
	size_t start, len;
	uint8_t *out; /* SERIAL_OUT bytes, to the line */
	size_t out_len;
};

enum power_action {
	POWER_OFF,
	POWER_ON,
	POWER_RESET,
	POWER_NMI,
	POWER_SOFT,
	POWER_PXE,
};

/* The chassis: power.c. */
struct power {
	int on, restarts, identify;
	uint8_t last_event;
	uint8_t boot_progress, boot_ack[2], boot_flags[5]; /* boot options 0, 4, 5 */
	enum power_action queue[POWER_QUEUE];
	size_t queued;
	int64_t start_at; /* of the first in the queue */
	int child; /* process of the program, 0: none */
	int64_t kill_at;
};

/* Misbehaviour on demand: control.c. All zero: none. */
struct faults {
	int64_t mute_until;
	uint32_t refuse; /* suites refused though offered; bit N: cipher suite N */
	uint32_t suites; /* offered instead of options.suites; 0: those */
	int power_lies, power_delay; /* ms */
	int lose, lose_sol, duplicate; /* every Nth packet; 0: none */
	int sol_accept; /* takes at most N characters of a packet; 0: all */
	int sol_stalled; /* no character passes, either way */
	int sol_sizes, sol_in, sol_out; /* answered by Activate Payload if sol_sizes */
	int serial_drop; /* every Nth character of the line is lost */
	int burst, burst_ms; /* more than burst requests within a second: mute for burst_ms */
	int answer_late; /* ms, blocking: one request at a time */
	int sessions; /* instead of options.sessions; 0: that */
	struct {
		uint8_t netfn, command, code;
	} fail[FAULTY_COMMANDS];
	size_t fail_count;
};

struct bmc {
	int number; /* from 0 */
	struct watch lan;
	uint8_t guid[16];
	struct session_list sessions;
	struct sol sol;
	struct serial serial;
	struct power power;
	struct faults faults;
	unsigned long packets, sol_packets, serial_bytes; /* counted for the faults */
	int64_t burst_since;
	int burst_count;
	int restart; /* forget all sessions after the reply that is being made */
	int64_t deadline; /* when bmc_tick has work next */
};

extern struct bmc *bmcs;

/* Line on stdout with -v: "N: TEXT". */
void bmc_note(const struct bmc *bmc, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Asks for bmc_tick at the time, or earlier. */
void bmc_wake(struct bmc *bmc, int64_t at);
/* Forgets all sessions, without a word to anyone, as a BMC that restarts. */
void bmc_restart(struct bmc *bmc);

#endif
