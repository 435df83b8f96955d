/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CPU per SNMP v2c request of 25 varbinds: the collector's driver with its decoder, against a bare
 * sendmmsg/recvmmsg echo of packets of the same size to the same addresses under epoll. A child
 * plays the agents: it puts the request's id into an answer that was made once.
 *   poll_snmp DEVICES REQUESTS       a row of the table
 *   poll_snmp --count REQUESTS       ours alone, for callgrind (10 devices)
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/text.h"
#include "bench.h"
#include "decode/decode.h"
#include "schema/schema.h"
#include "transport/snmp_codec.h"
#include "transport/transport.h"

enum { PORT = 17161, BATCH = 32, VARBINDS = 25, WINDOW = 512, PACKET = 2048 };

static const char community[] = "public";

/* ---- the agents -------------------------------------------------------------- */

static uint8_t answer[PACKET]; /* its id, of 4 bytes, at answer_id */
static size_t n_answer, answer_id, n_question;

/* A header with a length of two bytes, whatever it is: all offsets are known beforehand. */
static size_t put_head(uint8_t *at, uint8_t tag, size_t n)
{
	at[0] = tag;
	at[1] = 0x82;
	at[2] = (uint8_t)(n >> 8);
	at[3] = (uint8_t)n;
	return 4;
}

/* The answer to a request: each of its names with an integer of two bytes. */
static void make_answer(const struct plan_request *what)
{
	static const uint8_t version[] = { 2, 1, 1, 4, 6, 'p', 'u', 'b', 'l', 'i', 'c' };
	static const uint8_t status[] = { 2, 1, 0, 2, 1, 0 };
	static const uint8_t value[] = { 2, 2, 0x12, 0x34 };
	const struct snmp_ask ask = { .version = SNMP_V2C, .community = community,
				      .id = 0x7fffffff, .what = what };
	uint8_t request[PACKET], list[PACKET];
	size_t n = 0, at = 0, rest;

	n_question = snmp_codec_write(&ask, request, sizeof(request));
	/* the names are where 06 follows 30, behind the request's head */
	for (size_t i = 30; i + 4 < n_question; i++) {
		size_t name = 2u + request[i + 3];

		if (request[i] != 0x30 || request[i + 2] != 6)
			continue;
		list[n++] = 0x30;
		list[n++] = (uint8_t)(name + sizeof(value));
		memcpy(list + n, request + i + 2, name);
		n += name;
		memcpy(list + n, value, sizeof(value));
		n += sizeof(value);
		i += 1u + request[i + 1];
	}
	rest = 6 + sizeof(status) + 4 + n;
	at = put_head(answer, 0x30, sizeof(version) + 4 + rest);
	memcpy(answer + at, version, sizeof(version));
	at += sizeof(version);
	at += put_head(answer + at, SNMP_PDU_RESPONSE, rest);
	answer[at] = 2;
	answer[at + 1] = 4;
	answer_id = at + 2;
	at += 6;
	memcpy(answer + at, status, sizeof(status));
	at += sizeof(status);
	at += put_head(answer + at, 0x30, n);
	memcpy(answer + at, list, n);
	n_answer = at + n;
}

/* The id behind version, community and the PDU's head; a bare echo has none and needs none. */
static void copy_id(const uint8_t *in, size_t n, uint8_t out[4])
{
	size_t at = n > 40 && (in[1] & 0x80) ? 2u + (in[1] & 0x7f) : 2;

	at += 11;
	at += n > 40 && (in[at + 1] & 0x80) ? 2u + (in[at + 1] & 0x7f) : 2;
	memset(out, 0, 4);
	if (at + 6 < n && in[at] == 2 && in[at + 1] <= 4)
		memcpy(out + 4 - in[at + 1], in + at + 2, in[at + 1]);
}

static void serve(void *user)
{
	static uint8_t in[BATCH][PACKET], out[BATCH][PACKET];
	static struct mmsghdr m[BATCH];
	static struct iovec iov[BATCH];
	static struct sockaddr_in from[BATCH];
	static _Alignas(struct cmsghdr) char control[BATCH][CMSG_SPACE(sizeof(struct in_pktinfo))];
	int fd = *(int *)user;

	for (size_t i = 0; i < BATCH; i++)
		memcpy(out[i], answer, n_answer);
	for (;;) {
		for (size_t i = 0; i < BATCH; i++) {
			iov[i] = (struct iovec){ in[i], PACKET };
			m[i].msg_hdr = (struct msghdr){ .msg_name = &from[i],
				.msg_namelen = sizeof(from[i]), .msg_iov = &iov[i], .msg_iovlen = 1,
				.msg_control = control[i], .msg_controllen = sizeof(control[i]) };
		}
		int n = recvmmsg(fd, m, BATCH, MSG_WAITFORONE, NULL);

		for (int i = 0; i < n; i++) {
			/* What came as the packet's destination goes back as its source. */
			struct in_pktinfo *info = (void *)CMSG_DATA(CMSG_FIRSTHDR(&m[i].msg_hdr));

			info->ipi_spec_dst = info->ipi_addr;
			info->ipi_ifindex = 0;
			copy_id(in[i], m[i].msg_len, out[i] + answer_id);
			iov[i] = (struct iovec){ out[i], n_answer };
		}
		for (int sent = 0; sent < n;) {
			int k = sendmmsg(fd, m + sent, (unsigned)(n - sent), 0);

			sent += k > 0 ? k : 1;
		}
	}
}

static int open_socket(uint32_t address, uint16_t port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(port),
				  .sin_addr.s_addr = htonl(address) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), one = 1, size = 8 << 20;

	if (fd < 0 || (!address && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3) < 0) ||
	    bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		fail("a UDP socket on loopback");
	setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof(one));
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return fd;
}

/* ---- ours -------------------------------------------------------------------- */

struct ours {
	struct profile profile;
	struct profile_point point;
	struct expansion expansion;
	struct plan *plan;
	const struct transport_ops *ops;
	struct transport *transport;
	struct target **targets;
	struct request *requests, **idle; /* a ring; the next from o.next on, none in flight */
	size_t n_targets, next, in_flight;
	unsigned long left, done, bad;
	int epoll_fd;
	int64_t sum; /* so that no decoding is thought away */
};

static struct ours o;

static struct mono soon(void)
{
	return (struct mono){ clock_mono().us + 10000000 };
}

static void submit_next(void)
{
	struct request *r = o.idle[o.next];

	o.next = (o.next + 1) % o.n_targets;
	o.left--;
	o.in_flight++;
	r->deadline = soon();
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
		struct reading reading = decode_snmp(&o.expansion.points[item->point],
						     &reply->values[item->offset]);

		o.sum += reading.raw;
		if (reading.cause != CAUSE_NONE)
			o.bad++;
	}
	o.done++;
}

static void make_points(void)
{
	o.profile = (struct profile){ .protocol = PROFILE_SNMP, .varbinds = VARBINDS };
	o.point = (struct profile_point){ .quantity = schema_quantity("power_w"),
					  .scale = { 1, 1, 0 }, .type = RAW_INTEGER };
	o.expansion = (struct expansion){ .profile = &o.profile, .n_points = VARBINDS };
	o.expansion.points = xcalloc(VARBINDS, sizeof(struct point_def));
	for (uint32_t i = 0; i < VARBINDS; i++) {
		o.expansion.points[i] = (struct point_def){ .src = &o.point, .scale = { 1, 1, 0 },
							    .fitted = true };
		/* rPDU2OutletMeteredStatusPower of APC */
		o.expansion.points[i].oid = (struct oid){
			15, { 1, 3, 6, 1, 4, 1, 318, 1, 1, 26, 9, 4, 3, 1, 7 } };
		oid_append(&o.expansion.points[i].oid, &(uint32_t){ i + 1 }, 1);
	}
	o.plan = plan_make(&o.expansion, NULL);
}

static void make_targets(size_t n)
{
	const struct transport_limits limits = { .max_timeout_ms = 3000 };
	struct cfg_credential credential = { .name = (char *)(uintptr_t)"ro", .snmp_version = 2,
					     .community = (char *)(uintptr_t)community };
	struct err err;

	o.ops = &transport_snmp;
	o.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	o.transport = o.ops->open(o.epoll_fd, &limits, &err);
	o.n_targets = n;
	o.targets = xcalloc(n, sizeof(struct target *));
	o.requests = xcalloc(n, sizeof(*o.requests));
	o.idle = xcalloc(n, sizeof(struct request *));
	for (size_t i = 0; o.transport && i < n; i++) {
		struct sockaddr_storage addr = { 0 };
		struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(PORT),
					  .sin_addr.s_addr = htonl(device_address(i)) };
		struct endpoint endpoint = { .protocol = PROTOCOL_SNMP, .port = PORT };

		memcpy(&addr, &v4, sizeof(v4));
		o.targets[i] =
			o.ops->target_new(o.transport, &endpoint, &addr, &credential, 0, &err);
		o.requests[i] = (struct request){ .target = o.targets[i],
						  .what = &o.plan->requests[0], .done = done };
		o.idle[i] = &o.requests[i];
	}
	if (!o.transport || !o.targets[n - 1]) {
		fprintf(stderr, "poll_snmp: %s\n", err.text);
		exit(1);
	}
}

/* As the poll thread does: submit, tick, wait, handle. */
static double run_ours(unsigned long requests)
{
	struct epoll_event events[64];
	size_t window = o.n_targets < WINDOW ? o.n_targets : WINDOW;
	double start;

	o.left = requests;
	o.done = 0;
	start = cpu_us();
	while (o.done < requests) {
		while (o.left && o.in_flight < window)
			submit_next();
		o.ops->tick(o.transport, clock_mono());
		int n = epoll_wait(o.epoll_fd, events, 64, 1000);

		for (int i = 0; i < n; i++)
			o.ops->handle(o.transport, events[i].data.ptr, events[i].events,
				      clock_mono());
	}
	return (cpu_us() - start) / (double)requests;
}

/* ---- the floor ---------------------------------------------------------------- */

static double run_floor(size_t n_devices, unsigned long requests)
{
	static uint8_t buffers[2][BATCH][PACKET];
	static struct mmsghdr out[BATCH], in[BATCH];
	static struct iovec iov[2][BATCH];
	static struct sockaddr_in to[BATCH], from[BATCH];
	int fd = open_socket(INADDR_LOOPBACK, 0), epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = { .events = EPOLLIN };
	size_t window = n_devices < WINDOW ? n_devices : WINDOW, in_flight = 0, next = 0;
	unsigned long left = requests, done_floor = 0;
	double start;

	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
		fail("epoll");
	for (size_t i = 0; i < BATCH; i++) {
		iov[0][i] = (struct iovec){ buffers[0][i], n_question };
		iov[1][i] = (struct iovec){ buffers[1][i], PACKET };
		to[i] = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(PORT) };
		out[i].msg_hdr = (struct msghdr){ .msg_name = &to[i], .msg_namelen = sizeof(to[i]),
						  .msg_iov = &iov[0][i], .msg_iovlen = 1 };
		in[i].msg_hdr = (struct msghdr){ .msg_name = &from[i], .msg_iov = &iov[1][i],
						 .msg_iovlen = 1 };
	}
	start = cpu_us();
	while (done_floor < requests) {
		while (left && in_flight < window) {
			unsigned n = 0;
			int k;

			for (; n < BATCH && left && in_flight < window; n++, left--, in_flight++) {
				to[n].sin_addr.s_addr = htonl(device_address(next));
				next = (next + 1) % n_devices;
			}
			for (unsigned sent = 0; sent < n; sent += (unsigned)k)
				if ((k = sendmmsg(fd, out + sent, n - sent, 0)) <= 0)
					fail("sendmmsg");
		}
		if (epoll_wait(epoll_fd, &event, 1, 2000) < 1) { /* lost: cannot be on loopback */
			fprintf(stderr, "poll_snmp: the echo does not answer\n");
			exit(1);
		}
		for (int n = BATCH; n == BATCH;) {
			for (size_t i = 0; i < BATCH; i++)
				in[i].msg_hdr.msg_namelen = sizeof(from[i]);
			n = recvmmsg(fd, in, BATCH, MSG_DONTWAIT, NULL);
			if (n <= 0)
				break;
			done_floor += (unsigned)n;
			in_flight -= (unsigned)n;
		}
	}
	start = (cpu_us() - start) / (double)requests;
	close(epoll_fd);
	close(fd);
	return start;
}

/* ---- one row -------------------------------------------------------------------- */

int main(int argc, char **argv)
{
	bool count = argc == 3 && !strcmp(argv[1], "--count");
	size_t n = argc == 3 ? count ? 10 : strtoul(argv[1], NULL, 10) : 0;
	unsigned long requests = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
	double ours = 1e9, floor_us = 1e9;
	long before;

	if (!n || !requests) {
		fprintf(stderr, "usage: poll_snmp DEVICES|--count REQUESTS\n");
		return 2;
	}
	make_points();
	make_answer(&o.plan->requests[0]);
	int fd = open_socket(INADDR_ANY, PORT);
	pid_t agents = play_devices(serve, &fd, 240);

	close(fd);
	before = resident_kb();
	make_targets(n);
	run_ours(n > requests / 10 ? n : requests / 10); /* warm: all were asked */
	long kb = resident_kb() - before;

	for (int i = 0; i < (count ? 1 : ROUNDS); i++) {
		ours = least(ours, run_ours(requests));
		if (!count)
			floor_us = least(floor_us, run_floor(n, requests));
	}
	end_devices(agents);
	const struct transport_counters *c = o.ops->counters(o.transport);

	if (count)
		printf("%lu\n", requests);
	else
		printf("| %zu | %zu / %zu | %.2f | %.2f | %.2f | %.0f | %lu | %llu |\n", n,
		       n_question, n_answer, ours, floor_us, ours / floor_us,
		       (double)kb * 1024 / (double)n, o.bad,
		       (unsigned long long)(c->timeouts + c->socket_drops));
	return o.bad ? 1 : 0;
}
