/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Failover of racks over a period: for every rack and everything whose loss takes one or more of
 * its feeds (a feed, or a circuit above several), the worst instant, exact at the samples, and the
 * latest one.
 */
#pragma once

#include "report/failover.h"
#include "report/loads.h"

struct failover_moment { /* of the surviving feed that is worst off */
	struct failover_verdict verdict;
	size_t feed; /* circuit; TOPOLOGY_NONE: none is left */
	struct failover_load load;
	int64_t ts; /* 0: never known */
	double skew_s;
};

enum failover_cording {
	FAILOVER_CORDS_NONE, /* no row of cords.csv: all is taken to move */
	FAILOVER_CORDS_SOME, /* loads with one cord, or without a line */
	FAILOVER_CORDS_TOLD
};

struct failover_case {
	size_t rack, lost; /* lost: the circuit, the nearest to the rack that takes these feeds */
	uint64_t mask;     /* of the rack's feeds */
	size_t n_lost;     /* feeds */
	struct failover_moment worst, now;
	bool bound;                /* worst: from hourly maxima, its samples are gone */
	double dropped_a;          /* at worst: what goes dark, over all lines */
	double least_dropped_a[3]; /* by line, at any time of the period: for sums above */
	size_t dark;               /* loads */
	double capacity_w;         /* of what is left */
	double coverage;           /* of the period, 0 to 1 */
	double present_a[3];       /* of the worst feed, before: at the worst instant */
	enum load_amps amps;       /* the poorest of the rack's feeds */
	bool rule_40, rule_50;     /* rules of thumb at the worst instant */
	double arc_a;
	bool known;    /* false: a feed has no readings */
	uint64_t idle; /* its feeds that carry nothing now while others do */
};

struct failover_cases { /* by rack, a rack's feeds first */
	struct failover_case *c;
	size_t n, cap;
	size_t *unmetered, n_unmetered, cap_unmetered; /* feeds of live racks without readings */
	size_t no_cords, some_cords;                   /* racks */
	size_t hours_read;                             /* of samples */
	int64_t now;                                   /* the latest instant of any rack; 0: none */
};

struct failover_options {
	double warn;
	bool live; /* look for the latest instant too */
	/* Which racks: NULL: all live ones. */
	bool (*wanted)(void *user, size_t rack);
	void *user;
};

/* from..to: as in loads_open. Racks without any feed are left out. */
int failover_racks(struct loads *l, const struct failover_options *options, int64_t from,
		   int64_t to, struct failover_cases *ret, struct err *err);
void failover_cases_done(struct failover_cases *cases);
