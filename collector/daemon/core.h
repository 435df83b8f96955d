/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of the poll thread share. Private to daemon/. Everything belongs to the
 * poll thread, but for what stands behind the lock.
 */
#pragma once

#include <pthread.h>

#include "daemon/poller.h"
#include "daemon/resolver.h"
#include "daemon/shape.h"
#include "group/group.h"
#include "schedule/sched.h"
#include "transport/transport.h"

struct board;
struct device;
struct groups;
struct subnets;
struct vitals;

struct timer {
	struct sched_item item; /* first: the heap hands it back */
	void (*fire)(struct poller *p, struct timer *timer);
};

struct driver {
	const struct transport_ops *ops;
	struct transport *transport;
};

#define DRIVERS_MAX 5 /* as many as transport_for() knows */

/* A scan on its way into the database. made in the poll thread, done in the writer's,
 * finished in the poll thread again. */
struct registration {
	struct reg_scan scan;
	struct poller *p;
	bool failed;
	char why[128];
	void (*finished)(struct poller *p, struct registration *r);
	void *owner;
	size_t index; /* the owner's */
	struct registration *next;
};

struct poller {
	struct writer *writer;
	const struct inventory *inv;
	struct device **devices; /* in the order of the inventory */
	size_t n_devices;
	struct groups *groups;
	struct alarm_pool *alarms; /* of devices that are not there just now */
	struct vitals *vitals;
	struct board *board; /* set under the lock; NULL: nobody wants metrics */
	struct sched *sched;
	struct sched_clock clock;
	struct timer second;
	struct shapes *shapes;
	struct resolver *resolver;
	struct subnets *subnets;
	struct subnets *chains; /* the addresses behind which members of a chain take turns */
	struct driver drivers[DRIVERS_MAX];
	struct transport_limits limits;
	int epoll_fd, wake_fd;
	struct transport_event wake; /* ops NULL: it is the wake_fd */
	struct mono now;
	uint64_t submits;
	uint32_t random;
	unsigned n_surveys, n_enrolling;
	size_t n_survey_rows; /* held by all surveys together */
	struct device *survey_first, *survey_last; /* those that wait for a survey */
	transport_twins_fn *on_twins; /* told of two devices with one SNMPv3 engine id */
	unsigned n_twins; /* told */
	struct poller_counters counters;
	int64_t lag_us; /* highest delay since vitals_second() looked */
	pthread_t thread;

	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool stop;                          /* under the lock from here on */
	const struct inventory *next_inv;
	const uint64_t *next_hashes;
	struct registration *registered;    /* finished ones */
	size_t n_registering;
	struct poller_counters shared;
};

/* Surveys that run at the same time. A dead device holds its place for seconds, so there are many
 * places; what bounds their memory are the rows held, about 350 bytes each. */
#define SURVEYS_MAX 1000
#define SURVEY_ROWS_HELD 30000
/* Devices whose scans wait to be entered in the database; each holds some kilobytes. */
#define ENROLLING_MAX 1000

static inline bool core_may_survey(const struct poller *p)
{
	return p->n_surveys < SURVEYS_MAX && p->n_survey_rows < SURVEY_ROWS_HELD &&
	       p->n_enrolling < ENROLLING_MAX;
}

static inline int64_t core_wall_s(const struct poller *p)
{
	return wall_s((struct wall){ p->now.us + p->clock.offset_us });
}

uint32_t core_random(struct poller *p);
/* The driver of a protocol, opened when first needed; NULL with the reason. */
struct driver *core_driver(struct poller *p, enum protocol protocol, struct err *err);
void core_set_timer(struct poller *p, struct timer *timer, struct mono due);

/* The first instant a scan may use from now on: after now and after all that were used. */
int64_t core_first_instant(const struct poller *p, int step_s, int phase_s);
/*
 * A scan's timer went off for *next_ts, due offset_us after it: returns the instant to use,
 * moves *next_ts on, and tells the writer of instants that were slept through.
 */
int64_t core_take_instant(struct poller *p, int64_t scan, int step_s, int64_t offset_us,
			  int64_t *next_ts);
/* The wall clock went forward: instants up to now are lost with CAUSE_CLOCK. */
void core_skip_clock(struct poller *p, int64_t scan, int step_s, int phase_s, int64_t *next_ts);

/* Hands a registration to the writer; finished() is called in the poll thread. */
void core_register(struct poller *p, struct registration *r);
/* Slots of a row: NULL when readings are in slot order and there are no others. malloc'd. */
uint32_t *core_slots(const struct reg_scan *scan);
/* Writes readings (n of them) as a row of n_slots, through slots unless NULL. */
void core_write_row(struct poller *p, int64_t scan, int64_t ts, const struct reading *readings,
		    size_t n, const uint32_t *slots, uint32_t n_slots);

/* groups.c */
/* former: the groups this one follows on, NULL: none. */
struct groups *groups_start(struct poller *p, const struct inventory *inv,
			    const struct groups *former);
/* Frees at once, or when the last registration has come back. Returns NULL. */
struct groups *groups_stop(struct groups *groups);
struct group *groups_group(struct groups *groups);
void groups_clock_step(struct groups *groups, int64_t step_us);
