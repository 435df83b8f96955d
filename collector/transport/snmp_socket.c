/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sendmmsg and recvmmsg with 32 messages a call: at 11,000 requests per second the
 * system calls are what polling costs.
 */
#include "transport/snmp_socket.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/ip.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"

#define RECEIVE_QUEUE_BYTES (8 << 20) /* answers of thousands of devices that come at once */

struct snmp_batch {
	struct mmsghdr out[SNMP_BATCH], in[SNMP_BATCH];
	struct iovec out_iov[SNMP_BATCH], in_iov[SNMP_BATCH];
	union address from[SNMP_BATCH];
	union {
		struct cmsghdr align;
		uint8_t bytes[CMSG_SPACE(sizeof(uint32_t))];
	} control[SNMP_BATCH];
	uint8_t out_buf[SNMP_BATCH][SNMP_SEND_MAX];
	uint8_t in_buf[SNMP_BATCH][SNMP_RECEIVE_MAX];
};

struct snmp_batch *snmp_batch_new(void)
{
	struct snmp_batch *b = xcalloc(1, sizeof(*b));

	for (size_t i = 0; i < SNMP_BATCH; i++) {
		b->out_iov[i].iov_base = b->out_buf[i];
		b->out[i].msg_hdr.msg_iov = &b->out_iov[i];
		b->out[i].msg_hdr.msg_iovlen = 1;
		b->in_iov[i].iov_base = b->in_buf[i];
		b->in_iov[i].iov_len = SNMP_RECEIVE_MAX;
		b->in[i].msg_hdr.msg_iov = &b->in_iov[i];
		b->in[i].msg_hdr.msg_iovlen = 1;
		b->in[i].msg_hdr.msg_name = &b->from[i];
		b->in[i].msg_hdr.msg_control = &b->control[i];
	}
	return b;
}

struct snmp_batch *snmp_batch_free(struct snmp_batch *batch)
{
	free(batch);
	return NULL;
}

/* Beyond rmem_max only for root; without it as much as is allowed. */
static void raise_queue(int fd, int force, int plain)
{
	const int bytes = RECEIVE_QUEUE_BYTES;

	if (setsockopt(fd, SOL_SOCKET, force, &bytes, sizeof(bytes)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, plain, &bytes, sizeof(bytes));
}

int snmp_socket_open(struct snmp_socket *s, int family, int epoll_fd, struct err *err)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = s };
	const char *name = family == AF_INET ? "IPv4" : "IPv6";
	const int on = 1;

	s->drops = 0;
	s->fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd < 0) {
		if (errno == EAFNOSUPPORT)
			return 0;
		return err_set(err, "cannot open a UDP socket for %s: %s", name, strerror(errno));
	}
	raise_queue(s->fd, SO_RCVBUFFORCE, SO_RCVBUF);
	raise_queue(s->fd, SO_SNDBUFFORCE, SO_SNDBUF);
	/* Both only improve what is told: a kernel without them still polls. */
	(void)setsockopt(s->fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof(on));
	if (family == AF_INET) {
		(void)setsockopt(s->fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on));
	} else {
		(void)setsockopt(s->fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof(on));
		(void)setsockopt(s->fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	}
	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, s->fd, &event) < 0) {
		err_set(err, "cannot watch the UDP socket for %s: %s", name, strerror(errno));
		snmp_socket_close(s);
		return -1;
	}
	return 0;
}

void snmp_socket_close(struct snmp_socket *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

uint8_t *snmp_batch_buffer(struct snmp_batch *batch, size_t i)
{
	return batch->out_buf[i];
}

void snmp_batch_set(struct snmp_batch *batch, size_t i, size_t n, const union address *to)
{
	batch->out_iov[i].iov_len = n;
	batch->out[i].msg_hdr.msg_name = (void *)(uintptr_t)to;
	batch->out[i].msg_hdr.msg_namelen = address_size(to);
}

int snmp_socket_send(struct snmp_socket *s, struct snmp_batch *batch, size_t n)
{
	if (s->fd < 0) {
		errno = ENETUNREACH;
		return -1;
	}
	return sendmmsg(s->fd, batch->out, (unsigned)n, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void count_drops(struct snmp_socket *s, struct msghdr *m, uint64_t *drops)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		uint32_t now;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SO_RXQ_OVFL)
			continue;
		memcpy(&now, CMSG_DATA(c), sizeof(now));
		*drops += now - s->drops; /* wraps with the kernel's counter */
		s->drops = now;
	}
}

size_t snmp_socket_receive(struct snmp_socket *s, struct snmp_batch *batch, uint64_t *drops)
{
	int n = -1;

	for (size_t i = 0; i < SNMP_BATCH; i++) {
		batch->in[i].msg_hdr.msg_namelen = sizeof(batch->from[i]);
		batch->in[i].msg_hdr.msg_controllen = sizeof(batch->control[i]);
		batch->in[i].msg_hdr.msg_flags = 0;
	}
	/* An ICMP error that waits is told here once, and stays in the error queue. */
	for (int again = 0; n < 0 && again < 8; again++) {
		n = recvmmsg(s->fd, batch->in, SNMP_BATCH, MSG_DONTWAIT, NULL);
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return 0;
	}
	for (int i = 0; i < n; i++)
		count_drops(s, &batch->in[i].msg_hdr, drops);
	return n < 0 ? 0 : (size_t)n;
}

struct snmp_packet snmp_batch_packet(const struct snmp_batch *batch, size_t i)
{
	return (struct snmp_packet){
		.data = batch->in_buf[i],
		.n = batch->in[i].msg_len,
		.whole = !(batch->in[i].msg_hdr.msg_flags & MSG_TRUNC),
		.from = batch->from[i],
	};
}

static enum cause cause_of(uint32_t error)
{
	switch (error) {
	case EMSGSIZE: /* path MTU told: the kernel fragments from now on */
		return CAUSE_NONE;
	case ECONNREFUSED:
		return CAUSE_REFUSED;
	}
	return CAUSE_UNREACHABLE;
}

bool snmp_socket_error(struct snmp_socket *s, union address *ret_to, enum cause *ret_cause)
{
	union {
		struct cmsghdr align;
		uint8_t bytes[512];
	} control;
	uint8_t payload[64];
	struct iovec iov = { payload, sizeof(payload) };
	union address to = { 0 };
	struct msghdr m = { .msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = &iov,
			    .msg_iovlen = 1, .msg_control = &control,
			    .msg_controllen = sizeof(control) };

	if (recvmsg(s->fd, &m, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
		return false;
	*ret_to = to;
	*ret_cause = CAUSE_NONE;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		struct sock_extended_err e;

		if (!(c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) &&
		    !(c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR))
			continue;
		memcpy(&e, CMSG_DATA(c), sizeof(e));
		*ret_cause = cause_of(e.ee_errno);
	}
	return true;
}
