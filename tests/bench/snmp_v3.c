/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CPU per request of 25 varbinds, SNMPv3 (SHA-256, AES-128, an engine per device) beside v2c, both
 * through the collector's driver over loopback and taken in turns. A child plays the agents of
 * both versions; what it does for the cryptography is not counted.
 *   snmp_v3 REQUESTS         rows for 1,000 and 10,000 devices
 *   snmp_v3 --count REQUESTS v3 alone, for callgrind (10 devices)
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/text.h"
#include "bench.h"
#include "transport/snmp_ber.h"
#include "transport/snmp_v3.h"
#include "transport/transport.h"

enum { PORT = 17162, BATCH = 32, VARBINDS = 25, WINDOW = 512, PACKET = 2048, DEVICES = 10000 };

static const struct cfg_credential v2c = { .name = (char[]){ "v2c" }, .snmp_version = 2,
					   .community = (char[]){ "public" } };
static const struct cfg_credential v3 = {
	.name = (char[]){ "v3" }, .snmp_version = 3, .community = (char[]){ "" },
	.user = (char[]){ "poller" }, .auth = CFG_AUTH_SHA256, .priv = CFG_PRIV_AES128,
	.auth_password = (char[]){ "auth-password" }, .priv_password = (char[]){ "priv-password" },
};
static struct plan plan;

/* ---- the agents -------------------------------------------------------------- */

static struct snmp_usm_user *user;
static struct snmp_usm_engine *engines;
static uint8_t list[PACKET]; /* the varbinds of each answer */
static size_t n_list;

static void make_list(void)
{
	const struct plan_request *what = &plan.requests[0];
	static const uint8_t value[] = { 2, 2, 0x12, 0x34 };

	/* each name is 30 n 06 k ... 05 00 */
	for (size_t at = 0; at < what->n_encoded; at += 2u + what->encoded[at + 1]) {
		size_t n = what->encoded[at + 1];

		list[n_list++] = 0x30;
		list[n_list++] = (uint8_t)(n + 2);
		memcpy(list + n_list, what->encoded + at + 2, n - 2);
		n_list += n - 2;
		memcpy(list + n_list, value, sizeof(value));
		n_list += sizeof(value);
	}
}

static void make_engines(void)
{
	static struct snmp_usm_users users;
	struct err err = { "" };
	struct mono now = clock_mono();

	user = snmp_usm_user(&users, &v3, &err);
	if (!user) {
		fprintf(stderr, "snmp_v3: %s\n", err.text);
		exit(1);
	}
	engines = xcalloc(DEVICES, sizeof(*engines));
	for (uint32_t i = 0; i < DEVICES; i++) {
		uint8_t id[12] = { 0x80, 0, 0, 1, 'b', 'e', 'n', 'c', (uint8_t)(i >> 24),
				   (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i };

		if (snmp_usm_engine_set(&engines[i], user, id, sizeof(id)) < 0)
			fail("engine");
		snmp_usm_hearsay(&engines[i], 3, 1000, now);
	}
}

static void put_octets(struct snmp_ber_out *out, const void *data, size_t n)
{
	const uint8_t *end = out->at;

	snmp_ber_put_bytes(out, data, n);
	snmp_ber_put_header(out, VB_OCTETS, end);
}

static void put_pdu(struct snmp_ber_out *out, uint32_t id, uint8_t tag, const void *vbs, size_t n)
{
	const uint8_t *end = out->at;

	snmp_ber_put_bytes(out, vbs, n);
	snmp_ber_put_header(out, SNMP_BER_SEQUENCE, end);
	snmp_ber_put_integer(out, 0);
	snmp_ber_put_integer(out, 0);
	snmp_ber_put_integer(out, id);
	snmp_ber_put_header(out, tag, end);
}

/* Moves what was written to the start of buf; returns its length. */
static size_t settle(const struct snmp_ber_out *out, uint8_t *buf)
{
	size_t n = (size_t)(buf + PACKET - out->at);

	memmove(buf, out->at, n);
	return n;
}

static size_t answer_v2c(uint32_t id, uint8_t *buf)
{
	struct snmp_ber_out out = { buf, buf + PACKET, false };

	put_pdu(&out, id, SNMP_PDU_RESPONSE, list, n_list);
	put_octets(&out, "public", 6);
	snmp_ber_put_integer(&out, SNMP_V2C);
	snmp_ber_put_header(&out, SNMP_BER_SEQUENCE, buf + PACKET);
	return settle(&out, buf);
}

static size_t answer_v3(const struct snmp_usm_engine *e, const struct snmp_v3_head *head,
			uint8_t *buf)
{
	static const uint8_t unknown_engine[] = { 0x30, 15, 6, 10, 0x2b, 6, 1, 6, 3, 15, 1, 1, 4, 0,
						  0x41, 1, 1 };
	static const uint8_t zeros[SNMP_USM_MAC_MAX];
	bool probe = head->engine.n == 0;
	uint8_t flags = probe ? 0 : user->level, plain[PACKET], mac[SNMP_USM_MAC_MAX];
	struct snmp_ber_out in = { plain, plain + PACKET, false };
	struct snmp_ber_out out = { buf, buf + PACKET, false };
	const uint8_t *end = buf + PACKET, *at;
	struct snmp_usm_seal seal = { .salt = { 1, 2, 3, 4 } };
	size_t n, mac_from_end = 0;

	snmp_usm_clock(e, clock_mono(), &seal.boots, &seal.time);
	put_pdu(&in, head->id, probe ? SNMP_PDU_REPORT : SNMP_PDU_RESPONSE,
		probe ? unknown_engine : list, probe ? sizeof(unknown_engine) : n_list);
	put_octets(&in, "", 0);
	put_octets(&in, e->id, e->n_id);
	snmp_ber_put_header(&in, SNMP_BER_SEQUENCE, plain + PACKET);
	n = (size_t)(plain + PACKET - in.at);
	out.at -= n;
	if (probe) {
		memcpy(out.at, in.at, n);
	} else {
		if (snmp_usm_encrypt(user, e, &seal, in.at, n, out.at) < 0)
			fail("encrypt");
		snmp_ber_put_header(&out, VB_OCTETS, end);
	}
	at = out.at;
	put_octets(&out, seal.salt, probe ? 0 : SNMP_USM_SALT);
	mac_from_end = (size_t)(end - out.at) + user->n_mac;
	put_octets(&out, zeros, probe ? 0 : user->n_mac);
	put_octets(&out, user->name, probe ? 0 : user->n_name);
	snmp_ber_put_integer(&out, seal.time);
	snmp_ber_put_integer(&out, seal.boots);
	put_octets(&out, e->id, e->n_id);
	snmp_ber_put_header(&out, SNMP_BER_SEQUENCE, at);
	snmp_ber_put_header(&out, VB_OCTETS, at);
	at = out.at;
	snmp_ber_put_integer(&out, 3);
	put_octets(&out, &flags, 1);
	snmp_ber_put_integer(&out, 65507);
	snmp_ber_put_integer(&out, head->id);
	snmp_ber_put_header(&out, SNMP_BER_SEQUENCE, at);
	snmp_ber_put_integer(&out, SNMP_V3);
	snmp_ber_put_header(&out, SNMP_BER_SEQUENCE, end);
	n = settle(&out, buf);
	if (!probe && snmp_usm_mac(user, e, buf, n, mac) == 0)
		memcpy(buf + n - mac_from_end, mac, user->n_mac);
	return n;
}

/* 0: nothing to say */
static size_t answer_to(const uint8_t *in, size_t n, uint32_t address, uint8_t *buf)
{
	struct snmp_ber_in c = { in, in + n };
	struct snmp_ber_tlv message, community, pdu;
	struct snmp_v3_head head;
	size_t device = (address >> 16 & 0xff) - 1;
	int64_t version, id;

	device = device * 62500 + (address >> 8 & 0xff) * 250 + (address & 0xff) - 1;
	if (snmp_v3_read(in, n, &head) == 0)
		return device < DEVICES ? answer_v3(&engines[device], &head, buf) : 0;
	if (snmp_ber_tagged(&c, SNMP_BER_SEQUENCE, &message) < 0 ||
	    snmp_ber_small(&message.in, SNMP_V2C, SNMP_V2C, &version) < 0 ||
	    snmp_ber_tagged(&message.in, VB_OCTETS, &community) < 0 ||
	    snmp_ber_next(&message.in, &pdu) < 0 ||
	    snmp_ber_small(&pdu.in, 0, INT32_MAX, &id) < 0)
		return 0;
	return answer_v2c((uint32_t)id, buf);
}

static void serve(void *fd_user)
{
	static uint8_t in[BATCH][PACKET], out[BATCH][PACKET];
	static struct mmsghdr m[BATCH];
	static struct iovec iov[BATCH];
	static struct sockaddr_in from[BATCH];
	static _Alignas(struct cmsghdr) char control[BATCH][CMSG_SPACE(sizeof(struct in_pktinfo))];
	int fd = *(int *)fd_user;

	for (;;) {
		for (size_t i = 0; i < BATCH; i++) {
			iov[i] = (struct iovec){ in[i], PACKET };
			m[i].msg_hdr = (struct msghdr){ .msg_name = &from[i],
				.msg_namelen = sizeof(from[i]), .msg_iov = &iov[i], .msg_iovlen = 1,
				.msg_control = control[i], .msg_controllen = sizeof(control[i]) };
		}
		int n = recvmmsg(fd, m, BATCH, MSG_WAITFORONE, NULL);

		for (int i = 0; i < n; i++) {
			struct in_pktinfo *info = (void *)CMSG_DATA(CMSG_FIRSTHDR(&m[i].msg_hdr));

			info->ipi_spec_dst = info->ipi_addr;
			info->ipi_ifindex = 0;
			iov[i] = (struct iovec){ out[i], answer_to(in[i], m[i].msg_len,
								   ntohl(info->ipi_addr.s_addr),
								   out[i]) };
		}
		for (int sent = 0; sent < n;) {
			int k = sendmmsg(fd, m + sent, (unsigned)(n - sent), 0);

			sent += k > 0 ? k : 1;
		}
	}
}

static int open_agents(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), one = 1, size = 8 << 20;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3) < 0 ||
	    bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		fail("a UDP socket on loopback");
	setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof(one));
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return fd;
}

/* ---- ours -------------------------------------------------------------------- */

struct poll {
	struct transport *transport;
	struct request *requests;
	bool *busy;
	size_t n, next, in_flight;
	unsigned long left, done, bad;
	int epoll_fd;
};

static void make_plan(void)
{
	struct plan_request *what = xcalloc(1, sizeof(*what));

	what->kind = REQUEST_SNMP_GET;
	what->n_oids = VARBINDS;
	what->oids = xcalloc(VARBINDS, sizeof(struct oid));
	for (uint32_t i = 0; i < VARBINDS; i++) {
		/* rPDU2OutletMeteredStatusPower of APC */
		what->oids[i] = (struct oid){ 15,
					      { 1, 3, 6, 1, 4, 1, 318, 1, 1, 26, 9, 4, 3, 1, 7 } };
		oid_append(&what->oids[i], &(uint32_t){ i + 1 }, 1);
	}
	plan = (struct plan){ .requests = what, .n_requests = 1 };
	plan_prepare(&plan);
}

static void done(struct request *r, enum cause cause, const struct reply *reply)
{
	struct poll *p = r->user;

	p->in_flight--;
	p->busy[r - p->requests] = false;
	p->done++;
	p->bad += cause != CAUSE_NONE || reply->n_values != VARBINDS ||
		  reply->values[VARBINDS - 1].integer != 0x1234;
}

static void make_poll(struct poll *p, const struct cfg_credential *credential, size_t n)
{
	const struct transport_limits limits = { .max_timeout_ms = 3000 };
	struct err err = { "" };

	*p = (struct poll){ .n = n, .epoll_fd = epoll_create1(EPOLL_CLOEXEC) };
	p->transport = transport_snmp.open(p->epoll_fd, &limits, &err);
	p->requests = xcalloc(n, sizeof(*p->requests));
	p->busy = xcalloc(n, sizeof(*p->busy));
	for (size_t i = 0; p->transport && i < n; i++) {
		struct endpoint endpoint = { .protocol = PROTOCOL_SNMP, .port = PORT };
		struct sockaddr_storage addr = { 0 };
		struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(PORT),
					  .sin_addr.s_addr = htonl(device_address(i)) };

		memcpy(&addr, &v4, sizeof(v4));
		p->requests[i] = (struct request){ .what = &plan.requests[0], .done = done,
						   .user = p };
		p->requests[i].target = transport_snmp.target_new(p->transport, &endpoint, &addr,
								  credential, 0, &err);
	}
	if (!p->transport || !p->requests[n - 1].target) {
		fprintf(stderr, "snmp_v3: %s\n", err.text);
		exit(1);
	}
}

static double run(struct poll *p, unsigned long requests)
{
	size_t window = p->n < WINDOW ? p->n : WINDOW;
	struct epoll_event events[64];
	double start = cpu_us();

	p->left = requests;
	p->done = 0;
	while (p->done < requests) {
		while (p->left && p->in_flight < window && !p->busy[p->next]) {
			struct request *r = &p->requests[p->next];

			p->busy[p->next] = true;
			p->next = (p->next + 1) % p->n;
			p->left--;
			p->in_flight++;
			r->deadline.us = clock_mono().us + 10000000;
			transport_snmp.submit(p->transport, r);
		}
		transport_snmp.tick(p->transport, clock_mono());
		int n = epoll_wait(p->epoll_fd, events, 64, 1000);

		for (int i = 0; i < n; i++)
			transport_snmp.handle(p->transport, events[i].data.ptr, events[i].events,
					      clock_mono());
	}
	return (cpu_us() - start) / (double)requests;
}

int main(int argc, char **argv)
{
	static const size_t sizes[] = { 1000, DEVICES };
	bool count = argc == 3 && !strcmp(argv[1], "--count");
	unsigned long requests = argc == 2 || count ? strtoul(argv[argc - 1], NULL, 10) : 0;
	double us[2][2], first_us = 0;
	struct poll polls[2][2];
	unsigned long bad = 0;
	long kb[2];

	if (!requests) {
		fprintf(stderr, "usage: snmp_v3 [--count] REQUESTS\n");
		return 2;
	}
	make_plan();
	make_list();
	make_engines();
	int fd = open_agents();
	pid_t agents = play_devices(serve, &fd, 240);

	close(fd);
	if (count) {
		make_poll(&polls[0][1], &v3, 10);
		run(&polls[0][1], requests);
		end_devices(agents);
		printf("%lu\n", requests);
		return polls[0][1].bad ? 1 : 0;
	}
	for (int s = 0; s < 2; s++) {
		long before;

		make_poll(&polls[s][0], &v2c, sizes[s]);
		run(&polls[s][0], sizes[s]);
		before = resident_kb();
		make_poll(&polls[s][1], &v3, sizes[s]);
		first_us = run(&polls[s][1], sizes[s]); /* with discovery */
		kb[s] = resident_kb() - before;
		us[s][0] = us[s][1] = 1e9;
	}
	for (int i = 0; i < ROUNDS; i++)
		for (int s = 0; s < 2; s++)
			for (int v = 0; v < 2; v++)
				us[s][v] = least(us[s][v], run(&polls[s][v], requests));
	end_devices(agents);
	for (int s = 0; s < 2; s++) {
		bad += polls[s][0].bad + polls[s][1].bad;
		printf("| %zu | %.2f | %.2f | %.2f | %.2f | %.0f |\n", sizes[s], us[s][0], us[s][1],
		       us[s][1] / us[s][0], us[s][1] / us[0][1],
		       (double)kb[s] * 1024 / (double)sizes[s]);
	}
	fprintf(stderr, "first contact with discovery: %.1f us; bad answers: %lu\n", first_us, bad);
	return bad ? 1 : 0;
}
