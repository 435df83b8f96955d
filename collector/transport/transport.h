/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How requests reach devices. A driver owns its sockets and its table of requests
 * in flight; it never blocks, never decodes a value, and knows nothing of schedules.
 * All calls of one driver come from one thread.
 *
 * A request's answer or failure is told through its done callback, exactly once,
 * from within handle() or tick(); never from within submit(). In done the request
 * belongs to the caller again and may be submitted anew; what is submitted goes out with the
 * next tick(), so call tick() after submitting and after each round of handle(). A done may also
 * cancel other requests and free targets that have none pending. Zero a request before its
 * first submit.
 *
 * Timeout: srtt + 4 rttvar of the target (RFC 6298), clamped to 200 ms .. the
 * settings' highest; one retry (none when no_retry), with a new id, within deadline.
 */
#pragma once

#include <netinet/in.h>

#include "base/cause.h"
#include "base/clock.h"
#include "base/err.h"
#include "config/config.h"
#include "inventory/endpoint.h"
#include "transport/plan.h"

struct transport;
struct target; /* one device as the driver sees it: address, unit, credential, round-trip time */

struct reply { /* valid during done only */
	const struct vb_value *values;  /* GET: one per oid, in the order asked */
	size_t n_values;
	const struct varbind *vbs;      /* NEXT and BULK: as they came */
	size_t n_vbs;
	const uint16_t *words;          /* Modbus: registers; of coils and inputs 0 or 1 each */
	size_t n_words;
	int snmp_error, snmp_error_index; /* error-status, with CAUSE_DEVICE_ERROR */
	int64_t rtt_us;
};

struct request {
	struct target *target;
	const struct plan_request *what; /* outlives the request */
	struct mono deadline;
	bool no_retry;
	void (*done)(struct request *request, enum cause cause, const struct reply *reply);
	void *user;
	/* the driver's */
	struct request *next, *prev;
	struct mono sent, expires;
	uint32_t id;
	uint8_t tries;
	uint8_t state;
};

struct transport_counters { /* since open; all monotonic */
	uint64_t sent, answered, retried, timeouts;
	uint64_t late, foreign, garbage, mismatched; /* late or unknown id; wrong source;
						      * unreadable; wrong unit, function or oid */
	uint64_t connects, disconnects, socket_drops;
};

struct transport_limits {
	int max_timeout_ms; /* 3000 */
	int max_in_flight;  /* 0: no limit */
};

typedef void transport_twins_fn(void *user, struct target *target, struct target *with);

struct transport_ops {
	const char *name;
	/* Registers its descriptors with epoll_fd; events carry a pointer to a struct
	 * transport_event as data.ptr. */
	struct transport *(*open)(int epoll_fd, const struct transport_limits *limits,
				  struct err *err);
	void (*close)(struct transport *t); /* pending requests are dropped without done */
	/* addr: resolved address. credential: NULL when the protocol has none. Copies what it
	 * needs. */
	struct target *(*target_new)(struct transport *t, const struct endpoint *endpoint,
				     const struct sockaddr_storage *addr,
				     const struct cfg_credential *credential, int delay_ms,
				     struct err *err);
	void (*target_address)(struct target *target, const struct sockaddr_storage *addr);
	void (*target_free)(struct target *target); /* no request may be pending */
	void (*submit)(struct transport *t, struct request *request);
	void (*cancel)(struct transport *t, struct request *request); /* done will not be called */
	void (*handle)(struct transport *t, void *event_data, uint32_t events, struct mono now);
	/* Sends what waits, expires what is due; returns when to call again, INT64_MAX: never. */
	struct mono (*tick)(struct transport *t, struct mono now);
	const struct transport_counters *(*counters)(const struct transport *t);
	/* NULL where nothing of the kind exists. From now on told is called, from within handle(),
	 * when two targets at different addresses turn out to have the same SNMPv3 engine id: once
	 * per target and id. */
	void (*watch_twins)(struct transport *t, transport_twins_fn *told, void *user);
};

/* First member of whatever a driver hands to epoll. */
struct transport_event {
	struct transport *transport;
	const struct transport_ops *ops;
};

extern const struct transport_ops transport_snmp;
extern const struct transport_ops transport_modbus_tcp, transport_modbus_rtutcp;
/* RTU on a serial line: endpoint->host is the device file, the address is not looked at. */
extern const struct transport_ops transport_modbus_serial;
/* Answers from a file of walked values (.snmprec, or snmpwalk -On): endpoint->host is the path. */
extern const struct transport_ops transport_walk;

/* The driver for a protocol; NULL when this build has none. */
const struct transport_ops *transport_for(enum protocol protocol);
