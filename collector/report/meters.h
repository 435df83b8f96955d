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
#include "store/rollup.h"

struct meter_series {
	int64_t id;
	/* After meter_read: raw samples of all the time, or hourly data and raw samples of the
	 * hours that something cuts. */
	struct samples samples;
	struct buckets hours;
	int64_t *raw_hours; /* ascending; samples instead of hourly data */
	size_t n_raw_hours, cap_raw_hours;
	bool hourly;
	int step_s;
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
	int64_t from, to;           /* it stood there from <= t < to; energy is asked for within */
	double rated_w;             /* of its circuit; NAN: unknown */
	double acc_pct, ct_acc_pct; /* NAN: unknown */
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
	bool power_read;
};

struct meters {
	struct meter *m;
	size_t n, cap;
};

/* All primary meters in force at the last instant before to, with all their
 * factors up to then. -1: the database could not be read, or a line of the operating log makes no
 * sense. */
int meters_load(struct db *db, int64_t to, struct meters *ret, struct err *err);
/* All that stood anywhere within from..to, by name and time: a device that came, went, moved or
 * changed its role is a meter for each such stretch. */
int meters_load_span(struct db *db, int64_t from, int64_t to, struct meters *ret, struct err *err);
void meters_done(struct meters *meters);
/* meters_log.c: what the operating log and found serial numbers say, entered into the meters; part
 * of meters_load. */
int meters_apply_log(struct db *db, int64_t to, struct meters *meters, struct err *err);

/*
 * Reads what is stored of the meter over from..to and applies the counter rule. Up to two days: raw
 * samples. Longer, or where their retention is over: hourly data, of which counters keep the first
 * and the last reading and so all of the energy; only an hour that is cut (by an edge of the span,
 * a factor, an exchange, bad time) is read raw while that is there. Of hourly power an hour is
 * covered as far as it has samples, two that are missing being bridged as among raw ones; where in
 * the hour they were missing is not known. Drop a meter before the next one where there are many.
 */
int meter_read(struct db *db, struct meter *m, int64_t from, int64_t to, struct err *err);
void meter_drop(struct meter *m); /* forgets the samples again */

/* The same for many meters over one span: what they have in common is read once. */
struct meter_reader;
struct meter_reader *meter_reader_new(struct db *db, int64_t from, int64_t to, struct err *err);
struct meter_reader *meter_reader_free(struct meter_reader *r); /* takes NULL, returns NULL */
/* Power is read only where the registers leave something open: a hole, an event, steps too coarse
 * for the span, no rating to judge them by. Else highest_w stays NAN, and a window is told by its
 * register even where a step of it is much: right in sums of windows, whose steps cancel. */
void meter_reader_lazy(struct meter_reader *r);
bool meter_reader_hourly(const struct meter_reader *r);
int meter_reader_read(struct meter_reader *r, struct meter *m, struct err *err);
/* The first and last instant with a reading in from..to; INT64_MAX and INT64_MIN when none.
 * step_s: the slowest of its series, 0 when it has none. After meter_read. */
void meter_span(const struct meter *m, int64_t from, int64_t to, int64_t *ret_first,
		int64_t *ret_last, int *ret_step_s);

struct meter_energy {
	double wh;                  /* measured, factor applied */
	double power_wh;            /* how much of it is the integral of power */
	double covered_s, window_s; /* window_s: while the meter stood there */
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
/* Is some of the power of from..to told not to be data? */
bool meter_is_bad(const struct meter *m, int64_t from, int64_t to);
