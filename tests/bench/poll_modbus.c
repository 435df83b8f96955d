/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CPU per Modbus TCP request of one block of 50 registers, one connection per gateway: the
 * collector's driver with its decoder, against send and recv of the same bytes on as many
 * connections under epoll. A child plays the gateways.
 *   poll_modbus GATEWAYS REQUESTS    a row of the table
 *   poll_modbus --count REQUESTS     ours alone, for callgrind (10 gateways)
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/text.h"
#include "bench.h"
#include "decode/decode.h"
#include "schema/schema.h"
#include "transport/transport.h"

enum { PORT = 17502, WORDS = 50, WINDOW = 256, QUESTION = 12, ANSWER = 9 + 2 * WORDS };

static void set_nodelay(int fd)
{
	int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

/* ---- the gateways ------------------------------------------------------------ */

static void serve_one(int fd)
{
	uint8_t in[256], out[ANSWER] = { 0 };
	ssize_t n = recv(fd, in, sizeof(in), MSG_DONTWAIT);

	if (n == 0 || (n < 0 && errno != EAGAIN))
		close(fd);
	for (ssize_t at = 0; at + QUESTION <= n; at += QUESTION) {
		memcpy(out, in + at, 8); /* transaction, protocol, length, unit, function */
		out[4] = 0;
		out[5] = ANSWER - 6;
		out[8] = 2 * WORDS;
		for (size_t i = 0; i < WORDS; i++)
			out[10 + 2 * i] = (uint8_t)(i + 1);
		if (send(fd, out, sizeof(out), MSG_NOSIGNAL) < 0)
			return;
	}
}

static void serve(void *user)
{
	int listen_fd = *(int *)user, epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = { .events = EPOLLIN, .data.fd = listen_fd }, events[64];

	epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listen_fd, &event);
	for (;;) {
		int n = epoll_wait(epoll_fd, events, 64, -1);

		for (int i = 0; i < n; i++) {
			int fd;

			if (events[i].data.fd != listen_fd) {
				serve_one(events[i].data.fd);
				continue;
			}
			while ((fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
				set_nodelay(fd);
				event.data.fd = fd;
				epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
			}
		}
	}
}

static int open_listener(uint16_t port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3) < 0 ||
	    bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(fd, 4096) < 0)
		fail("a TCP listener on loopback");
	return fd;
}

static struct sockaddr_in gateway(size_t i, uint16_t port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port),
				     .sin_addr.s_addr = htonl(device_address(i)) };
}

/* ---- ours -------------------------------------------------------------------- */

static struct {
	struct profile profile;
	struct profile_point points[WORDS];
	struct expansion expansion;
	struct plan *plan;
	const struct transport_ops *ops;
	struct transport *transport;
	struct target **targets;
	struct request *requests, **idle; /* a ring; the next from o.next on, none in flight */
	size_t n_targets, next, in_flight;
	unsigned long left, done, bad;
	int epoll_fd;
	int64_t sum;
} o;

static void submit_next(void)
{
	struct request *r = o.idle[o.next];

	o.next = (o.next + 1) % o.n_targets;
	o.left--;
	o.in_flight++;
	r->deadline = (struct mono){ clock_mono().us + 10000000 };
	o.ops->submit(o.transport, r);
}

static void done(struct request *r, enum cause cause, const struct reply *reply)
{
	/* behind the others: all devices have their turn, in about the same order */
	o.idle[(o.next + o.n_targets - o.in_flight) % o.n_targets] = r;
	o.in_flight--;
	if (cause != CAUSE_NONE)
		o.bad++;
	for (size_t i = 0; cause == CAUSE_NONE && i < r->what->n_items; i++) {
		const struct plan_item *item = &r->what->items[i];
		struct reading reading = decode_modbus(&o.expansion.points[item->point],
						       reply->words + item->offset);

		o.sum += reading.raw;
		if (reading.cause != CAUSE_NONE)
			o.bad++;
	}
	o.done++;
}

static void make_points(void)
{
	o.profile = (struct profile){ .protocol = PROFILE_MODBUS, .words_per_block = 125 };
	o.expansion = (struct expansion){ .profile = &o.profile, .n_points = WORDS };
	o.expansion.points = xcalloc(WORDS, sizeof(struct point_def));
	for (uint16_t i = 0; i < WORDS; i++) {
		o.points[i] = (struct profile_point){ .quantity = schema_quantity("power_w"),
						      .scale = { 1, 1, 0 }, .type = RAW_U16,
						      .function = 3, .address = i, .words_n = 1 };
		o.expansion.points[i] = (struct point_def){ .src = &o.points[i],
							    .scale = { 1, 1, 0 }, .fitted = true };
	}
	o.plan = plan_make(&o.expansion, NULL);
}

static void make_targets(size_t n)
{
	const struct transport_limits limits = { .max_timeout_ms = 3000 };
	struct err err;

	o.ops = &transport_modbus_tcp;
	o.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	o.transport = o.ops->open(o.epoll_fd, &limits, &err);
	o.n_targets = n;
	o.targets = xcalloc(n, sizeof(struct target *));
	o.requests = xcalloc(n, sizeof(*o.requests));
	o.idle = xcalloc(n, sizeof(struct request *));
	for (size_t i = 0; o.transport && i < n; i++) {
		struct sockaddr_storage addr = { 0 };
		struct sockaddr_in at = gateway(i, PORT);
		struct endpoint endpoint = { .protocol = PROTOCOL_MODBUS_TCP,
					     .port = PORT,
					     .unit = 1 };

		memcpy(&addr, &at, sizeof(at));
		o.targets[i] = o.ops->target_new(o.transport, &endpoint, &addr, NULL, 0, &err);
		o.requests[i] = (struct request){ .target = o.targets[i],
						  .what = &o.plan->requests[0], .done = done };
		o.idle[i] = &o.requests[i];
	}
	if (!o.transport || !o.targets[n - 1]) {
		fprintf(stderr, "poll_modbus: %s\n", err.text);
		exit(1);
	}
}

static double run_ours(unsigned long requests)
{
	struct epoll_event events[64];
	size_t window = o.n_targets < WINDOW ? o.n_targets : WINDOW;
	double start = cpu_us();

	o.left = requests;
	o.done = 0;
	while (o.done < requests) {
		while (o.left && o.in_flight < window)
			submit_next();
		o.ops->tick(o.transport, clock_mono());
		int n = epoll_wait(o.epoll_fd, events, 64, 1000);
		struct mono now = clock_mono();

		for (int i = 0; i < n; i++)
			o.ops->handle(o.transport, events[i].data.ptr, events[i].events, now);
	}
	return (cpu_us() - start) / (double)requests;
}

/* ---- the floor ---------------------------------------------------------------- */

struct bare {
	int *fds, epoll_fd;
	size_t n;
};

static struct bare connect_all(size_t n)
{
	struct bare b = { .fds = xcalloc(n, sizeof(int)), .n = n,
			  .epoll_fd = epoll_create1(EPOLL_CLOEXEC) };

	for (size_t i = 0; i < n; i++) {
		struct sockaddr_in at = gateway(i, PORT + 1);
		struct epoll_event event = { .events = EPOLLIN, .data.fd = 0 };
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		set_nodelay(fd);
		if (connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
			fail("connect");
		event.data.fd = b.fds[i] = fd;
		epoll_ctl(b.epoll_fd, EPOLL_CTL_ADD, fd, &event);
	}
	return b;
}

static double run_floor(struct bare *b, unsigned long requests)
{
	uint8_t question[QUESTION] = { 0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, WORDS }, in[512];
	struct epoll_event events[64];
	size_t window = b->n < WINDOW ? b->n : WINDOW, in_flight = 0, next = 0;
	unsigned long left = requests, got = 0;
	double start = cpu_us();

	while (got < requests) {
		for (; left && in_flight < window; left--, in_flight++) {
			if (send(b->fds[next], question, sizeof(question), MSG_NOSIGNAL) !=
			    QUESTION)
				fail("send");
			next = (next + 1) % b->n;
		}
		int n = epoll_wait(b->epoll_fd, events, 64, 2000);

		if (n < 1)
			fail("the bare gateways do not answer");
		for (int i = 0; i < n; i++) {
			if (recv(events[i].data.fd, in, sizeof(in), MSG_DONTWAIT) != ANSWER)
				continue;
			got++;
			in_flight--;
		}
	}
	return (cpu_us() - start) / (double)requests;
}

int main(int argc, char **argv)
{
	bool count = argc == 3 && !strcmp(argv[1], "--count");
	size_t n = argc == 3 ? count ? 10 : strtoul(argv[1], NULL, 10) : 0;
	unsigned long requests = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
	double ours = 1e9, floor_us = 1e9;
	struct rlimit files;
	long before;

	if (!n || !requests) {
		fprintf(stderr, "usage: poll_modbus GATEWAYS|--count REQUESTS\n");
		return 2;
	}
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	if (!count && files.rlim_cur < 2 * n + 64) {
		fprintf(stderr, "poll_modbus: %zu gateways need %zu descriptors, %zu are allowed\n",
			n, 2 * n + 64, (size_t)files.rlim_cur);
		return 77;
	}
	make_points();
	int fd = open_listener(PORT), bare_fd = open_listener(PORT + 1);
	pid_t gateways = play_devices(serve, &fd, 240);
	pid_t bare_gateways = play_devices(serve, &bare_fd, 240);
	struct bare bare = { 0 };

	close(fd);
	close(bare_fd);
	before = resident_kb();
	make_targets(n);
	run_ours(n > requests / 10 ? n : requests / 10); /* warm: all are connected */
	long kb = resident_kb() - before;

	if (!count)
		bare = connect_all(n);
	for (int i = 0; i < (count ? 1 : ROUNDS); i++) {
		ours = least(ours, run_ours(requests));
		if (!count)
			floor_us = least(floor_us, run_floor(&bare, requests));
	}
	end_devices(gateways);
	end_devices(bare_gateways);
	if (count)
		printf("%lu\n", requests);
	else
		printf("| %zu | %d / %d | %.2f | %.2f | %.2f | %.0f | %lu |\n", n, QUESTION, ANSWER,
		       ours, floor_us, ours / floor_us, (double)kb * 1024 / (double)n, o.bad);
	return o.bad ? 1 : 0;
}
