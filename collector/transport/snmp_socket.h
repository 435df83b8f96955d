/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The UDP sockets of the SNMP driver: one per address family, unconnected, never
 * blocking, packets in batches. Knows no SNMP.
 */
#pragma once

#include "transport/address.h"
#include "transport/transport.h"

#define SNMP_BATCH       32
#define SNMP_SEND_MAX    4096  /* a request; 25 varbinds take about 600 */
#define SNMP_RECEIVE_MAX 65536 /* above any UDP payload */

struct snmp_socket {
	struct transport_event event; /* first: what epoll hands back */
	int fd;                       /* -1: the machine has no such family */
	uint32_t drops;               /* the kernel's count at the last packet */
};

struct snmp_packet {
	const uint8_t *data;
	size_t n;
	bool whole; /* false: cut by the kernel */
	union address from;
};

struct snmp_batch; /* buffers of one batch, for both directions */

struct snmp_batch *snmp_batch_new(void);
struct snmp_batch *snmp_batch_free(struct snmp_batch *batch);

/* Opens and registers the socket. A family that the machine lacks leaves fd at -1: no error. */
int snmp_socket_open(struct snmp_socket *s, int family, int epoll_fd, struct err *err);
void snmp_socket_close(struct snmp_socket *s);

/* Where message i (< SNMP_BATCH) is to be written, SNMP_SEND_MAX bytes. */
uint8_t *snmp_batch_buffer(struct snmp_batch *batch, size_t i);
/* Sets length and destination of message i; the address must live until it is sent. */
void snmp_batch_set(struct snmp_batch *batch, size_t i, size_t n, const union address *to);
/* Sends messages 0..n-1; returns how many went out, or -1 with errno for message 0. */
int snmp_socket_send(struct snmp_socket *s, struct snmp_batch *batch, size_t n);

/* Up to SNMP_BATCH packets; 0 when there is none now. Adds to *drops what the kernel dropped. */
size_t snmp_socket_receive(struct snmp_socket *s, struct snmp_batch *batch, uint64_t *drops);
struct snmp_packet snmp_batch_packet(const struct snmp_batch *batch, size_t i);

/* The next ICMP error: whom it was about and what it means. False: none. CAUSE_NONE: passing. */
bool snmp_socket_error(struct snmp_socket *s, union address *ret_to, enum cause *ret_cause);
