/* SPDX-License-Identifier: Apache-2.0 */
/* rackmeter-sim SCENE: serves the scene until its time is over, stdin ends (--stdin) or
 * SIGTERM comes. Says "ready" on stdout once every device answers. */
#include "sim.h"

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

static struct timespec started;
static char stdin_mark, signal_mark;

void die(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	fputs("rackmeter-sim: ", stderr);
	vfprintf(stderr, format, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(1);
}

void *must(void *p)
{
	if (!p)
		die("out of memory");
	return p;
}

double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)(t.tv_sec - started.tv_sec) + (double)(t.tv_nsec - started.tv_nsec) / 1e9;
}

/* One command from stdin, answered with "ok" or "error: ..."; "count" tells the traffic.
 * False: the simulator ends. */
static bool command(char *line)
{
	line[strcspn(line, "\n")] = '\0';
	if (!strcmp(line, "quit"))
		return false;
	if (!strcmp(line, "count")) {
		printf("snmp_in=%llu snmp_out=%llu snmp_bad=%llu modbus_in=%llu modbus_out=%llu "
		       "connections=%llu snmp_in_bytes=%llu snmp_out_bytes=%llu\n",
		       (unsigned long long)counters.snmp_in, (unsigned long long)counters.snmp_out,
		       (unsigned long long)counters.snmp_bad,
		       (unsigned long long)counters.modbus_in,
		       (unsigned long long)counters.modbus_out,
		       (unsigned long long)counters.connections,
		       (unsigned long long)counters.snmp_in_bytes,
		       (unsigned long long)counters.snmp_out_bytes);
	} else {
		const char *why = scene_line(line);
		if (why)
			printf("error: %s\n", why);
		else
			puts("ok");
		scene_ready(); /* a new "set" has to be found in order */
	}
	fflush(stdout);
	return true;
}

static bool read_commands(void)
{
	static char buf[65536];
	static size_t n;
	ssize_t k = read(STDIN_FILENO, buf + n, sizeof(buf) - 1 - n);

	if (k <= 0)
		return false;
	n += (size_t)k;
	char *end;
	while ((end = memchr(buf, '\n', n))) {
		*end = '\0';
		if (!command(buf))
			return false;
		size_t used = (size_t)(end + 1 - buf);
		memmove(buf, end + 1, n - used);
		n -= used;
	}
	if (n == sizeof(buf) - 1)
		n = 0; /* a line without an end */
	return true;
}

static void watch(int epoll_fd, int fd, void *mark)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = mark };

	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &ev) < 0)
		die("epoll: %s", strerror(errno));
}

static double soonest(double a, double b)
{
	return a < 0 ? b : b < 0 || a < b ? a : b;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "snmp-port", required_argument, NULL, 's' },
		{ "modbus-port", required_argument, NULL, 'm' },
		{ "for", required_argument, NULL, 'f' },
		{ "stdin", no_argument, NULL, 'i' },
		{ NULL, 0, NULL, 0 },
	};
	long snmp_port = 16100, modbus_port = 15020;
	double until = 3600;
	bool use_stdin = false;
	int o;

	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (o) {
		case 's': snmp_port = strtol(optarg, NULL, 10); break;
		case 'm': modbus_port = strtol(optarg, NULL, 10); break;
		case 'f': until = strtod(optarg, NULL); break;
		case 'i': use_stdin = true; break;
		default: optind = argc + 1; break;
		}
	}
	if (optind != argc - 1 || snmp_port < 1 || snmp_port > 65535 || modbus_port < 1 ||
	    modbus_port > 65535 || until <= 0) {
		fputs("usage: rackmeter-sim [--snmp-port N] [--modbus-port N] [--for SECONDS] "
		      "[--stdin] SCENE\n", stderr);
		return 2;
	}
	struct rlimit files;
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	clock_gettime(CLOCK_MONOTONIC, &started);
	scene_load(argv[optind]);
	scene_ready();

	int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	snmp_open((uint16_t)snmp_port, epoll_fd);
	modbus_open((uint16_t)modbus_port, epoll_fd);
	sigset_t stop;
	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGINT);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	watch(epoll_fd, signalfd(-1, &stop, SFD_CLOEXEC), &signal_mark);
	if (use_stdin)
		watch(epoll_fd, STDIN_FILENO, &stdin_mark);
	printf("ready %zu devices\n", device_count());
	fflush(stdout);

	while (now_s() < until) {
		struct epoll_event ev[64];
		double wait = soonest(soonest(snmp_delayed(), modbus_delayed()), until - now_s());
		int n = epoll_wait(epoll_fd, ev, 64, (int)(wait * 1000) + 1);
		for (int i = 0; i < n; i++) {
			if (ev[i].data.ptr == &signal_mark)
				return 0;
			if (ev[i].data.ptr == &stdin_mark) {
				if (!read_commands())
					return 0;
			} else if (!ev[i].data.ptr) {
				snmp_readable();
			} else {
				modbus_event(ev[i].data.ptr, ev[i].events);
			}
		}
	}
	return 0;
}
