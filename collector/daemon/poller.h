/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The poll thread: one epoll loop that surveys devices, polls their scans on the grid
 * and hands rows to the writer. Everything in here runs in that thread, but for
 * poller_start, poller_reload and poller_stop.
 */
#pragma once

#include "inventory/chain.h"
#include "inventory/inventory.h"
#include "store/writer.h"

struct board;
struct poller;

/* inv stays the caller's and must live until poller_stop or a reload has replaced it.
 * last_ts: the latest instant the database holds; nothing at or before it is stored again. */
struct poller *poller_start(const struct inventory *inv, struct writer *writer, int64_t last_ts,
			    struct err *err);
/* Takes a new inventory: devices whose row, profile and credential are unchanged go on
 * undisturbed, others are added, removed or surveyed anew. Waits until the poll thread has
 * let go of the former inventory, which may then be freed; the profiles may not, because
 * unchanged devices still point into them. */
void poller_reload(struct poller *p, const struct inventory *inv);
struct poller *poller_stop(struct poller *p);

#define POLLER_CAUSES 356 /* CAUSE_EXCEPTION + 255 is the last */

struct poller_counters {
	struct mono alive; /* when the loop last came round, to a second */
	uint64_t scans, late, overrun, surveys; /* late: instants skipped; overrun: scans that
						 * were cut by their deadline */
	uint64_t readings, absences;
	uint64_t socket_drops; /* packets that found the queue of an SNMP socket full */
	int64_t loop_lag_us_max; /* since the start */
	int64_t lag_us_minute;   /* of the last one to two minutes */
	uint64_t failures[POLLER_CAUSES]; /* scans, probes and surveys without an answer */
	uint32_t ok, suspect, dormant, unknown;
};
struct poller_counters poller_counters(struct poller *p); /* a copy, any thread */
/* A reference to what the poll thread shows of devices and sums, any thread; NULL when the
 * configuration wants no metrics. */
struct board *poller_board(struct poller *p);

/* ---- one device, once: for `rackmeter probe` ------------------------------ */

struct probe_result { /* owns everything */
	struct expansion *expansion;
	struct reading *readings;      /* one per point */
	struct { const char *key; char text[128]; } *facts;
	size_t n_facts;
	struct plan *plan;
	char sysdescr[256];
	char sysobjectid[256];
	const struct profile *profile; /* given, or identified */
	const struct profile_rule *rule; /* by which; NULL when given */
	const struct profile *rival;     /* a rule of this one says as much; NULL: none */
	struct chain chain;              /* behind the address */
};

/* Surveys and polls one endpoint through the same steps as the daemon, blocking at most
 * timeout_s. profile: NULL to identify. -1 with the failure's kind. */
int probe_run(const struct endpoint *endpoint, const struct cfg_credential *credential,
	      const struct profile_set *profiles, const struct profile *profile, int timeout_s,
	      struct probe_result *ret, struct err *err);
void probe_done(struct probe_result *result);
