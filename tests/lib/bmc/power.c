/* SPDX-License-Identifier: MIT */
/* power: see power.h. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lan.h"
#include "power.h"
#include "serial.h"

enum { PROGRAM_MS = 60000, CYCLE_MS = 500 };

/* Last power event (IPMI 2.0, 28.2): bit 4: powered up by a command. */
enum { EVENT_COMMAND = 0x10 };

static const char *const action_names[] = {
    [POWER_OFF] = "off",
    [POWER_ON] = "on",
    [POWER_RESET] = "reset",
    [POWER_NMI] = "nmi",
    [POWER_SOFT] = "soft",
    [POWER_PXE] = "pxe",
};

const char *power_boot_device(const struct power *power)
{
	static const char *const devices[16] = {"none", "pxe", "disk", "safe", "diag", "cdrom",
	    "bios", "floppy", "remote-cdrom", "remote-media", "reserved", "remote-disk", "reserved",
	    "reserved", "reserved", "floppy"};

	if (!(power->boot_flags[0] & 0x80))
		return "none";
	return devices[power->boot_flags[1] >> 2 & 15];
}

static int boots_efi(const struct power *power)
{
	return (power->boot_flags[0] & 0xa0) == 0xa0;
}

/* Starts to boot: one-shot flags are used up. */
static void boot(struct bmc *bmc)
{
	struct power *p = &bmc->power;
	char line[120];

	p->restarts++;
	snprintf(line, sizeof(line), "machine %d: start %d, boot device %s%s\r\n", bmc->number,
	    p->restarts, power_boot_device(p), boots_efi(p) ? ", EFI" : "");
	serial_print(bmc, line);
	if (!(p->boot_flags[0] & 0x40))
		memset(p->boot_flags, 0, sizeof(p->boot_flags));
}

void power_set(struct bmc *bmc, int on)
{
	bmc->power.on = on;
	bmc_note(bmc, "power is %s", on ? "on" : "off");
}

static void carry_out(struct bmc *bmc, enum power_action action)
{
	switch (action) {
	case POWER_OFF:
	case POWER_SOFT:
		power_set(bmc, 0);
		break;
	case POWER_ON:
		bmc->power.last_event = EVENT_COMMAND;
		power_set(bmc, 1);
		boot(bmc);
		break;
	case POWER_RESET:
		boot(bmc);
		break;
	case POWER_NMI:
		serial_print(bmc, "NMI received\r\n");
		break;
	case POWER_PXE:
		break;
	}
}

/* --- the program --- */

static void exec_program(struct bmc *bmc, const char *program, const char *argument)
{
	char number[12], port[12];
	sigset_t none;

	snprintf(number, sizeof(number), "%d", bmc->number);
	snprintf(port, sizeof(port), "%u", lan_port(bmc));
	setenv("BMC_NUMBER", number, 1);
	setenv("BMC_PORT", port, 1);
	setenv("BMC_BOOT", power_boot_device(&bmc->power), 1);
	setenv("BMC_EFI", boots_efi(&bmc->power) ? "1" : "0", 1);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setpgid(0, 0);
	/* a reader of our output must not wait for processes that the program leaves behind */
	dup2(STDERR_FILENO, STDOUT_FILENO);
	execl(program, program, argument, (char *)NULL);
	fprintf(stderr, "bmc: %s: %s\n", program, strerror(errno));
	_exit(127);
}

int power_spawn(struct bmc *bmc, const char *program, const char *argument)
{
	pid_t pid = fork();

	if (pid == 0)
		exec_program(bmc, program, argument);
	if (pid < 0)
		bmc_note(bmc, "%s %s: fork: %s", program, argument, strerror(errno));
	return (int)pid;
}

static void dequeue(struct power *p)
{
	p->queued--;
	memmove(p->queue, p->queue + 1, p->queued * sizeof(*p->queue));
}

/* The first of the queue is done, or failed. */
static void finish(struct bmc *bmc, int good)
{
	struct power *p = &bmc->power;
	enum power_action action = p->queue[0];
	int64_t now = clock_monotonic();

	dequeue(p);
	if (good)
		carry_out(bmc, action);
	/* the second half of a cycle */
	p->start_at = action == POWER_OFF ? now + CYCLE_MS : now;
	if (p->queued)
		bmc_wake(bmc, p->start_at);
}

void power_reap(int pid, int status)
{
	for (int i = 0; i < options.count; i++) {
		struct bmc *bmc = &bmcs[i];
		struct power *p = &bmc->power;

		if (p->child != pid || !p->queued)
			continue;
		p->child = 0;
		bmc_note(bmc, "%s %s: %s %d", options.power, action_names[p->queue[0]],
		    WIFEXITED(status) ? "exit" : "signal",
		    WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
		finish(bmc, WIFEXITED(status) && WEXITSTATUS(status) == 0);
		return;
	}
}

static void start(struct bmc *bmc, int64_t now)
{
	struct power *p = &bmc->power;
	int pid;

	if (!options.power) {
		finish(bmc, 1);
		return;
	}
	pid = power_spawn(bmc, options.power, action_names[p->queue[0]]);
	if (pid < 0) {
		finish(bmc, 0);
		return;
	}
	p->child = pid;
	p->kill_at = now + PROGRAM_MS;
	bmc_wake(bmc, p->kill_at);
}

void power_tick(struct bmc *bmc, int64_t now)
{
	struct power *p = &bmc->power;

	if (p->child) {
		if (now >= p->kill_at)
			kill(-p->child, SIGKILL);
		bmc_wake(bmc, now >= p->kill_at ? now + 1000 : p->kill_at);
		return;
	}
	while (p->queued && !p->child && now >= p->start_at)
		start(bmc, now);
	if (p->queued && !p->child)
		bmc_wake(bmc, p->start_at);
}

void power_close(struct bmc *bmc)
{
	if (bmc->power.child)
		kill(-bmc->power.child, SIGKILL);
}

/* --- requests --- */

static enum power_result enqueue(struct bmc *bmc, enum power_action action)
{
	struct power *p = &bmc->power;
	int64_t now = clock_monotonic();

	if (p->queued == POWER_QUEUE)
		return POWER_BUSY;
	if (!p->queued)
		p->start_at = now + (action == POWER_PXE ? 0 : bmc->faults.power_delay);
	p->queue[p->queued++] = action;
	bmc_wake(bmc, p->start_at);
	return POWER_TAKEN;
}

enum power_result power_request(struct bmc *bmc, enum power_action action)
{
	int on = bmc->power.on;

	if (action == POWER_PXE)
		return options.power ? enqueue(bmc, action) : POWER_TAKEN;
	if (!on && (action == POWER_RESET || action == POWER_NMI))
		return POWER_NOT_NOW;
	if (bmc->faults.power_lies || on == (action == POWER_ON))
		return POWER_TAKEN;
	return enqueue(bmc, action);
}

enum power_result power_cycle(struct bmc *bmc)
{
	if (!bmc->power.on)
		return POWER_NOT_NOW;
	if (bmc->faults.power_lies)
		return POWER_TAKEN;
	if (bmc->power.queued > POWER_QUEUE - 2)
		return POWER_BUSY;
	enqueue(bmc, POWER_OFF);
	return enqueue(bmc, POWER_ON);
}
