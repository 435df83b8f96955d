/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The load of every circuit over a period. It is that of its primary meters; without one the sum
 * that the collector stores, else the sum of the circuits that it supplies, each taken where it is
 * met first on the way down, so that nothing is added to what it is part of. A sum that lacks some
 * of them for more than 5 % of the time is partial: it says so, and its coverage is that of what is
 * there.
 *
 * Hours are the unit: means are of hours in which 98 % of what belongs to the sum was there (of a
 * partial sum of all that there are), a peak is the greatest reading where one series tells the
 * load, else the greatest mean of an hour.
 */
#pragma once

#include "report/failover.h"
#include "report/loads.h"

enum circuit_source { CIRCUIT_UNKNOWN, CIRCUIT_METER, CIRCUIT_SUM, CIRCUIT_CHILDREN };
const char *circuit_source_name(enum circuit_source source); /* "meter", "sum", "below", "-" */

struct circuit_figures {            /* NAN: not known */
	enum circuit_source source; /* of W, else of the currents */
	enum load_amps amps;
	double now_w, mean_w, p99_w, peak_w;   /* p99: of means of hours, nearest rank */
	double now_a[3], mean_a[3], peak_a[3]; /* by conductor */
	int64_t now_at, peak_at;               /* 0: never; peak_at: of W, or the hour */
	double coverage;                       /* of the period, 0 to 1 */
	bool partial;
	bool standby; /* without a meter, and it supplies nothing unless another circuit is lost */
	double imbalance_pct, neutral_a; /* of the mean currents; neutral of a wye only */
	/* Over the hours that both have: what it supplies, and what is lost on the way there. */
	double children_w, loss_w, loss_pct;
	/* The same of its first check meter that has readings, against its own load. */
	double check_w, check_pct;
	struct failover_verdict peak; /* against its ratings */
};

struct circuits {
	struct circuit_figures *c; /* by circuit of the topology */
	size_t n;
	int64_t now; /* the latest instant of any; 0: none */
};

/* warn: part of a rating, 0.9. live: the period reaches until now. from..to: as in loads_open. */
int circuits_read(struct loads *l, int64_t from, int64_t to, double warn, bool live,
		  struct circuits *ret, struct err *err);
void circuits_done(struct circuits *c);
