/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The primary meters of a period as the database knows them: where they stood, their factors
 * of the time, and their energy over any part of the period: from the counter when one step of
 * it is at most 1 % of that energy, else from the integral of power. What people told in log.csv
 * (factor, replaced, bad, estimate) is applied when it is read; what is stored stays.
 */
#pragma once

#include "report/counter.h"
#include "report/energy.h"
#include "store/db.h"

struct meter_series {
	int64_t id;
	struct samples samples; /* raw, after meter_read */
	struct counter counter; /* of an energy series */
};

struct meter_factor { /* from that instant on, until the next one */
	int64_t from;
	double power, energy;
	bool corrected; /* log.csv has a say in it */
};

struct meter_bad { /* told not to be data */
	int64_t from, to;
};

struct meter_estimate {
	int64_t from, to;
	double wh;
	char *text; /* who told it and why */
};

struct meter {
	char *name;          /* "UTIL-1-M", "BCM-3A/branch 1" */
	char *device, *part; /* part: "" for the device as a whole */
	char *role, *circuit, *rack, *hall;
	double rated_w;               /* of its circuit; NAN: unknown */
	double acc_pct, ct_acc_pct;   /* NAN: unknown */
	struct meter_factor *factors; /* ascending; before the first one: 1 */
	size_t n_factors;
	struct counter_break
		*breaks; /* told replacements and bad time of its registers, ascending */
	size_t n_breaks;
	int64_t *swaps; /* when another serial number was found */
	size_t n_swaps;
	struct meter_bad *bad; /* of power, ascending */
	size_t n_bad;
	struct meter_estimate *estimates;
	size_t n_estimates;
	struct meter_series *power, *energy;
	size_t n_power, n_energy;
	double highest_w; /* highest power read, factor applied; NAN: none */
};

struct meters {
	struct meter *m;
	size_t n, cap;
};

/* All primary meters in force at the last instant before to, with all their
 * factors up to then. -1: the database could not be read, or a line of the operating log makes no
 * sense. */
int meters_load(struct db *db, int64_t to, struct meters *ret, struct err *err);
void meters_done(struct meters *meters);
/* meters_log.c: what the operating log and found serial numbers say, entered into the meters; part
 * of meters_load. */
int meters_apply_log(struct db *db, int64_t to, struct meters *meters, struct err *err);

/* Reads the meter's samples of from..to and applies the counter rule. Drop it before the next one
 * where there are many. */
int meter_read(struct db *db, struct meter *m, int64_t from, int64_t to, struct err *err);
void meter_drop(struct meter *m); /* forgets the samples again */
/* The first and last instant with a reading in from..to; INT64_MAX and INT64_MIN when none.
 * step_s: the slowest of its series, 0 when it has none. After meter_read. */
void meter_span(const struct meter *m, int64_t from, int64_t to, int64_t *ret_first,
		int64_t *ret_last, int *ret_step_s);

struct meter_energy {
	double wh;       /* measured, factor applied */
	double power_wh; /* how much of it is the integral of power */
	double covered_s, window_s;
	/* Not in wh: the even share of what a counter says of holes that an edge of the window
	 * cuts. The total is measured, its division is not: wh + split_wh of a month is that of its
	 * days. */
	double split_wh, split_s;
	double estimate_wh; /* not in wh: what log.csv estimates, divided evenly over its time */
	double step_wh;     /* what one step of the counter means, 0 for the integral */
	bool from_counter, from_power;
	bool frozen;    /* the counter stood still, power did not */
	bool corrected; /* a factor of log.csv was applied */
};
/* Energy over from..to; after meter_read. */
void meter_energy(const struct meter *m, int64_t from, int64_t to, struct meter_energy *ret);

/* The registers alone, and the integral of power alone: to be held against each other. */
void meter_energy_counter(const struct meter *m, int64_t from, int64_t to,
			  struct meter_energy *ret);
void meter_energy_power(const struct meter *m, int64_t from, int64_t to, struct meter_energy *ret);

/* "counter", "power integral", "both" or "-". */
const char *meter_source_text(bool from_counter, bool from_power);
/* Events of the counters within from..to as text, the first four and how many more; "" when there
 * were none. Caller frees. */
char *meter_events_text(const struct meter *m, int64_t from, int64_t to, bool frozen);
/* What a circuit can carry in W: rated_w, else VA, else A times volts; NAN: not told. */
double meter_rated_w(const char *system, double volts, double rated_a, double rated_va,
		     double rated_w);
/* The factor of the time; of energy, or of power. */
double meter_factor_at(const struct meter *m, int64_t ts, bool energy);
