/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The load of racks over a period, held against the budgets of the time.
 *
 * A short period (two days) is read sample by sample. Of a longer one hourly data tells the mean,
 * the highest reading and how complete it is, for all racks; percentiles and demand come from
 * five-minute means, in two steps: a survey of all racks reads them only in hours whose maximum is
 * near the budget, so that whoever is near it is found; what else is shown is completed. In the
 * same way it looks closely only at holes that may be worth telling, and at feeds of which a day's
 * highest current is near the rating.
 *
 * What is held against a budget is demand, the highest mean over 15 minutes: a spike of one reading
 * heats no cable. In a part of the period that is shorter, or that has no complete window, it is
 * the mean.
 */
#pragma once

#include "report/demand.h"
#include "report/percentile.h"
#include "report/rack.h"
#include "report/sumread.h"
#include "report/timeline.h"

#define RACKLOAD_RAW_S  (INT64_C(50) * 3600) /* two days, when the clocks go back too */
#define RACKLOAD_METHOD PERCENTILE_NEAREST_RANK
#define RACKLOAD_ENOUGH_PCT 95 /* complete: a lost poll here and there needs nobody */

enum rackload_basis { RACKLOAD_BY_LENGTH, RACKLOAD_SAMPLES, RACKLOAD_TIERS };

struct rackload_options {
	int64_t from, to;
	bool since;  /* from is that of the first reading: a rack may begin later still */
	double warn; /* part of a budget from which on it is near */
	enum rackload_basis basis;
	bool all; /* whatever is surveyed is completed too */
};

struct rackload_use {       /* the demand that is nearest to its limit, or most above it */
	double load, limit; /* W or VA; NAN: no limit, or no load */
	double pct;
	int64_t from; /* where its window begins */
	bool mean;    /* no window: the mean from there on */
};

struct rackload_part { /* of the period, under one budget */
	struct rack_span span;
	struct demand demand; /* n_known 0: the mean */
};

struct rackload_line { /* A; NAN: none */
	double now_a, mean_a, peak_a;
};

struct rackload_feed {
	size_t circuit; /* of the topology */
	int conductors;
	double now_w;
	double derated_a, trip_a; /* NAN: not rated */
	struct rackload_line line[3];
	struct sum sum[3];               /* the currents of its lines */
	int worst;                       /* line with the highest peak; -1: no current is stored */
	double pct;                      /* that peak of derated_a */
	double highest_hour_a;           /* of all lines: highest mean of an hour */
	double imbalance_pct, neutral_a; /* of the mean currents; neutral: of a wye */
};

struct rackload {
	struct sum sum; /* its power */
	double now_w, mean_w, peak_w; /* NAN: none */
	int64_t peak_at;              /* of the highest reading; of its hour when that is gone */
	double p95_w, p99_w;          /* of readings, or of five-minute means; once complete */
	struct demand demand;         /* of the period; once complete */
	struct rackload_use w, va;    /* once complete; else only when near the budget */
	double rank_pct;              /* where it stands among others before it is complete */
	bool complete;
	double coverage_pct;         /* share of instants with all members; NAN: no sum is stored */
	double complete_pct;         /* the same of the instants at which the collector ran */
	bool at_least;               /* both are at least that, and enough; until complete */
	int present, expected;       /* at the latest instant; -1: not known */
	bool partial;                /* some instant lacked a member */
	struct rackload_part *parts; /* once complete */
	size_t n_parts;
	struct rackload_feed *feeds;
	size_t n_feeds;
	bool quiet; /* no line is near a rating: what they had is not read until complete */
};

struct rackloads; /* reads within one transaction, until rackloads_close */
/* t: of the end of the period. */
struct rackloads *rackloads_open(struct db *db, const struct topology *t,
				 const struct rackload_options *options, struct err *err);
struct rackloads *rackloads_close(struct rackloads *l); /* takes NULL, returns NULL */

int rackloads_survey(struct rackloads *l, const struct rack *rack, struct rackload *ret,
		     struct err *err);
/* After the survey. */
int rackloads_complete(struct rackloads *l, const struct rack *rack, struct rackload *load,
		       struct err *err);
void rackload_done(struct rackload *load);

/* "readings every 10 s", "5-minute means": what percentiles are of. Returns buf. */
const char *rackloads_values_text(const struct rackloads *l, char *buf, size_t size);
/* "15 min, every 5 min". */
const char *rackloads_demand_text(const struct rackloads *l, char *buf, size_t size);
/* The power of a rack that was surveyed, or a current of its feeds, as the next curve of t, which
 * is of the same period. */
int rackloads_timeline(struct rackloads *l, struct sum *sum, struct timeline *t, struct err *err);
