/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection to a Modbus gateway: connecting, one exchange at a time, reading frames,
 * giving up. Inside of the drivers for
 * Modbus TCP and for RTU frames over TCP; modbus_tcp.c decides when and for whom.
 *
 * A link is idle, has a timer (something to do at that time: connect, send, give up
 * connecting) or has a current request (whose expiry stands in pending).
 */
#pragma once

#include "transport/address.h"
#include "transport/modbus_frame.h"
#include "transport/modbus_rtu.h"
#include "transport/pending.h"
#include "transport/queue.h"
#include "transport/rtt.h"
#include "transport/timers.h"
#include "transport/transport.h"

/* request->state: where it is, and what befell it */
enum { STATE_IDLE = 0, STATE_WAITING = 1, STATE_CURRENT = 2, STATE_NO_ROOM = 3, STATE_MASK = 3,
       WAS_RECONNECTED = 4, WAS_BUSY = 8, SAW_WRONG = 16 };

enum link_state { LINK_CLOSED, LINK_CONNECTING, LINK_OPEN };

struct link { /* a connection and the units behind it */
	struct transport_event event; /* first: what epoll hands back */
	struct link *next, *prev, *next_in_bucket;
	struct target *units; /* a ring; the next in turn */
	struct request *current;
	struct timer timer;
	struct mono not_before; /* no request earlier */
	struct mono retry_at;   /* no connection earlier: requests fail with down_cause */
	struct modbus_ask ask;
	union address address;
	enum link_state state;
	enum cause down_cause;
	int fd;
	size_t n_waiting, n_in, n_out;
	uint16_t transaction;
	uint8_t failures, strikes, stale, silent;
	uint8_t slow_unit; /* RTU: it let a request time out, 0: none */
	bool drain;        /* RTU: what the next connection brings at first is thrown away */
	bool close;        /* no connection while nothing is to be asked */
	bool watches_out;
	uint8_t out[MODBUS_REQUEST_ADU];
	uint8_t in[2 * MODBUS_ADU_MAX];
};

struct target { /* a unit */
	struct link *link;
	struct target *next, *prev; /* in the ring */
	struct queue waiting;
	struct mono not_before, asked; /* asked: the first try of what is current */
	struct rtt rtt;
	int delay_ms;
	uint8_t unit;
	bool close;
};

struct transport {
	const struct transport_ops *ops;
	bool rtu; /* frames with CRC in place of MBAP headers */
	int epoll_fd;
	struct transport_limits limits;
	struct transport_counters counters;
	struct link **buckets; /* the same links, by address: 9,500 gateways join one by one */
	size_t n_buckets, n_links;
	struct link *links, *freed; /* freed: events of this round may still name them */
	struct pending pending;
	struct timers timers;
	struct queue no_room;
	size_t n_current;
};

static inline bool is(const struct request *r, int state)
{
	return (r->state & STATE_MASK) == state;
}

static inline void set_state(struct request *r, int state)
{
	r->state = (uint8_t)((r->state & ~STATE_MASK) | state);
}

static inline struct mono later(struct mono t, int64_t us)
{
	return (struct mono){ t.us + us };
}

/* Puts a request into its unit's queue. */
void modbus_link_enqueue(struct request *r, bool front);
/* Has the link looked at by the next tick, unless something will do so anyway. */
void modbus_link_wake(struct transport *t, struct link *l);
/* Puts the current request back to the front of its unit's queue. */
void modbus_link_requeue(struct transport *t, struct link *l, struct mono now);
/* Takes a request out of everything; it is the caller's again. */
void modbus_link_cancel(struct transport *t, struct request *r);
/* The same, and tells done. */
void modbus_link_finish(struct transport *t, struct request *r, enum cause cause,
			const struct reply *reply);
/* RTU: an answer of this unit may come late; the connection ends, so that it is nobody's. */
void modbus_link_lose_step(struct transport *t, struct link *l, const struct target *g);
/* Closes the connection; requests stay. */
void modbus_link_close(struct transport *t, struct link *l);
/* The link's timer is due. */
void modbus_link_serve(struct transport *t, struct link *l, struct mono now);
/* The request's time is over. */
void modbus_link_expire(struct transport *t, struct request *r, struct mono now);
/* transport_ops.handle */
void modbus_link_handle(struct transport *t, void *event_data, uint32_t events, struct mono now);
