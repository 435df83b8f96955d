/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The agents: SNMP v1 and v2c (RFC 1157, RFC 3416). One socket answers for every
 * address of 127.0.0.0/8; IP_PKTINFO tells which device was asked and sends the
 * answer from there. Answers are written from the end of the buffer, so lengths
 * are known when their headers are.
 */
#include "sim.h"

#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define BATCH 64
#define PACKET_MAX 9000
#define ANSWER_MAX 1472 /* what fits a frame: bulk answers stop there, as real agents' do */
#define VARBINDS_MAX 256

enum { PDU_GET = 0xa0, PDU_NEXT = 0xa1, PDU_RESPONSE = 0xa2, PDU_BULK = 0xa5 };
enum { ERROR_TOO_BIG = 1, ERROR_NO_SUCH_NAME = 2 };

struct counters counters;
static int sock = -1, other_sock = -1;

/* ---- reading ---- */

struct reader {
	const uint8_t *p, *end;
};

/* Opens one TLV of that tag; moves r behind it. */
static bool open_tlv(struct reader *r, int tag, struct reader *content)
{
	if (r->end - r->p < 2 || (tag >= 0 && r->p[0] != tag))
		return false;
	size_t length = r->p[1], head = 2;
	if (length & 0x80) {
		size_t n = length & 0x7f;
		if (n == 0 || n > 3 || (size_t)(r->end - r->p) < 2 + n)
			return false;
		length = 0;
		for (size_t i = 0; i < n; i++)
			length = length << 8 | r->p[2 + i];
		head += n;
	}
	if ((size_t)(r->end - r->p) < head + length)
		return false;
	content->p = r->p + head;
	content->end = content->p + length;
	r->p = content->end;
	return true;
}

static bool read_int(struct reader *r, int64_t *ret)
{
	struct reader c;

	if (!open_tlv(r, 0x02, &c) || c.p == c.end || c.end - c.p > 8)
		return false;
	int64_t v = c.p[0] & 0x80 ? -1 : 0;
	for (; c.p < c.end; c.p++)
		v = (int64_t)((uint64_t)v << 8 | *c.p);
	*ret = v;
	return true;
}

static bool read_oid(struct reader *r, uint32_t *arc, size_t *ret_n)
{
	struct reader c;
	size_t n = 0;

	if (!open_tlv(r, 0x06, &c) || c.p == c.end)
		return false;
	while (c.p < c.end) {
		uint32_t v = 0;
		for (;;) {
			if (c.p == c.end)
				return false;
			v = v << 7 | (*c.p & 0x7f);
			if (!(*c.p++ & 0x80))
				break;
		}
		if (n + 2 > MAX_ARCS)
			return false;
		if (n == 0) {
			arc[n++] = v < 80 ? v / 40 : 2;
			arc[n++] = v < 80 ? v % 40 : v - 80;
		} else {
			arc[n++] = v;
		}
	}
	*ret_n = n;
	return true;
}

/* ---- writing, backwards ---- */

struct writer {
	uint8_t *start, *p, *end; /* bytes p..end are written */
	bool full;
};

static void put(struct writer *w, const void *data, size_t n)
{
	if ((size_t)(w->p - w->start) < n) {
		w->full = true;
		return;
	}
	w->p -= n;
	memcpy(w->p, data, n);
}

static void put_head(struct writer *w, uint8_t tag, size_t length)
{
	uint8_t head[4];

	if (length < 128) {
		head[0] = tag, head[1] = (uint8_t)length;
		put(w, head, 2);
	} else if (length < 256) {
		head[0] = tag, head[1] = 0x81, head[2] = (uint8_t)length;
		put(w, head, 3);
	} else {
		head[0] = tag, head[1] = 0x82;
		head[2] = (uint8_t)(length >> 8), head[3] = (uint8_t)length;
		put(w, head, 4);
	}
}

static void put_int(struct writer *w, int64_t v)
{
	uint8_t bytes[8];
	size_t n = encode_integer(v, bytes);

	put(w, bytes, n);
	put_head(w, 0x02, n);
}

static void put_oid(struct writer *w, const uint32_t *arc, size_t n)
{
	const uint8_t *end = w->p;

	for (size_t i = n; i-- > 1;) {
		uint32_t v = i == 1 ? arc[0] * 40 + arc[1] : arc[i];
		uint8_t last = (uint8_t)(v & 0x7f);
		put(w, &last, 1);
		for (v >>= 7; v; v >>= 7) {
			uint8_t more = (uint8_t)((v & 0x7f) | 0x80);
			put(w, &more, 1);
		}
	}
	put_head(w, 0x06, (size_t)(end - w->p));
}

/* ---- answering ---- */

struct answer { /* one variable of the answer */
	uint32_t arc[MAX_ARCS];
	size_t n_arcs;
	size_t object; /* index in the fixture, SIZE_MAX: the exception tag alone */
	uint8_t exception;
};

static const struct override *override_of(const struct device *d, size_t object)
{
	size_t low = 0, high = d->n_overrides;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (d->overrides[middle].object < object)
			low = middle + 1;
		else
			high = middle;
	}
	return low < d->n_overrides && d->overrides[low].object == object ? &d->overrides[low]
									  : NULL;
}

static void put_answer(struct writer *w, const struct device *d, const struct answer *a, double t)
{
	const uint8_t *end = w->p;

	if (a->object == SIZE_MAX) {
		put_head(w, a->exception, 0);
	} else {
		const struct object *o = &d->fixture->objects[a->object];
		const struct override *v = override_of(d, a->object);
		if (v) {
			uint8_t bytes[9];
			int64_t raw = llround(source_value(&v->source, t));
			size_t n;
			if (o->tag == 0x41 || o->tag == 0x42)
				raw = (int64_t)(uint32_t)(raw < 0 ? 0 : raw);
			if (o->tag == 0x04) { /* a number shown as text */
				char text[24];
				int length = snprintf(text, sizeof(text), "%lld", (long long)raw);
				put(w, text, (size_t)length);
				n = (size_t)length;
			} else {
				n = encode_integer(raw, bytes);
				put(w, bytes, n);
			}
			put_head(w, o->tag, n);
		} else {
			put(w, o->bytes, o->n_bytes);
			put_head(w, o->tag, o->n_bytes);
		}
	}
	put_oid(w, a->arc, a->n_arcs);
	put_head(w, 0x30, (size_t)(end - w->p));
}

static void look_up(const struct device *d, const uint32_t *arc, size_t n, bool next,
		    struct answer *a)
{
	bool exact;
	size_t i = fixture_find(d->fixture, arc, n, &exact);

	if (next && exact)
		i++;
	if (next ? i < d->fixture->n : exact) {
		const struct object *o = &d->fixture->objects[i];
		memcpy(a->arc, o->arc, o->n_arcs * sizeof(*o->arc));
		a->n_arcs = o->n_arcs;
		a->object = i;
	} else {
		memcpy(a->arc, arc, n * sizeof(*arc));
		a->n_arcs = n;
		a->object = SIZE_MAX;
		a->exception = next ? 0x82 : 0x81;
	}
}

/* Answers one request; returns the length in out, 0 for none. */
static size_t respond(const struct device *d, const uint8_t *in, size_t n_in, uint8_t *out,
		      size_t max, uint8_t **ret_start)
{
	static struct answer answers[VARBINDS_MAX];
	static uint32_t asked[VARBINDS_MAX][MAX_ARCS];
	static size_t n_asked_arcs[VARBINDS_MAX];
	struct reader all = { in, in + n_in }, msg, community, pdu, list, vb, null;
	int64_t version, id, second, third;
	int64_t error = 0, error_index = 0;
	size_t n_asked = 0, n = 0;
	double t = now_s();

	if (!open_tlv(&all, 0x30, &msg) || !read_int(&msg, &version) || version < 0 ||
	    version > 1 || !open_tlv(&msg, 0x04, &community) || msg.p == msg.end)
		return 0;
	size_t n_community = (size_t)(community.end - community.p);
	if (n_community != strlen(d->community) ||
	    memcmp(community.p, d->community, n_community) != 0)
		return 0; /* RFC 1157, 4.1: silence */
	int kind = *msg.p;
	if (!open_tlv(&msg, -1, &pdu) || !read_int(&pdu, &id) || !read_int(&pdu, &second) ||
	    !read_int(&pdu, &third) || !open_tlv(&pdu, 0x30, &list))
		return 0;
	if (kind != PDU_GET && kind != PDU_NEXT && !(kind == PDU_BULK && version == 1))
		return 0;
	while (list.p < list.end && n_asked < VARBINDS_MAX) {
		if (!open_tlv(&list, 0x30, &vb) ||
		    !read_oid(&vb, asked[n_asked], &n_asked_arcs[n_asked]) ||
		    !open_tlv(&vb, -1, &null))
			return 0;
		n_asked++;
	}

	if (kind == PDU_BULK) {
		size_t single = second < 0                 ? 0
				: (size_t)second < n_asked ? (size_t)second
							   : n_asked;
		size_t repetitions = third < 0 ? 0 : (size_t)third;
		for (size_t i = 0; i < single; i++)
			look_up(d, asked[i], n_asked_arcs[i], true, &answers[n++]);
		size_t columns = n_asked - single, bytes = 0;
		for (size_t r = 0; r < repetitions && columns > 0; r++) {
			bool more = false;
			for (size_t i = 0; i < columns && n < VARBINDS_MAX; i++, n++) {
				if (r == 0) {
					look_up(d, asked[single + i], n_asked_arcs[single + i],
						true, &answers[n]);
				} else {
					const struct answer *former = &answers[n - columns];
					if (former->object == SIZE_MAX)
						answers[n] = *former;
					else
						look_up(d, former->arc, former->n_arcs, true,
							&answers[n]);
				}
				more |= answers[n].object != SIZE_MAX;
				bytes += 16 + answers[n].n_arcs * 2 +
					 (answers[n].object == SIZE_MAX
						  ? 0
						  : d->fixture->objects[answers[n].object].n_bytes);
			}
			if (!more || n + columns > VARBINDS_MAX || bytes > ANSWER_MAX - 100)
				break;
		}
	} else {
		for (; n < n_asked; n++) {
			look_up(d, asked[n], n_asked_arcs[n], kind == PDU_NEXT, &answers[n]);
			if (version == 0 && answers[n].object == SIZE_MAX && !error) {
				error = ERROR_NO_SUCH_NAME;
				error_index = (int64_t)n + 1;
			}
		}
	}
	const struct fault *too_big = fault_now(d, FAULT_TOO_BIG);
	if (too_big && n_asked > (too_big->arg > 0 ? (size_t)too_big->arg : 1)) {
		error = ERROR_TOO_BIG;
		n = 0;
	}
	struct writer w = { out, out + max, out + max, false };
	if (error == ERROR_NO_SUCH_NAME) { /* v1: the request comes back as it was */
		for (size_t i = n_asked; i-- > 0;) {
			const uint8_t *end = w.p;
			put_head(&w, 0x05, 0);
			put_oid(&w, asked[i], n_asked_arcs[i]);
			put_head(&w, 0x30, (size_t)(end - w.p));
		}
	} else {
		for (size_t i = n; i-- > 0;)
			put_answer(&w, d, &answers[i], t);
	}
	put_head(&w, 0x30, (size_t)(w.end - w.p));
	put_int(&w, error_index);
	put_int(&w, error);
	put_int(&w, fault_now(d, FAULT_WRONG_ID) ? id + 1 : id);
	put_head(&w, PDU_RESPONSE, (size_t)(w.end - w.p));
	put(&w, community.p, n_community);
	put_head(&w, 0x04, n_community);
	put_int(&w, version);
	put_head(&w, 0x30, (size_t)(w.end - w.p));
	if (w.full)
		return 0;
	*ret_start = w.p;
	return (size_t)(w.end - w.p);
}

/* ---- sending ---- */

struct late { /* an answer that waits */
	double due;
	struct sockaddr_in to;
	struct in_addr from;
	size_t n;
	struct late *next;
	uint8_t bytes[];
};
static struct late *late; /* by due */

struct out {
	struct sockaddr_in to;
	struct in_addr from;
	uint8_t buf[PACKET_MAX], *start;
	size_t n;
	bool wrong_source;
};

static void prepare(struct mmsghdr *m, struct iovec *iov, char *control, struct out *o)
{
	memset(m, 0, sizeof(*m));
	iov->iov_base = o->start;
	iov->iov_len = o->n;
	m->msg_hdr.msg_name = &o->to;
	m->msg_hdr.msg_namelen = sizeof(o->to);
	m->msg_hdr.msg_iov = iov;
	m->msg_hdr.msg_iovlen = 1;
	m->msg_hdr.msg_control = control;
	m->msg_hdr.msg_controllen = CMSG_SPACE(sizeof(struct in_pktinfo));
	struct cmsghdr *c = CMSG_FIRSTHDR(&m->msg_hdr);
	c->cmsg_level = IPPROTO_IP;
	c->cmsg_type = IP_PKTINFO;
	c->cmsg_len = CMSG_LEN(sizeof(struct in_pktinfo));
	struct in_pktinfo info = { .ipi_spec_dst = o->from };
	memcpy(CMSG_DATA(c), &info, sizeof(info));
}

static void send_one(struct out *o)
{
	struct mmsghdr m;
	struct iovec iov;
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct in_pktinfo))];

	prepare(&m, &iov, control, o);
	ssize_t n = sendmsg(o->wrong_source ? other_sock : sock, &m.msg_hdr, 0);
	if (n >= 0) {
		counters.snmp_out++;
		counters.snmp_out_bytes += (uint64_t)n;
	}
}

static void send_later(const struct out *o, double due)
{
	struct late *l = must(malloc(sizeof(*l) + o->n)), **at = &late;

	l->due = due;
	l->to = o->to;
	l->from = o->from;
	l->n = o->n;
	memcpy(l->bytes, o->start, o->n);
	while (*at && (*at)->due <= due)
		at = &(*at)->next;
	l->next = *at;
	*at = l;
}

double snmp_delayed(void)
{
	while (late && late->due <= now_s()) {
		static struct out o;
		struct late *l = late;
		late = l->next;
		o.to = l->to;
		o.from = l->from;
		o.n = l->n;
		o.start = o.buf;
		o.wrong_source = false;
		memcpy(o.buf, l->bytes, l->n);
		send_one(&o);
		free(l);
	}
	return late ? late->due - now_s() : -1;
}

/* Breaks the answer as the device's faults say. False: nothing is to be sent now. */
static bool apply_faults(const struct device *d, struct out *o)
{
	const struct fault *f;

	if (!d->faults)
		return true;
	if (fault_now(d, FAULT_SILENCE) || ((f = fault_now(d, FAULT_LOSS)) && chance(f->arg)))
		return false;
	if (fault_now(d, FAULT_GARBAGE))
		for (size_t i = 0; i < o->n; i++)
			o->start[i] = (uint8_t)(i * 37 + 11);
	if ((f = fault_now(d, FAULT_TRUNCATE)))
		o->n = f->arg > 0 && f->arg < (double)o->n ? (size_t)f->arg : o->n / 2;
	o->wrong_source = fault_now(d, FAULT_WRONG_SOURCE) != NULL;
	if ((f = fault_now(d, FAULT_DELAY))) {
		send_later(o, now_s() + f->arg / 1000.0);
		return false;
	}
	return true;
}

void snmp_readable(void)
{
	static uint8_t in[BATCH][PACKET_MAX];
	static struct out outs[BATCH];
	static struct mmsghdr m[BATCH];
	static struct iovec iov[BATCH];
	static struct sockaddr_in from[BATCH];
	static _Alignas(struct cmsghdr) char control[BATCH][CMSG_SPACE(sizeof(struct in_pktinfo))];

	for (;;) {
		for (size_t i = 0; i < BATCH; i++) {
			memset(&m[i], 0, sizeof(m[i]));
			iov[i].iov_base = in[i];
			iov[i].iov_len = PACKET_MAX;
			m[i].msg_hdr.msg_name = &from[i];
			m[i].msg_hdr.msg_namelen = sizeof(from[i]);
			m[i].msg_hdr.msg_iov = &iov[i];
			m[i].msg_hdr.msg_iovlen = 1;
			m[i].msg_hdr.msg_control = control[i];
			m[i].msg_hdr.msg_controllen = sizeof(control[i]);
		}
		int n = recvmmsg(sock, m, BATCH, MSG_DONTWAIT, NULL);
		if (n <= 0)
			return;
		size_t n_out = 0;
		for (int i = 0; i < n; i++) {
			struct in_addr to = { 0 };
			for (struct cmsghdr *c = CMSG_FIRSTHDR(&m[i].msg_hdr); c;
			     c = CMSG_NXTHDR(&m[i].msg_hdr, c))
				if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
					struct in_pktinfo info;
					memcpy(&info, CMSG_DATA(c), sizeof(info));
					to = info.ipi_addr;
				}
			const struct device *d = device_find(ntohl(to.s_addr), -1);
			counters.snmp_in++;
			counters.snmp_in_bytes += m[i].msg_len;
			if (!d)
				continue;
			struct out *o = &outs[n_out];
			o->to = from[i];
			o->from = to;
			o->wrong_source = false;
			o->n = respond(d, in[i], m[i].msg_len, o->buf, sizeof(o->buf), &o->start);
			if (o->n == 0) {
				counters.snmp_bad++;
				continue;
			}
			if (!apply_faults(d, o))
				continue;
			if (o->wrong_source)
				send_one(o);
			else
				n_out++;
		}
		for (size_t i = 0; i < n_out; i++)
			prepare(&m[i], &iov[i], control[i], &outs[i]);
		for (size_t sent = 0; sent < n_out;) {
			int k = sendmmsg(sock, m + sent, (unsigned)(n_out - sent), 0);
			if (k <= 0) {
				sent++; /* that one is lost, as on a real network */
				continue;
			}
			counters.snmp_out += (uint64_t)k;
			for (int i = 0; i < k; i++)
				counters.snmp_out_bytes += m[sent++].msg_len;
		}
	}
}

static int open_socket(uint16_t port)
{
	int one = 1, size = 16 << 20;
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		die("socket: %s", strerror(errno));
	/* Nobody beyond this machine can reach it. */
	if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3) < 0)
		die("cannot bind to the loopback device: %s", strerror(errno));
	setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof(one));
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0)
		die("UDP port %u: %s", port, strerror(errno));
	return fd;
}

void snmp_open(uint16_t port, int epoll_fd)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = NULL };

	sock = open_socket(port);
	other_sock = open_socket(0); /* answers from here come from a wrong port */
	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, sock, &ev) < 0)
		die("epoll: %s", strerror(errno));
}
