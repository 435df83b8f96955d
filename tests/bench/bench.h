/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the polling benchmarks share: CPU time of this process, memory, a child that plays the
 * devices, and the table. Times are taken in turns, ours and the floor, several of each, and the
 * least of each counts: what disturbs a run only ever makes it slower.
 */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

#define ROUNDS 5

_Noreturn static inline void fail(const char *what)
{
	perror(what);
	exit(1);
}

static inline double cpu_us(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static inline long resident_kb(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	long all = 0, resident = 0;

	if (!f || fscanf(f, "%ld %ld", &all, &resident) != 2)
		fail("/proc/self/statm");
	fclose(f);
	return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

/* Runs serve(user) in a child that dies with us, at the latest after limit_s. */
static inline pid_t play_devices(void (*serve)(void *user), void *user, unsigned limit_s)
{
	pid_t pid = fork();

	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		alarm(limit_s);
		serve(user);
		_exit(0);
	}
	return pid;
}

static inline void end_devices(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static inline double least(double a, double b)
{
	return a < b ? a : b;
}

/* 127.1.0.1, 127.1.0.2, ... in host order: 250 of each last byte, as the simulator has them. */
static inline uint32_t device_address(size_t i)
{
	return (uint32_t)(127u << 24 | (1 + i / 62500) << 16 | (i / 250 % 250) << 8 |
			  (1 + i % 250));
}
